"""The shapes of real incidents, as NIBRS has them, through the import, the plan and the sends."""

from datetime import date, timedelta

import pytest
from msgspec.structs import replace

from aviso.domain.model import Kind
from aviso.domain.notice import State
from aviso.domain.people import age_unknown
from aviso.domain.restriction import restriction_of
from aviso.domain.settings import OffenseGroup
from aviso.victims import visits
from aviso.victims.verification import Claim
from infra.harness.builders import BURGLARY, NUMBER, STALKING
from infra.harness.feed_drop import a_case_row, a_person_row, a_suspect_row, an_arrest_row, stored
from infra.harness.feed_files import local
from tests.support.incidents import incidents

HOUR = timedelta(hours=1)
THEFT, UNKNOWN = "13-1802", "13-9999"


@pytest.fixture
def world(aws, settings, monkeypatch):
    return incidents(settings, monkeypatch)


class TestSeveralOffenses:
    @pytest.mark.parametrize("code", [STALKING, f"{BURGLARY}; {STALKING}", f"{STALKING},{THEFT}"])
    def test_any_restricted_one_restricts(self, world, code):
        world.incident(a_person_row(), case=a_case_row(offense=code))
        assert restriction_of(stored(), world.feed.settings) == "offense"
        assert world.sent == []
        assert {s for s, _ in world.states(Kind.FIRST_CONTACT)} == {State.HELD}

    @pytest.mark.parametrize("codes", [(BURGLARY, STALKING), (STALKING, BURGLARY)])
    def test_a_row_for_each_in_any_order(self, world, codes):
        world.drop("cases", *(a_case_row(offense=code) for code in codes))
        assert restriction_of(stored(), world.feed.settings)

    def test_ordinary_ones_are_told(self, world):
        world.incident(a_person_row(), case=a_case_row(offense=f"{BURGLARY}; {THEFT}"))
        assert restriction_of(stored(), world.feed.settings) is None
        assert len(world.texts) == 1

    def test_one_that_nobody_knows_restricts(self, world):
        world.incident(a_person_row(), case=a_case_row(offense=f"{BURGLARY};{UNKNOWN}"))
        assert restriction_of(stored(), world.feed.settings) == "unknown_offense"
        assert world.sent == []

    def test_the_portal_shows_none(self, world):
        world.incident(a_person_row(), case=a_case_row(offense=f"{STALKING}; {BURGLARY}"))
        claim = Claim(
            number=NUMBER, last_name="Muñoz", birth_dates=[date(1985, 4, 12)], source="192.0.2.1"
        )
        assert visits.open_case(claim, world.feed.settings, world.now) is None

    def test_codes_are_translated_one_by_one(self, world):
        file = world.feed.file("cases")
        codes = replace(file, values={**file.values, "offense": {"459": BURGLARY, "646": STALKING}})
        files = tuple(codes if f.kind == "cases" else f for f in world.feed.settings.feed)
        world.feed.settings = replace(world.feed.settings, feed=files)
        world.drop("cases", a_case_row(offense="459;646"))
        assert stored().report.offense == f"{BURGLARY}; {STALKING}"

    def test_surveys_are_off_if_one_has_none(self, settings):
        quiet = OffenseGroup(name="quiet", restricted=False, surveys=False)
        other = replace(
            settings,
            offense_groups={**settings.offense_groups, "quiet": quiet},
            offenses={**settings.offenses, "Q": "quiet"},
        )
        assert other.offense_group(BURGLARY).surveys
        for cell in (f"{BURGLARY};Q", f"Q;{BURGLARY}"):
            assert other.offense_group(cell) == quiet


class TestRelationships:
    @pytest.mark.parametrize("cell", ["SPOUSE; STRANGER", "STRANGER,SPOUSE", "STRANGER|SPOUSE"])
    def test_a_close_one_among_several_restricts(self, world, cell):
        world.incident(a_person_row(relationship=cell), a_suspect_row(), a_suspect_row(id="S2"))
        assert restriction_of(stored(), world.feed.settings) == "relationship"

    @pytest.mark.parametrize("split", [False, True])
    @pytest.mark.parametrize(
        ("words", "offenses"),
        [
            (("SPOUSE", "STRANGER"), (BURGLARY,)),
            (("SPOUSE", "UNKNOWN"), (THEFT,)),  # UNKNOWN is ordinary for a theft
            (("SPOUSE", "UNKNOWN"), (BURGLARY,)),
            (("STRANGER", "UNKNOWN"), (BURGLARY,)),
            (("UNKNOWN",), (THEFT, BURGLARY)),
        ],
    )
    @pytest.mark.parametrize("turn", [1, -1])
    @pytest.mark.parametrize("city", ["A", "B", "C"])  # the digest decides which row lasts
    def test_rows_of_one_moment_all_count(self, world, words, offenses, turn, city, split):
        rows = {
            "cases": [a_case_row(offense=code, division=city) for code in offenses],
            "people": [a_person_row(relationship=word, city=city) for word in words],
        }
        for _ in range(2):  # the second time, nothing changes
            for kind, found in rows.items():
                for together in [[row] for row in found[::turn]] if split else [found[::turn]]:
                    world.drop(kind, *together)
            assert restriction_of(stored(), world.feed.settings) == "relationship"

    def test_ordinary_ones_do_not_restrict(self, world):
        world.incident(a_person_row(relationship="Stranger; Neighbor"), a_suspect_row())
        assert restriction_of(stored(), world.feed.settings) is None


class TestAges:
    def test_an_age_is_told_and_only_a_code_opens(self, world):
        world.incident(a_person_row(birth_date="", age="34"), a_suspect_row())
        assert not age_unknown(stored().victims[0], world.feed.settings)
        assert len(world.texts) == 1
        claim = Claim(
            number=NUMBER, last_name="Muñoz", birth_dates=[date(1992, 1, 1)], source="192.0.2.1"
        )
        assert visits.open_case(claim, world.feed.settings, world.now) is None


class TestSuspects:
    def test_an_unknown_suspect_bars_nobody(self, world):
        nobody = a_suspect_row(
            id="00", first_name="", last_name="", birth_date="", street="", postal_code=""
        )
        world.incident(a_person_row(), nobody)
        assert restriction_of(stored(), world.feed.settings) is None
        assert len(world.texts) == 1

    def test_unknown_beside_a_nameless_victim(self, world):
        nobody = a_suspect_row(id="00", first_name="", last_name="", birth_date="")
        world.incident(a_person_row(first_name="", last_name=""), nobody)
        assert len(world.texts) == 1


class TestArrests:
    def two(self):
        return [an_arrest_row(), an_arrest_row(id="A2", suspect="S2")]

    def people(self, **changes):
        return [a_person_row(**changes), a_suspect_row(), a_suspect_row(id="S2", last_name="Ford")]

    def arrest_texts(self, world):
        return [text for text in world.texts if "arrest" in text]

    def test_each_of_one_moment_has_its_own_texts(self, world):
        world.incident(*self.people(language="ENG"), arrests=self.two())
        assert len(self.arrest_texts(world)) == 2
        emails = [m for m in world.sent if "@" in m.address and "arrest" in m.subject]
        assert len(emails) == 2

    def test_with_a_phone_alone_each_is_told(self, world):
        world.incident(*self.people(email="", language="ENG"), arrests=self.two())
        world.receipts()
        assert [state for state, _ in world.states(Kind.ARREST)] == [State.DELIVERED] * 2

    def test_an_arrest_on_the_day_of_the_report(self, world):
        world.incident(*self.people(language="ENG"), arrests=[an_arrest_row()])
        world.go(later=timedelta(minutes=2))
        first, second = world.texts
        assert "arrest" in first
        assert "rights" in second


class TestClearance:
    def closed(self, world, status, arrests=()):
        world.incident(a_person_row(language="ENG"), a_suspect_row(), arrests=arrests)
        world.now += HOUR
        row = a_case_row(status=status, status_at=local(world.now), row_time=local(world.now))
        world.drop("cases", row)
        world.go(later=timedelta(minutes=2))

    def test_an_exceptional_one_names_no_arrest(self, world):
        self.closed(world, "EXC")
        assert len(world.ledger(Kind.CASE_CLOSED)) == 1
        assert world.ledger(Kind.ARREST) == []
        assert not any("arrest" in m.text for m in world.sent if "ended" in m.text)

    def test_the_end_is_told_after_the_arrest(self, world):
        world.drop("cases", a_case_row())
        world.drop("people", a_person_row(language="ENG"), a_suspect_row())
        world.drop("arrests", an_arrest_row())
        row = a_case_row(status="CBA", status_at=local(world.now), row_time=local(world.now))
        world.drop("cases", row)
        for _ in range(3):
            world.go(later=timedelta(minutes=2))
        order = [("arrest" in t, "rights" in t, "ended" in t).index(True) for t in world.texts]
        assert order == [0, 1, 2]

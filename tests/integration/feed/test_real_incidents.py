"""The shapes of real incidents, as NIBRS has them, through the import, the plan and the sends."""

from dataclasses import dataclass, field
from datetime import date, datetime, timedelta
from typing import Any

import pytest
from msgspec.structs import replace

from aviso.domain.model import Kind
from aviso.domain.notice import State
from aviso.domain.people import age_unknown
from aviso.domain.reasons import HoldReason
from aviso.domain.restriction import restriction_of
from aviso.domain.settings import OffenseGroup
from aviso.domain.survey_rules import may_be_asked
from aviso.notices import overdue, planning, receipts
from aviso.notices.sending import send
from aviso.providers import sender
from aviso.providers.message import Handed
from aviso.providers.receipts import Outcome, Receipt
from aviso.storage import notices
from aviso.victims import visits
from aviso.victims.verification import Claim
from infra.harness.builders import BURGLARY, NOW, NUMBER, STALKING, an_invocation
from infra.harness.feed_drop import (
    Feed,
    a_case_row,
    a_person_row,
    a_suspect_row,
    an_arrest_row,
    stored,
)
from infra.harness.feed_files import export_text, local

HOUR = timedelta(hours=1)
THEFT, UNKNOWN = "13-1802", "13-9999"
TYPES = {
    "I": "person", "L": "person", "B": "organization", "F": "organization", "G": "organization",
    "R": "organization", "S": "public", "O": "unknown", "U": "unknown",
}  # fmt: skip


@dataclass
class World:
    """The feed, the plan and the sends, with one clock and a provider that keeps what it takes."""

    feed: Feed
    now: datetime = NOW
    sent: list[Any] = field(default_factory=list)

    def send_message(self, message, seconds_left):
        self.sent.append(message)
        return Handed(f"id-{len(self.sent)}")

    def drop(self, kind, *rows):
        self.feed.now = self.now
        return self.feed.drop(kind, *rows, at=self.now)

    def incident(self, *people, case=None, arrests=()):
        self.drop("cases", case or a_case_row())
        self.drop("people", *people)
        if arrests:
            self.drop("arrests", *arrests)
        self.go()

    def invocation(self):
        return an_invocation(self.feed.settings, lambda: self.now, token="t")

    def go(self, later=timedelta()):
        """Let time pass, then plan, send, deliver and chase, each twice."""
        self.now += later
        for _ in range(2):
            planning.plan(NUMBER, self.feed.settings, self.now)
            overdue.chase(self.invocation())
            for notice in self.ledger():
                if notice.state is State.PLANNED:
                    send(notice.id, self.invocation())

    def receipts(self):
        """Let the provider report every text and email as delivered."""
        for notice in self.ledger():
            for a in notice.attempts:
                if a.state is State.SENT:
                    found = Receipt(
                        channel=a.channel, outcome=Outcome.DELIVERED, provider_id=a.provider_id,
                        at=self.now, notice_id=notice.id, attempt=a.n,
                    )  # fmt: skip
                    receipts.record(found, self.now)

    def ledger(self, kind=None):
        found = [notices.read(n.id) for n in notices.of(stored())]
        return [n for n in found if kind in (None, n.kind)]

    def states(self, kind):
        return [(n.state, n.reason) for n in self.ledger(kind)]

    @property
    def texts(self):
        return [m.text for m in self.sent if m.address.startswith("+")]


@pytest.fixture
def world(aws, settings, monkeypatch):
    kinds = {
        k: replace(v, on=k in (Kind.ARREST, Kind.CASE_CLOSED, Kind.CORRECTION, Kind.FIRST_CONTACT))
        for k, v in settings.kinds.items()
    }
    world = World(Feed(replace(settings, kinds=kinds)))
    people = world.feed.file("people")
    columns = {**people.columns, "victim_type": "VIC_TYPE", "age": "AGE"}
    people = replace(people, columns=columns, values={**people.values, "victim_type": TYPES})
    files = tuple(people if f.kind == "people" else f for f in world.feed.settings.feed)
    world.feed.settings = replace(world.feed.settings, feed=files)

    class Provider:
        send = staticmethod(world.send_message)

    monkeypatch.setattr(sender, "sender", lambda channel: Provider)
    return world


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

    @pytest.mark.parametrize("words", [("SPOUSE", "STRANGER"), ("STRANGER", "SPOUSE")])
    def test_a_row_for_each_suspect_in_any_order(self, world, words):
        world.incident(*(a_person_row(relationship=word) for word in words), a_suspect_row())
        assert restriction_of(stored(), world.feed.settings) == "relationship"

    def test_ordinary_ones_do_not_restrict(self, world):
        world.incident(a_person_row(relationship="Stranger; Neighbor"), a_suspect_row())
        assert restriction_of(stored(), world.feed.settings) is None


class TestVictimTypes:
    @pytest.mark.parametrize("code", ["B", "F", "G", "R", "O", "U", "Z"])
    def test_what_is_no_person_is_a_task(self, world, code):
        world.drop("cases", a_case_row())
        summary = world.drop("people", a_person_row(victim_type=code), a_suspect_row())
        world.drop("arrests", an_arrest_row())
        world.go()
        assert world.sent == []
        kind = TYPES.get(code, "unknown")
        organization = kind == "organization"
        why = HoldReason.NO_CONTACT_PERSON if organization else HoldReason.NOT_A_PERSON
        assert world.states(Kind.ARREST) == [(State.HELD, why)]
        assert summary["warnings"] == {f"victim_{kind}:VIC_TYPE": 1}
        assert summary["rejected"] == 0

    @pytest.mark.parametrize("code", ["I", "L", ""])
    def test_a_person_is_told(self, world, code):
        world.incident(a_person_row(victim_type=code), a_suspect_row(), arrests=[an_arrest_row()])
        assert len(world.texts) >= 1

    def test_the_public_is_counted_and_owed_nothing(self, world):
        world.drop("cases", a_case_row())
        summary = world.drop("people", a_person_row(victim_type="S"), a_suspect_row())
        world.drop("arrests", an_arrest_row())
        world.go(later=2 * HOUR)
        assert summary["warnings"] == {"victim_public:VIC_TYPE": 1}
        assert world.ledger() == []
        assert [v.victim_type for v in stored().victims] == ["public"]

    def test_the_public_beside_a_person(self, world):
        world.incident(
            a_person_row(), a_person_row(id="P2", victim_type="S"), a_suspect_row(),
            arrests=[an_arrest_row()],
        )  # fmt: skip
        assert {n.victim for n in world.ledger()} == {"P1"}

    @pytest.mark.parametrize("codes", [("I", "B"), ("B", "I"), ("S", "I"), ("I", "S")])
    def test_of_two_types_the_careful_one_counts(self, world, codes):
        world.drop("people", *(a_person_row(victim_type=code) for code in codes))
        expected = "organization" if "B" in codes else ""
        assert stored().victims[0].victim_type == expected

    def test_no_survey_asks_an_organization(self, world):
        world.incident(a_person_row(victim_type="B"))
        assert not may_be_asked(stored(), stored().victims[0], world.feed.settings, NOW)

    def test_a_file_without_the_column_is_refused(self, world):
        columns = dict(world.feed.file("people").columns)
        del columns["victim_type"]
        row = {columns[name]: value for name, value in a_person_row().items()}
        text = export_text(columns.values(), [row])
        world.feed.put("people_20261124T120000.csv", text.encode())
        summary = world.feed.run("people_20261124T120000.csv")
        assert summary["result"] == "refused"
        assert "VIC_TYPE" in summary["reason"]


class TestBlankType:
    """Of a victim whose earlier row had a type."""

    def types(self, world, *codes):
        for n, code in enumerate(codes):
            row = a_person_row(victim_type=code, row_time="")
            world.feed.drop("people", row, at=NOW + n * HOUR)
            yield stored().victims[0].victim_type

    @pytest.mark.parametrize("code", ["B", "S", "U"])
    def test_makes_no_organization_a_person(self, world, code):
        assert [*self.types(world, code, "", "")][1:] == ["unknown", "unknown"]

    def test_is_followed_by_the_word_for_a_person(self, world):
        assert [*self.types(world, "B", "", "I")] == ["organization", "unknown", ""]

    def test_that_makes_the_type_unknown_is_counted_once(self, world):
        for hour, code in enumerate(("B", "", "")):
            row = a_person_row(victim_type=code, row_time="")
            summary = world.feed.drop("people", row, at=NOW + hour * HOUR)
            assert summary["warnings"].get("victim_unknown:VIC_TYPE", 0) == (hour == 1)

    def test_is_a_persons_when_it_was_one(self, world):
        assert [*self.types(world, "I", "")] == ["", ""]


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

"""What a victim is: a person, an organization or the public; and what a later row makes of it."""

from datetime import timedelta

import pytest

from aviso.domain.model import Kind
from aviso.domain.notice import State
from aviso.domain.reasons import HoldReason
from aviso.domain.survey_rules import may_be_asked
from aviso.notices import planning
from infra.harness.builders import NOW, NUMBER, case_at
from infra.harness.feed_drop import a_case_row, a_person_row, a_suspect_row, an_arrest_row, stored
from infra.harness.feed_files import export_text, local
from tests.support.incidents import TYPES, incidents

HOUR = timedelta(hours=1)
SPEAKS = {"role": "REP", "for_person": "P1", "phone": "5205550188"}


@pytest.fixture
def world(aws, settings, monkeypatch):
    return incidents(settings, monkeypatch)


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
        assert not may_be_asked(case_at(stored(), world.feed.settings), stored().victims[0])

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
    """A victim's earlier row had a type."""

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


class TestLaterType:
    """An earlier row called the victim a person."""

    def later(self, world, code, *others):
        """Call the victim of an arrest something else, an hour later."""
        world.now += HOUR
        row = a_person_row(victim_type=code, row_time=local(world.now))
        summary = world.drop("people", row, *others)
        planning.plan(NUMBER, world.feed.settings, world.now)
        return summary

    @pytest.mark.parametrize(
        ("codes", "expected"),
        [
            ("IS", "unknown"), ("IB", "unknown"), ("ISS", "unknown"), ("IBSB", "unknown"),
            ("IUS", "unknown"), ("IUB", "unknown"), ("ISI", ""), ("ISIB", "unknown"),
            ("SI", ""), ("UB", "organization"), ("US", "public"), ("BS", "public"),
        ],
    )  # fmt: skip
    @pytest.mark.parametrize("timed", [True, False])
    def test_is_no_way_to_silence(self, world, codes, expected, timed):
        for n, code in enumerate(codes):
            at = NOW + n * HOUR
            row = a_person_row(victim_type=code, row_time=local(at) if timed else "")
            world.feed.drop("people", row, at=at)
        assert stored().victims[0].victim_type == expected

    def test_counts_once_as_unknown(self, world):
        for hour, code in enumerate("ISS"):
            row = a_person_row(victim_type=code, row_time="")
            summary = world.feed.drop("people", row, at=NOW + hour * HOUR)
            assert summary["warnings"].get("victim_unknown:VIC_TYPE", 0) == (hour == 1)

    @pytest.mark.parametrize("code", ["S", "B"])
    def test_leaves_a_task_and_tells_no_representative(self, world, code):
        world.incident(a_person_row(), a_suspect_row())
        sent = len(world.sent)
        world.drop("arrests", an_arrest_row())
        planning.plan(NUMBER, world.feed.settings, world.now)
        self.later(world, code, a_person_row(id="P9", **SPEAKS))
        world.go()
        assert len(world.sent) == sent
        assert world.states(Kind.ARREST) == [(State.HELD, HoldReason.NOT_A_PERSON)]

    def test_leaves_the_tasks_that_wait(self, world):
        world.incident(
            a_person_row(safe_to_contact="N"), a_suspect_row(), arrests=[an_arrest_row()]
        )
        assert {state for state, _ in world.states(Kind.ARREST)} == {State.HELD}
        self.later(world, "S")
        world.go(later=HOUR)
        assert {state for state, _ in world.states(Kind.ARREST)} == {State.HELD}

    def test_ends_with_the_word_for_a_person(self, world):
        world.incident(a_person_row(), a_suspect_row())
        self.later(world, "S")
        world.drop("arrests", an_arrest_row())
        world.go()
        sent = len(world.sent)
        self.later(world, "I")
        world.go()
        assert len(world.sent) > sent

    @pytest.mark.parametrize("code", ["S", "B"])
    def test_of_a_new_id_is_unknown_too(self, world, code):
        world.incident(a_person_row())
        self.later(world, code, a_person_row(id="P7", former_id="P1", victim_type=code))
        assert [(v.id, v.victim_type) for v in stored().victims] == [("P1", "unknown")]

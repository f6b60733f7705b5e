"""The parts of a fact's key, and that its text is what the ledger has always stored."""

import pytest
from msgspec.structs import replace

from aviso.domain.duties import Standing, duty_id, owed, standing
from aviso.domain.fact_keys import CHANGES, FactKey, arrest_fact_keys
from aviso.domain.facts import first_seen
from aviso.domain.model import Arrest, Kind
from aviso.domain.notice import State
from infra.harness.builders import NOW, a_case, a_notice, case_at

# A key as it is stored, and its kind, name, subject and change.
KEYS = {
    "report": ("report", "", "", ""),
    "status:CLOSED@2026-11-24": ("status", "CLOSED", "CLOSED", ""),
    "warrant:2026-11-24#2": ("warrant", "2026-11-24#2", "2026-11-24#2", ""),
    "assigned:det-k-marsh": ("assigned", "det-k-marsh", "det-k-marsh", ""),
    "arrest:A1": ("arrest", "A1", "A1", ""),
    "arrest:A%401~2": ("arrest", "A%401~2", "A@1", ""),
    "appearance:A1~1@2026-11-25T16:00Z#3": ("appearance", "A1~1", "A1", ""),
    "appearance:A1@undated": ("appearance", "A1", "A1", ""),
    "contact:c17": ("contact", "c17", "c17", "contact"),
    "removed:c17": ("removed", "c17", "c17", "removed"),
    "home:@2026-11-24T14:05:00Z": ("home", "", "", "home"),
    "survey:1r1": ("survey", "1r1", "1r1", ""),
}


class TestFactKey:
    @pytest.mark.parametrize("text", KEYS)
    def test_text_stays_as_it_is_stored(self, text):
        key = FactKey(text)
        assert (key, str(key), hash(key)) == (text, text, hash(text))

    @pytest.mark.parametrize(("text", "parts"), KEYS.items())
    def test_parts_are_read(self, text, parts):
        key = FactKey(text)
        assert (key.kind, key.name, key.subject, key.change) == parts

    def test_every_change_is_one(self):
        assert {FactKey(f"{word}:x").change for word in CHANGES} == CHANGES


STRANGE = ["77@JAIL", "77~2", "77#2", "77|1", "50%7E", "77:3"]  # ids as some jails write them


class TestId:
    @pytest.mark.parametrize("id", STRANGE)
    def test_names_an_arrest_with_any_mark_in_its_id(self, id: str) -> None:
        arrest = Arrest(
            id=id, origin=id, suspect="s1", arrested_at=NOW, appearance_at=NOW, withdrawals=1
        )
        for key in arrest_fact_keys(arrest):
            assert FactKey(key).subject == id
        seen = first_seen(arrest_fact_keys(arrest), (), arrest_fact_keys(arrest), NOW)
        assert {FactKey(key).subject for key in seen} == {id}

    @pytest.mark.parametrize("id", STRANGE)
    def test_with_marks_is_withdrawn_and_corrected(self, settings, id: str) -> None:
        built = a_case().with_victim().with_suspect().with_arrest(id)
        (duty,) = [d for d in owed(case_at(built.case, settings)) if d.kind is Kind.ARREST]
        told = a_notice(Kind.ARREST, duty.fact, state=State.DELIVERED, told_at=NOW)
        gone = replace(built.case.arrests[0], withdrawn_at=NOW, withdrawals=1)
        case = built.but(arrests=(gone,))
        duties = owed(case_at(case, settings, told=[told]))
        assert [d.corrects for d in duties if d.kind is Kind.CORRECTION] == [told.id]
        assert standing(case_at(case, settings), told) is Standing.WITHDRAWN

    def test_with_marks_is_no_other_duty(self) -> None:
        kind = Kind.STATUS_CHANGED
        assert duty_id("1", "status:A", kind, f"x|{kind}|v1") != duty_id(
            "1", f"status:A|{kind}|x", kind, "v1"
        )
        assert duty_id("1", "status:A", kind, "v1") != duty_id("1", "status:A", kind, "v1|")

"""Why somebody who may speak for a victim is not told: the desk's words agree with `reach`."""

from datetime import timedelta

import pytest
from msgspec.structs import replace

from aviso.domain.contacts import DESK, SPEAKS
from aviso.domain.model import Holder
from aviso.domain.requests import Right, Rights
from aviso.domain.roster import lines_of, reach, word_of
from aviso.domain.speakers import WORDS, why_removed
from infra.harness.builders import NOW, a_case, a_contact, an_answer, case_at

PHONE, OTHER = "+15205550133", "+15205550177"
KIM = Holder(first_name="Kim", last_name="Rey", agreed_at=NOW)
ASKED = replace(KIM, agreed_at=None)
SUSPECT = replace(KIM, first_name="Sam", last_name="Poole-s1")


def built(**victim):
    return a_case().with_victim(**victim).with_suspect()


def reached(case, settings):
    (victim,) = case.victims
    found = reach(case_at(case, settings), victim)
    return {contact.address for contact in found.contacts}


def words(case, settings):
    """Return the desk's word for each phone of somebody who may speak for the victim."""
    lines = lines_of(case_at(case, settings), case.victims[0])
    return [word_of(line.bars) for line in lines if line.source == SPEAKS]


class TestNamedPerson:
    @pytest.mark.parametrize(
        ("changes", "victim", "why"),
        [
            ({}, {}, ""),
            ({"holder": ASKED}, {}, "not_agreed"),
            ({"holder": SUSPECT}, {}, "person_suspected"),
            ({"holder": replace(SUSPECT, agreed_at=None)}, {}, "person_suspected"),
            ({"holder": replace(ASKED, last_name="Poole-s1-Rey")}, {}, "perhaps_suspect"),
            ({"holder": replace(ASKED, lives_with_suspect=True)}, {}, "household"),
            ({"holder": replace(KIM, lives_with_suspect=True)}, {}, ""),  # a member looked
            ({"safe": False}, {}, "unsafe"),
            ({}, {"deceased": True}, "desk_only"),
            ({}, {"incapacitated": True}, "desk_only"),
            ({}, {"minor": True}, ""),
            ({}, {"victim_type": "organization"}, "desk_only"),
            ({"level": DESK}, {"deceased": True}, ""),
        ],
    )
    def test_is_told_unless_there_is_a_reason(self, settings, changes, victim, why):
        values = {"id": "r9", "level": "code", "holder": KIM} | changes
        contact = a_contact(PHONE, **values)
        case = built(**victim).with_enrollment("v1", contact).case
        assert words(case, settings) == [why]
        assert (PHONE in reached(case, settings)) is (why == "")
        assert why in WORDS | {"", "unsafe"}

    @pytest.mark.parametrize("why", ["ended", "declined", "not_me"])
    def test_is_not_told_once_removed(self, settings, why):
        gone = a_contact(PHONE, level="code", holder=KIM, removed_at=NOW, removed_why=why)
        case = built().with_enrollment("v1", gone).case
        assert (words(case, settings), reached(case, settings) & {PHONE}) == ([], set())


class TestReportedPerson:
    @pytest.mark.parametrize(
        ("speaker", "victim", "why"),
        [
            ({"relation": "representative"}, {}, ""),
            ({"relation": "next_of_kin"}, {}, "victim_speaks"),
            ({"relation": "guardian"}, {"minor": True}, ""),
            ({"relation": "guardian"}, {"deceased": True}, "other_role"),
            ({"relation": "representative", "last_name": "Poole-s1"}, {}, "person_suspected"),
            ({"relation": "next_of_kin"}, {"deceased": True}, ""),
            ({"relation": "guardian", "safe_to_contact": False}, {"minor": True}, "unsafe"),
            ({"relation": "representative", "safe_to_contact": False}, {}, "unsafe"),
        ],
    )
    def test_is_told_unless_there_is_a_reason(self, settings, speaker, victim, why):
        named = {"first_name": "Sam", "last_name": "Rey", "phone": PHONE} | speaker
        case = built(**victim).with_speaker("r1", **named).case
        assert words(case, settings) == [why]
        assert (PHONE in reached(case, settings)) is (why == "")

    @pytest.mark.parametrize("victim", [{}, {"incapacitated": True, "judged_at": NOW}])
    @pytest.mark.parametrize("ended", ["r1", "r9"])
    def test_is_not_told_once_the_victim_ended_it(self, settings, victim, ended):
        """A friend at the records system writes the person in again."""
        kim = {"relation": "representative", "first_name": "Kim", "last_name": "Rey"}
        told = built(**victim).with_speaker("r1", **kim, phone=PHONE)
        told = told.with_speaker("r2", **kim | {"last_name": "REY"}, phone=PHONE)
        told = told.with_speaker("r3", **kim, phone=OTHER)
        named = a_contact(PHONE, id="r9", level="code", holder=KIM, removed_at=NOW)
        over = an_answer(Rights.WAIVED, right=Right.REPRESENTATIVE, about=ended)
        case = told.with_enrollment("v1", named, requests=(over,)).case
        assert words(case, settings)[:2] == ["ended", "ended"]
        assert {PHONE, OTHER} & reached(case, settings) == {OTHER}


class TestRemovedContact:
    @pytest.mark.parametrize(
        ("removed", "why"),
        [
            ("victim", "taken_off"),
            ("not_mine", "not_mine"),
            ("declined", "declined"),
            ("replaced", ""),
            ("not_me", ""),  # the guards have it
        ],
    )
    def test_has_the_reason_of_its_removal(self, removed, why):
        contact = a_contact(PHONE, id="c9", removed_at=NOW, removed_why=removed)
        case = built().with_enrollment("v1", contact).case
        assert why_removed(case, case.victims[0], PHONE) == why

    def test_has_none_once_it_was_given_again(self):
        gone = a_contact(PHONE, id="c8", removed_at=NOW, removed_why="victim")
        later = a_contact(PHONE, id="c9")
        case = built().with_enrollment("v1", gone, later).case
        assert why_removed(case, case.victims[0], PHONE) == ""

    def test_has_the_latest_reason(self):
        at = NOW - timedelta(days=1)
        first = a_contact(PHONE, id="c8", removed_at=at, removed_why="victim")
        last = a_contact(PHONE, id="c9", removed_at=NOW, removed_why="declined", holder=KIM)
        case = built().with_enrollment("v1", last, first).case
        assert why_removed(case, case.victims[0], PHONE) == "declined"

"""A supervisor decides a victim's standing: who is told then, and what nobody gains."""

from datetime import date, timedelta
from typing import Any

import pytest
from msgspec.structs import replace

from aviso.domain.model import Kind
from aviso.domain.notice import State
from aviso.domain.reasons import HoldReason
from aviso.domain.roster import reach
from aviso.domain.settings import Settings
from aviso.domain.staff import Role
from aviso.domain.standing import in_force
from aviso.domain.text import shown
from aviso.feed.row_writer import storing
from aviso.notices import planning
from aviso.storage import case_decisions, cases, notices
from aviso.web.staff.case_people import as_read
from infra.harness.builders import NUMBER, a_case, case_at
from infra.harness.portal_browser import Visitor
from infra.harness.staff_browser import audited, case_address
from tests.integration.portal.abuser import enter, issued
from tests.integration.staff.conftest import (
    EMAIL,
    NOW,
    PHONE,
    a_held_notice,
    a_stored_case,
    at_work,
)

WHY = "I called 602-555-0118: she is in a coma, her sister says."
KIN = "+15205550177"
DAY = timedelta(days=1)
CHILD = {"birth_date": date(2015, 3, 1)}
NAME, BORN = "Muñoz v1", "4/12/1985"
NOBODY = {
    "incapacitated": HoldReason.INCAPACITATED_WITHOUT_SPEAKER,
    "deceased": HoldReason.DECEASED_WITHOUT_KIN,
    "minor": HoldReason.MINOR_WITHOUT_GUARDIAN,
    "organization": HoldReason.NO_CONTACT_PERSON,
}
MARKS = ("incapacitated", "deceased", "minor")


def victim(number=NUMBER):
    return cases.read_case(number).victims[0]


def in_the_records_system(at=NOW, number=NUMBER, **said):
    """Store the victim's row as an import does."""
    before = victim(number)
    row = replace(before, differs=(), digest=f"{said} {at}", **said)
    storing(Settings.current(), at)(number, in_force(row, before, at.date()), before)


def kin(relation="next_of_kin", **changes):
    built = a_case().with_speaker(relation=relation, phone=KIN, digest="1", **changes)
    (found,) = built.case.speakers
    cases.write_row(NUMBER, found, None)
    return found


def form(*words, **more):
    """Return what the page's form sends, with these words ticked."""
    reference = case_address(NUMBER).removeprefix("case?c=")
    ticked = dict.fromkeys(words, "yes")
    return {"c": reference, "victim": "v1", "why": WHY, "read": as_read(victim())} | ticked | more


def decide(desk, *words, **more):
    at_work(desk, Role.SUPERVISOR)
    assert desk.confirm("capacity", **form(*words, **more)).status == 303


def told():
    found = reach(case_at(cases.read_case(NUMBER), Settings.current(), NOW), victim())
    return found.trouble or {c.address for c in found.contacts}


def changes(settings, at=NOW):
    planning.plan(NUMBER, settings, at)
    found = notices.of_case(NUMBER)
    return [n for n in found if n.kind is Kind.CONTACT_CHANGED and n.state is State.PLANNED]


class TestDecision:
    def test_is_made_once_with_a_reason(self, desk):
        a_stored_case()
        decide(desk, "incapacitated")
        assert desk.post("capacity", **form("incapacitated", confirmed="yes")).status == 303
        assert [action for _, action, _ in audited()].count("standing_decided") == 1
        assert told() is NOBODY["incapacitated"]
        page = desk.get(case_address(NUMBER)).text
        assert "Those who speak for the victim are told" in page
        assert "A supervisor decided this on" in page
        assert [n.text for n in case_decisions.remarks(cases.read_case(NUMBER))] == [WHY]
        decide(desk)
        assert told() == {PHONE, EMAIL}

    @pytest.mark.parametrize("role", [Role.RECORDS, Role.ADVOCATE])
    def test_has_a_form_for_supervisors_only(self, desk, role):
        a_stored_case()
        page = at_work(desk, role).get(case_address(NUMBER))
        assert 'action="capacity"' not in page.body

    def test_stays_when_the_records_system_changes_the_row(self, desk):
        a_stored_case()
        decide(desk, "incapacitated")
        in_the_records_system(first_name="Anna", incapacitated=False)
        assert (victim().first_name, told()) == ("Anna", NOBODY["incapacitated"])

    @pytest.mark.parametrize(
        ("said", "mark"),
        [
            *(({mark: True}, mark) for mark in MARKS),
            *(({"victim_type": kind}, kind) for kind in ("organization", "public")),
        ],
    )
    def test_that_silences_is_told_to_the_victims_own_contacts(self, desk, settings, said, mark):
        a_stored_case()
        in_the_records_system(**said)
        decide(desk, mark)
        (word,) = changes(settings)
        assert word.fact.change == "incapacitated"
        (given,) = cases.read_case(NUMBER).enrollments
        assert {h.address for h in given.changes[-1].hears} == {PHONE, EMAIL}
        decide(desk)
        assert changes(settings) == []

    @pytest.mark.parametrize("mark", MARKS)
    def test_ends_visits_and_codes_from_before(self, desk, clock, settings, mark):
        a_stored_case()
        code = issued(settings, at=NOW - DAY)
        visitor, entered = enter(code)
        assert entered
        in_the_records_system(**{mark: True})
        decide(desk, mark)
        assert visitor.get("/manage").status != 200
        assert not enter(code)[1]


class TestDoubt:
    """What the records system says in a later row, and a supervisor judges."""

    @pytest.mark.parametrize(
        ("said", "word"),
        [*(({mark: True}, mark) for mark in MARKS), (CHILD, "minor"),
         ({"victim_type": "organization"}, "organization")],
    )  # fmt: skip
    def test_is_wrong_or_right(self, desk, said, word):
        a_stored_case()
        in_the_records_system(**said)
        assert told() is HoldReason.VICTIM_IN_DOUBT
        page = at_work(desk, Role.SUPERVISOR).get(case_address(NUMBER)).text
        assert "The records system says:" in page
        decide(desk)
        assert told() == {PHONE, EMAIL}
        in_the_records_system(street="1 Elm St", **said)  # overruled, whatever else a file says
        in_the_records_system(at=NOW + DAY)
        in_the_records_system(at=NOW + 2 * DAY, **said)
        assert told() == {PHONE, EMAIL}
        decide(desk, word)
        assert told() is NOBODY[word]
        in_the_records_system(at=NOW + 3 * DAY, **said)
        assert told() is NOBODY[word]

    def test_takes_a_victim_off_or_not(self, desk):
        a_stored_case()
        in_the_records_system(removed=True)
        assert told() is HoldReason.VICTIM_IN_DOUBT
        decide(desk)
        assert told() == {PHONE, EMAIL}
        decide(desk, "removed")
        assert not cases.read_case(NUMBER).victims

    def test_of_another_kind_is_asked_again(self, desk):
        a_stored_case()
        in_the_records_system(deceased=True)
        decide(desk)
        in_the_records_system(deceased=True, minor=True)
        assert told() is HoldReason.VICTIM_IN_DOUBT

    def test_that_came_after_the_page_is_not_decided(self, desk):
        """An old tab, or the Back button, must not overrule a death that nobody read."""
        a_stored_case()
        in_the_records_system(incapacitated=True)
        old = form()
        in_the_records_system(incapacitated=True, deceased=True)
        at_work(desk, Role.SUPERVISOR)
        assert desk.post("capacity", **old).status == 409
        assert desk.post("capacity", **old | {"confirmed": "yes"}).status == 409
        assert told() is HoldReason.VICTIM_IN_DOUBT

    def test_is_a_task_that_only_a_supervisor_ends(self, desk, settings):
        a_stored_case()
        in_the_records_system(deceased=True)
        planning.plan(NUMBER, settings, NOW)
        page = at_work(desk, Role.RECORDS).get(case_address(NUMBER)).text
        assert "A supervisor decides what is right" in page

    @pytest.mark.parametrize(("ticked", "who"), [(True, {KIN}), (False, NOBODY["deceased"])])
    def test_lets_only_those_speak_whom_the_supervisor_names(self, desk, ticked, who):
        """They may have come by the same file, or before it."""
        a_stored_case()
        one = kin()
        in_the_records_system(deceased=True)
        decide(desk, "deceased", **({f"who-{one.origin}": "yes"} if ticked else {}))
        assert told() == who

    @pytest.mark.parametrize(
        ("said", "heard"), [("incapacitated", {PHONE, EMAIL}), ("minor", set())]
    )
    def test_makes_a_person_of_a_later_file_known(self, desk, settings, said, heard):
        """A supervisor named nobody: then a clerk is talked into a guardian."""
        a_stored_case()
        in_the_records_system(**{said: True})
        decide(desk, said)
        (his,) = a_case().with_speaker(phone=KIN, relation="guardian", digest="1").case.speakers
        storing(settings, NOW + DAY)(NUMBER, replace(his, export_time=NOW), None)
        change = cases.read_case(NUMBER).enrollment_of("v1").changes[-1]
        assert change.key.startswith("speaker:")
        assert (change.asks, {h.address for h in change.hears}) == (True, heard)

    def test_that_is_wrong_ends_nobody(self, desk):
        a_stored_case()
        kin("representative")
        in_the_records_system(deceased=True)
        decide(desk)
        assert told() == {PHONE, EMAIL, KIN}

    def test_of_a_whole_file_is_ended_by_one_decision(self, desk):
        """A broken column called everybody an organization; another file called one dead."""
        shops: dict[str, Any] = {"victim_type": "organization"}
        dead: dict[str, Any] = {"deceased": True}
        later = shops | {"export_time": NOW + DAY}
        said = {NUMBER: shops, "2611240010": shops, "2611240011": dead, "2611240012": later}
        for number, what in said.items():
            a_stored_case(number)
            in_the_records_system(number=number, **{"export_time": NOW} | what)
            a_held_notice(number, reason="victim_in_doubt")
        decide(desk, all="yes")
        judged = {number: victim(number).judged_at is not None for number in said}
        assert judged == {number: what is shops for number, what in said.items()}


class TestCards:
    """On a restricted case the victim hears of it from a person, and others of the rest."""

    @pytest.fixture
    def page(self, desk, settings):
        built = a_stored_case(restricted=True)
        decide(desk, "incapacitated", **{f"who-{kin().origin}": "yes"})
        for _ in range(2):
            planning.plan(NUMBER, settings, NOW)
        assert built.victims[0].phone != KIN
        return desk.get(case_address(NUMBER))

    def test_are_one_for_the_victim_and_one_for_the_rest(self, page, desk):
        cards = page.root.xpath("//section[.//form[@action='telephoned']]")
        said = {"in your place" in card.text_content(): card for card in cards}
        assert len(cards) == 2
        apart, rest = said[True], said[False]
        assert [a.text for a in apart.xpath(".//a[@class='call']")] == [shown(victim().phone)]
        assert [a.text for a in rest.xpath(".//a[@class='call']")] == [shown(KIN)]

    def test_tell_nobody_both(self, page, desk):
        held = page.root.xpath(
            "//form[@action='telephoned']//input[starts-with(@name, 'pick-')]/@name"
        )
        answer = desk.post("telephoned", **dict.fromkeys(held, "yes"))
        assert (answer.status, "cannot be recorded together" in answer.text) == (400, True)
        assert answer.links("case?c=")  # each can be opened from here

    def test_call_nobody_from_the_list(self, page, desk):
        listed = desk.post("call-list").text
        assert "told different things" in listed
        assert shown(KIN) not in listed


class TestPortal:
    """An ex-partner who talks somebody into it gains nothing there."""

    @pytest.mark.parametrize("relation", ["guardian", "next_of_kin", "representative"])
    @pytest.mark.parametrize("mark", MARKS)
    def test_opens_nothing_by_knowledge(self, desk, relation, mark):
        born = a_stored_case().victims[0].birth_date
        one = kin(relation, birth_date=born)
        assert Visitor().verify(NUMBER, NAME, BORN).status == 303
        in_the_records_system(**{mark: True})
        assert Visitor().verify(NUMBER, NAME, BORN).status == 200
        assert Visitor().verify(NUMBER, one.last_name, BORN).status == 200
        decide(desk, mark)
        assert Visitor().verify(NUMBER, NAME, BORN).status == 200
        assert Visitor().verify(NUMBER, one.last_name, BORN).status == 200
        decide(desk)
        assert Visitor().verify(NUMBER, NAME, BORN).status == 303

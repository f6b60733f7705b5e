"""The page of a case: restriction, survey answers, notes, held notices."""

import re
from datetime import timedelta

import pytest
from msgspec.structs import replace

from aviso.domain import restriction
from aviso.domain.model import Kind
from aviso.domain.notice import State
from aviso.domain.staff import Role
from aviso.domain.survey_response import SurveyResponse
from aviso.domain.survey_rules import FIRST
from aviso.storage import cases, notices, survey_responses
from infra.harness.builders import BURGLARY, STALKING
from infra.harness.staff_browser import audited, case_address, fields
from tests.integration.staff.conftest import (
    NOW,
    ORDINARY,
    PHONE,
    a_held_notice,
    a_stored_case,
    at_work,
    notice,
)


class TestRestriction:
    def test_hides_the_case_until_a_supervisor_lifts_it(self, desk, settings):
        a_stored_case()
        form = {"c": case_address(ORDINARY).removeprefix("case?c=")}
        at_work(desk, Role.RECORDS).confirm("restrict", **form)
        assert restriction.restriction_of(cases.read_case(ORDINARY), settings) == "desk"
        assert desk.get(case_address(ORDINARY)).status == 403
        at_work(desk, Role.SUPERVISOR).confirm("lift", why="She asked for it", **form)
        assert restriction.restriction_of(cases.read_case(ORDINARY), settings) is None
        again = desk.post("lift", confirmed="yes", why="Twice", **form)
        assert again.headers["Location"].startswith("case?c=")
        assert [a for _, a, _ in audited()].count("restriction_lifted") == 1

    def test_is_lifted_for_the_reason_shown_only(self, desk, settings):
        victim = a_stored_case(offense="99-9999").victims[0]
        form = {"c": case_address(ORDINARY).removeprefix("case?c=")}
        asked = at_work(desk, Role.SUPERVISOR).post("lift", **form)
        assert "The settings do not have the offense." in asked.text
        yes = fields(asked) | {"csrf": desk.csrf, "why": "It is a burglary"}
        his = replace(victim, relationship="EX-PARTNER", digest="2")
        cases.write_row(ORDINARY, his, victim)
        for stale in (yes, {name: value for name, value in yes.items() if name != "restriction"}):
            assert desk.post("lift", **stale).status == 409
            assert restriction.restriction_of(cases.read_case(ORDINARY), settings) == "relationship"
        assert "restriction_lifted" not in [action for _, action, _ in audited()]
        assert "Because of the relationship" in desk.post("lift", **form).text
        desk.confirm("lift", why="They are divorced for years", **form)
        assert restriction.restriction_of(cases.read_case(ORDINARY), settings) is None


class TestNewNumber:
    LATER = "2611249001"

    def test_shows_the_other_case_and_what_it_told(self, desk):
        a_stored_case()
        held = notice(a_held_notice())
        notices.move(
            held, State.DELIVERED, due_at=None, told_at=NOW, told_by="staff:ana", reason=""
        )
        a_stored_case(self.LATER, former_number=ORDINARY)
        page = at_work(desk, Role.SUPERVISOR).get(case_address(self.LATER))
        assert f"Perhaps the same: case {ORDINARY}" in page.text
        assert "Its victims were told: Arrest" in " ".join(page.text.split())
        assert ("case_viewed", ORDINARY) in [(action, case) for _, action, case in audited()]
        assert "Perhaps the same" not in desk.get(case_address(ORDINARY)).text
        form = {"c": case_address(self.LATER).removeprefix("case?c=")}
        desk.confirm("lift", why="They are two", **form)
        at_work(desk, Role.RECORDS)
        assert "Perhaps the same" not in desk.get(case_address(self.LATER)).text


class TestSurveyAnswers:
    def test_show_for_those_who_may_see_the_case(self, desk):
        a_stored_case()
        survey = a_held_notice(fact=FIRST, kind=Kind.SURVEY, state=State.PLANNED, reason="")
        answers = {"satisfaction": "5", "still_called": "0", "comment": "Thank you, Officer <b>"}
        response = SurveyResponse(
            survey=survey,
            case=ORDINARY,
            victim="v1",
            answers=answers,
            asked_at=NOW,
            answered_at=NOW,
            changed_at=NOW,
        )
        survey_responses.write(response, None)
        for role in (Role.ADVOCATE, Role.SUPERVISOR):
            page = at_work(desk, role).get(case_address(ORDINARY))
            assert "5, very good" in page.text
        assert (
            "Survey responses" not in at_work(desk, Role.RECORDS).get(case_address(ORDINARY)).text
        )


class TestPage:
    def test_keeps_an_escaped_note(self, desk):
        a_stored_case()
        form = {"c": case_address(ORDINARY).removeprefix("case?c=")}
        at_work(desk).post("note", text="Called back <script>", **form)
        page = desk.get(case_address(ORDINARY))
        assert "Called back &lt;script&gt;" in page.body
        assert ("staff:id-advocate", "note_added", ORDINARY) in audited()

    def test_says_in_which_language_to_call(self, desk):
        case = a_stored_case()
        a_held_notice()
        page = at_work(desk).get(case_address(case.number))
        assert "(Spanish)." in page.text
        assert "· Spanish ·" in page.text

    def test_says_the_same_words_once(self, desk):
        (arrest,) = a_stored_case().arrests
        cases.write_row(ORDINARY, replace(arrest, id="a2", origin="a2"), None)
        a_held_notice(fact="arrest:a1")
        a_held_notice(fact="arrest:a2")
        page = at_work(desk).get(case_address(ORDINARY))
        to_do = page.body.partition('class="unsaid"')[0]
        assert to_do.count('<span class="pill">Arrest</span>') == 1
        assert to_do.count('<p lang="es" dir="auto">') == 1

    def test_escapes_names_of_the_feed(self, desk):
        case = a_stored_case()
        hostile = replace(case.victims[0], last_name='"><img src=x>', digest="2")
        cases.write_row(ORDINARY, hostile, case.victims[0])
        page = at_work(desk).get(case_address(ORDINARY)).body
        assert "&lt;img src=x&gt;" in page
        assert "<img src=x>" not in page

    def test_asks_once_whether_they_can_talk_and_records_answers(self, desk):
        a_stored_case()
        for kind in (Kind.FIRST_CONTACT, Kind.ARREST):
            a_held_notice(fact=f"x:{kind}", kind=kind)
        page = at_work(desk).get(case_address(ORDINARY))
        assert page.text.count("Are you alone?") == 1
        (card,) = page.root.xpath('//section[@class="todo"]')
        (asks,) = card.xpath('.//form[@action="answer"]')
        answers = [button.get("value") for button in asks.xpath(".//button")]
        assert answers == ["requested", "waived"]
        form = {field.get("name"): field.get("value") for field in asks.xpath(".//input")}
        desk.confirm("answer", answer="requested", why="She said yes.", **form)
        page = desk.get(case_address(ORDINARY))
        assert "Asked to be kept informed" in page.text
        assert "Yes: record it" not in page.text

    def test_shows_a_held_notices_due_time_and_owner(self, desk):
        a_stored_case()
        late = NOW - timedelta(days=9)
        a_held_notice(deadline=late)
        a_held_notice(fact="arrest:a2", state=State.PLANNED, reason="")
        clerk = at_work(desk, Role.RECORDS)
        page = clerk.get(case_address(ORDINARY))
        assert "9 days past" in page.text
        assert page.text.count("Unassigned.") == 1  # what is not held is nobody's task
        assert "Assigned to:" not in page.text
        held = next(n for n in re.findall(r'name="pick-(\w+)"', page.body.partition("todos")[2]))
        form = {"c": case_address(ORDINARY).removeprefix("case?c="), f"pick-{held}": "yes"}
        assert clerk.post("take", do="take", **form).headers["Location"].startswith("case?c=")
        assert "Assigned to: records." in clerk.get(case_address(ORDINARY)).text
        assert "Take over" in at_work(desk, Role.ADVOCATE).get(case_address(ORDINARY)).text


class TestDanger:
    @pytest.mark.parametrize("offense", [BURGLARY, STALKING])
    @pytest.mark.parametrize("held", [False, True])
    def test_is_the_first_thing_on_the_page(self, desk, offense, held):
        case = a_stored_case(offense=offense)
        victim = case.victims[0]
        cases.write_row(ORDINARY, replace(victim, safe_to_contact=False, digest="2"), victim)
        if held:
            a_held_notice(reason="not_safe_to_contact")
        page = at_work(desk, Role.ADVOCATE).get(case_address(ORDINARY))
        first, *others = page.root.xpath('//h1/following::div[contains(@class, "alert")]')
        assert first.get("class") == "alert wrong"
        said = " ".join(first.text_content().split())
        assert said.startswith("Ana Muñoz-v1: Not safe to contact. Do not send anything. Ask")
        assert not [a for a in others if a.get("class") == "alert wrong"]

    def test_of_a_contact_shared_with_a_suspect_shows(self, desk):
        case = a_stored_case()
        his = replace(case.suspects[0], phone=PHONE, digest="2")
        cases.write_row(ORDINARY, his, case.suspects[0])
        page = at_work(desk).get(case_address(ORDINARY))
        assert "A suspect has the same contact." in " ".join(page.of_class("wrong"))

    def test_of_a_restricted_case_comes_before_its_facts(self, desk):
        a_stored_case(offense=STALKING)
        a_held_notice(reason="trial_mode")
        page = at_work(desk).get(case_address(ORDINARY))
        first, *_ = page.root.xpath("//h1/following-sibling::*")
        said = " ".join(first.text_content().split())
        assert said.startswith("Restricted.")
        assert "Call only after you have checked that it is safe." in said

    def test_is_asked_for_before_anything_is_said(self, desk):
        a_stored_case()
        a_held_notice()
        page = at_work(desk).get(case_address(ORDINARY))
        hers, read_as = page.root.xpath('//div[@class="say"]/p/text()')
        assert hers.startswith("¿Puede hablar ahora? ¿Está a solas?")
        assert read_as.startswith("Is this a good time to talk? Are you alone?")

    def test_that_is_not_there_shows_no_banner(self, desk):
        a_stored_case()
        assert at_work(desk).get(case_address(ORDINARY)).of_class("wrong") == []

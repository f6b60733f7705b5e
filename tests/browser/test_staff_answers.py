"""What victims pressed or answered by a message's link, seen and handled at the desk."""

from collections.abc import Callable
from functools import partial
from urllib.error import HTTPError
from urllib.request import urlopen

import pytest
from playwright.sync_api import expect

from infra.local.stack import PATIENCE, LocalAws, wait_for
from tests.browser import survey_emails
from tests.browser.axe import look
from tests.browser.conftest import SignIn, Visit
from tests.browser.portal_page import Portal, strings
from tests.browser.staff_page import Desk

NOT_ME, STOPPED, ANSWERED, OLD = "2611248401", "2611248402", "2611248403", "2611248404"
Linked = Callable[..., str]


@pytest.fixture(scope="module")
def linked(deployed: LocalAws, tmp_path_factory: pytest.TempPathFactory) -> Linked:
    """Give a function that returns a link of the email which a case's victim got."""
    survey_emails.ask(deployed, (NOT_ME, STOPPED, ANSWERED, OLD), tmp_path_factory.mktemp("asked"))
    return lambda number, name="survey": survey_emails.link(deployed, number, name)


class TestNotMe:
    @pytest.mark.parametrize(
        ("number", "name", "trouble", "undo"),
        [
            (NOT_ME, "not-me", "desk_trouble_not_me", "desk_restore"),
            (STOPPED, "stop", "desk_trouble_opted_out", "desk_resume"),
        ],
    )
    def test_is_taken_back_with_a_reason(
        self,
        at: SignIn,
        visit: Visit,
        linked: Linked,
        number: str,
        name: str,
        trouble: str,
        undo: str,
    ) -> None:
        reader = visit()
        reader.goto(linked(number, name))
        Portal(reader, "").send("act")
        desk = at("records")
        desk.find(number)
        row = desk.page.locator(".contact", has_text=survey_emails.address(number))
        expect(row).to_contain_text(desk.says(trouble))
        row.locator("summary").click()
        desk.press(undo)
        desk.sees(desk.says(f"desk_confirm_{undo.removeprefix('desk_')}"))
        expect(desk.page.locator("#why")).to_have_attribute("required", "")
        desk.page.fill("#why", "Her daughter pressed it.")
        desk.confirm()
        expect(row).to_contain_text(desk.says("desk_in_use"))
        expect(desk.page.locator(".knows")).to_contain_text("Her daughter pressed it.")


class TestUnprovedStop:
    def test_is_heeded_at_the_desk(self, at: SignIn, linked: Linked) -> None:
        link = linked(OLD, "stop").rpartition(".")[0] + ".AAAAAAAAAAAAAA"  # another key signed it
        with pytest.raises(HTTPError) as refused:
            urlopen(link, data=b"List-Unsubscribe=One-Click", timeout=60)
        refused.value.close()
        assert refused.value.code == 400
        desk = at("records")
        desk.open("inbox")
        line = desk.page.locator("tr", has_text=survey_emails.address(OLD))
        expect(line).to_contain_text(desk.says("desk_link_stop_said"))
        with desk.page.expect_navigation():
            line.get_by_role("button", name=desk.says("desk_link_stop")).click()
        assert look(desk.page, "desk-confirm-link-stop", "en") == []
        desk.confirm()
        desk.find(OLD)
        row = desk.page.locator(".contact", has_text=survey_emails.address(OLD))
        expect(row).to_contain_text(desk.says("desk_trouble_opted_out"))


CHART = "#chart-answers-satisfaction img"
WORDS = "The officer called me back. Thank you."


def counted(desk: Desk) -> bool:
    """Open the figures, and say whether any answer is among them, drawn."""
    desk.open("figures")
    chart = desk.page.locator(CHART)
    return chart.count() == 1 and bool(chart.evaluate("i => i.decode().then(() => i.naturalWidth)"))


class TestSurveyAnswers:
    def test_are_seen_by_advocates_and_supervisors(
        self, at: SignIn, visit: Visit, linked: Linked
    ) -> None:
        victim = visit()
        victim.goto(linked(ANSWERED))
        victim.get_by_label(strings("en")["survey_scale_4"]).first.check()
        victim.fill("#q-better", WORDS)
        Portal(victim, "").send("survey")
        wrong = []
        for role, language in (("advocate", "en"), ("supervisor", "es")):
            desk = at(role, language)
            desk.find(ANSWERED)
            assert WORDS in desk.text
            assert strings(language)["survey_scale_4"] in desk.text
            wrong += look(desk.page, "desk-case-answered", language)
            desk.open("answers")
            desk.sees(desk.says("desk_answers_heading"))
            assert WORDS in desk.text
            wrong += look(desk.page, "desk-answers", language)
            wait_for(partial(counted, desk), PATIENCE, "the answer to be counted")
            wrong += look(desk.page, "desk-figures-answers", language)
        assert wrong == []
        desk = at("records")
        desk.find(ANSWERED)
        desk.sees(desk.says("desk_case_number", number=ANSWERED))
        assert WORDS not in desk.page.content()
        assert desk.says("desk_said_heading") not in desk.text
        assert desk.open("answers") == 403
        assert WORDS not in desk.page.content()
        assert desk.open("figures") == 403

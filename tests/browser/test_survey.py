"""The survey behind its link from an email: a minute on a phone, and nothing of the case to see."""

import json
from collections.abc import Callable
from datetime import UTC, datetime, timedelta
from urllib.parse import urlsplit

import pytest
from playwright.sync_api import Page, expect

from infra.local.stack import LocalAws
from tests.browser import survey_emails
from tests.browser.axe import look
from tests.browser.conftest import Visit
from tests.browser.feed_cases import LAST_NAME
from tests.browser.portal_page import Keyboard, Portal, strings

BY_KEYS = {"en": "2611248301", "es": "2611248302"}
LOOKED_AT = {"en": "2611248303", "es": "2611248304"}
CHANGED, CLOSED, LEFT = "2611248305", "2611248306", "2611248307"
ALL = (*BY_KEYS.values(), *LOOKED_AT.values(), CHANGED, CLOSED, LEFT)
QUESTIONS = ("satisfaction", "informed", "still_called", "rights", "better")
Linked = Callable[..., str]


@pytest.fixture(scope="module")
def linked(deployed: LocalAws, tmp_path_factory: pytest.TempPathFactory) -> Linked:
    """Give a function that returns the link which a case's victim got, once all were asked."""
    survey_emails.ask(deployed, ALL, tmp_path_factory.mktemp("survey"))
    return lambda number, name="survey": survey_emails.link(deployed, number, name)


def answers(aws: LocalAws, number: str) -> dict[str, str]:
    """Return what is kept of the answer to a case's survey."""
    rows = aws.client("dynamodb").scan(TableName=aws.outputs["ResponsesTable"])["Items"]
    kept = [json.loads(row["answers"]["S"]) for row in rows if row["case"]["S"] == number]
    assert len(kept) <= 1, "one survey has two answers"
    return dict(kept[0]) if kept else {}


def close(aws: LocalAws, number: str) -> None:
    """Let the time pass in which a case's survey can be answered."""
    database, table = aws.client("dynamodb"), aws.outputs["NoticesTable"]
    rows = database.scan(TableName=table)["Items"]
    row = next(
        r for r in rows if r.get("case", {}).get("S") == number and "survey" in r["fact"]["S"]
    )
    past = (datetime.now(UTC) - timedelta(days=15)).strftime("%Y-%m-%dT%H:%M:%S.%fZ")
    database.update_item(
        TableName=table,
        Key={"pk": row["pk"], "sk": row["sk"]},
        UpdateExpression="SET fact_at = :past",
        ExpressionAttributeValues={":past": {"S": past}},
    )


def ticked(page: Page) -> int:
    """Return how many choices the page shows as made."""
    return page.locator("input:checked").count()


class TestSurvey:
    @pytest.mark.parametrize("language", ["en", "es"])
    def test_is_answered_by_keyboard_without_script(
        self, visit: Visit, linked: Linked, deployed: LocalAws, language: str
    ) -> None:
        page, said, number = visit(language, script=False), strings(language), BY_KEYS[language]
        portal, keys = Portal(page, deployed.portal_url), Keyboard(page)
        page.goto(linked(number))
        portal.sees(said["survey_heading"])
        assert page.locator("fieldset, textarea").count() == len(QUESTIONS)
        for private in (number, LAST_NAME, "Inés", survey_emails.address(number)):
            assert private not in page.content() + page.url
        keys.press("input[name=q-satisfaction]", "Space")
        page.keyboard.press("ArrowDown")  # from very good to good
        keys.press("input[name=q-still_called]", "Space")
        keys.type("#q-better", "Me hablaron con respeto. ¡Gracias!")
        keys.press("form#survey button.act")

        portal.sees(said["survey_thanks_heading"])
        assert "988" in portal.text
        assert answers(deployed, number) == {
            "satisfaction": "4",
            "still_called": "0",
            "better": "Me hablaron con respeto. ¡Gracias!",
        }
        portal.leave(lambda: keys.press(".leave"))

    def test_is_kept_and_changed_until_it_closes(
        self, visit: Visit, linked: Linked, deployed: LocalAws
    ) -> None:
        page, said, link = visit(script=False), strings("en"), linked(CHANGED)
        portal = Portal(page, deployed.portal_url)
        page.goto(link)
        portal.send("survey")
        expect(page.locator("#q-satisfaction-error")).to_contain_text(said["survey_nothing"])
        assert answers(deployed, CHANGED) == {}

        page.get_by_label(said["survey_scale_2"]).first.check()
        page.fill("#q-better", "Please call back.")
        portal.send("survey")
        portal.sees(said["survey_thanks_heading"])
        assert answers(deployed, CHANGED) == {"satisfaction": "2", "better": "Please call back."}

        page.goto(link)  # the next person at the phone sees none of it
        assert ticked(page) == 0
        assert page.input_value("#q-better") == ""
        page.get_by_label("Yes, more than once").check()
        page.get_by_label(said["survey_scale_5"]).first.check()
        portal.send("survey")
        changed = {"satisfaction": "5", "still_called": "2", "better": "Please call back."}
        assert answers(deployed, CHANGED) == changed

        page.goto(link)
        page.get_by_label(said["survey_scale_1"]).first.check()
        close(deployed, CHANGED)  # while the page was open
        portal.send("survey")
        portal.sees(said["survey_closed_heading"])
        assert answers(deployed, CHANGED) == changed

    def test_keeps_what_was_typed_in_another_language(
        self, visit: Visit, linked: Linked, deployed: LocalAws
    ) -> None:
        page = visit("en", script=False)
        page.goto(linked(LEFT))
        page.get_by_label("Yes, once").check()
        page.fill("#q-better", "Nothing, thank you")
        page.click("button[name=lang]")
        Portal(page, deployed.portal_url).sees(strings("es")["survey_heading"])
        assert page.get_by_label("Sí, una vez").is_checked()
        assert page.input_value("#q-better") == "Nothing, thank you"
        assert answers(deployed, LEFT) == {}

    def test_looks_the_same_when_closed_or_forged(
        self, visit: Visit, linked: Linked, deployed: LocalAws
    ) -> None:
        page = visit(script=False)
        portal = Portal(page, deployed.portal_url)
        good, other = linked(CLOSED), linked(CLOSED, "stop")
        token, theirs = (urlsplit(link).query.removeprefix("t=") for link in (good, other))
        forged = token[:-1] + ("A" if token[-1] != "A" else "B")
        close(deployed, CLOSED)
        pages = set()
        for given in (token, forged, theirs, ""):
            portal.open("survey", t=given)
            portal.sees(strings("en")["survey_closed_heading"])
            assert page.locator("form#survey").count() == 0
            assert "988" in portal.text
            pages.add(portal.text)
        assert len(pages) == 1
        assert answers(deployed, CLOSED) == {}

    @pytest.mark.parametrize("language", ["en", "es"])
    def test_can_be_read_by_everyone_in_every_state(
        self, visit: Visit, linked: Linked, deployed: LocalAws, language: str
    ) -> None:
        page, number = visit(language), LOOKED_AT[language]
        portal = Portal(page, deployed.portal_url)
        page.goto(linked(number))
        wrong = look(page, "survey", language)
        portal.send("survey")
        wrong += look(page, "survey-empty", language)
        page.locator("input[name=q-informed]").first.check()
        page.fill("#q-better", "Una palabra amable ayuda. " * 12)
        page.evaluate("scrollTo(0, 0)")  # what the bar at the top covers is no smaller for it
        wrong += look(page, "survey-filled", language)
        portal.send("survey")
        portal.sees(strings(language)["survey_thanks_heading"])
        wrong += look(page, "survey-thanks", language)
        link = linked(number)
        close(deployed, number)
        page.goto(link)
        wrong += look(page, "survey-closed", language)
        assert not wrong, "\n".join(wrong)

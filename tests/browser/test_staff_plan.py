"""A plan for safe messages, from the desk by its contact's yes to an arrest's email."""

from datetime import UTC, datetime
from functools import partial
from pathlib import Path

import pytest
from playwright.sync_api import Page

from infra.harness.feed_files import complete, local
from infra.local import drop_feed
from infra.local.stack import PATIENCE, LocalAws, wait_for
from tests.browser.axe import look
from tests.browser.conftest import SignIn, Visit
from tests.browser.portal_page import strings
from tests.browser.staff_page import Desk, notices

NUMBER, EMAIL = "2611248501", "planned@example.com"


def files(now: datetime) -> dict[str, str]:
    """Return a case of stalking, and then an arrest."""
    at = local(now)
    return {
        "cases.csv": "INCIDENT_NUM,OFFENSE_CD,CASE_STATUS,STATUS_DT,RPT_DT,LAST_UPD\n"
        f"{NUMBER},13-2923,ACTIVE,{at},{at},{at}\n",
        "people.csv": "INCIDENT_NUM,NAME_ID,INVL_TYPE,FIRST_NM,LAST_NM,DOB,EMAIL,LANG,LAST_UPD\n"
        f"{NUMBER},PV1,VIC,Ana,Tolano,04/12/1985,{EMAIL},ENG,{at}\n"
        f"{NUMBER},PS1,SUS,Travis,Boone,07/02/1991,,ENG,{at}\n",
        "arrests.csv": "INCIDENT_NUM,ARREST_NUM,NAME_ID,ARREST_DT,LAST_UPD\n"
        f"{NUMBER},PA1,PS1,{at},{at}\n",
    }


def bring(aws: LocalAws, folder: Path, *names: str) -> None:
    """Import some of these files."""
    now = datetime.now(UTC)
    for name in names:
        (folder / name).write_text(complete(name, files(now)[name]), encoding="utf-8-sig")
        key = drop_feed.drop(aws, folder / name, f"incoming/plan_{name}")
        drop_feed.wait_for_import(aws, key, now)


def mailed(aws: LocalAws, word: str) -> str:
    """Return the first email to the plan's contact that has a word, if there is one."""
    texts = (mail.text for mail in aws.sent_emails() if EMAIL in mail.to)
    return next((text for text in texts if word in text), "")


def make(desk: Desk) -> list[str]:
    """Agree a plan for arrests at any hour; return what is wrong with the pages."""
    desk.find(NUMBER)
    part = desk.page.locator("details", has=desk.page.locator("form[action=plan]"))
    part.locator("summary").click()
    part.locator("input[name=answers]").fill("She does.")
    for box in part.locator("input[name^=day-]").all():
        box.check()
    part.locator("input[name=kind-arrest]").check()
    part.locator("select[name=from]").select_option("0")
    part.locator("select[name=to]").select_option("24")
    wrong = look(desk.page, "desk-case-plan", desk.language)
    desk.press("desk_correct_look", part)
    desk.sees(desk.says("desk_confirm_plan_make"))
    wrong += look(desk.page, "desk-confirm-plan-make", desk.language)
    desk.page.fill("#why", "The shelter that we know put her on the line.")
    desk.confirm()
    return wrong


def say_yes(page: Page, link: str) -> list[str]:
    """Answer the question by its link; return what is wrong with the pages in both languages."""
    wrong = []
    for language in ("en", "es"):
        page.goto(f"{link}&lang={language}")
        wrong += look(page, "plan-ask", language)
    with page.expect_navigation():
        page.click("button[value=yes]")
    assert strings("es")["plan_yes_heading"] in page.inner_text("h1")
    return wrong + look(page, "plan-yes", "es", only=True)


class TestPlan:
    @pytest.mark.usefixtures("accounts")
    def test_brings_an_arrest_by_email(
        self, deployed: LocalAws, at: SignIn, visit: Visit, tmp_path: Path
    ) -> None:
        bring(deployed, tmp_path, "cases.csv", "people.csv")
        wait_for(partial(notices, deployed, NUMBER), PATIENCE, "the case's notices")
        deployed.wait_until_quiet()
        denied = deployed.access_denied()
        wrong = make(at("advocate"))
        boss = at("supervisor", "es")
        boss.find(NUMBER)
        wrong += look(boss.page, "desk-case-plan-unseen", "es")
        boss.press("desk_plan_look")
        boss.sees(boss.says("desk_confirm_plan_look"))
        boss.confirm()
        mail = wait_for(partial(mailed, deployed, "/plan?"), PATIENCE, "the plan's question")
        link = next(word for word in mail.split() if "/plan?" in word).strip("<>.")
        wrong += say_yes(visit(), link)
        bring(deployed, tmp_path, "arrests.csv")
        wait_for(partial(mailed, deployed, "arrest"), PATIENCE, "the arrest's email")
        deployed.wait_until_quiet()
        assert wrong == []
        assert deployed.access_denied() == denied

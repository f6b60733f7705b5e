"""A code to a contact on file, asked for on the deployed portal, under the portal's own role."""

import re
from collections.abc import Sequence
from datetime import UTC, datetime, timedelta
from pathlib import Path

from infra.harness.feed_files import complete
from infra.harness.web_page import Page
from infra.local import drop_feed
from infra.local.http_browser import Browser
from infra.local.sent_messages import Text
from infra.local.stack import PATIENCE, LocalAws, wait_for

NUMBER, STAMP = "2611249201", "%m/%d/%Y %H:%M"
PHONE, EMAIL = "+15205550192", "ines-code@example.com"
CODE = re.compile(r"\b[0-9A-Z]{4}-?[0-9A-Z]{4}\b")
CHOICE = re.compile(r'name="send" value="([^"]+)">[^<]*(@|-)')


def files(now: datetime) -> dict[str, str]:
    """Return the case's files, as the sample agency's records system writes them."""
    local = now - timedelta(hours=7)
    at, before = local.strftime(STAMP), (local - timedelta(days=9)).strftime(STAMP)
    return {
        "cases.csv": "INCIDENT_NUM,OFFENSE_CD,CASE_STATUS,RPT_DT,LAST_UPD\n"
        f"{NUMBER},13-1507,OPEN,{before},{at}\n",
        "people.csv": "INCIDENT_NUM,NAME_ID,INVL_TYPE,FIRST_NM,LAST_NM,DOB,PHONE,PHONE_TYPE,EMAIL,"
        "LANG,LAST_UPD\n"
        f"{NUMBER},CO1,VIC,Inés,Ñáñez,04/12/1985,520-555-0192,C,{EMAIL},ENG,{at}\n",
    }


def send_to(browser: Browser, page: Page, kind: str) -> Page:
    """Press the button that sends a code to the phone (`-`) or the email (`@`)."""
    (id,) = [id for id, found in CHOICE.findall(page.body) if found == kind]
    return browser.submit(page, "code", send=id)


def codes_in(texts: Sequence[Text]) -> list[Text]:
    """Return the texts with a code: a loaded machine may still be sending of an earlier test."""
    return [text for text in texts if CODE.search(text.body)]


def recipients(deployed: LocalAws) -> list[str]:
    return [address for email in deployed.sent_emails() for address in email.to]


class TestAccessCode:
    def test_is_sent_under_the_portals_own_role(self, deployed: LocalAws, tmp_path: Path) -> None:
        now, denied = datetime.now(UTC), deployed.access_denied()
        for name, rows in files(now).items():
            (tmp_path / name).write_text(complete(name, rows), encoding="utf-8-sig")
            key = drop_feed.drop(deployed, tmp_path / name, f"incoming/codes_{name}")
            drop_feed.wait_for_import(deployed, key, now)
        deployed.wait_until_quiet()
        deployed.clear_sent()

        browser = Browser(deployed.portal_url)
        page = browser.submit(browser.open(), "step", number=NUMBER)
        browser.submit(page, "step", last_name="Ñáñez", birth_date="4/12/1985")
        page = send_to(browser, browser.open("code"), "-")
        wait_for(lambda: codes_in(deployed.sent_texts()), PATIENCE, "the code by text")
        page = send_to(browser, page, "@")
        wait_for(lambda: EMAIL in recipients(deployed), PATIENCE, "the code by email")

        (text,) = codes_in(deployed.sent_texts())
        assert text.phone == PHONE
        assert recipients(deployed).count(EMAIL) == 1
        (code,) = set(CODE.findall(text.body))
        assert browser.submit(page, "enter", code=code).url.endswith("/status")
        assert browser.open("manage").status == 200
        assert deployed.access_denied() == denied

"""Every route of the deployed portal does its work under the portal's own role.

A page that is denied something shows only when somebody asks for it; so each is asked for here,
and each form is sent with what makes it read and write.
"""

import re
from collections.abc import Callable
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest

from infra.harness.feed_files import complete
from infra.harness.web_page import Page
from infra.local import drop_feed
from infra.local.http_browser import Browser
from infra.local.stack import PATIENCE, LocalAws, wait_for
from tests.browser import survey_emails

NUMBER, NAME, BORN = "2611249101", "Óñez-Ruiz", "4/12/1985"
ON_FILE = "routes-on-file@example.com"
GIVEN = "routes-given@example.com"
CODED = "routes-coded@example.com"  # typed by the holder of a code, so it may be handed on
NAMED = "routes-named@example.com"  # to speak for the victim
CODE = re.compile(r"^[A-Z0-9]{4}-[A-Z0-9]{4}$", re.MULTILINE)
STAMP = "%m/%d/%Y %H:%M"
ELSEWHERE = {("GET", "/plan"), ("POST", "/plan")}  # tests.browser.test_staff_plan


class Walk(Browser):
    """A browser that remembers which routes it asked for, and bears no failure."""

    def __init__(self, start: str) -> None:
        super().__init__(start)
        self.asked: set[tuple[str, str]] = set()

    def ask(self, method: str, url: str, fields: dict[str, str] | None = None) -> Page:
        path = url.removeprefix(self.start).partition("?")[0] or "/"
        self.asked.add((method, path))
        page = super().ask(method, url, fields)
        assert page.status < 500, f"{method} {path} answered {page.status}"
        return page


def a_case(aws: LocalAws, folder: Path) -> None:
    """Import a case of some two weeks ago, which is asked today how it was treated."""
    now = datetime.now(UTC)
    local = now - timedelta(hours=7)
    at, then = (
        local.strftime(STAMP),
        (local - timedelta(days=survey_emails.DAYS_AGO)).strftime(STAMP),
    )
    rows = {
        "cases.csv": "INCIDENT_NUM,OFFENSE_CD,CASE_STATUS,STATUS_DT,RPT_DT,LAST_UPD\n"
        f"{NUMBER},13-1507,ACTIVE,{at},{then},{at}\n",
        "people.csv": "INCIDENT_NUM,NAME_ID,INVL_TYPE,FIRST_NM,LAST_NM,DOB,EMAIL,LANG,LAST_UPD\n"
        f"{NUMBER},RV1,VIC,Inés,{NAME},04/12/1985,{ON_FILE},ENG,{at}\n",
    }
    for name, text in rows.items():
        (folder / name).write_text(complete(name, text), encoding="utf-8-sig")
        key = drop_feed.drop(aws, folder / name, f"incoming/routes_{name}")
        drop_feed.wait_for_import(aws, key, now)


def mailed(aws: LocalAws, to: str, what: Callable[[str], str | None]) -> str:
    """Wait for an email to somebody that holds something, and return that."""

    def look() -> str:
        texts = [mail.text for mail in reversed(aws.sent_emails()) if to in mail.to]
        return next((found for text in texts if (found := what(text))), "")

    return str(wait_for(look, PATIENCE, f"an email to {to}"))


def a_code(text: str) -> str | None:
    return found[0] if (found := CODE.search(text)) else None


def a_link(name: str) -> Callable[[str], str | None]:
    def find(text: str) -> str | None:
        found = re.search(rf"/portal/({name}\?t=[\w.-]+)", text)
        return str(found[1]) if found else None

    return find


def before_a_visit(walk: Walk) -> None:
    for text in ("help", "rights", "privacy", "terms", "find", "verify", "early", "enroll"):
        walk.open(text)
    page = walk.submit(walk.open("real"), "check", contact=GIVEN, code="AAAA-AAAA")
    page = walk.submit(walk.open(), "step", number=NUMBER)
    page = walk.submit(page, "step", last_name="Nobody", birth_date=BORN)
    page = walk.submit(page, "early")
    early = {"email": GIVEN, "email_safe": "yes", "consent": "yes"}
    assert walk.submit(page, "early", **early).status == 200
    who = {"number": NUMBER, "last_name": "Nobody", "birth_date": BORN}
    card = walk.submit(walk.open("card"), "early", card="AAAAA-AAAAA", **who, **early)
    assert card.status == 200


def by_knowledge(walk: Walk, aws: LocalAws) -> None:
    page = walk.submit(walk.open(), "step", number=NUMBER)
    page = walk.submit(page, "step", last_name=NAME, birth_date=BORN)
    assert page.url.endswith("/status")
    page = walk.open("alerts")
    page = walk.submit(page, "enroll", email=GIVEN, email_safe="yes", consent="yes")
    assert page.url == walk.open("done").url
    assert walk.open("print").status == 200
    assert walk.open("appointment?arrest=0").status == 404  # the case has no hearing
    page = walk.submit(walk.open("choice"), "choice", answer="requested")
    page = walk.open("code")
    page = walk.submit(page, "code", send=page.value("send"))
    page = walk.submit(page, "enter", code=mailed(aws, ON_FILE, a_code))
    assert page.url.endswith("/status")


def by_code(walk: Walk) -> None:
    for path in ("choice", "record", "manage", "share", "speaks", "form"):
        assert walk.open(path).status == 200
    assert walk.submit(walk.open("ask"), "ask", what="property").status == 200
    page = walk.open("ask")
    assert walk.ask("POST", f"{walk.start}/record", {"csrf": page.value("csrf")}).status == 200
    form = walk.submit(walk.open("form"), "form", telephone="520-555-0177")
    assert (form.status, form.body[:5]) == (200, "%PDF-")
    coded = {"email": CODED, "email_safe": "yes", "consent": "yes"}
    assert walk.submit(walk.open("alerts"), "enroll", **coded).status == 200
    page = walk.open("share")
    page = walk.submit(page, "share", release="yes", contact=page.value("contact"))
    assert page.status == 200
    agreed = dict.fromkeys(("adult", "apart", "consent"), "yes")
    named = {"first_name": "Alma", "last_name": "Quiroz", "email": NAMED} | agreed
    assert walk.submit(walk.open("speaks"), "name", **named).status == 200
    page = walk.submit(walk.open("choice"), "choice", answer="waived")
    page = walk.submit(page, "choice", answer="requested")
    page = walk.open("manage")
    page = walk.submit(page, "manage", not_mine=page.value("not_mine"))  # left by knowledge
    page = walk.submit(page, "manage", remove=page.value("remove"))  # a supervisor is not asked
    assert 'name="remove"' not in page.body
    for lock in ("on", "off"):
        page = walk.submit(walk.open("manage"), "manage", lock=lock)
    page = walk.submit(page, "leave")
    assert walk.open("status").status == 403
    walk.open("leave")


def links_in_messages(walk: Walk, aws: LocalAws) -> None:
    page = walk.open(mailed(aws, NAMED, a_link("speak")))
    assert walk.submit(page, "act", answer="no").status == 200
    survey_emails.ask_all(aws)
    page = walk.open(mailed(aws, ON_FILE, a_link("survey")))
    page = walk.submit(page, "survey", **{"q-satisfaction": "5"})
    assert page.status == 200
    for name in ("not-me", "stop"):
        page = walk.submit(walk.open(mailed(aws, ON_FILE, a_link(name))), "act")
        assert page.status == 200


class TestRoutes:
    @pytest.mark.usefixtures("compiled")
    def test_work_under_the_portals_own_role(self, deployed: LocalAws, tmp_path: Path) -> None:
        from aviso.web.portal.app import ROUTES

        a_case(deployed, tmp_path)
        deployed.wait_until_quiet()
        denied_before = deployed.access_denied()
        walk = Walk(deployed.portal_url)
        before_a_visit(walk)
        by_knowledge(walk, deployed)
        by_code(walk)
        links_in_messages(walk, deployed)
        every = {(method, path) for path, methods in ROUTES.items() for method in methods}
        assert every - walk.asked == ELSEWHERE
        deployed.wait_until_quiet()
        assert deployed.access_denied() == denied_before

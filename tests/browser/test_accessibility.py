"""Every page in every state, errors included: axe finds nothing, nothing scrolls sideways.

With `PICTURES=yes`, the pictures of each, at the width of a phone and of a desk, are in
build/screens/ afterwards.
"""

import os
import re
import subprocess
import sys
from collections.abc import Iterator
from urllib.parse import urlsplit

import pytest

from infra.local.stack import PATIENCE, LocalAws, wait_for
from infra.repository import ROOT
from tests.browser.axe import carry, look
from tests.browser.conftest import Visit
from tests.browser.feed_cases import BY_CODE, LOOKED_AT, Known, on_file
from tests.browser.portal_page import Portal, strings

TEXTS = ("help", "rights", "privacy", "terms")
NO_PAGE = {"/leave", "/appointment"}  # leads elsewhere; is a file
ELSEWHERE = {"/plan"}  # tests.browser.test_staff_plan
ACTIONS = {"/find", "/verify", "/enroll"}  # shown as answers to their forms
CODE = re.compile(r"^[A-Z0-9]{4}-[A-Z0-9]{4}$", re.MULTILINE)
NOBODY = Known("2611248999")


def going_in(portal: Portal, known: Known) -> Iterator[str]:
    """Walk from the first page to the status page, with every mistake on the way."""
    portal.open()
    yield "find"
    portal.send("step")
    yield "find-empty"
    portal.fill(number="not a number")
    portal.send("step")
    yield "find-wrong"
    portal.find(known)
    yield "verify"
    portal.send("step")
    yield "verify-empty"
    portal.fill(last_name="Ruiz", birth_date="yesterday")
    portal.send("step")
    yield "verify-wrong"
    portal.find(NOBODY)
    portal.verify(NOBODY)
    yield "verify-refused"
    yield from asking_early(portal)
    portal.enter(known)
    yield "status"


def asking_early(portal: Portal) -> Iterator[str]:
    """Ask, from the refusal, to be told once the report is there."""
    with portal.page.expect_navigation():
        portal.page.click("form[action=early] button")
    yield "early"
    portal.send("early")
    yield "early-empty"
    portal.fill(email="early@example.com")
    portal.page.check("input[name=email_safe][value=yes]")
    portal.page.check("#consent")
    portal.send("early")
    yield "early-done"
    portal.open("card", card="AAAAAAAAAA")
    yield "card"
    portal.send("early")
    yield "card-empty"


def signing_up(portal: Portal, language: str) -> Iterator[str]:
    """Sign up from the status page, with every mistake on the way; then sign out."""
    said = strings(language)
    portal.time_passes()
    yield "status-about-to-end"
    portal.open("print")
    yield "print"
    portal.open("alerts")
    yield "alerts"
    portal.send("enroll")
    yield "enroll-empty"
    portal.fill(phone="123", email="nobody")
    portal.send("enroll")
    yield "enroll-wrong"
    portal.fill(phone="", email=address(language))
    portal.page.check("input[name=email_safe][value=yes]")
    portal.page.check("#consent")
    portal.send("enroll")
    portal.sees(said["done_heading"])
    yield "done"
    portal.open("status")
    yield "status-signed-up"
    for part in portal.page.locator("summary").all():
        part.click()
    yield "status-open"
    portal.open("alerts")
    portal.fill(phone="520-555-0119")
    portal.page.check("input[name=phone_safe][value=no]")
    portal.page.check("#consent")
    portal.send("enroll")
    portal.sees(said["done_warned_heading"])
    yield "done-warned"
    portal.page.click("form[action=leave] button")
    portal.sees(said["left_heading"])
    yield "left"
    portal.open("status")
    yield "over"


def with_a_code(portal: Portal, aws: LocalAws, language: str) -> Iterator[str]:
    """Have a code sent to the contact on file, and see what only a code opens."""
    known = BY_CODE[language]
    portal.enter(known)
    yield "status-on-file"
    portal.page.click("a[href=record]")
    portal.sees(strings(language)["code_heading"])
    yield "code"
    portal.send("enter")
    yield "code-empty"
    portal.fill(code="AAAA-AAAA")
    portal.send("enter")
    yield "code-wrong"
    with portal.page.expect_navigation():
        portal.page.click("button[name=send]")
    yield "code-sent"
    portal.fill(code=wait_for(lambda: _code(aws, on_file(known)), PATIENCE, "the code"))
    portal.send("enter")
    portal.sees(strings(language)["record_heading"])
    yield "record"
    portal.open("status")
    yield "status-by-code"
    portal.open("choice")
    yield "choice"
    portal.open("form")
    yield "form"
    portal.open("ask")
    yield "ask"
    with portal.page.expect_navigation():
        portal.page.click("button[value=property]")
    yield "ask-sent"
    portal.page.click("text=" + strings(language)["back_to_case"])
    portal.page.click("a[href=alerts]")
    portal.fill(email=f"added-{language}@example.com")
    portal.page.check("input[name=email_safe][value=yes]")
    portal.page.check("#consent")
    portal.send("enroll")
    yield "done-by-code"
    portal.open("share")
    yield "share"
    portal.fill(until="2020-01-01")
    portal.send("share")
    yield "share-wrong"
    portal.page.check("input[name=release]")
    portal.page.check("input[name=contact] >> nth=0")
    portal.fill(until="")
    portal.send("share")
    yield "share-agreed"
    with portal.page.expect_navigation():
        portal.page.click("button[name=do]")
    yield "share-ended"
    yield from naming_a_representative(portal, language)
    portal.open("manage")
    yield "manage"
    with portal.page.expect_navigation():
        portal.page.click("button[name=not_mine]")
    yield "manage-removed"
    with portal.page.expect_navigation():
        portal.page.click("button[name=lock]")
    yield "manage-locked"


def naming_a_representative(portal: Portal, language: str) -> Iterator[str]:
    """Name a person to speak for the victim, with the mistake of an empty form."""
    portal.open("speaks")
    yield "speaks"
    portal.send("name")
    yield "speaks-empty"
    portal.fill(first_name="Alma", last_name="Quiroz", email=named(language))
    for box in ("adult", "apart", "consent"):
        portal.page.check(f"#{box}")
    portal.send("name")
    yield "speaks-asked"


def what_needs_no_visit(portal: Portal) -> Iterator[str]:
    """Open what everyone may read, and what goes wrong."""
    for text in TEXTS:
        portal.open(text)
        yield text
    portal.open("real")
    yield "real"
    portal.send("check")
    yield "real-empty"
    portal.fill(contact="520-555-0119", code="AAAA-AAAA")
    portal.send("check")
    yield "real-no"
    portal.open("stop", t="broken")
    yield "link-broken"
    portal.open("survey", t="broken")
    yield "survey-closed"
    portal.open("survey", thanks="yes")
    yield "survey-thanks"
    portal.open()
    portal.page.evaluate("document.getElementById('step').action = 'verify'")
    portal.send("step")
    yield "error-400"
    portal.open("done")
    portal.open()
    portal.page.evaluate("document.getElementById('number').value = 'x'.repeat(9000)")
    portal.send("step")
    yield "error-413"


def links_in_messages(portal: Portal, aws: LocalAws, language: str) -> Iterator[str]:
    """Open the links of the email that confirmed signing up, and press their buttons."""
    mail = wait_for(lambda: _mail(aws, address(language)), PATIENCE, "the confirming email")
    for name in ("not-me", "stop"):
        link = next(word for word in mail.split() if f"/{name}?" in word)
        portal.page.goto(f"{link.strip('<>.')}&lang={language}")
        yield name
        portal.send("act")
        yield f"{name}-done"
    mail = wait_for(
        lambda: _mail(aws, named(language)), PATIENCE, "the question to a representative"
    )
    link = next(word for word in mail.split() if "/speak?" in word)
    portal.page.goto(f"{link.strip('<>.')}&lang={language}")
    yield "speak"
    with portal.page.expect_navigation():
        portal.page.click("button[value=no]")
    yield "speak-no"


def named(language: str) -> str:
    return f"speaks-{language}@example.com"


def address(language: str) -> str:
    return f"looked-at-{language}@example.com"


def _code(aws: LocalAws, to: str) -> str:
    texts = [mail.text for mail in reversed(aws.sent_emails()) if to in mail.to]
    return next((found[0] for text in texts if (found := CODE.search(text))), "")


def _mail(aws: LocalAws, to: str) -> str:
    return next((mail.text for mail in aws.sent_emails() if to in mail.to), "")


class TestPages:
    @pytest.mark.parametrize("language", ["en", "es"])
    @pytest.mark.usefixtures("compiled")
    def test_can_be_read_by_everyone_in_every_state(
        self, visit: Visit, portal_url: str, deployed: LocalAws, language: str
    ) -> None:
        from aviso.web.portal.app import ROUTES

        page = visit(language)
        carry(page)
        portal = Portal(page, portal_url)
        wrong, seen = [], set()
        for states in (
            going_in(portal, LOOKED_AT[language]),
            signing_up(portal, language),
            what_needs_no_visit(portal),
            with_a_code(portal, deployed, language),
            links_in_messages(portal, deployed, language),
        ):
            for state in states:
                wrong += look(page, state, language)
                seen.add(urlsplit(page.url).path.removeprefix(urlsplit(portal_url).path))
        assert not wrong, "\n".join(wrong)
        assert set(ROUTES) - NO_PAGE - seen - ACTIONS == ELSEWHERE


def maintenance(aws: LocalAws, on: str) -> None:
    """Close or open the portal as an operator does."""
    command = [sys.executable, "-m", "infra.cli", "maintenance", on]
    done = subprocess.run(
        [*command, "--by", "the-tests"],
        cwd=ROOT,
        env=os.environ | aws.credentials,
        capture_output=True,
        text=True,
        check=False,
    )
    assert done.returncode == 0, done.stderr[-2000:]


class TestMaintenance:
    def test_is_said_and_a_visit_goes_on_afterwards(
        self, visit: Visit, portal_url: str, deployed: LocalAws
    ) -> None:
        portal, said = Portal(visit("es"), portal_url), strings("es")
        portal.enter(LOOKED_AT["es"])
        maintenance(deployed, "on")
        try:
            portal.open("status")
            portal.sees(said["maintenance_heading"])
            wrong = look(portal.page, "maintenance", "es", only=True)
        finally:
            maintenance(deployed, "off")
        assert not wrong, "\n".join(wrong)
        portal.open("status")
        portal.sees(said["status_heading"])


class TestGatewayPages:
    def test_can_be_read_by_everyone(self, visit: Visit, portal_url: str) -> None:
        portal = Portal(visit("en"), portal_url)
        portal.open("no/such/page")
        wrong = look(portal.page, "gateway-404", "en", only=True)
        assert not wrong, "\n".join(wrong)
        assert "Esta página no se abrió" in portal.text
        portal.page.click("text=Inicio")
        portal.sees(strings("es")["find_heading"])

"""Nobody learns from the portal whether a case exists, or why it is not shown.

See docs/rules.md#15.
"""

import io
import json
from collections.abc import Callable
from datetime import date, timedelta
from typing import Any

import pytest
import time_machine
from msgspec.structs import replace

from aviso.domain.model import Report
from aviso.storage import sessions
from aviso.victims import verification, visits
from infra.harness.builders import NOW, NUMBER, STALKING, a_case
from infra.harness.portal_browser import Visitor, aws_calls, store
from infra.harness.web_page import Page
from tests.support.warrants import ask_for_a_warrant

NAME, BORN = "munoz v1", "4/12/1985"
ORDINARY, RESTRICTED, LOCKED, FORMER, UNKNOWN = (f"26112400{n:02}" for n in range(1, 6))


@pytest.fixture
def cases(aws):
    """One case for every reason not to show it."""
    with time_machine.travel(NOW, tick=False):
        base = a_case().with_victim("v1").case
        for number in (ORDINARY, LOCKED):
            store(numbered(base, number))
        store(numbered(a_case().with_report(offense=STALKING).with_victim("v1").case, RESTRICTED))
        former = Report(number=FORMER, origin=FORMER, offense="x", alias_of=ORDINARY)
        store(a_case().but(number=FORMER, report=former))
        yield


def numbered(case, number):
    """Return a case under another number."""
    return replace(case, number=number, report=replace(case.report, number=number, origin=number))


def _seen(page: Page, number: str) -> tuple[int, str, dict[str, str], list[str]]:
    return page.status, page.body.replace(number, "N"), page.headers, page.cookies


class TestRequestForWarrant:
    @pytest.mark.parametrize("path", ["/status", "/print"])
    @pytest.mark.parametrize("language", ["en", "es"])
    def test_changes_no_byte_of_a_page(self, aws, language, path):
        visitor = Visitor(language=language)
        with time_machine.travel(NOW, tick=False):
            active = a_case().with_report(status="ACTIVE", status_at=NOW - timedelta(days=9))
            store(active.with_victim("v1").case)
            assert visitor.verify(NUMBER, NAME, BORN).status == 303
            before = visitor.get(path)
            ask_for_a_warrant(NUMBER)
            after = visitor.get(path)
        assert before.status == 200
        assert (before.body, before.headers) == (after.body, after.headers)


class TestRefusal:
    def test_is_one_page_and_the_same_calls(self, cases, settings):
        for _ in range(settings.verification.fails_per_case):
            Visitor(source="198.51.100.7").verify(LOCKED, "wrong", BORN)
        tries = {
            "unknown": (UNKNOWN, NAME, BORN),
            "wrong person": (ORDINARY, NAME, "4/13/1985"),
            "restricted": (RESTRICTED, NAME, BORN),
            "locked": (LOCKED, NAME, BORN),
            "a later number, wrong person": (FORMER, NAME, "4/13/1985"),
        }
        seen = {}
        for why, (number, name, born) in tries.items():
            with aws_calls() as calls:
                page = Visitor().verify(number, name, born)
            status, body, headers, cookies = _seen(page, number)
            body = body.replace("4/13/1985", BORN)
            seen[why] = (status, body, json.dumps(headers, sort_keys=True), cookies, calls)
        assert all(s == seen["unknown"] for s in seen.values()), seen
        assert len(seen["unknown"][-1]) <= 4
        assert "__Host-visit" not in seen["unknown"][1]

    def test_is_not_given_for_a_later_number(self, cases):
        visitor = Visitor()
        assert visitor.verify(FORMER, NAME, BORN).status == 303
        assert ORDINARY in visitor.get("/status").text

    def test_of_a_locked_case_ends_the_next_day(self, cases, settings):
        for _ in range(settings.verification.fails_per_case):
            Visitor().verify(ORDINARY, "wrong", BORN)
        assert Visitor().verify(ORDINARY, NAME, BORN).status == 200
        with time_machine.travel(NOW.replace(day=25), tick=False):
            assert Visitor().verify(ORDINARY, NAME, BORN).status == 303

    def test_does_not_come_from_visits_that_succeed(self, cases, settings):
        for _ in range(settings.verification.fails_per_case + 2):
            assert Visitor().verify(ORDINARY, NAME, BORN).status == 303

    def test_stops_a_source_that_tries_many_cases(self, cases, settings):
        for n in range(settings.verification.fails_per_source):
            Visitor().verify(f"25112400{n:02}", "wrong", BORN)
        assert Visitor().verify(ORDINARY, NAME, BORN).status == 200
        assert Visitor(source="198.51.100.7").verify(ORDINARY, NAME, BORN).status == 303

    def test_has_a_limit_for_all_sources_together(self, cases, settings):
        policy = replace(settings.verification, fails_overall=3)
        strict = replace(settings, verification=policy)
        right = verification.Claim(
            number=ORDINARY, last_name=NAME, birth_dates=[date(1985, 4, 12)], source="192.0.2.1"
        )
        assert visits.open_case(right, strict, NOW)
        for n in range(3):
            wrong = replace(right, number=f"24112400{n:02}", source=f"198.51.100.{n}")
            assert visits.open_case(wrong, strict, NOW) is None
        assert visits.open_case(right, strict, NOW) is None

    def test_is_counted_before_anything_is_compared(self, cases, settings, monkeypatch):
        """A burst of parallel guesses must not all be compared before the first one counts."""
        done = []

        def noting(name: str, real: Callable[..., Any]) -> Callable[..., Any]:
            def call(*arguments: Any) -> Any:
                done.append(name)
                return real(*arguments)

            return call

        monkeypatch.setattr(sessions, "reserve", noting("counted", sessions.reserve))
        monkeypatch.setattr(visits, "verify", noting("compared", verification.verify))
        Visitor().verify(ORDINARY, "wrong", BORN)
        assert done == ["counted", "compared"]


def _explode(*_: object) -> None:
    raise RuntimeError("Zorrilla 5205550142")


class TestLog:
    def test_and_addresses_hold_nothing_personal(self, cases, monkeypatch):
        from functions.portal import handler

        out = io.StringIO()
        monkeypatch.setattr(handler.logger.registered_handler, "stream", out)
        visitor = Visitor()
        visitor.get("/")
        visitor.post("/find", number=ORDINARY)
        visitor.verify(ORDINARY, "Zorrilla", "5/5/1955")
        visitor.verify(ORDINARY, NAME, BORN)
        page = visitor.get("/status")
        form = {"phone": "520 555 0142", "phone_safe": "yes", "consent": "yes"}
        visitor.post("/enroll", csrf=page.value("csrf"), **form)
        visitor.get("/Zorrilla/" + ORDINARY)
        monkeypatch.setattr("aviso.web.portal.app.answer", _explode)
        assert visitor.get("/status").status == 500
        log = out.getvalue()
        assert log.count('"answered"') == 7
        secrets = [ORDINARY, NAME, "Muñoz", "Zorrilla", "5550142", "0142", *visitor.jar.values()]
        assert [s for s in secrets if s.casefold() in log.casefold()] == []
        assert "_explode" in log
        assert NUMBER not in page.title

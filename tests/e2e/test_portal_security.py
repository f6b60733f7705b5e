"""The deployed portal under hostile requests, and the logs of the whole stack afterwards."""

import http.client
import re
from collections.abc import Iterator
from urllib.parse import urlsplit

import pytest

from infra.local.http_browser import Browser
from infra.local.stack import LocalAws
from tests.support.hostile_requests import MARK, faults, over_the_wire

COUNT = 300
PATHS = [
    "/",
    "/find",
    "/verify",
    "/status",
    "/print",
    "/appointment",
    "/alerts",
    "/enroll",
    "/done",
    "/code",
    "/manage",
    "/leave",
]
LOCATIONS = {"./", "status", "alerts", "done", "code", "https://www.weather.gov/"}


# Names, telephones, emails and report numbers of every made-up person these tests use.
PERSONAL = re.compile(
    rf"{MARK}|\+1520555\d|520.?555.?01|@example\.com|Muñoz|munoz|Óñez|Ñáñez|Quintero|Zamora|"
    r"\b26112[0-9]{5}\b",
    re.IGNORECASE,
)


@pytest.fixture
def broken(deployed: LocalAws) -> Iterator[LocalAws]:
    """Give the portal with a function that cannot even start, until the test is over."""
    functions, name = deployed.client("lambda"), deployed.outputs["PortalFunction"]
    alias = {"FunctionName": name, "Name": "live"}
    good = functions.get_alias(**alias)["FunctionVersion"]
    handler = functions.get_function_configuration(FunctionName=name)["Handler"]
    functions.update_function_configuration(FunctionName=name, Handler="nothing.handler")
    bad = functions.publish_version(FunctionName=name)["Version"]
    functions.update_function_configuration(FunctionName=name, Handler=handler)
    functions.update_alias(**alias, FunctionVersion=bad)
    yield deployed
    functions.update_alias(**alias, FunctionVersion=good)


class TestBrokenPortal:
    def test_says_when_to_come_back(self, broken: LocalAws) -> None:
        status, text, headers = ask(broken, "GET", "/", None, {})
        assert status >= 500
        assert headers["Retry-After"] == "300"
        assert "wait five minutes" in text
        assert "espere cinco minutos" in text
        assert "Leave now" in text


def ask(aws: LocalAws, method: str, target: str, body: str | None, headers: dict[str, str]):
    """Send a request as it is; return status, text and headers."""
    base = urlsplit(aws.portal_url)
    connection = http.client.HTTPConnection(base.netloc, timeout=30)
    try:
        connection.request(method, base.path + target, body, headers)
        reply = connection.getresponse()
        return reply.status, reply.read().decode("utf-8", "replace"), dict(reply.getheaders())
    finally:
        connection.close()


class TestRequest:
    def test_that_is_malformed_finds_no_failure_or_echo(self, deployed: LocalAws) -> None:
        wrong = []
        statuses = set()
        for method, target, body, headers in over_the_wire(7, COUNT, PATHS):
            status, text, sent = ask(deployed, method, target, body, headers)
            statuses.add(status)
            found = faults(status, text, sent, LOCATIONS)
            wrong += [f"{method} {target[:80]}: {fault}" for fault in found]
        assert not wrong, "\n".join(wrong[:20])
        assert statuses >= {200, 303, 400, 404}

    @pytest.mark.parametrize(
        ("headers", "status"),
        [
            ({"Origin": "https://evil.example", "Host": "evil.example"}, 200),
            ({"Origin": "https://evil.example"}, 403),
            ({"X-Forwarded-Host": "evil.example"}, 200),
        ],
    )
    def test_with_a_made_up_host_is_answered_without_it(
        self, deployed: LocalAws, headers: dict[str, str], status: int
    ) -> None:
        form = {"Content-Type": "application/x-www-form-urlencoded"} | headers
        came, text, sent = ask(deployed, "POST", "/find", "number=2611249999", form)
        assert came == status
        assert "evil.example" not in text + str(sent)

    def test_that_is_too_long_gets_a_page(self, deployed: LocalAws) -> None:
        form = {"Content-Type": "application/x-www-form-urlencoded"}
        status, text, _ = ask(deployed, "POST", "/find", "number=" + "1" * 20_000, form)
        assert status == 413
        assert "<h1>" in text


class TestLogs:
    def test_hold_no_personal_data(self, deployed: LocalAws) -> None:
        browser = Browser(deployed.portal_url)
        page = browser.submit(browser.open(), "step", number="2611248888")
        page = browser.submit(page, "step", last_name=f"Muñoz {MARK}", birth_date="4/12/1985")
        assert page.status == 200
        lines = deployed.log_lines()
        assert any('"answered"' in line for line in lines)
        shown = [found[0] for line in lines if (found := PERSONAL.search(line))]
        assert shown == []

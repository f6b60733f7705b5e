"""A visitor in a day in memory judges the page that the gateway really gives, as any other page."""

from types import SimpleNamespace
from typing import Any

import pytest
from greenlet import greenlet

from infra.harness import cloudformation
from tests.bad_day import browser, visitors

PLAIN = {"statusCode": 502, "headers": {}, "body": "Internal server error"}


def asked(function, answer):
    """Return what a visitor noted whose function gave this; None for one that failed."""
    ends: list[Any] = []
    kept: list[Any] = []
    functions: Any = SimpleNamespace(
        cloud=SimpleNamespace(time=SimpleNamespace(now=0.0)),
        invoke=lambda _function, _event, ended: ends.append(ended),
    )
    person = browser.Browser(functions, function, "https://site", "visitor", "::1", kept.append)
    greenlet(lambda: person.ask("find", "GET", "find")).switch()
    ends[0](answer, answer is None)
    return kept


@pytest.fixture(autouse=True)
def fresh():
    browser._own_page.cache_clear()
    yield
    browser._own_page.cache_clear()


class TestFailedFunction:
    @pytest.mark.parametrize("function", browser.GATEWAYS)
    def test_gets_the_templates_page_and_its_time(self, function):
        (answer,) = asked(function, None)
        assert (answer.status, answer.polite, answer.says_when) == (502, True, True)
        assert answer.heading == "This page is not working"
        assert visitors.bare([answer]) == 0

    @pytest.mark.parametrize(
        "left",
        [
            ({"Retry-After": "300"}, "<p>Internal server error</p>"),
            ({}, "<h1>Sorry</h1>"),
            ({}, ""),
        ],
    )
    def test_is_impolite_without_such_a_page(self, monkeypatch, left):
        monkeypatch.setattr(cloudformation, "gateway_response", lambda *_: left)
        found = asked("portal", None)
        assert visitors.bare(found) == 1
        assert visitors.told_when(found)["gateway"]["say_when"] == len(left[0])

    def test_is_impolite_if_it_says_502_itself(self):
        found = asked("portal", PLAIN)
        assert visitors.bare(found) == 1
        assert visitors.told_when(found)["site"] == {"errors": 1, "say_when": 0}

"""What `make bad-day` judges by: its faults, its alarms, and the gateway's own page."""

from types import SimpleNamespace
from typing import Any

import pytest
from greenlet import greenlet

from infra.harness import cloudformation
from tests.bad_day import alarms, answers, crowd
from tests.bad_day.__main__ import faults
from tests.rig import browser

PLAIN = {"statusCode": 502, "headers": {}, "body": "Internal server error"}


def asked(function, answer):
    """Return what a visitor noted whose function gave this; None for one that failed."""
    ends: list[Any] = []
    kept: list[Any] = []
    functions: Any = SimpleNamespace(
        cloud=SimpleNamespace(time=SimpleNamespace(now=0.0)),
        invoke=lambda _function, _event, ended: ends.append(ended),
    )
    person = crowd.Timed(functions, function, "::1", who="visitor", keep=kept.append)
    greenlet(lambda: person.look("find", "GET", "find")).switch()
    ends[0](answer, answer is None)
    return kept


@pytest.fixture(autouse=True)
def fresh():
    browser.own_page.cache_clear()
    yield
    browser.own_page.cache_clear()


class TestFailedFunction:
    @pytest.mark.parametrize("function", browser.GATEWAYS)
    def test_gets_the_templates_page_and_its_time(self, function):
        (answer,) = asked(function, None)
        assert (answer.status, answer.polite, answer.says_when) == (502, True, True)
        assert answer.heading == "This page did not open"
        assert answers.bare([answer]) == 0

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
        found = asked(browser.PORTAL, None)
        assert answers.bare(found) == 1
        assert answers.told_when(found)["gateway"]["say_when"] == len(left[0])

    def test_is_impolite_if_it_says_502_itself(self):
        found = asked(browser.PORTAL, PLAIN)
        assert answers.bare(found) == 1
        assert answers.told_when(found)["site"] == {"errors": 1, "say_when": 0}


def rang(figures, ended=2_000.0):
    """Return the alarms of a run from second 900 on: name -> when each rang and was over."""
    return {one.name: (one.at, one.until) for one in alarms.judge(figures, 900.0, ended)[0]}


def twice(value):
    return [(at, value) for at in (1_000.0, 1_300.0)]


class TestAlarms:
    @pytest.mark.parametrize(
        ("figures", "name", "times"),
        [
            ({"FilesRefused": [(1_000.0, 1.0)]}, "FeedRefused", (1_200.0, 1_500.0)),
            ({"Overdue": twice(2.0)}, "NoticesOverdue", (1_500.0, 1_800.0)),
            # The errors of several functions add up, two periods in a row.
            (
                {"Errors Chase": [(1_000.0, 1.0)], "Errors Tally": [(1_300.0, 1.0)]},
                "FlowErrors",
                (1_500.0, 1_800.0),
            ),
            # The oldest record of several streams.
            (
                {"IteratorAge Tally": twice(299e3), "IteratorAge SendNotice": twice(301e3)},
                "StreamsBehind",
                (1_500.0, 1_800.0),
            ),
            ({"IteratorAge Tally": twice(299e3)}, "StreamsBehind", None),
            ({f"5XXError {alarms.PAGES}": [(1_000.0, 1.0)] * 5}, "PagesFail", (1_200.0, 1_500.0)),
        ],
    )
    def test_ring_at_the_end_of_the_period_that_breaches(self, figures, name, times):
        assert rang(figures).get(name) == times

    def test_wait_for_silence(self):
        """Two periods without a run of chase; nothing is said of what waits for longer."""
        assert "ChaseSilent" in rang({"ChaseRuns": [(950.0, 1.0)]}, 1_800.0)
        assert "ReconcileSilent" in alarms.judge({}, 900.0, 1_800.0)[1]

    def test_are_named_when_they_cannot_be_judged(self):
        _, unjudged = alarms.judge({}, 900.0, 2_000.0)
        assert "PageErrors" not in unjudged
        assert {"EmailBounces", "MessagesFailing", "Throttles"} <= {*unjudged}


GOOD: dict[str, Any] = {
    "duties": dict.fromkeys(("lost", "wrong_recipient", "duplicates"), 0),
    "say_when": {who: {"errors": 2, "say_when": 2} for who in ("site", "gateway")},
    "answers": 9,
    "unexplained": [],
    **dict.fromkeys(("strangers", "open", "bare", "unanswered", "dead_letters"), 0),
}


class TestFaults:
    @pytest.mark.parametrize(
        ("found", "said"),
        [
            ({}, []),
            ({"dead_letters": 5}, ["5 records in the dead-letter queue"]),
            ({"unanswered": 9}, ["9 got no answer"]),
            ({"answers": 0}, ["nobody visited"]),
            (
                {"say_when": {"site": {"errors": 9, "say_when": 6}}},
                ["errors that do not say when to come back: {'site': 3}"],
            ),
        ],
    )
    def test_are_what_went_wrong(self, found, said):
        assert faults(GOOD | found) == said

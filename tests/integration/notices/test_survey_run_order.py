"""Who is asked when one call has no time for everybody: each takes up where one stopped."""

import json
from datetime import timedelta
from types import SimpleNamespace
from typing import Any

import pytest
from msgspec.structs import replace

from aviso.domain.model import Case
from aviso.notices import survey_invitations
from aviso.runtime import clients
from aviso.storage import cases, notices
from functions.send_surveys import handler
from infra.harness.builders import a_case, an_invocation
from infra.harness.portal_browser import store
from tests.support.survey import Survey

NUMBERS = [f"26112400{n:02d}" for n in range(1, 8)]


@pytest.fixture
def city(surveys: Survey) -> Survey:
    """Seven cases, each with a victim to be asked today."""
    for n, number in enumerate(NUMBERS):
        case = a_case().with_report(number=number, origin=number)
        phone = f"+1520555011{n}"
        case = case.with_victim(id=f"v{n}", origin=f"v{n}", phone=phone, last_name=f"Name{n}")
        store(replace(case.case, number=number))
    return surveys


def run(city: Survey, so_many: int, start: str = "") -> tuple[dict[str, int], str]:
    """Send the day's surveys with time for so many cases."""
    left = iter([60.0] * (so_many - 1) + [0.0])
    invocation = an_invocation(city.settings, lambda: city.now)
    done, go_on_at = survey_invitations.send(
        replace(invocation, seconds_left=lambda: next(left)), start
    )
    return dict(done), go_on_at


def asked() -> list[str]:
    """Return the cases that have been asked about."""
    return [number for number in NUMBERS if notices.of_case(number)]


def a_call(event: dict[str, Any]) -> dict[str, int]:
    """Call the function by its alias with no time for a second case."""
    context = SimpleNamespace(
        function_name="send_surveys",
        memory_limit_in_mb=1,
        invoked_function_arn="arn:aws:lambda:us-west-2:123456789012:function:send-surveys:live",
        aws_request_id="",
        get_remaining_time_in_millis=lambda: 1000,
    )
    return handler.handler(event, context)


@pytest.fixture
def again(monkeypatch: pytest.MonkeyPatch) -> list[dict[str, Any]]:
    """Return the list of the events with which the function starts itself."""
    found: list[dict[str, Any]] = []
    monkeypatch.setattr(
        clients, "invoke_again", lambda _, event: found.append(json.loads(json.dumps(event)))
    )
    return found


@pytest.fixture
def broken(monkeypatch: pytest.MonkeyPatch) -> str:
    """Return the number of a case that cannot be read."""
    read = cases.read_case

    def broken_read(number: str) -> Case:
        if number == NUMBERS[2]:
            raise ValueError("a broken case")
        return read(number)

    monkeypatch.setattr(cases, "read_case", broken_read)
    return NUMBERS[2]


class TestRun:
    def test_goes_on_where_it_stopped(self, city: Survey) -> None:
        assert run(city, 3) == ({"cases": 3, "asked": 3}, NUMBERS[2])
        assert asked() == NUMBERS[:3]
        assert run(city, 9, NUMBERS[2]) == ({"cases": 4, "asked": 4}, "")
        assert asked() == NUMBERS

    def test_of_the_next_day_begins_again(self, city: Survey) -> None:
        run(city, 3)
        city.now += timedelta(days=1)
        assert run(city, 9) == ({"cases": 7, "asked": 4}, "")
        assert asked() == NUMBERS

    def test_goes_past_a_case_that_cannot_be_asked(self, city: Survey, broken: str) -> None:
        assert run(city, 9) == ({"cases": 7, "asked": 6, "failed": 1}, "")
        assert asked() == [number for number in NUMBERS if number != broken]


class TestCalls:
    def test_ask_everybody_in_a_day(self, city: Survey, again: list[dict[str, Any]]) -> None:
        a_call({"time": city.now.isoformat()})
        while again:
            a_call(again.pop())
        assert asked() == NUMBERS

    def test_report_a_failure_at_the_end(
        self, city: Survey, again: list[dict[str, Any]], broken: str
    ) -> None:
        a_call({"time": city.now.isoformat()})
        for _ in NUMBERS[1:]:
            a_call(again.pop())
        with pytest.raises(RuntimeError, match="1 cases"):  # nothing is left to look at
            a_call(again.pop())
        assert again == []
        assert asked() == [number for number in NUMBERS if number != broken]

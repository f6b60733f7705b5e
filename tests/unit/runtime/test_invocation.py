"""What a function knows of its call: settings, clock, seconds left, and the portal's address."""

from datetime import UTC, datetime, timedelta
from types import SimpleNamespace
from typing import Any

import pytest

from aviso.runtime.invocation import Invocation
from infra.harness.builders import NOW


@pytest.fixture
def context(settings: Any) -> Any:
    """Return what Lambda passes beside the event."""
    left = iter([30_000, 12_500])
    return SimpleNamespace(
        aws_request_id="request-1", get_remaining_time_in_millis=lambda: next(left)
    )


class TestInvocation:
    def test_seconds_left_are_read_each_time(self, context: Any) -> None:
        invocation = Invocation.of(context)
        assert [invocation.seconds_left(), invocation.seconds_left()] == [30.0, 12.5]

    def test_it_is_named_by_the_request(self, context: Any) -> None:
        assert Invocation.of(context).token == "request-1"

    def test_schedules_own_time_is_its_clock(self, context: Any) -> None:
        invocation = Invocation.of(context, at=NOW)
        assert [invocation.clock(), invocation.clock()] == [NOW, NOW]

    def test_without_a_schedule_the_clock_runs(self, context: Any) -> None:
        before = datetime.now(UTC)
        found = Invocation.of(context).clock()
        assert before <= found <= before + timedelta(minutes=5)
        assert found.tzinfo is UTC

    def test_missing_portal_address_is_an_error(
        self, context: Any, monkeypatch: pytest.MonkeyPatch
    ) -> None:
        monkeypatch.delenv("PORTAL_URL", raising=False)
        with pytest.raises(KeyError, match="PORTAL_URL"):
            Invocation.of(context).portal_url  # noqa: B018 - reading it is the test
        monkeypatch.setenv("PORTAL_URL", "https://portal.example.org")
        assert Invocation.of(context).portal_url == "https://portal.example.org"

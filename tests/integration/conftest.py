"""What integration tests share: a clock that starts alike on any day, and a message provider."""

from collections.abc import Iterator
from datetime import UTC, datetime

import pytest
import time_machine

from aviso.providers import sender
from tests.support.sending import Provider

NOW = datetime(2026, 11, 26, 16, tzinfo=UTC)  # a Thursday, 9 in the morning in Arizona


@pytest.fixture(autouse=True)
def clock() -> Iterator[time_machine.Traveller]:
    """Start the clock of a test at `NOW` and let it run."""
    with time_machine.travel(NOW, tick=True) as traveller:
        yield traveller


@pytest.fixture
def provider(aws: None, monkeypatch: pytest.MonkeyPatch) -> Provider:
    """Take all messages in the place of SNS and SES."""
    provider = Provider()
    monkeypatch.setattr(sender, "sender", lambda channel: provider)
    return provider

"""The clock of the integration tests: every test starts at the same instant, on any day."""

from collections.abc import Iterator
from datetime import UTC, datetime

import pytest
import time_machine

NOW = datetime(2026, 11, 26, 16, tzinfo=UTC)  # a Thursday, 9 in the morning in Arizona


@pytest.fixture(autouse=True)
def clock() -> Iterator[time_machine.Traveller]:
    """Start the clock of a test at `NOW` and let it run."""
    with time_machine.travel(NOW, tick=True) as traveller:
        yield traveller

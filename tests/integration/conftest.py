"""What integration tests share: a clock, a message provider, an agency in Arabic."""

from collections.abc import Iterator
from datetime import UTC, datetime
from pathlib import Path

import pytest
import time_machine

from aviso.domain.settings import Settings
from aviso.providers import sender
from tests.support import arabic_agency
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


@pytest.fixture(scope="session")
def compiled_in_arabic(compiled: Path, tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Compile the agency that writes in Arabic too, once a session: it takes a second."""
    return arabic_agency.compiled(tmp_path_factory.mktemp("arabic"))


@pytest.fixture
def arabic(
    aws: None, compiled_in_arabic: Path, monkeypatch: pytest.MonkeyPatch
) -> Iterator[Settings]:
    """Give the settings of an agency that writes in Arabic, English and Spanish."""
    with arabic_agency.switched_on(compiled_in_arabic, monkeypatch) as settings:
        yield settings

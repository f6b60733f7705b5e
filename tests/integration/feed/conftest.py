"""Fixtures of the import tests: a feed into empty tables, and what the import writes."""

from typing import Any

import pytest

from aviso.domain.settings import Settings
from aviso.feed import row_writer
from aviso.storage import cases
from aviso.storage.cases import Row
from infra.harness.feed_drop import Feed
from tests.support.sending import Provider


@pytest.fixture
def feed(aws: None, settings: Settings, provider: Provider) -> Feed:
    return Feed(settings)


@pytest.fixture
def written(monkeypatch: pytest.MonkeyPatch) -> list[str]:
    """Record the sort key of every row that is written."""
    keys: list[str] = []
    write = cases.write_row

    def recording(number: str, row: Row, replaces: Row | None, **at: Any) -> None:
        write(number, row, replaces, **at)
        keys.append(cases.sort_key(row))

    monkeypatch.setattr(row_writer, "write_row", recording)
    return keys

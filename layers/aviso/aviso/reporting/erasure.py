"""A counted row goes before its day is sealed, and the counters stay true (promise 3).

Retention never takes a row before its days are sealed. Erasure does, since a person asks for it
today: then what the row stated is kept, by day and cut and without a name, for a recount to count.
"""

from collections.abc import Iterator, Mapping
from typing import Any

from aviso.domain.settings import Settings
from aviso.reporting.counted_facts import Fact, facts
from aviso.reporting.sealing import forget_after
from aviso.storage import counted_rows, counters


def erase(table: str, key: Mapping[str, Any], image: Mapping[str, Any], settings: Settings) -> bool:
    """Delete a row for good when it is one that is counted; return whether it was.

    Args:
        table: the row's table.
        key: its key.
        image: the whole row, as DynamoDB has it.
        settings: the agency's, for its time zone and how long days stay open.

    Raises:
        Conflict: when the row has changed since it was read.
    """
    row = counted_rows.row_of(table, image)
    found = facts(counted_rows.key_of(key), row, settings.agency.zone) if row else frozenset()
    if not found:
        return False
    expires = forget_after(max(fact.day for fact in found), settings)
    version = str(image.get("version", {}).get("N", ""))
    counters.erase(table, key, version, [fact.plain() for fact in found], expires)
    return True


def erased() -> Iterator[Fact]:
    """Yield what erased rows stated, for a recount."""
    return (Fact.of_plain(data) for data in counters.erased())

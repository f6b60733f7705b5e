"""Erases a counted row before its day is sealed, and keeps the counters true (promise 3).

Retention never deletes a row before its days are sealed. Erasure does, since a person asks for it
today. What the row counted as is then kept, by day and cut and without a name, for a recount.
"""

from collections.abc import Iterator, Mapping
from typing import Any

from aviso.domain.settings import Settings
from aviso.reporting.counted_facts import CountedFact, facts
from aviso.reporting.sealing import forget_after
from aviso.storage import counted_rows, counters


def erase(table: str, key: Mapping[str, Any], image: Mapping[str, Any], settings: Settings) -> bool:
    """Delete a row for good if it is a counted one; return whether it was.

    Args:
        image: the whole row, as DynamoDB stores it.
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


def erased() -> Iterator[CountedFact]:
    """Yield what erased rows counted as, for a recount."""
    return (CountedFact.of_plain(data) for data in counters.erased())

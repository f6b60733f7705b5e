"""Rebuilds Tallies from the rows it counts: after a restore, or when the table is lost.

Counts every row as its stream record would have been, earliest first, so that what counts once
counts on its first day. A day whose rows retention has deleted cannot be rebuilt: sealed days are
restored first (administrator's guide, "Restore drill") and stay as they are. What erased rows
counted as on open days is lost with the table.
"""

from collections import Counter
from collections.abc import Iterator
from datetime import date
from typing import Any

from aviso.domain.settings import Settings
from aviso.reporting.counted_facts import facts
from aviso.reporting.counting import count_record
from aviso.storage import counted_rows, counters


class NotEmptyError(Exception):
    """There are counters already: counting every row again would double them."""


def rebuild(settings: Settings) -> Counter[str]:
    """Count every row into an empty table; return how many counts had which outcome.

    Nothing else may be counting meanwhile: kill switch on, and the streams idle.

    Raises:
        NotEmptyError: when anything was counted in the table since it was emptied.
    """
    if counters.has_counted():
        raise NotEmptyError("the tallies table is not empty")
    done: Counter[str] = Counter()
    for _, record in sorted(_records(settings), key=lambda pair: pair[0]):
        done += count_record(record, settings)
    return done


def _records(settings: Settings) -> Iterator[tuple[tuple[date, str], dict[str, Any]]]:
    """Yield a record for each counted row, with the first day on which it counts."""
    for table, image in counted_rows.every_image():
        key, row = counted_rows.key_of(image), counted_rows.row_of(table, image)
        days = [f.day for f in facts(key, row, settings.agency.zone)] if row else []
        if days:
            keys = {name: image[name] for name in ("pk", "sk") if name in image}
            yield (
                (min(days), key),
                {
                    "eventID": f"rebuilt:{key}",
                    "eventSourceARN": f"arn:aws:dynamodb:::table/{table}/stream/rebuilt",
                    "dynamodb": {"Keys": keys, "NewImage": image},
                },
            )

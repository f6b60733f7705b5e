"""What one answer may hold: the size of an item, and the order and segments of a scan."""

import bisect
from collections.abc import Iterator, Mapping, Sequence
from typing import Any
from zlib import crc32


def size(item: Mapping[str, Any]) -> int:
    """Return an item's approximate size in bytes: names and values, as DynamoDB counts."""
    return sum(len(name) + _size(value) for name, value in item.items())


def _size(value: Any) -> int:
    ((kind, content),) = value.items()
    if kind == "M":
        return 3 + sum(len(k) + 1 + _size(v) for k, v in content.items())
    if kind == "L":
        return 3 + sum(1 + _size(v) for v in content)
    if kind == "N":
        return len(content) // 2 + 1
    return len(content.encode()) if kind == "S" else 1


def scanned(
    partitions: Sequence[str],
    order: Mapping[str, Sequence[str]],
    last: tuple[str, str],
    params: Mapping[str, Any],
) -> Iterator[tuple[str, str]]:
    """Yield the keys of a Scan that come after a key.

    DynamoDB reads partitions in the order of a hash that it keeps to itself. This reads them by
    name, and spreads them over segments by a checksum: a partition is whole in one segment.

    Args:
        partitions: the table's partition keys, sorted.
        order: the sorted sort keys of each partition.
        last: where the last page ended; two empty texts for the first page.
        params: the call's own, with Segment and TotalSegments or neither.
    """
    total, segment = params.get("TotalSegments", 1), params.get("Segment", 0)
    for at in range(bisect.bisect_left(partitions, last[0]), len(partitions)):
        pk = partitions[at]
        if total > 1 and crc32(pk.encode()) % total != segment:
            continue
        for sk in order[pk]:
            if (pk, sk) > last:
                yield pk, sk

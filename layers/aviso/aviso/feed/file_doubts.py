"""What is doubtful about a file as a whole, although each of its rows could be as it should.

A records system's upgrade renames a column, leaves its cells empty, writes the day first, or
exports a header alone. The file is imported, and vendor and desk are told (`mistake_words`). But
one with emptied dates waits for a person: its old cases would be told as news.
"""

from collections.abc import Collection, Iterator, Mapping, Sequence
from datetime import datetime
from statistics import median
from typing import Any

from aviso.domain.errors import FileWaits
from aviso.feed.checkpoint import KEEP_LAST_FILE
from aviso.feed.columns import DATES, SAFETY
from aviso.feed.export_file import ExportFile
from aviso.feed.first_reading import RowCount
from aviso.storage import markers

HEADER = 1  # the line of the file that such a doubt is about
EXPECTED = 10  # with fewer expected rows, chance may leave none
EXPECTED_VALUES = 50  # of a column; rows of one family or of suspects come together
FEW = 2  # this many old rows say nothing
# Canonical column -> its values, the rows of the files that they are in, and the rows since then.
Filled = Mapping[str, Sequence[int]]


def check(
    export: ExportFile, count: RowCount, earlier: Sequence[int], now: datetime
) -> list[tuple[str, str]]:
    """Return what is doubtful about a file, and remember for the next one what it holds.

    A column is forgotten when the settings no longer have it, or a person accepts that a file lacks
    its values.

    Args:
        earlier: the numbers of rows of the kind's last files.

    Raises:
        FileWaits: see `doubts`.
    """
    if export.file.removes or export.source.part or export.source.replaced:
        return []  # some of the rows, by their nature
    marker = f"{markers.FEEDS}{export.file.kind}#columns"
    found = markers.marker(marker)
    before: Mapping[str, Any] = found[1] if found else {}
    sums = counted(count, export.file.columns, before)
    forgotten = lost(count, export.header.places, sums) if _accepted(export) else ()
    kept = {name: sums[name] for name in sums if name not in forgotten}
    markers.put_marker(marker, kept, now, KEEP_LAST_FILE)
    return list(doubts(export, count, earlier, sums))


def doubts(
    export: ExportFile, count: RowCount, earlier: Sequence[int], sums: Filled
) -> Iterator[tuple[str, str]]:
    """Yield what is doubtful: a code of `mistake_words` and the agency's column.

    `sums` is as `counted` returned it, with this file.

    Raises:
        FileWaits: when a column is empty whose loss is told as news or as a correction, or takes
            a protection away, and nobody has accepted that.
    """
    file = export.file
    usual = median(earlier) if earlier else 0
    if count.rows == 0 < usual and (file.full or usual >= EXPECTED):
        yield "no_rows", ""
    if count.day_first > max(FEW, count.dated / 2):
        yield "day_first", file.columns["row_time"]
    without_values = lost(count, export.header.places, sums)
    told = ((DATES | SAFETY) - set(file.optional)).intersection(without_values)
    if told and not _accepted(export):
        about = ", ".join(sorted(file.columns[name] for name in told))
        raise FileWaits("columns are empty that had values", "emptied", about, {"now": count.rows})
    for name in without_values:
        yield "lost_column", file.columns[name]


def _accepted(export: ExportFile) -> bool:
    return "emptied" in export.source.accepted


def counted(count: RowCount, columns: Collection[str], before: Filled) -> Filled:
    """Return the numbers of these columns, with those of one more file."""
    after = {}
    for name in columns:
        values, rows, empty = before.get(name, (0, 0, 0))
        here = count.filled.get(name, 0)
        after[name] = (
            (values + here, rows + count.rows, 0) if here else (values, rows, empty + count.rows)
        )
    return after


def lost(count: RowCount, has: Collection[str], sums: Filled) -> list[str]:
    """Return the columns that have no value in a file, although earlier files filled them.

    `has` are the columns of its header. `sums` is as `counted` returned it, with this file.
    """
    return [
        name
        for name, (values, rows, empty) in sums.items()
        if values and not count.filled.get(name)
        if name not in has or min(values, values * empty / rows) >= EXPECTED_VALUES
    ]

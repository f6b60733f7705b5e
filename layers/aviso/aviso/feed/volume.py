"""Count a file's rows before the first is stored: as many as usual, as announced, few of them gone.

A file that is much smaller than usual may be incomplete, and would withdraw what it lacks. A much
larger one may hold years of history, and would tell it as news. If most rows say that their case,
person or arrest is gone, a column may be swapped or inverted, and all would vanish at once. Such a
file waits until a person accepts it.
"""

import re
from collections.abc import Sequence
from statistics import median

from aviso.domain.errors import FileWaits, RowRejected
from aviso.domain.feed_settings import REMOVED
from aviso.domain.value import Frozen
from aviso.feed.csv_reader import FeedRecord
from aviso.feed.export_file import ExportFile

KEPT = 9  # earlier files to compare with
ENOUGH = 5  # fewer files say nothing about what is usual
FEWER, MORE = 100, 1_000  # a smaller difference from the usual number is never too large
FEW_GONE = 10  # no more rows than these are never too many that say removed or withdrawn
MAX_GONE = 0.5  # a larger share of such rows is probably a wrong column


class RowCount(Frozen, frozen=True):
    """The rows of a file: how many there are, its trailer gives, and say removed or withdrawn."""

    rows: int
    said: int | None
    gone: int


def check(export: ExportFile, earlier: Sequence[int]) -> int:
    """Return a file's number of rows.

    `earlier` are the numbers of the kind's last files, in any order.

    Raises:
        FileWaits: when its trailer says another number, the number is unusual, or too many of the
            rows say removed or withdrawn, and nobody has accepted the file.
    """
    found, source = _count(export), export.source
    rows, said = found.rows, found.said
    if source.accepted:
        return rows
    if export.file.removes:
        if rows > MORE:
            about, numbers = f"{rows} / 0", {"now": rows, "usual": 0}
            raise FileWaits("far more removed cases than usual", "larger", about, numbers)
        return rows
    if found.gone > max(FEW_GONE, MAX_GONE * rows):
        about, numbers = f"{rows} / {found.gone}", {"now": rows, "removed": found.gone}
        raise FileWaits("too many rows say removed or withdrawn", "removed", about, numbers)
    if export.file.trailer and said != rows:
        about = f"{rows} / {'-' if said is None else said}"
        numbers = {"now": rows} | ({} if said is None else {"said": said})
        raise FileWaits("the number of rows is not the trailer's", "trailer", about, numbers)
    if source.part or len(earlier) < ENOUGH:
        return rows
    usual = median(earlier)
    about, numbers = f"{rows} / {usual:.0f}", {"now": rows, "usual": round(usual)}
    if not source.pushed and rows < usual * export.file.least and usual - rows > FEWER:
        raise FileWaits("far fewer rows than usual", "smaller", about, numbers)
    if rows > usual * export.file.most and rows - usual > MORE:
        raise FileWaits("far more rows than usual", "larger", about, numbers)
    return rows


def noted(earlier: Sequence[int], rows: int, accepted: bool) -> list[int]:
    """Return the numbers to keep after a file; an accepted one is the usual from now on."""
    return [rows] * ENOUGH if accepted else [*earlier, rows][-KEPT:]


def _count(export: ExportFile) -> RowCount:
    rows, said, gone = 0, None, 0
    for record in export.rows():
        if export.file.trailer and (
            found := re.fullmatch(export.file.trailer, export.line(record))
        ):
            said = int(found["rows"])
        elif not export.no_row(record):
            rows += 1
            gone += _gone(export, record)
    return RowCount(rows, said, gone)


def _gone(export: ExportFile, record: FeedRecord) -> bool:
    """Whether a row says that its case, person or arrest is gone; an unreadable row does not."""
    try:
        values = export.values(record)
    except RowRejected:
        return False
    return values.flag("removed") or values.flag("withdrawn") or values.means("status", REMOVED)

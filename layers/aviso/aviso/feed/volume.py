"""Count a file's rows before the first is stored: as many as usual, as announced, few of them gone.

A file that is much smaller than usual may be incomplete, and would withdraw what it lacks. A much
larger one may hold years of history, and would tell it as news. If most rows say that their case,
person or arrest is gone, a column may be swapped or inverted, and all would vanish at once. Such a
file waits until a person accepts it.
"""

import re
from collections import Counter
from collections.abc import Iterator, Mapping, Sequence
from contextlib import suppress
from statistics import median

from msgspec import field

from aviso.domain.errors import FileWaits, RowRejected
from aviso.domain.settings import REMOVED
from aviso.domain.value import Frozen
from aviso.feed import date_forms
from aviso.feed.cells import Values
from aviso.feed.export_file import ExportFile

KEPT = 9  # earlier files to compare with
ENOUGH = 5  # fewer files say nothing about what is usual
FEWER, MORE = 100, 1_000  # a smaller difference from the usual number is never too large
FEW_GONE = 10  # no more rows than these are never too many that say removed or withdrawn
MAX_GONE = 0.5  # a larger share of such rows is probably a wrong column


class RowCount(Frozen, frozen=True, kw_only=True):
    """What a file holds, by numbers of rows."""

    rows: int
    said: int | None = None  # as its trailer says
    gone: int = 0  # that say removed or withdrawn
    filled: Mapping[str, int] = field(default_factory=dict)  # by column: with a value
    dated: int = 0  # of the first rows: with a time of the last change
    day_first: int = 0  # of these: see `date_forms.seems_day_first`


def check(export: ExportFile, earlier: Sequence[int]) -> RowCount:
    """Return what a file holds.

    `earlier` are the numbers of rows of the kind's last files, in any order.

    Raises:
        FileWaits: when its trailer says another number, the number is unusual, or too many of the
            rows say removed or withdrawn, and nobody has accepted that.
    """
    found = _count(export)
    for waits in _waits(export, found, earlier):
        if waits.reason not in export.source.accepted:
            raise waits
    return found


def _waits(export: ExportFile, found: RowCount, earlier: Sequence[int]) -> Iterator[FileWaits]:
    """Yield each reason why a person must look at a file."""
    rows, said = found.rows, found.said
    if export.file.removes:
        if rows > MORE:
            about, numbers = f"{rows} / 0", {"now": rows, "usual": 0}
            yield FileWaits("far more removed cases than usual", "larger", about, numbers)
        return
    if found.gone > max(FEW_GONE, MAX_GONE * rows):
        about, numbers = f"{rows} / {found.gone}", {"now": rows, "removed": found.gone}
        yield FileWaits("too many rows say removed or withdrawn", "removed", about, numbers)
    if export.file.trailer and said != rows:
        about = f"{rows} / {'-' if said is None else said}"
        numbers = {"now": rows} | ({} if said is None else {"said": said})
        yield FileWaits("the number of rows is not the trailer's", "trailer", about, numbers)
    if not export.source.part and len(earlier) >= ENOUGH:
        yield from _unusual(export, rows, median(earlier))


def _unusual(export: ExportFile, rows: int, usual: float) -> Iterator[FileWaits]:
    about, numbers = f"{rows} / {usual:.0f}", {"now": rows, "usual": round(usual)}
    if not export.source.pushed and rows < usual * export.file.least and usual - rows > FEWER:
        yield FileWaits("far fewer rows than usual", "smaller", about, numbers)
    if rows > usual * export.file.most and rows - usual > MORE:
        yield FileWaits("far more rows than usual", "larger", about, numbers)


def noted(earlier: Sequence[int], rows: int, accepted: bool) -> list[int]:
    """Return the numbers to keep after a file; an accepted one is the usual from now on."""
    return [rows] * ENOUGH if accepted else [*earlier, rows][-KEPT:]


def _count(export: ExportFile) -> RowCount:
    rows, said, gone, dated, day_first = 0, None, 0, 0, 0
    filled: Counter[str] = Counter()
    for record in export.rows():
        if export.file.trailer and (
            found := re.fullmatch(export.file.trailer, export.line(record))
        ):
            said = int(found["rows"])
            continue
        if export.no_row(record):
            continue
        rows += 1
        with suppress(RowRejected):  # a row that cannot be read says nothing
            values = export.values(record)
            gone += _gone(values)
            filled.update(values.filled())
            if rows <= date_forms.ROWS and values.instant("row_time"):
                dated += 1
                day_first += date_forms.seems_day_first(values)
    return RowCount(
        rows=rows, said=said, gone=gone, filled=filled, dated=dated, day_first=day_first
    )


def _gone(values: Values) -> bool:
    """Whether a row says that its case, person or arrest is gone."""
    return values.flag("removed") or values.flag("withdrawn") or values.means("status", REMOVED)

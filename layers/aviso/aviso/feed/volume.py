"""Check the number of a file's rows: as many as usual, as announced, few of them gone.

A file that is much smaller than usual may be incomplete, and would withdraw what it lacks. A much
larger one may hold years of history, and would tell it as news. If most rows say that their case,
person or arrest is gone, a column may be swapped or inverted, and all would vanish at once. Such a
file waits until a person accepts it.
"""

from collections.abc import Iterator, Sequence
from statistics import median

from aviso.domain.errors import FileWaits
from aviso.feed.export_file import ExportFile
from aviso.feed.first_reading import RowCount

KEPT = 9  # earlier files to compare with
ENOUGH = 5  # fewer files say nothing about what is usual
FEWER, MORE = 100, 1_000  # a smaller difference from the usual number is never too large
FEW_GONE = 10  # no more rows than these are never too many that say removed or withdrawn
MAX_GONE = 0.5  # a larger share of such rows is probably a wrong column


def check(export: ExportFile, count: RowCount, earlier: Sequence[int]) -> None:
    """Check what a file holds.

    `earlier` are the numbers of rows of the kind's last files, in any order.

    Raises:
        FileWaits: when its trailer says another number, the number is unusual, or too many of the
            rows say removed or withdrawn, and nobody has accepted that.
    """
    for waits in _waits(export, count, earlier):
        if waits.reason not in export.source.accepted:
            raise waits


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

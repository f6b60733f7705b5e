"""Check a file's number of rows, before its first row is stored: usual for its kind, as announced.

A file that is much smaller than usual may be incomplete, and would withdraw what it lacks. A much
larger one may hold years of history, and would tell it as news. Such a file waits until a person
accepts it.
"""

import re
from collections.abc import Sequence
from statistics import median

from aviso.domain.errors import FileWaits
from aviso.feed.export_file import ExportFile

KEPT = 9  # earlier files to compare with
ENOUGH = 5  # fewer files say nothing about what is usual
FEWER, MORE = 100, 1_000  # a smaller difference from the usual number is never too large


def check(export: ExportFile, earlier: Sequence[int]) -> int:
    """Return a file's number of rows.

    `earlier` are the numbers of the kind's last files, in any order.

    Raises:
        FileWaits: when its trailer says another number, or the number is unusual, and nobody has
            accepted the file.
    """
    rows, said = _count(export)
    source = export.source
    if source.accepted:
        return rows
    if export.file.removes:
        if rows > MORE:
            about, numbers = f"{rows} / 0", {"now": rows, "usual": 0}
            raise FileWaits("far more removed cases than usual", "larger", about, numbers)
        return rows
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


def _count(export: ExportFile) -> tuple[int, int | None]:
    """Return how many rows a file has, and how many its trailer says; None without a trailer."""
    rows, said = 0, None
    for record in export.rows():
        if export.file.trailer and (
            found := re.fullmatch(export.file.trailer, export.line(record))
        ):
            said = int(found["rows"])
        elif not export.no_row(record):
            rows += 1
    return rows, said

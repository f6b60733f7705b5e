"""Breaks the feed on purpose: the run must find it.

- `crash`: one row in twenty raises;
- `reject`: rows that cannot be read are passed by, and nobody learns of it;
- `write`: one new row in five is counted, but not stored;
- `leak`: a log line has a value of the row.
"""

from collections.abc import Sequence
from itertools import count
from typing import Any
from unittest.mock import patch

SABOTAGES = ("crash", "reject", "write", "leak")


def apply(names: Sequence[str]) -> None:
    """Break what is named."""
    breaks = {"crash": _crash, "reject": _reject, "write": _write, "leak": _leak}
    for name in names:
        breaks[name]()


def _crash() -> None:
    from aviso.feed import row_reader

    honest, number = vars(row_reader)["parse"], count(1)  # perhaps broken in another way already

    def parse(*given: Any) -> Any:
        if next(number) % 20 == 0:
            raise KeyError
        return honest(*given)

    patch.object(row_reader, "parse", parse).start()


def _reject() -> None:
    from aviso.feed.row_reader import RowReader

    def reject(reader: RowReader, record: Any, error: Any) -> None:
        reader.progress.counts["read"] -= 1

    patch.object(RowReader, "_reject", reject).start()


def _write() -> None:
    from aviso.feed import row_writer
    from aviso.storage import cases

    honest, rows = cases.write_row, count(1)

    def write_row(number: str, row: Any, stored: Any, **how: Any) -> None:
        if stored is not None or next(rows) % 5:
            honest(number, row, stored, **how)

    patch.object(row_writer, "write_row", write_row).start()


def _leak() -> None:
    from aviso.feed import row_reader
    from aviso.runtime.logs import logger

    honest = vars(row_reader)["parse"]

    def parse(values: Any, *given: Any) -> Any:
        logger.info("row", extra={"cell": values.text("last_name")})
        return honest(values, *given)

    patch.object(row_reader, "parse", parse).start()

"""Breaks one path on purpose: the comparison must find it.

- `zone`: times of NDJSON are read as UTC, so a push says another hour than a file;
- `flag`: NDJSON's `removed` is lost;
- `lose`: the pull agent forgets the last row of a page;
- `late`: row times are lost in a push, so that an older row that comes late is taken for news.
"""

from collections.abc import Sequence
from datetime import UTC
from typing import Any
from unittest.mock import patch

SABOTAGES = {"zone": "ndjson", "flag": "push", "late": "push", "lose": "pull"}  # -> the path


def apply(names: Sequence[str], path: str) -> None:
    """Break in one path what is named and belongs to it."""
    breaks = {"zone": _zone, "flag": _flag, "late": _late, "lose": _lose}
    for name in names:
        if SABOTAGES[name] == path:
            breaks[name]()


def _zone() -> None:
    from aviso.feed import cells

    honest = cells.read_date

    def read_date(text: str, form: str) -> Any:
        at = honest(text, form)
        return at and at.replace(tzinfo=UTC)

    patch.object(cells, "read_date", read_date).start()


def _flag() -> None:
    from aviso.feed.cells import Values

    honest = Values.flag

    def flag(values: Values, name: str, *, unreadable: bool = False) -> bool:
        return name != "removed" and honest(values, name, unreadable=unreadable)

    patch.object(Values, "flag", flag).start()


def _lose() -> None:
    from aviso_agent.reader import Reader

    honest = Reader.pages

    def pages(reader: Reader, *given: Any) -> Any:
        for page in honest(reader, *given):
            yield page[:-1] or page

    patch.object(Reader, "pages", pages).start()


def _late() -> None:
    from aviso.feed import rows

    patch.object(rows, "_row_time", lambda values: None).start()

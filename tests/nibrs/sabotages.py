"""Breaks one path on purpose: the comparison must find it.

- `zone`: times of NDJSON are read as UTC, so a push says another hour than a file;
- `flag`: NDJSON's `removed` is lost;
- `lose`: the pull agent forgets the last row of a page;
- `order`: a push is read victims first, then suspects.
"""

from typing import Any

SABOTAGES = ("zone", "flag", "lose", "order")


def apply(name: str, path: str) -> None:
    """Break one thing in one path."""
    breaks = {"zone": _zone, "flag": _flag, "lose": _lose, "order": _order}
    on = {"zone": "ndjson", "flag": "push", "lose": "pull", "order": "push"}
    if name and path == on[name]:
        breaks[name]()


def _zone() -> None:
    from aviso.feed import cells

    honest = cells.read_date

    def read_date(text: str, form: str) -> Any:
        at = honest(text, form)
        return at and at.replace(tzinfo=cells.UTC)

    cells.read_date = read_date  # type: ignore[assignment]


def _flag() -> None:
    from aviso.feed.cells import Values

    honest = Values.flag

    def flag(values: Values, name: str, *, unreadable: bool = False) -> bool:
        return name != "removed" and honest(values, name, unreadable=unreadable)

    Values.flag = flag  # type: ignore[method-assign]


def _lose() -> None:
    from aviso_agent.reader import Reader

    honest = Reader.pages

    def pages(reader: Reader, *given: Any) -> Any:
        for page in honest(reader, *given):
            yield page[:-1] or page

    Reader.pages = pages  # type: ignore[method-assign]


def _order() -> None:
    from aviso.feed import row_reader

    people = row_reader.PASSES["people"][::-1]
    row_reader.PASSES = {"people": people}  # type: ignore[assignment]

"""The rows of kept cases: copies of a few cases that the product itself wrote, under other numbers.

A copy is an object of 56 bytes that knows its row and its number, so a million cases fit in memory.
"""

from collections.abc import Iterator, Mapping, Sequence
from datetime import datetime, timedelta
from itertools import count
from typing import Any

from msgspec.structs import replace

from infra.harness.in_process import Stage

Written = tuple[str, Mapping[str, Any]]  # a table, and its row
Named = tuple[tuple[str, str], Mapping[str, Any]]  # a row with its key
OVER = {"state": {"S": "delivered"}}
# What in each kind of row is its case's alone. Nobody has two cases: people are asked once.
OWN: Mapping[str, Mapping[str, str]] = {
    "CASE": {"number": "{}", "origin": "{}"},
    "VICTIM": {"last_name": "{}", "phone": "+1520{}", "email": "{}@example.com"},
}
WAITS = ("due_shard", "due_at", "task")  # a notice that is over is in no index of what is to do


class Kept(Mapping[str, Any]):
    """A row of a kept case, which is another case's row except for what names the case."""

    __slots__ = ("_named", "_number", "_row")

    def __init__(self, row: Mapping[str, Any], named: Mapping[str, str], number: str) -> None:
        """Copy a row.

        Args:
            named: of each attribute that names the case, the text around its number.
        """
        self._row, self._named, self._number = row, named, number

    def __getitem__(self, name: str) -> Any:
        around = self._named.get(name)
        return self._row[name] if around is None else {"S": around.format(self._number)}

    def __contains__(self, name: object) -> bool:
        return name in self._row

    def __iter__(self) -> Iterator[str]:
        return iter(self._row)

    def __len__(self) -> int:
        return len(self._row)


def copies(
    rows: Sequence[Written], letter: str, how_many: int, changed: Mapping[str, Any] | None = None
) -> dict[str, Iterator[Named]]:
    """Return the rows of so many copies of a case, by their table.

    Args:
        rows: the case's, with its notices.
        letter: with which the copies' numbers begin.
        how_many: copies there are.
        changed: what is different in each notice; it is over then.
    """
    return {
        table: _copies([row for name, row in rows if name == table], letter, how_many, changed)
        for table in dict.fromkeys(name for name, _ in rows)
    }


def _copies(
    rows: Sequence[Mapping[str, Any]],
    letter: str,
    how_many: int,
    changed: Mapping[str, Any] | None,
) -> Iterator[Named]:
    made = [_pattern(n, row, changed) for n, row in enumerate(rows)]
    for n in range(how_many):
        number = f"{letter}{n:09d}"
        for row, named in made:
            key = named["pk"].format(number), row["sk"]["S"]
            yield key, Kept(row, named, number)


def _pattern(
    n: int, row: Mapping[str, Any], changed: Mapping[str, Any] | None
) -> tuple[Mapping[str, Any], Mapping[str, str]]:
    """Return what copies of a row share, and the text around their numbers."""
    if row["pk"]["S"].startswith("CASE#"):
        kind = row["sk"]["S"].partition("#")[0]
        return row, {"pk": "CASE#{}"} | {k: v for k, v in OWN.get(kind, {}).items() if k in row}
    if changed:
        row = {k: v for k, v in row.items() if k not in WAITS} | dict(changed)
    return row, {"pk": f"{{}}-{n}", "case": "{}"}


def a_case(on_stage: Stage, number: str, at: datetime, status: str) -> Sequence[Written]:
    """Write a case of a time, as the product does; return its rows and notices."""
    from aviso.domain.settings import Settings
    from aviso.notices import planning
    from aviso.storage import cases
    from infra.harness.builders import an_arrest_case

    case = an_arrest_case().case
    assert case.report is not None, "a built case has a report"
    report = replace(
        case.report, number=number, origin=number, status=status, reported_at=at, status_at=at
    )
    written: tuple[Any, ...] = (report, *case.victims, *case.suspects, *case.arrests)
    for row in written:
        cases.write_row(number, replace(row, export_time=at, first_seen=_seen(row, at)), None)
    planning.plan(number, Settings.current(), at + timedelta(minutes=1))
    rows = [
        (name, dict(item))
        for name in ("Cases", "Notices")
        for item in on_stage.database.tables[name].items.values()
        if item["pk"]["S"] == f"CASE#{number}" or item.get("case", {}).get("S") == number
    ]
    assert {name for name, _ in rows} == {"Cases", "Notices"}, "nothing was owed"
    return rows


def _seen(row: Any, at: datetime) -> Any:
    """Return when a row or its facts were first seen, in the row's own form."""
    seen = row.first_seen
    return dict.fromkeys(seen, at) if isinstance(seen, dict) else seen and at


def numbers(letter: str) -> Iterator[str]:
    """Yield the numbers of copies, from the first one."""
    return (f"{letter}{n:09d}" for n in count())

"""What the desk's pages show, read by somebody who is signed in: the page's tiles and its files."""

import csv
import html
import io
import re
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date

from tests.colleague import Colleague

TILE = re.compile(r"<dt>(.*?)</dt><dd>(.*?)</dd>", re.DOTALL)


Table = dict[str, dict[str, float | None]]
TABLES = ("day", "month", "group", "division", "language", "kind", "channel")


@dataclass(frozen=True, slots=True, kw_only=True)
class Shown:
    """What the dashboard says of a stretch of days."""

    figures: dict[str, float | None]
    tiles: dict[str, str]  # the same figures, as the page writes them
    tables: dict[str, Table]  # by month, group, division, language, kind, channel; answers


def read(first: date, last: date, questions: Mapping[str, str]) -> Shown:
    """Sign in as a supervisor, open the dashboard for these days, and read it.

    Args:
        first: the first day.
        last: the last one.
        questions: of the survey, those with answers to count: id -> scale or choice.
    """
    from aviso.staff import Role

    reader = Colleague()
    reader.sign_in(Role.SUPERVISOR)
    days = f"first={first}&last={last}"
    every = _table(reader, f"figures-csv?table=all&{days}")
    page = reader.get(f"figures?{days}").body
    tiles = [html.unescape(shown).strip() for _, shown in TILE.findall(page)]
    return Shown(
        figures={name: row["value"] for name, row in every.items()},
        tiles=dict(zip(every, tiles[-len(every) :], strict=True)),
        tables={name: _table(reader, f"figures-csv?table={name}&{days}") for name in TABLES}
        | {"answers": _answers(reader, days, questions)},
    )


def _answers(reader: Colleague, days: str, questions: Mapping[str, str]) -> Table:
    """Return how often each answer was given, as `question: answer`; best first, or in order."""
    found = {}
    for question, kind in questions.items():
        rows = _table(reader, f"figures-csv?table=answers-{question}&{days}").values()
        for n, row in enumerate(rows):
            found[f"{question}: {5 - n if kind == 'scale' else n}"] = row
    return found


def _table(reader: Colleague, address: str) -> Table:
    page = reader.get(address)
    rows = list(csv.reader(io.StringIO(page.body.lstrip("\ufeff"))))
    return {
        row[0]: {
            name: float(cell) if cell else None
            for name, cell in zip(rows[0][1:], row[1:], strict=True)
        }
        for row in rows[1:]
    }

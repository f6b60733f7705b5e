"""What the desk's pages show, read by somebody who is signed in: the page's tiles and its files."""

import csv
import html
import io
import re
from dataclasses import dataclass
from datetime import date

from tests.colleague import Colleague

TILE = re.compile(r"<dt>(.*?)</dt><dd>(.*?)</dd>", re.DOTALL)


@dataclass(frozen=True, slots=True, kw_only=True)
class Shown:
    """What the dashboard says of a stretch of days."""

    figures: dict[str, float | None]
    tiles: dict[str, str]  # the same figures, as the page writes them
    months: dict[str, dict[str, float | None]]
    divisions: dict[str, float | None]  # logins


def read(first: date, last: date) -> Shown:
    """Sign in as a supervisor, open the dashboard for these days, and read it."""
    from aviso.staff import Role

    reader = Colleague()
    reader.sign_in(Role.SUPERVISOR)
    days = f"first={first}&last={last}"
    every = _table(reader, f"figures-csv?table=all&{days}")
    months = _table(reader, f"figures-csv?table=month&{days}")
    divisions = _table(reader, f"figures-csv?table=division&{days}")
    page = reader.get(f"figures?{days}").body
    tiles = [html.unescape(shown).strip() for _, shown in TILE.findall(page)]
    return Shown(
        figures={name: row["value"] for name, row in every.items()},
        tiles=dict(zip(every, tiles[-len(every) :], strict=True)),
        months=months,
        divisions={name: row["logins"] for name, row in divisions.items()},
    )


def _table(reader: Colleague, address: str) -> dict[str, dict[str, float | None]]:
    page = reader.get(address)
    rows = list(csv.reader(io.StringIO(page.body.lstrip("\ufeff"))))
    return {
        row[0]: {
            name: float(cell) if cell else None
            for name, cell in zip(rows[0][1:], row[1:], strict=True)
        }
        for row in rows[1:]
    }

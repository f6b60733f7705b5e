"""What the desk shows of all figures: the page's tiles, and the tables behind its files."""

import html
import re
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date
from typing import TYPE_CHECKING

from infra.harness.staff_browser import StaffBrowser

if TYPE_CHECKING:
    from aviso.reporting import Figures

TILE = re.compile(r"<dt>(.*?)</dt><dd>(.*?)</dd>", re.DOTALL)


Table = dict[str, dict[str, float | None]]
TABLES = (
    *("day", "month", "group", "division", "language"),
    *("told", "known", "minutes", "kind", "channel"),
)


@dataclass(frozen=True, slots=True, kw_only=True)
class Shown:
    """What the dashboard says of a stretch of days."""

    figures: dict[str, float | None]
    tiles: dict[str, str]  # the same figures, as the page writes them
    tables: dict[str, Table]  # by month, group, division, language, kind, channel; answers, calls


def read(first: date, last: date, questions: Mapping[str, str]) -> Shown:
    """Sign in as a supervisor, open the dashboard for these days, and read it."""
    from aviso import reporting
    from aviso.domain.settings import Settings
    from aviso.domain.staff import Role

    figures = reporting.read(first, last, Settings.current())
    every = _table("all", figures)
    late = sum(row["value"] or 0 for row in _table("late", figures).values())  # each once
    reader = StaffBrowser()
    reader.sign_in(Role.SUPERVISOR)
    page = reader.get(f"figures?first={first}&last={last}").body
    tiles = [html.unescape(shown).strip() for _, shown in TILE.findall(page)]
    return Shown(
        figures={name: row["value"] for name, row in every.items()},
        tiles=dict(zip(every, tiles[-len(every) :], strict=True)),
        tables={name: _table(name, figures) for name in TABLES}
        | {"answers": _answers(figures, questions), "late": {"arrest": {"value": late}}},
    )


def _answers(figures: "Figures", questions: Mapping[str, str]) -> Table:
    """Return how often each answer was given, as `question: answer`; best first, or in order."""
    found = {}
    for question, kind in questions.items():
        for n, row in enumerate(_table(f"answers-{question}", figures).values()):
            found[f"{question}: {5 - n if kind == 'scale' else n}"] = row
    return found


def _table(name: str, figures: "Figures") -> Table:
    from aviso.web.staff.dashboard_tables import grid_of, written

    grid = grid_of(name, figures)
    return {
        label: {
            column: float(cell) if cell else None
            for column, cell in zip(grid.columns, map(written, cells), strict=True)
        }
        for label, cells in grid.rows.items()
    }

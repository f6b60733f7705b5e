"""The dashboard's tables: rows and columns of cells, small counts hidden, labels in words."""

from collections.abc import Mapping
from dataclasses import dataclass, replace
from datetime import date, timedelta
from typing import Literal, get_args

from aviso import dates
from aviso.desk import pages
from aviso.models import State
from aviso.settings import Settings
from aviso.staff import Member
from aviso.tallies import FIGURES, Figures, Value

SMALL = 5  # a count below this may point at a person (cell suppression)
Table = Literal[
    "all", "day", "month", "group", "division", "language", "kind", "channel", "answers"
]
TABLES: tuple[Table, ...] = get_args(Table)
STATES = (State.DELIVERED, State.SENT, State.MAILED, State.HELD, State.FAILED, State.SUPPRESSED)
UNITS = {figure.name: figure.unit for figure in FIGURES}


@dataclass(frozen=True, slots=True, kw_only=True)
class Cell:
    """One number of a table: what is shown, and what is drawn."""

    value: float | None
    unit: str
    hidden: bool = False


@dataclass(frozen=True, slots=True, kw_only=True)
class Grid:
    """A table: rows by label, columns by name."""

    name: Table
    columns: tuple[str, ...]
    rows: Mapping[str, tuple[Cell, ...]]


def grid_of(name: Table, figures: Figures, member: Member) -> Grid:
    """Return a table as a member may see it."""
    match name:
        case "all":
            rows = {n: (_cell(n, v, member),) for n, v in figures.values().items()}
            return Grid(name=name, columns=("value",), rows=rows)
        case "kind" | "channel":
            table = figures.notices(name)
            columns = tuple(s.value for s in STATES)
            return Grid(
                name=name,
                columns=columns,
                rows={
                    k: tuple(_count(row[c], member) for c in columns) for k, row in table.items()
                },
            )
        case "answers":
            rows = {
                f"{question}: {answer}": (_count(count, member),)
                for question, counts in figures.answers().items()
                for answer, count in counts.items()
            }
            return Grid(name=name, columns=("value",), rows=rows)
    columns = tuple(UNITS)
    found = figures.by(name)
    if name == "day" and found:  # a day on which nothing happened is a day of zeros
        none = replace(figures, counts={}).values()
        found = {day: found.get(day, none) for day in _days(figures.first, figures.last)}
    return Grid(
        name=name,
        columns=columns,
        rows={
            label: tuple(_cell(c, values[c], member) for c in columns)
            for label, values in found.items()
        },
    )


def _days(first: date, last: date) -> list[str]:
    return [(first + timedelta(days=n)).isoformat() for n in range((last - first).days + 1)]


def _cell(name: str, value: Value, member: Member) -> Cell:
    """Return a figure, hidden from those without the right when it stands on few people.

    A share, an average or a difference beside its other parts would tell the one that is hidden.
    """
    few = any(0 < n < SMALL for n in value.parts)
    return Cell(value=value.value, unit=UNITS[name], hidden=few and not member.trusted)


def _count(count: int, member: Member) -> Cell:
    return Cell(value=count, unit="count", hidden=0 < count < SMALL and not member.trusted)


def written(cell: Cell) -> str:
    """Return a cell as a file has it."""
    if cell.hidden:
        return f"<{SMALL}" if cell.unit == "count" else "hidden"
    return "" if cell.value is None else f"{cell.value:.4f}".rstrip("0").rstrip(".")


def labels_of(grid: Grid, settings: Settings, language: str) -> dict[str, str]:
    """Return how a table's rows read."""
    return {label: _label(grid.name, label, settings, language) for label in grid.rows}


def _label(table: Table, label: str, settings: Settings, language: str) -> str:
    words = pages.strings(language)
    match table:
        case "day":
            return dates.written(date.fromisoformat(label), "short_date", language)
        case "month":
            return dates.month(date.fromisoformat(f"{label}-01"), language)
        case "answers":
            question, _, value = label.partition(": ")
            asked = next(q for q in settings.survey.questions if q.id == question)
            return f"{asked.text[language]} {pages.words_of(asked, value, language)}"
        case "language" if label in settings.agency.languages:
            return pages.strings(label)["language_name"]
    known = {"kind": f"desk_kind_{label}", "channel": f"desk_channel_{label}"}
    if label == "unknown":
        return words["desk_unknown"]
    return words.get(known.get(table, ""), label.replace("_", " ").capitalize())

"""The dashboard's tables: rows and columns of cells, small counts hidden, labels in words."""

from collections.abc import Mapping
from dataclasses import dataclass, replace
from datetime import date, timedelta
from typing import Literal, cast, get_args

from aviso import dates
from aviso.desk import pages
from aviso.models import State
from aviso.settings import Settings, SurveyQuestion
from aviso.staff import Member
from aviso.tallies import FIGURES, Figures, Value

SMALL = 5  # a count below this may point at a person (cell suppression)
Cut = Literal["day", "month", "group", "division", "language"]
FIXED = ("all", *get_args(Cut), "kind", "channel")
ANSWERS = "answers-"  # how the tables of the survey's questions begin, each with its question's id
# Every state that is counted, the ends first: a claimed notice counts as planned.
STATES = (
    *(State.DELIVERED, State.SENT, State.MAILED, State.UNCONFIRMED, State.FAILED, State.HELD),
    *(State.PLANNED, State.WAITING, State.QUEUED, State.PRINTED),
    *(State.SUPPRESSED, State.REPLACED),
)
ADDED_UP = "total"
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

    name: str  # one of FIXED, or a question's
    columns: tuple[str, ...]
    rows: Mapping[str, tuple[Cell, ...]]


def tables_of(settings: Settings) -> list[str]:
    """Return the names of all tables: the fixed ones, and one for each question but for texts."""
    asked = (q.id for q in settings.survey.questions if q.type != "text")
    return [*FIXED, *(f"{ANSWERS}{id}" for id in asked)]


def question_of(name: str, settings: Settings) -> SurveyQuestion | None:
    """Return the question of the survey that a table is about, if it is about one."""
    id = name.removeprefix(ANSWERS)
    return next((q for q in settings.survey.questions if name != id == q.id), None)


def grid_of(name: str, figures: Figures, member: Member) -> Grid:
    """Return a table as a member may see it; its name is one of `tables_of`."""
    if question := question_of(name, figures.settings):
        return _answers(name, question, figures, member)
    match name:
        case "all":
            rows = {n: (_cell(n, v, member),) for n, v in figures.values().items()}
            return Grid(name=name, columns=("value",), rows=rows)
        case "kind" | "channel":
            table = figures.notices(name)
            states = tuple(s.value for s in STATES)
            counts = {k: [*(row[s] for s in states), sum(row.values())] for k, row in table.items()}
            cells = {k: tuple(_count(n, member) for n in row) for k, row in counts.items()}
            return Grid(name=name, columns=(*states, ADDED_UP), rows=cells)
    columns = tuple(UNITS)
    found = figures.by(cast("Cut", name))
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


def _answers(name: str, question: SurveyQuestion, figures: Figures, member: Member) -> Grid:
    """Return how often each answer to a question was given, in the order of the survey's page."""
    counts = figures.answers()[question.id]
    if not any(counts.values()):
        return Grid(name=name, columns=("value",), rows={})
    order = reversed(counts) if question.type == "scale" else counts
    rows = {value: (_count(counts[value], member),) for value in order}
    return Grid(name=name, columns=("value",), rows=rows)


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
    if question := question_of(grid.name, settings):
        return {value: pages.words_of(question, value, language) for value in grid.rows}
    return {label: _label(grid.name, label, settings, language) for label in grid.rows}


def title_of(grid: Grid, settings: Settings, language: str) -> str:
    """Return what a table is called: a question's table by the question."""
    question = question_of(grid.name, settings)
    if question:
        return question.text[language]
    return pages.strings(language)[f"desk_table_{grid.name}"]


def _label(table: str, label: str, settings: Settings, language: str) -> str:
    words = pages.strings(language)
    match table:
        case "day":
            return dates.written(date.fromisoformat(label), "short_date", language)
        case "month":
            return dates.month(date.fromisoformat(f"{label}-01"), language)
        case "language" if label in settings.agency.languages:
            return pages.strings(label)["language_name"]
    known = {"kind": f"desk_kind_{label}", "channel": f"desk_channel_{label}"}
    if label == "unknown":
        return words["desk_unknown"]
    return words.get(known.get(table, ""), label.replace("_", " ").capitalize())

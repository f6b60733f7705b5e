"""The dashboard's tables: rows and columns of cells, some of them hidden, with labels in words."""

from collections.abc import Mapping
from datetime import date, timedelta
from typing import Literal, cast, get_args

from msgspec.structs import replace

from aviso.content import dates, templates
from aviso.domain.notice import State
from aviso.domain.settings import Settings, SurveyQuestion
from aviso.domain.value import Frozen
from aviso.reporting import FIGURES, Dimension, Figures, Value, small_counts
from aviso.reporting.arrest_times import minutes
from aviso.reporting.disclosure import TOLD_COLUMNS, Disclosure, told_by_kind
from aviso.reporting.small_counts import Hidden
from aviso.web.staff import pages

Cut = Literal["day", "month", "group", "division", "language"]
FIXED = ("all", *get_args(Cut), "told", "minutes", "kind", "channel")
ANSWERS = "answers-"  # prefix of the survey tables' names, before the question's id
# Every counted state, final ones first; a claimed notice counts as planned.
STATES = (
    *(State.DELIVERED, State.SENT, State.MAILED, State.UNCONFIRMED, State.FAILED, State.HELD),
    *(State.PLANNED, State.WAITING, State.QUEUED, State.PRINTED),
    *(State.SUPPRESSED, State.REPLACED),
)
HIDDEN = "*"  # shown in place of a hidden number, in a file or a chart
UNITS = {figure.name: figure.unit for figure in FIGURES}


class Cell(Frozen, frozen=True, kw_only=True):
    """One number of a table, shown and drawn."""

    value: float | None
    unit: str
    hidden: bool = False


class Grid(Frozen, frozen=True, kw_only=True):
    """A table: rows by label, columns by name."""

    name: str  # one of FIXED, or a question's table
    columns: tuple[str, ...]
    rows: Mapping[str, tuple[Cell, ...]]


def tables_of(settings: Settings) -> list[str]:
    """Return the names of all tables: the fixed ones, and one for each question but free texts."""
    asked = (q.id for q in settings.survey.questions if q.type != "text")
    return [*FIXED, *(f"{ANSWERS}{id}" for id in asked)]


def question_of(name: str, settings: Settings) -> SurveyQuestion | None:
    """Return the survey question that a table is about, if any."""
    id = name.removeprefix(ANSWERS)
    return next((q for q in settings.survey.questions if name != id == q.id), None)


def grid_of(name: str, figures: Figures, hides: Disclosure | None) -> Grid:
    """Return a table.

    Args:
        name: one of `tables_of`.
        hides: what is hidden of them; None includes the numbers that may identify a person, which
            no report shows.
    """
    if question := question_of(name, figures.settings):
        return _answers(name, question, figures, small=hides is None)
    if name in ("kind", "channel"):
        return _of_notices(name, figures, small=hides is None)
    if name == "told":
        return _told(figures, hides)
    if name == "minutes":
        return _of_parts(name, minutes(figures), set(hides.minutes) if hides else set())
    table = _table(name, figures)
    hidden = _hidden(name, table, figures, hides) if hides else {}
    columns = tuple(UNITS)
    rows = {
        label: tuple(_cell(c, values[c], c in hidden.get(label, ())) for c in columns)
        for label, values in table.items()
    }
    if name == "all":  # one figure in each row
        (cells,) = rows.values()
        rows = {column: (cell,) for column, cell in zip(columns, cells, strict=True)}
        columns = ("value",)
    return Grid(name=name, columns=columns, rows=rows)


def _table(name: str, figures: Figures) -> dict[str, dict[str, Value]]:
    if name == "all":
        return {name: figures.values()}
    found = figures.by(cast(Dimension, name))
    if name == "day" and found:  # a day on which nothing happened is a day of zeros
        none = replace(figures, counts={}).values()
        return {day: found.get(day, none) for day in _days(figures.first, figures.last)}
    return found


def _hidden(
    name: str, table: Mapping[str, Mapping[str, Value]], figures: Figures, hides: Disclosure
) -> Hidden:
    """Return the cells to hide: columns add up to shown figures, and days add up to months."""
    whole = {"all": set(hides.figures)}
    if name == "all":
        return whole
    if name != "day":
        return small_counts.of_figures(table, {"all": list(table)}, whole)
    months: dict[str, list[str]] = {}
    for day in table:
        months.setdefault(day[: len("2026-01")], []).append(day)
    of_months = _hidden("month", figures.by("month"), figures, hides)
    return small_counts.of_figures(table, months, of_months)


def _of_notices(name: str, figures: Figures, *, small: bool) -> Grid:
    """Return the notices of each row in each state, and their total."""
    columns = (*(s.value for s in STATES), small_counts.TOTAL)
    table = {
        label: {s.value: row[s.value] for s in STATES} | {small_counts.TOTAL: sum(row.values())}
        for label, row in figures.notices(cast(Dimension, name)).items()
    }
    hidden = {} if small else small_counts.of_counts(table)
    rows = {
        label: tuple(_count(row[c], c in hidden.get(label, ())) for c in columns)
        for label, row in table.items()
    }
    return Grid(name=name, columns=columns, rows=rows)


def _told(figures: Figures, hides: Disclosure | None) -> Grid:
    """Return the notices owed of each kind: how they were told, and whether on time."""
    hidden = hides.told if hides else {}
    rows = {
        kind: tuple(_count(row[c], c in hidden.get(kind, ())) for c in TOLD_COLUMNS)
        for kind, row in told_by_kind(figures).items()
    }
    return Grid(name="told", columns=TOLD_COLUMNS, rows=rows)


def _answers(name: str, question: SurveyQuestion, figures: Figures, *, small: bool) -> Grid:
    """Return how often each answer to a question was given, in the order of the survey's page."""
    counts = figures.answers()[question.id]
    order = dict(reversed(counts.items())) if question.type == "scale" else counts
    return _of_parts(name, order, set() if small else small_counts.of_answers(order))


def _of_parts(name: str, counts: Mapping[str, int], hidden: set[str]) -> Grid:
    """Return a table of the parts of one sum, in their order; empty when the sum is zero."""
    rows = {part: (_count(n, part in hidden),) for part, n in counts.items()}
    return Grid(name=name, columns=("value",), rows=rows if any(counts.values()) else {})


def _days(first: date, last: date) -> list[str]:
    return [(first + timedelta(days=n)).isoformat() for n in range((last - first).days + 1)]


def _cell(name: str, value: Value, hidden: bool) -> Cell:
    return Cell(value=value.value, unit=UNITS[name], hidden=hidden)


def _count(count: int, hidden: bool) -> Cell:
    return Cell(value=count, unit="count", hidden=hidden)


def written(cell: Cell) -> str:
    """Return a cell as it is written in a file."""
    if cell.hidden:
        return HIDDEN
    return "" if cell.value is None else f"{cell.value:.4f}".rstrip("0").rstrip(".")


def labels_of(grid: Grid, settings: Settings, language: str) -> dict[str, str]:
    """Return the labels of a table's rows in words."""
    if question := question_of(grid.name, settings):
        return {value: pages.words_of(question, value, language) for value in grid.rows}
    return {label: label_of(grid.name, label, settings, language) for label in grid.rows}


def title_of(grid: Grid, settings: Settings, language: str) -> str:
    """Return a table's title; a question's table is titled by the question."""
    question = question_of(grid.name, settings)
    if question:
        return question.text[language]
    return pages.strings(language)[f"desk_table_{grid.name}"]


def label_of(table: str, label: str, settings: Settings, language: str) -> str:
    """Return the label of a table's row in words."""
    words = pages.strings(language)
    match table:
        case "day":
            return dates.written(date.fromisoformat(label), "short_date", language)
        case "month":
            return dates.month(date.fromisoformat(f"{label}-01"), language)
        case "language" if label in settings.agency.languages:
            return templates.strings(label)["language_name"]
    known = {
        **dict.fromkeys(("kind", "told"), f"desk_kind_{label}"),
        "channel": f"desk_channel_{label}",
        "group": f"desk_group_{label}",
        "minutes": f"desk_minutes_{label}",
        "organizations": f"desk_label_{label}",
    }
    if label == "unknown":
        return words["desk_unknown"]
    return words.get(known.get(table, ""), label.replace("_", " ").capitalize())

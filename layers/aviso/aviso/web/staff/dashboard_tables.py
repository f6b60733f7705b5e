"""The dashboard's tables: rows and columns of numbers, with labels in words."""

from collections.abc import Mapping
from datetime import date, timedelta
from typing import Literal, cast, get_args

from msgspec.structs import replace

from aviso.content import dates, templates
from aviso.domain.notice import State
from aviso.domain.settings import Settings, SurveyQuestion
from aviso.domain.value import Frozen
from aviso.reporting import FIGURES, Dimension, Figures, Value
from aviso.reporting.arrest_times import Part, minutes
from aviso.reporting.late_arrests import LateReason
from aviso.web.staff import pages

Cut = Literal["day", "month", "group", "division", "language"]
FIXED = ("all", "late", *get_args(Cut), "told", "known", "minutes", "kind", "channel")
ANSWERS = "answers-"  # prefix of the survey tables' names, before the question's id
# Every counted state, final ones first; a claimed notice counts as planned.
STATES = (
    *(State.DELIVERED, State.SENT, State.MAILED, State.UNCONFIRMED, State.FAILED, State.HELD),
    *(State.PLANNED, State.WAITING, State.QUEUED, State.PRINTED),
    *(State.SUPPRESSED, State.REPLACED),
)
MEANS = ("told_by_message", "told_by_letter", "told_by_person")
UNITS = {figure.name: figure.unit for figure in FIGURES}


class Cell(Frozen, frozen=True, kw_only=True):
    """One number of a table, shown and drawn."""

    value: float | None
    unit: str


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


def grid_of(name: str, figures: Figures) -> Grid:
    """Return a table: one of `tables_of`."""
    if question := question_of(name, figures.settings):
        return _answers(name, question, figures)
    if name in ("kind", "channel"):
        return _of_notices(name, figures)
    if name == "told":
        return _told(figures)
    if name in ("known", "minutes"):
        return _of_parts(name, minutes(figures, cast(Part, name)))
    if name == "late":
        return _of_parts(name, {why: figures.total(f"arrests_late.{why}") for why in LateReason})
    columns = tuple(UNITS)
    rows = {
        label: tuple(Cell(value=values[c].value, unit=UNITS[c]) for c in columns)
        for label, values in _table(name, figures).items()
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


def _of_notices(name: str, figures: Figures) -> Grid:
    """Return the notices of each row in each state, and their total."""
    rows = {
        label: _counts(*(row[s.value] for s in STATES), sum(row.values()))
        for label, row in figures.notices(cast(Dimension, name)).items()
    }
    return Grid(name=name, columns=(*(s.value for s in STATES), "total"), rows=rows)


def _told(figures: Figures) -> Grid:
    """Return the notices owed of each kind: whether on time, and how they were told."""
    rows = {}
    for kind in figures.labels("kind"):
        cut = f"kind:{kind}"
        owed, on_time = figures.total("owed", cut), figures.total("told_on_time", cut)
        means = [figures.total(name, cut) for name in MEANS]
        if owed:
            rows[kind] = _counts(owed, on_time, owed - on_time, *means, owed - sum(means))
    columns = ("total", "told_on_time", "not_on_time", *MEANS, "not_told")
    return Grid(name="told", columns=columns, rows=rows)


def _answers(name: str, question: SurveyQuestion, figures: Figures) -> Grid:
    """Return how often each answer to a question was given, in the order of the survey's page."""
    counts = figures.answers()[question.id]
    return _of_parts(name, dict(reversed(counts.items())) if question.type == "scale" else counts)


def _of_parts(name: str, counts: Mapping[str, int]) -> Grid:
    """Return a table of the parts of one sum, in their order; empty when the sum is zero."""
    rows = {part: _counts(n) for part, n in counts.items()}
    return Grid(name=name, columns=("value",), rows=rows if any(counts.values()) else {})


def _counts(*counts: int) -> tuple[Cell, ...]:
    return tuple(Cell(value=count, unit="count") for count in counts)


def _days(first: date, last: date) -> list[str]:
    return [(first + timedelta(days=n)).isoformat() for n in range((last - first).days + 1)]


def written(cell: Cell) -> str:
    """Return a cell as it is written in a file."""
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
        case "division" if label != "unknown":
            return label
    known = {
        "all": f"desk_column_{label}",
        **dict.fromkeys(("kind", "told"), f"desk_kind_{label}"),
        "channel": f"desk_channel_{label}",
        "group": f"desk_group_{label}",
        **dict.fromkeys(("known", "minutes"), f"desk_minutes_{label}"),
        "late": f"desk_late_{label}",
        "organizations": f"desk_label_{label}",
    }
    if label == "unknown":
        return words["desk_unknown"]
    return words.get(known.get(table, ""), label.replace("_", " ").capitalize())

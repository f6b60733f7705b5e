"""The truth against the dashboard."""

from collections.abc import Iterator, Mapping
from datetime import date
from typing import Any

from tests.simulation.dashboard_reader import Shown

# The tables of which truth knows every row.
WHOLE = ("day", "month", "group", "division", "language", "answers")
SHARES = ("_share", "_rate")  # how the names of figures end that are shares


def compare(truth: Mapping[str, Any], shown: Shown) -> list[str]:
    """Return every figure of the dashboard that is not the truth, in words."""
    found = []
    for name, true in truth["figures"].items():
        if not same(true, shown.figures.get(name)):
            found.append(f"{name}: {true} in truth, {shown.figures.get(name)} on the dashboard")
        elif shown.tiles[name] not in tiles(name, true):
            found.append(f"{name}: {true} in truth, '{shown.tiles[name]}' on the page")
    for table, rows in truth["tables"].items():
        for label, row in rows.items():
            for name, true in row.items():
                value = shown.tables[table].get(label, {}).get(name)
                if not same(true, value) and (true or value):  # a row of nothing may be left out
                    where = f"{name}, {table} {label}"
                    found.append(f"{where}: {true} in truth, {value} on the dashboard")
    return found + list(_made_up(truth, shown))


def _made_up(truth: Mapping[str, Any], shown: Shown) -> Iterator[str]:
    """Yield what the dashboard shows in a row that truth does not have."""
    for table in (t for t in WHOLE if t in truth["tables"]):
        rows = truth["tables"][table]
        names = {name for row in rows.values() for name in row}
        for label in shown.tables[table].keys() - rows.keys():
            for name in sorted(names):
                if value := shown.tables[table][label].get(name):
                    yield f"{name}, {table} {label}: nothing in truth, {value} on the dashboard"


def compared(truth: Mapping[str, Any]) -> int:
    """Return how many numbers of the dashboard's tables are held against the truth."""
    return sum(len(row) for rows in truth["tables"].values() for row in rows.values())


def same(true: float | None, shown: float | None) -> bool:
    """Whether a number is shown right; the files round to four decimals."""
    if true is None or shown is None:
        return true is shown
    return round(true, 4) == round(shown, 4)


def tiles(name: str, value: float | None) -> set[str]:
    """Return how a number may be written: at a half, its last bit decides how it is rounded."""
    near = (value,) if value is None else (value - 1e-9, value, value + 1e-9)
    return {tile(name, one) for one in near}


def tile(name: str, value: float | None) -> str:
    """Return how the dashboard's page writes a number."""
    if value is None:
        return "None"
    if name.endswith(SHARES):
        return f"{value * 100:.1f}%"
    if name == "money_saved":
        return f"${value:,.0f}"
    return f"{value:,.1f}" if name in ("hours_saved", "satisfaction") else f"{value:,.0f}"


def sealed(today: date) -> tuple[int, int]:
    """Return how many days are sealed with their counters, and how many should be by last night."""
    from aviso.domain.settings import Settings
    from aviso.reporting.sealing import open_days
    from aviso.storage import counters

    agency = Settings.current()
    live = agency.agency.go_live.astimezone(agency.agency.zone).date()
    due = (today - live).days - open_days(agency)
    return sum(counts is not None for _, counts in counters.seals()), max(0, due)

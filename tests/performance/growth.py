"""`make growth`: what the scheduled work reads with few kept cases and with very many.

Kept cases are copies of one old, closed case with its notice, in tables in memory. The same number
of cases was touched lately and may be asked about, whatever is kept, so a cost that grows is the
cost of history. Calls and units are counted at botocore's edge, processor time is this process's.
Writes build/growth.json and build/growth.html, a table and a chart.
"""

import argparse
import json
import sys
import tempfile
import time
from collections.abc import Callable, Iterator, Mapping, Sequence
from datetime import UTC, datetime, timedelta
from itertools import batched, count
from pathlib import Path
from typing import TYPE_CHECKING, Any

import boto3
from msgspec.structs import replace

from infra.cost.metering import counted
from infra.cost.write_units import tables
from infra.harness.cloudformation import table_definitions
from infra.harness.in_process import REGION, Stage, stage
from infra.local.sam_build import ROOT
from tests.performance import growth_page

if TYPE_CHECKING:
    from aviso.runtime.invocation import Invocation

SIZES = (10_000, 100_000)
RECENT = 200  # cases touched in the last day, and as many that people may be asked about
SAMPLE = 1_000  # cases of a night that are gone through; a night costs each case the same
NOON = datetime(2026, 6, 30, 19, tzinfo=UTC)  # in Arizona
NIGHT = NOON + timedelta(hours=15)  # three o'clock there
PUTS = 25  # of one BatchWriteItem
OUT = ROOT / "build/growth.json"
TABLES = tables(table_definitions())
OVER = {"state": {"S": "delivered"}}


def main() -> int:
    """Fill, run, print and write; return the exit code."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--cases", type=int, nargs="+", default=SIZES, help="how many, in turn")
    parser.add_argument("--recent", type=int, default=RECENT, help="how many changed lately")
    parser.add_argument("--out", type=Path, default=OUT)
    options = parser.parse_args()
    found = {str(cases): measured(cases, options.recent) for cases in options.cases}
    options.out.parent.mkdir(exist_ok=True)
    options.out.write_text(json.dumps(found, indent=2) + "\n", encoding="utf-8")
    options.out.with_suffix(".html").write_text(growth_page.page(found), encoding="utf-8")
    for cases, work in found.items():
        for name, figures in work.items():
            print(f"growth: {int(cases):9,} cases, {name}: {figures}")
    return 0


def measured(cases: int, recent: int = RECENT) -> dict[str, dict[str, float]]:
    """Return what each kind of work takes with so many kept cases, on tables of its own."""
    from infra.compiler.compile import compile_agency

    with tempfile.TemporaryDirectory() as folder:
        compile_agency(ROOT / "infra/agency/sample.yaml", ROOT / "templates", Path(folder))
        with stage(folder, NOON, 1, 0.0) as on_stage:
            for items in batched(_rows(on_stage, cases, recent), PUTS, strict=False):
                _put(items)
                on_stage.database.changes.clear()
            return {name: _figures(work) for name, work in _work().items()}


def _work() -> Mapping[str, Callable[[], int]]:
    """Return each kind of scheduled work, which returns how many cases it looked at."""
    from aviso.notices import overdue, reconciliation

    days = count(1)  # what one run of chase moved is due again on the next day
    return {
        "hour": lambda: reconciliation.reconcile_touched(_call(NOON)).cases,
        "night": lambda: reconciliation.reconcile_all(_call(NIGHT, SAMPLE)).cases,
        "chase": lambda: overdue.chase(_call(NOON + timedelta(days=next(days)))).total(),
    }


def _call(now: datetime, most: int = sys.maxsize) -> "Invocation":
    """Return a call of a function that runs out of time after so many cases."""
    from aviso.domain.settings import Settings
    from aviso.runtime.invocation import Invocation

    done = count(1)
    return Invocation(
        settings=Settings.current(),
        clock=lambda: now,
        seconds_left=lambda: 900.0 if next(done) < most else 0.0,
        token="growth",
    )


def _figures(work: Callable[[], int]) -> dict[str, float]:
    """Run a kind of work three times: to settle, to count, and for its time."""
    work()
    with counted(TABLES) as units:
        cases = work()
    began = time.process_time()
    work()
    seconds = time.process_time() - began
    return {
        "cases": cases,
        "calls": units["dynamodb_calls"],
        "read_units": units["dynamodb_read_units"],
        "write_units": units["dynamodb_write_units"],
        "processor_ms": round(seconds * 1000),
    }


def _put(rows: Sequence[tuple[str, Mapping[str, Any]]]) -> None:
    items: dict[str, list[Any]] = {}
    for table, item in rows:
        items.setdefault(table, []).append({"PutRequest": {"Item": item}})
    boto3.client("dynamodb", region_name=REGION).batch_write_item(RequestItems=items)


def _rows(on_stage: Stage, kept: int, lately: int) -> Iterator[tuple[str, dict[str, Any]]]:
    """Yield the rows of the kept cases, then of the recent ones."""
    old = _case(on_stage, "1", NOON - timedelta(days=120), status="CL")
    recent = _case(on_stage, "2", NOON - timedelta(hours=5), status="OP")
    asked = _case(on_stage, "3", NOON - timedelta(days=20), status="OP")
    for n in range(kept):
        yield from _copied(old, f"A{n:09d}", OVER)
    for n in range(lately):
        yield from _copied(recent, f"B{n:09d}", {})
        yield from _copied(asked, f"C{n:09d}", OVER)


def _case(
    on_stage: Stage, number: str, at: datetime, status: str
) -> Sequence[tuple[str, dict[str, Any]]]:
    """Return the rows of a case of a time, with its notices, as the product writes them."""
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
    planning.plan(number, Settings.current(), at)
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


def _copied(
    rows: Sequence[tuple[str, dict[str, Any]]], number: str, state: dict[str, Any]
) -> Iterator[tuple[str, dict[str, Any]]]:
    """Yield a case's rows under another number, its notices in another state."""
    named = {"S": number}
    for n, (table, item) in enumerate(rows):
        if table == "Cases":
            own = {k: named for k in ("number", "origin") if item["sk"]["S"] == "CASE"}
            yield table, item | {"pk": {"S": f"CASE#{number}"}} | own
        else:
            kept = {k: v for k, v in item.items() if not state or k not in ("due", "due_at")}
            yield table, kept | {"pk": {"S": f"{number}-{n}"}, "case": named} | state


if __name__ == "__main__":
    sys.exit(main())

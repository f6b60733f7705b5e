"""`make reads`: what a page of the dashboard reads, with few cases and with very many.

Cases and their notices are copies of one real row each, written in batches; every notice is counted
by the real tally function from its stream record, and the page is asked for by the real staff
function. Calls and read units are counted at botocore's edge. Exit 1 unless the calls are the same.
"""

import argparse
import json
import sys
import tempfile
from collections.abc import Iterator
from datetime import UTC, datetime, timedelta
from itertools import batched
from pathlib import Path
from typing import Any

import boto3

from infra.cost.counting import counted
from infra.local.build import ROOT
from infra.simulate.stage import REGION, Stage, stage
from tests.colleague import Colleague

DAYS = 30
SIZES = (1_000, 100_000)
NOW = datetime(2026, 6, 30, 19, tzinfo=UTC)
PUTS = 25  # of one BatchWriteItem
A_ROUND = 2_000  # notices written before the streams follow
STAMPS = (
    *("burglary|West|en", "assault|South|es", "theft|Midtown|en", "robbery|East|es"),
    *("fraud|West|es", "vehicle_theft|South|en", "property_damage|East|en"),
)
OUT = ROOT / "build/reads.json"


def main() -> int:
    """Fill, ask, print and write; return the exit code."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--cases", type=int, nargs="+", default=SIZES, help="how many, in turn")
    parser.add_argument("--out", type=Path, default=OUT)
    options = parser.parse_args()
    found = {str(cases): measured(cases) for cases in options.cases}
    same = len({reads["calls"] for reads in found.values()}) == 1
    options.out.parent.mkdir(exist_ok=True)
    text = json.dumps({"days": DAYS, "cases": found, "same": same}, indent=2) + "\n"
    options.out.write_text(text, encoding="utf-8")
    for cases, reads in found.items():
        print(f"reads: {int(cases):7,} cases, {DAYS} days shown: {reads}")
    return 0 if same else 1


def measured(cases: int) -> dict[str, float]:
    """Return what one page of the dashboard reads with so many cases.

    Runs in this process on tables of its own, so that each size begins empty.
    """
    from compile import compile_agency

    with tempfile.TemporaryDirectory() as folder:
        compile_agency(ROOT / "infra/agency/sample.yaml", ROOT / "templates", Path(folder))
        with stage(folder, NOW, 1, 0.0) as on_stage:
            _fill(on_stage, cases)
            return _read(cases)


def _fill(on_stage: Stage, cases: int) -> None:
    client = boto3.client("dynamodb", region_name=REGION)
    for round_ in batched(_rows(on_stage, cases), A_ROUND, strict=False):
        for puts in batched(round_, PUTS, strict=False):
            items: dict[str, list[Any]] = {}
            for table, item in puts:
                items.setdefault(table, []).append({"PutRequest": {"Item": item}})
            client.batch_write_item(RequestItems=items)
        counters_only(on_stage)


def counters_only(on_stage: Stage) -> None:
    """Let the streams reach the counters, and nobody who plans or sends."""
    every = on_stage.triggers
    on_stage.triggers = [t for t in every if t.function == "tally"]
    on_stage.settle()
    on_stage.triggers = every


def _rows(on_stage: Stage, cases: int) -> Iterator[tuple[str, dict[str, Any]]]:
    """Yield each case's row and a notice of it, over the days shown."""
    report, notice = _first_rows(on_stage)
    for n in range(cases):
        number = f"26{n:08d}"
        at = NOW - timedelta(days=n % DAYS, minutes=n % 600)
        instant = at.replace(tzinfo=None).isoformat(timespec="microseconds") + "Z"
        yield "Cases", report | {"pk": {"S": f"CASE#{number}"}}
        yield (
            "Notices",
            notice
            | {
                "pk": {"S": f"notice-{n}"},
                "case": {"S": number},
                "victim": {"S": f"v{n}"},
                "created_at": {"S": instant},
                "stamp": {"S": STAMPS[n % len(STAMPS)]},
            },
        )


def _first_rows(on_stage: Stage) -> tuple[dict[str, Any], dict[str, Any]]:
    """Return a case's row and a delivered notice as the product writes them."""
    from aviso.models import Duty, Kind, Report, State
    from aviso.store import cases
    from aviso.store import notices as ledger

    number = "2606300001"
    report = Report(number=number, origin=number, offense="13-1507", export_time=NOW, digest="1")
    cases.write_row(number, report, None)
    duty = Duty(
        id="first",
        case=number,
        victim="v",
        kind=Kind.ARREST,
        fact="arrest:a",
        fact_at=NOW,
        first_seen=NOW,
        deadline=NOW,
    )
    ledger.insert(duty, State.PLANNED, NOW, "", NOW, STAMPS[0])
    planned = ledger.read("first")
    assert planned is not None, "it was just written"
    ledger.move(planned, State.DELIVERED, due_at=None, told_at=NOW, channel="sms", source="report")
    tables = on_stage.database.tables
    (case,), (row,) = tables["Cases"].items.values(), tables["Notices"].items.values()
    return dict(case), dict(row)


def _read(cases: int) -> dict[str, float]:
    from aviso import settings
    from aviso.staff import Role
    from aviso.tallies import read as figures

    first, last = (NOW - timedelta(days=DAYS - 1)).date(), NOW.date()
    # Every case was counted: one notice each, and the one that the copies were made of.
    shown = figures(first, last, settings.current(), NOW)
    assert shown.total("arrests_told") == cases + 1, "the counters do not hold every case"
    reader = Colleague()
    reader.sign_in(Role.SUPERVISOR)
    address = f"figures?first={first}&last={last}"
    reader.get(address)  # what is read once a process
    with counted({}) as units:
        page = reader.get(address)
    assert page.status == 200, "the dashboard does not answer"
    return {
        "calls": units["dynamodb_calls"],
        "read_units": units["dynamodb_read_units"],
    }


if __name__ == "__main__":
    sys.exit(main())

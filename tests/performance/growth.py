"""`make bench ONLY=growth`: what the scheduled work reads with few kept cases and with very many.

Kept cases are copies of one old, closed case with its notices, in tables in memory. The same number
of cases was touched lately and has people to ask, whatever is kept, so a cost that grows is the
cost of history. Calls and units are counted at botocore's edge. Processor time leaves out what the
imitation of DynamoDB takes, and botocore's own, which is measured apart. Writes build/growth.json,
the times in docs/scaling.md, a chart, and what a case takes in `infra/cost/volumes.yaml`.
"""

import argparse
import gc
import json
import resource
import statistics
import sys
import time
from collections import Counter
from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager
from datetime import UTC, datetime, timedelta
from itertools import islice
from pathlib import Path
from typing import TYPE_CHECKING, Any

from botocore.client import BaseClient

from infra.cost.metering import counted
from infra.cost.write_units import tables
from infra.harness.client_calls import Ask, every_call
from infra.harness.cloudformation import table_definitions
from infra.harness.in_process import Stage, stage
from infra.repository import ROOT, commit
from tests.performance import growth_calls, growth_page, growth_rows

if TYPE_CHECKING:
    from aviso.runtime.invocation import Invocation

SIZES = (10_000, 100_000, 1_000_000)
RECENT = 200  # cases touched in the last day, and as many with people to ask
SAMPLE = 1_000  # cases, about, that the night and its parts go through; each costs the same
RUNS = 3  # to settle, to count, and for its time
TIMED = 5  # runs for the time of work that can be done again: one alone may be slow by chance
CALLS = 500  # enough to know what botocore takes for one
NOON = datetime(2026, 6, 30, 19, tzinfo=UTC)  # in Arizona
NIGHT = NOON + timedelta(hours=15)  # three o'clock there
LET_GO = NIGHT + timedelta(days=3_650)  # every kept case is past its time
OUT = ROOT / "build/growth.json"
TABLES = tables(table_definitions())
Work = Callable[[int], int]  # takes which run it is, returns how many cases it looked at


def main() -> int:
    """Fill, run, print and write; return the exit code."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--cases", type=int, nargs="+", default=SIZES, help="how many, in turn")
    parser.add_argument("--recent", type=int, default=RECENT, help="how many changed lately")
    parser.add_argument("--out", type=Path, default=OUT)
    options = parser.parse_args()
    ran = f"on {datetime.now(UTC):%Y-%m-%d} at commit {commit()}"  # the tree may change meanwhile
    found: dict[str, Any] = {}
    for cases in options.cases:
        began = time.monotonic()
        found[str(cases)] = measured(cases, options.recent)
        kept = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1e6
        print(f"growth: {cases:9,} cases: {time.monotonic() - began:.0f} s, {kept:.1f} GB at most")
        for name, figures in found[str(cases)].items():
            print(f"growth: {cases:9,} cases, {name}: {figures}", flush=True)
        options.out.parent.mkdir(exist_ok=True)
        options.out.write_text(json.dumps(found, indent=2) + "\n", encoding="utf-8")
    print(f"{growth_page.works(found)}\n\n{growth_page.dollars(found)}")
    if options.out == OUT and tuple(options.cases) == SIZES:
        growth_page.into(ROOT / "docs", found, ran)
        growth_page.into_volumes(ROOT / "infra/cost/volumes.yaml", found)
    return 0


def measured(cases: int, recent: int = RECENT) -> dict[str, dict[str, float]]:
    """Return what each kind of work takes with so many kept cases, on tables of its own."""
    from infra.compiler.kept import folder_of

    gc.collect()
    gc.disable()  # a million rows are looked through again and again, and none is garbage
    folder = folder_of(ROOT / "infra/agency/sample.yaml", ROOT / "templates")
    with stage(str(folder), NOON, 1, 0.0) as on_stage:
        _fill(on_stage, cases, recent)
        works = _works(cases, recent)
        found = {
            name: _figures(work, TIMED if name in growth_page.A_CASE else 1)
            for name, work in works.items()
        }
        calls = {}
        for name in growth_page.A_CASE:
            with growth_calls.kept() as calls[name]:
                works[name](RUNS)
    for name, made in calls.items():
        found[name]["botocore_ms"] = growth_calls.processor_ms(made[:CALLS])
    return found


def _fill(on_stage: Stage, cases: int, recent: int) -> None:
    """Put the kept cases, those touched in the last day, and those with people to ask."""
    old = growth_rows.a_case(on_stage, "1", NOON - timedelta(days=120), status="CLOSED")
    new = growth_rows.a_case(on_stage, "2", NOON - timedelta(hours=5), status="OPEN")
    asked = growth_rows.a_case(on_stage, "3", NOON - timedelta(days=20), status="OPEN")
    for rows, letter, how_many, changed in (
        (old, "A", cases, growth_rows.OVER),
        (new, "B", recent, None),
        (asked, "C", RUNS * recent, growth_rows.OVER),
    ):
        for table, copies in growth_rows.copies(rows, letter, how_many, changed).items():
            on_stage.database.keep(table, copies)


def _works(kept: int, recent: int) -> Mapping[str, Work]:
    """Return each kind of scheduled work by its name."""
    from aviso.compliance import retention
    from aviso.domain.settings import Settings
    from aviso.notices import overdue, reconciliation, survey_invitations
    from aviso.storage import cases, notices
    from infra.harness.builders import case_at

    settings = Settings.current()
    sample = min(SAMPLE, kept)
    parts = max(1, kept // SAMPLE)
    read = {n: cases.read_case(n) for n in islice(growth_rows.numbers("A"), sample)}
    told = {number: notices.list_notices(case) for number, case in read.items()}
    asked = [cases.read_case(n) for n in islice(growth_rows.numbers("C"), RUNS * recent)]
    told |= {case.number: notices.list_notices(case) for case in asked}

    def looked(at: datetime) -> int:
        for number, case in read.items():
            survey_invitations.ask(case_at(case, settings, at, told=told[number]))
        return len(read)

    def ask(run: int) -> int:
        some = asked[run::RUNS]
        done = sum(
            survey_invitations.ask(case_at(c, settings, NIGHT, told=told[c.number]))["asked"]
            for c in some
        )
        assert done == len(some), "not everybody was asked"
        return done

    def forget(at: datetime, of: list[Any], least: int) -> int:
        rows = [retention.forget(case, settings, at) for case in of]
        assert min(rows) >= least, "a case was not let go"
        return len(rows)

    kept_cases = list(read.values())
    return {
        "hour": lambda _: reconciliation.reconcile_touched(_call(NOON)).cases,
        "surveys": lambda _: looked(NIGHT),
        "asked": ask,
        # After those who are asked, whom it would ask too. It goes through a part of the table to
        # the end, where it looks through the part once more, for names without their hashes.
        "night": lambda _: reconciliation.reconcile_all(_call(NIGHT), part=(0, parts)).cases,
        "retention": lambda _: forget(NIGHT, kept_cases, 0),
        "let_go": lambda run: forget(LET_GO, kept_cases[run::RUNS], 1),
        # What one run of chase moved is due again on the next day.
        "chase": lambda run: overdue.chase(_call(NOON + timedelta(days=run + 1))).total(),
    }


def _call(now: datetime) -> "Invocation":
    """Return a call of a function that has time enough."""
    from aviso.domain.settings import Settings
    from aviso.runtime.invocation import Invocation

    return Invocation(
        settings=Settings.current(),
        clock=lambda: now,
        seconds_left=lambda: 900.0,
        token="growth",
    )


def _figures(work: Work, timed: int) -> dict[str, float]:
    """Run a kind of work to settle, to count, and so often for its time: the median counts."""
    work(0)
    with counted(TABLES) as units, _looked_at() as seen:
        cases = work(1)
    seconds = statistics.median(_seconds(work, 2 + n) for n in range(timed))
    return {
        "cases": cases,
        "calls": units["dynamodb_calls"],
        "read_units": units["dynamodb_read_units"],
        "write_units": units["dynamodb_write_units"],
        "hottest": max(seen.keys.values(), default=0),
        "processor_ms": round(seconds * 1000),
    }


def _seconds(work: Work, run: int) -> float:
    """Return the processor seconds of a run without what the imitation took."""
    began = time.process_time()
    with _looked_at() as seen:
        work(run)
    return time.process_time() - began - seen.imitation


class _Seen:
    """How often each key of a table or an index was asked for, and the imitation's seconds."""

    def __init__(self) -> None:
        self.keys: Counter[tuple[str, str]] = Counter()
        self.imitation = 0.0


@contextmanager
def _looked_at() -> Iterator[_Seen]:
    """Note the keys of every call made meanwhile, and how long the imitation took to answer."""
    seen = _Seen()

    def call(_: BaseClient, operation: str, params: dict[str, Any], ask: Ask) -> Any:
        seen.keys.update(_keys(operation, params))
        began = time.process_time()
        try:
            return ask(operation, params)
        finally:
            seen.imitation += time.process_time() - began

    with every_call(call):
        yield seen


def _keys(operation: str, params: Mapping[str, Any]) -> Iterator[tuple[str, str]]:
    """Yield the table or index and the hash key of each item or query of a call."""
    if operation == "TransactWriteItems":
        for entry in params["TransactItems"]:
            for one in entry.values():
                yield from _keys("", one)
    elif operation == "BatchGetItem":
        for table, wanted in params["RequestItems"].items():
            yield from ((table, key["pk"]["S"]) for key in wanted["Keys"])
    elif operation == "Query":
        where = params.get("IndexName", params["TableName"])
        values = params["ExpressionAttributeValues"].values()
        yield where, next(v["S"] for v in values if "S" in v)
    elif "Key" in params or "Item" in params:
        yield params["TableName"], (params.get("Key") or params["Item"])["pk"]["S"]


if __name__ == "__main__":
    sys.exit(main())

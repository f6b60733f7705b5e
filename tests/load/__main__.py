"""`make bench ONLY=backfill`: the real template's first load on local AWS, and what came of it.

Writes build/backfill.json; exits 1 when anything was owed, sent, refused or lost, or when a
worker's memory grew with the load.
"""

import argparse
import json
import sys
import time
from typing import Any

from infra.local.ops_command import go_live
from infra.local.run import end_on_signals
from infra.local.sam_build import BuildError
from infra.local.stack import LocalAws, StackError, wait_for
from infra.repository import ROOT
from tests.load import backfill_run
from tests.load.process_memory import Memory
from tests.rig import figures

RUN = "first-load"
# Streams bring a hundred rows at once: local AWS calls the function again for each batch.
PARAMETERS = {"StreamBatchSize": "100"}
GROWTH = 1.15  # the last third's most memory against the second's: more is no longer flat
HOURS = 3600.0


say = figures.say_as("backfill")


def play(rows: int) -> dict[str, Any]:
    """Load about so many rows on a stack of its own; return the figures."""
    folder = ROOT / "build" / "backfill"
    lines = backfill_run.make(folder, rows)
    with LocalAws() as aws:
        aws.deploy(PARAMETERS)
        go_live(aws)
        backfill_run.put(aws, folder)
        say(f"{lines:,} rows of old cases are in the bucket")
        memory = Memory(f"{aws.outputs['ImportFeedFunction']}", aws.port or 0)
        began = time.monotonic()
        execution = backfill_run.start(aws, RUN)
        backfill_run.finish(aws, execution, 2 * HOURS, memory.look)
        seconds = time.monotonic() - began
        summary = backfill_run.summary(aws, RUN)
        say(f"{summary['read']:,} rows read in {seconds:.0f} s; every case is planned now ...")
        wait_for(lambda: _planned(aws), 2 * HOURS, "reconcile to run to its end")
        planned = backfill_run.reconciled(aws) or {}
        aws.wait_until_quiet(at_most=HOURS)
        return {
            "rows": lines,
            "seconds": round(seconds),
            "rows_a_second": round(lines / seconds),
            **{name: summary.get(name, 0) for name in ("pieces", "read", "new", "rejected")},
            "memory": memory.figures(),
            "cases_planned": planned["cases"],
            "owed": planned["missing"],
            "failed": planned["failed"],
            "notices": backfill_run.count(aws, "NoticesTable"),
            "messages": len(aws.sent_texts()) + len(aws.sent_emails()),
            "access_denied": aws.access_denied(),
        }


def _planned(aws: LocalAws) -> bool:
    """Whether every case was planned: a long run goes on in another call, and says where.

    The hourly run finds no case, since none of these changed recently by its export's time.
    """
    found = backfill_run.reconciled(aws)
    return found is not None and bool(found["cases"]) and not found["go_on_at"]


def faults(found: dict[str, Any]) -> list[str]:
    """Return what is not as it should be."""
    nothing = ("owed", "failed", "notices", "messages", "access_denied")
    wrong = [f"{name} is {found[name]}, not 0" for name in nothing if found[name]]
    if found["read"] != found["rows"]:
        wrong.append(f"{found['rows']} rows were put and {found['read']} read")
    held = found["memory"]
    if held["last_third_mb"] > held["second_third_mb"] * GROWTH:
        wrong.append("a worker's memory grew with the load")
    return wrong


def main() -> int:
    """Rehearse; return the exit code."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--rows", type=int, default=100_000)
    arguments = parser.parse_args()
    end_on_signals()
    found = play(arguments.rows)
    figures.write(ROOT / "build" / "backfill.json", found)
    say(json.dumps(found, indent=2))
    wrong = faults(found)
    say("; ".join(wrong) or "nothing owed, nothing sent, memory flat; see build/backfill.json")
    return bool(wrong)


if __name__ == "__main__":
    try:
        sys.exit(main())
    except (StackError, BuildError) as error:
        sys.exit(f"backfill: {error}")

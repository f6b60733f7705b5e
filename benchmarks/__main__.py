"""`make bench`: one command, one run, ratios rather than seconds.

Writes build/bench.json and, when every part was measured, the budgets and charts of
docs/performance.md: figures of several runs are never shown beside each other there. The part
`memory` takes an estimated 26 minutes more, so it runs only when it is named.
"""

import argparse
import json
import os
import shutil
import subprocess
import sys
import time
from collections.abc import Callable
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

from benchmarks import (
    charts,
    counts,
    feed_paths,
    instructions,
    machine,
    memory,
    memory_choice,
    memory_tables,
    on_local_aws,
    report,
    timing,
)
from benchmarks.measure import BenchError
from benchmarks.programs import WORK, Program, agency_file, functions, programs
from infra.harness import one_pass
from infra.repository import ROOT, commit

OUT = ROOT / "build" / "bench.json"
ALONE = {  # what ONLY= measures alone, with its own options: ONLY="growth --cases 1000 5000"
    "clicks": "tests.performance.desk_clicks",  # to tell ten people by phone
    "granted": "tests.permissions.least_privilege",  # permissions that no system test used
    "growth": "tests.performance.growth",  # what scheduled work reads as kept cases grow
    "instructions": "benchmarks.instructions",  # of the hot paths, beside the committed baseline
    "latency": "benchmarks.latency",  # each step from an arrest in S3 to the hand-over
    "layouts": "tests.layouts",  # how well made-up records systems are mapped
    "reads": "tests.performance.dashboard_reads",  # by a page of the dashboard
    "refusals": "tests.performance.refusal_timing",  # whether their time reveals their reason
    "wire": "tests.wire",  # each call to AWS beside plain botocore
}


def record(settings_folder: Path) -> Path:
    """Walk the journey once in a process of its own; return the folder of its scenarios."""
    folder = WORK / "recorded"
    shutil.rmtree(folder, ignore_errors=True)
    _child("benchmarks.walk", str(folder), str(settings_folder))
    return folder


def flow(settings_folder: Path) -> dict[str, Any]:
    """Count and measure what is not a page, in a process of its own."""
    found: dict[str, Any] = json.loads(_child("benchmarks.flow", str(settings_folder))[-1])
    return found


def _child(module: str, *arguments: str) -> list[str]:
    """Run a module in a process of its own and return what it printed, by lines.

    Raises:
        BenchError: when it fails; the end of what it printed is the message, since the product's
            own logger writes what went wrong there.
    """
    env = {**os.environ, "PYTHONHASHSEED": "0"}  # for the same instructions every time
    command = [sys.executable, "-m", module, *arguments]
    done = subprocess.run(
        command, check=False, cwd=ROOT, env=env, stdout=subprocess.PIPE, text=True
    )
    if done.returncode:
        raise BenchError(f"{module} failed:\n{done.stdout[-3000:]}")
    return done.stdout.splitlines()


def templates(settings_folder: Path) -> None:
    """Give the peers our pages: as ordinary templates, and compiled to bytecode like ours."""
    for name, source in one_pass.sources(ROOT / "templates").items():
        file = WORK / "ordinary_templates" / name
        file.parent.mkdir(parents=True, exist_ok=True)
        file.write_text(source, "utf-8")
    shutil.rmtree(WORK / "templates", ignore_errors=True)
    shutil.copytree(settings_folder / "aviso_compiled/templates", WORK / "templates")


def sizes(found: dict[str, Program]) -> dict[str, Any]:
    """Return the bytes of each package, unpacked, without the runtime's own boto3."""
    return {
        name: program.package_bytes
        for name, program in found.items()
        if name not in ("floor", "bound")
    }


def throughput(result: dict[str, Any]) -> dict[str, Any]:
    """Return what one core does a second, as far as the parts that say so were measured."""
    speed: dict[str, Any] = {
        "feed": {name: result["feed"][name] for name in ("rows_per_s", "new_rows_per_s")},
        "owed_per_s": result["owed_per_s"],
    }
    if "warm" in result:
        pages = result["warm"]["pages"]
        took = {page: round(1000 / row["cpu_ms"]) for page, row in pages.items()}
        speed["notices_per_s"] = took.pop("send_notice")
        speed["pages_per_s"] = took
    if "local_aws" in result:
        speed["local_aws"] = result["local_aws"]
    return speed


def main() -> int:
    """Measure what the command line names, all by default."""
    arguments = argparse.ArgumentParser(prog="make bench")
    arguments.add_argument(
        "--only", nargs="*", default=[], help=f"such as: cold warm; or {', '.join(ALONE)}"
    )
    asked, more = arguments.parse_known_args()
    only = asked.only
    if only and only[0] in ALONE:
        command = [sys.executable, "-m", ALONE[only[0]], *only[1:], *more]
        return subprocess.run(command, env=os.environ | {"PYTHONHASHSEED": "0"}).returncode
    started = time.monotonic()
    WORK.mkdir(parents=True, exist_ok=True)
    found = programs()
    settings_folder = found["portal"].paths[1]
    recorded = record(settings_folder)
    agency_file(settings_folder)
    templates(settings_folder)
    result: dict[str, Any] = json.loads(OUT.read_text()) if only and OUT.is_file() else {}
    result["package_bytes"] = sizes(found)
    parts: dict[str, Callable[[], dict[str, Any]]] = {
        "counts": lambda: counts.of_journey(recorded),
        "flow": lambda: flow(settings_folder),
        "feed": lambda: {"feed_paths": feed_paths.every(_child, str(settings_folder))},
        "cold": lambda: {"cold": timing.cold(found, recorded)},
        "cold_without_bytecode": lambda: {
            "cold_without_bytecode": timing.cold(
                programs(bytecode=False), recorded, rounds=9, more=False
            )
        },
        "warm": lambda: {"warm": timing.warm(found, recorded, counts.pages(recorded))},
        "machine": lambda: machine.counted(found, recorded),
        "local_aws": on_local_aws.measured,
        "memory": lambda: {"memory": memory.measured(found, functions(), recorded)},
    }
    for name, part in parts.items():
        if name in (only or parts.keys() - {"memory"}):
            print(f"bench: {name} ({time.monotonic() - started:.0f} s)", flush=True)
            result |= part()
            result.setdefault("measured", {})[name] = {
                "at": datetime.now(UTC).isoformat(timespec="seconds"),
                "commit": commit(),
                "load": round(os.getloadavg()[0], 1),
            }
            OUT.write_text(json.dumps(result, indent=2) + "\n", encoding="utf-8")
    if "feed" in result:
        result["throughput"] = throughput(result)
    if "instructions" in result:
        result["instructions_changed"] = instructions.compared(result["instructions"])
    OUT.write_text(json.dumps(result, indent=2) + "\n", encoding="utf-8")
    print(report.tables(result))
    if "memory" in only:
        ran = result["measured"]["memory"]
        print(memory_choice.tables(result["memory"], ran))
        print(memory_tables.tables(result["memory"]))
    charts.write(result, WORK)
    if not only:
        charts.write(result, ROOT / "docs" / "images")
        report.into(ROOT / "docs" / "performance.md", result)
    print(f"written to {OUT.relative_to(ROOT)} in {time.monotonic() - started:.0f} s")
    return 0


if __name__ == "__main__":
    sys.exit(main())

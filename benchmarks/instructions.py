"""Counts the bytecode instructions of the hot paths: a figure without noise, which CI can compare.

Counted are those of the domain package, its templates, Jinja and pynamodb, not those of the
imitation of AWS below. `benchmarks/baseline.json` holds what was last agreed to; a path that takes
5 % more is reported and fails nothing. `make instructions BASELINE=1` agrees to new figures.
"""

import json
import sys
import tempfile
from collections.abc import Callable, Mapping
from pathlib import Path
from types import CodeType
from typing import Any

from infra.cost.journey import NOW

BASELINE = Path(__file__).with_name("baseline.json")
TOOL = sys.monitoring.PROFILER_ID
OURS = ("/aviso/", "/aviso_compiled/", "/jinja2/", "/pynamodb/", "/markupsafe/")


def instructions(do: Callable[[], Any]) -> int:
    """Return how many instructions of ours one call executes, after one that warms up."""
    do()
    count, monitor = 0, sys.monitoring

    def each(code: CodeType, _offset: int) -> Any:
        nonlocal count
        if not any(part in code.co_filename for part in OURS):
            return monitor.DISABLE
        count += 1
        return None

    monitor.use_tool_id(TOOL, "aviso")
    monitor.register_callback(TOOL, monitor.events.INSTRUCTION, each)
    monitor.set_events(TOOL, monitor.events.INSTRUCTION)
    try:
        do()
    finally:
        monitor.set_events(TOOL, 0)
        monitor.register_callback(TOOL, monitor.events.INSTRUCTION, None)
        monitor.free_tool_id(TOOL)
        monitor.restart_events()
    return count


def hot() -> dict[str, int]:
    """Count the hot paths; must be called in an imitation, at its own time."""
    from aviso import planning, settings
    from aviso.owed import owed
    from aviso.portal import evenly
    from aviso.store import cases
    from tests.builders import NUMBER, a_case
    from tests.visitor import Visitor, store

    evenly.STEP = 0
    policy = settings.current()
    case = a_case().with_victim("v1", phone="", email="").with_suspect().with_arrest().case
    store(case)
    visitor = Visitor()
    visitor.verify(NUMBER, "munoz v1", "4/12/1985")
    return {
        "owed, one case": instructions(lambda: owed(case, [], policy, NOW)),
        "a case read": instructions(lambda: cases.read_case(NUMBER)),
        "a case planned again": instructions(lambda: planning.plan(NUMBER, policy, NOW)),
        "find page": instructions(lambda: visitor.get("/")),
        "status page": instructions(lambda: visitor.get("/status")),
    }


def compared(found: Mapping[str, int]) -> dict[str, float]:
    """Return each path's change against the baseline, as a share of it."""
    agreed = json.loads(BASELINE.read_text()) if BASELINE.is_file() else {}
    return {name: count / agreed[name] - 1 for name, count in found.items() if name in agreed}


def agree(found: Mapping[str, int]) -> None:
    """Make these figures the baseline."""
    BASELINE.write_text(json.dumps(found, indent=2) + "\n", encoding="utf-8")


def main() -> int:
    """Count, print what changed, and return 0: a slower path is a report and no failure."""
    import time_machine

    from benchmarks import report
    from infra.cost.journey import imitation
    from infra.local.build import ROOT

    sys.path[:0] = [str(ROOT / "infra/agency"), str(ROOT / "layers/aviso")]
    from compile import compile_agency

    with tempfile.TemporaryDirectory() as folder:
        compile_agency(ROOT / "infra/agency/sample.yaml", ROOT / "templates", Path(folder))
        with imitation(folder), time_machine.travel(NOW, tick=False):
            found = hot()
    if "--baseline" in sys.argv:
        agree(found)
    changed = compared(found)
    result = {"instructions": found, "instructions_changed": changed}
    print(report.tables(result))
    return 0


if __name__ == "__main__":
    sys.exit(main())

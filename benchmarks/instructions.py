"""Counts the bytecode instructions of the hot paths: a figure without noise, which CI can compare.

Counted are those of the domain package, its templates, Jinja and pynamodb, not those of the
imitation of AWS below. `benchmarks/baseline.json` holds what was last agreed to; a path that takes
5 % more is reported and fails nothing. `make bench ONLY="instructions --baseline"` agrees to new
figures.
"""

import json
import os
import sys
import tempfile
from collections.abc import Callable, Mapping
from datetime import timedelta
from functools import cache, partial
from importlib.util import find_spec
from pathlib import Path
from types import CodeType
from typing import Any

from infra.cost.journey import BUCKET, NOW, REGION

BASELINE = Path(__file__).with_name("baseline.json")
TOOL = sys.monitoring.PROFILER_ID
ROWS = 10
OURS = ("aviso", "aviso_compiled", "jinja2", "pynamodb", "markupsafe")


def folders() -> tuple[str, ...]:
    """Return where the counted packages are, as Python's own import finds them.

    Their names alone would not do: a clone is called `aviso` too, and all of .venv is inside it.

    Raises:
        RuntimeError: one of them cannot be imported, so that the figures would be too low.
    """
    found = []
    for name in OURS:
        spec = find_spec(name)
        if not spec or not spec.submodule_search_locations:
            raise RuntimeError(f"the package {name} cannot be counted: it is not found")
        found += [os.path.realpath(place) + os.sep for place in spec.submodule_search_locations]
    return tuple(found)


def instructions(do: Callable[[], Any], again: Callable[[], Any] | None = None) -> int:
    """Return how many instructions of ours one call executes, after one that warms up.

    Args:
        do: is called once to warm up.
        again: is called to be counted, where the same thing cannot be done twice.
    """
    do()
    count, monitor = 0, sys.monitoring
    ours = folders()

    @cache
    def is_ours(file: str) -> bool:
        return os.path.realpath(file).startswith(ours)

    def each(code: CodeType, _offset: int) -> Any:
        nonlocal count
        if not is_ours(code.co_filename):
            return monitor.DISABLE
        count += 1
        return None

    monitor.use_tool_id(TOOL, "aviso")
    monitor.register_callback(TOOL, monitor.events.INSTRUCTION, each)
    monitor.set_events(TOOL, monitor.events.INSTRUCTION)
    try:
        (again or do)()
    finally:
        monitor.set_events(TOOL, 0)
        monitor.register_callback(TOOL, monitor.events.INSTRUCTION, None)
        monitor.free_tool_id(TOOL)
        monitor.restart_events()
    return count


def hot() -> dict[str, int]:
    """Count the hot paths; must be called in an imitation, at its own time."""
    from aviso.domain.duties import owed
    from aviso.domain.settings import Settings
    from aviso.notices import planning
    from aviso.storage import cases
    from aviso.web import constant_time
    from infra.harness.builders import NUMBER, a_case, case_at
    from infra.harness.portal_browser import Visitor, store

    constant_time.STEP = 0
    policy = Settings.current()
    case = a_case().with_victim("v1", phone="", email="").with_suspect().with_arrest().case
    store(case)
    visitor = Visitor()

    def verify() -> None:
        if visitor.verify(NUMBER, "munoz v1", "4/12/1985").status != 303:
            raise RuntimeError("the counted visitor was not let in")

    return {
        "owed, one case": instructions(lambda: owed(case_at(case, policy))),
        "a case read": instructions(lambda: cases.read_case(NUMBER)),
        "a case planned again": instructions(lambda: planning.plan(NUMBER, policy, NOW)),
        "find page": instructions(lambda: visitor.get("/")),
        "verify": instructions(verify),
        "status page": instructions(lambda: visitor.get("/status")),
        f"a file of {ROWS} changed rows": instructions(*(_import(hour) for hour in (1, 2))),
        **_given(),
    }


def _import(hour: int) -> Callable[[], None]:
    """Return the import of a file whose rows have another status each hour."""
    import boto3

    from aviso.domain.settings import Settings
    from aviso.feed.file_names import Upload
    from aviso.feed.importer import import_object
    from infra.harness.feed_drop import Feed, a_case_row
    from infra.harness.feed_files import local

    feed = Feed.__new__(Feed)
    feed.settings = Settings.current()
    at = NOW + timedelta(hours=hour)
    key = f"incoming/cases_{at:%Y%m%d_%H%M%S}.csv"
    change = {"status": ("OPEN", "ASSN")[hour % 2], "row_time": local(at)}
    rows = [a_case_row(number=f"26112402{n:02}", **change) for n in range(ROWS)]
    body = feed.text("cases", rows).encode()
    boto3.client("s3", region_name=REGION).put_object(Bucket=BUCKET, Key=key, Body=body)

    upload = Upload(bucket=BUCKET, key=key)

    def do() -> None:
        done = import_object(upload, feed.settings, at, lambda: 900_000, lambda: None)
        if done["new"] + done["changed"] != ROWS:
            raise RuntimeError(f"the counted rows were imported otherwise: {done}")

    return do


def _given() -> dict[str, int]:
    """Count the giving of an arrest's notice, and the counting of it from the stream."""
    first, second = (planned(number) for number in ("2611240301", "2611240302"))
    before = [_image(notice) for notice in (first, second)]
    given = instructions(*(partial(send, notice) for notice in (first, second)))
    after = [_image(notice) for notice in (first, second)]
    records = [_record(*images) for images in zip(before, after, strict=True)]
    tallied = instructions(*(partial(_tally, record) for record in records))
    return {"a notice given": given, "a notice tallied": tallied}


def planned(number: str, email: str = "") -> str:
    """Plan an arrest of a case of one victim, and return the notice's id."""
    from aviso.domain.model import Case, Kind
    from aviso.domain.settings import Settings
    from aviso.notices import planning
    from aviso.storage import notices
    from infra.harness.builders import CaseBuilder
    from infra.harness.portal_browser import store

    built = CaseBuilder(Case(number=number)).with_report().with_suspect().with_arrest()
    store(built.with_victim("v1", phone=f"+1520555{number[-4:]}", email=email).case)
    planning.plan(number, Settings.current(), NOW)
    return next(n.id for n in notices.of_case(number) if n.kind is Kind.ARREST)


def send(notice: str) -> None:
    """Send a planned notice."""
    from aviso.domain.settings import Settings
    from aviso.notices import sending
    from infra.harness.builders import an_invocation

    invocation = an_invocation(Settings.current(), token=notice)
    outcome = sending.send(notice, invocation)
    if outcome != "sent":
        raise RuntimeError(f"the counted notice became {outcome}")


def _image(notice: str) -> Any:
    import boto3

    database = boto3.client("dynamodb", region_name=REGION)
    key = {"pk": {"S": notice}, "sk": {"S": "NOTICE"}}
    return database.get_item(TableName="Notices", Key=key)["Item"]


def _record(old: Any, new: Any) -> dict[str, Any]:
    """Return the stream's record of a change."""
    keys = {name: new[name] for name in ("pk", "sk")}
    return {
        "eventID": new["pk"]["S"],
        "eventSourceARN": "arn:aws:dynamodb:us-west-2:123456789012:table/Notices/stream/1",
        "dynamodb": {"Keys": keys, "OldImage": old, "NewImage": new},
    }


def _tally(record: Mapping[str, Any]) -> None:
    from aviso import reporting
    from aviso.domain.settings import Settings

    done = reporting.count_record(record, Settings.current())
    if set(done) != {"counted"}:
        raise RuntimeError(f"the counted change of a notice was tallied otherwise: {dict(done)}")


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
    from infra.compiler.compile import compile_agency
    from infra.cost.journey import imitation
    from infra.repository import ROOT

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

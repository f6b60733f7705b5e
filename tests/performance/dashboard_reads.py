"""`make bench ONLY=reads`: what a page of the dashboard reads, with few cases and with very many.

Cases, their notices and some answers are copies of one real row each, written in batches.
The real tally function counts every row from its stream record, and the real staff function answers
for the pages: all figures with their charts, the report, and the latest answers. Calls and
read units are counted at botocore's edge. Exit 1 unless the calls are the same.
"""

import argparse
import json
import sys
from collections.abc import Iterator, Mapping
from datetime import UTC, datetime, timedelta
from itertools import batched
from pathlib import Path
from typing import Any

import boto3

from infra.cost.metering import counted
from infra.cost.write_units import tables
from infra.harness.cloudformation import table_definitions
from infra.harness.in_process import REGION, Stage, stage
from infra.harness.staff_browser import StaffBrowser
from infra.repository import ROOT

DAYS = 30
SIZES = (1_000, 100_000)
NOW = datetime(2026, 6, 30, 19, tzinfo=UTC)
PUTS = 25  # of one BatchWriteItem
ANSWERED = 30  # one case in so many has an answer
A_ROUND = 2_000  # notices written before the streams follow
STAMPS = (
    *("burglary|West|en", "assault|South|es", "theft|Midtown|en", "robbery|East|es"),
    *("fraud|West|es", "vehicle_theft|South|en", "property_damage|East|en"),
)
CHART = '<figure id="chart-answers-'  # of a question's answers
OUT = ROOT / "build/reads.json"
TABLES = tables(table_definitions())


def main() -> int:
    """Fill, ask, print and write; return the exit code."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--cases", type=int, nargs="+", default=SIZES, help="how many, in turn")
    parser.add_argument("--out", type=Path, default=OUT)
    options = parser.parse_args()
    found = {str(cases): measured(cases) for cases in options.cases}
    calls = [{k: n for k, n in reads.items() if k.endswith("calls")} for reads in found.values()]
    same = all(one == calls[0] for one in calls)
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
    from infra.compiler.kept import folder_of

    folder = folder_of(ROOT / "infra/agency/sample.yaml", ROOT / "templates")
    with stage(str(folder), NOW, 1, 0.0) as on_stage:
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
    """Yield each case's row, a notice of it and perhaps an answer, over the days shown."""
    report, notice, answer = _first_rows(on_stage)
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
        if n % ANSWERED == 0:
            said = {"pk": {"S": f"survey-{n}"}, "case": {"S": number}, "victim": {"S": f"v{n}"}}
            when = {"answered_at": {"S": instant}, "changed_at": {"S": instant}}
            yield "Responses", answer | said | when


def _first_rows(on_stage: Stage) -> tuple[dict[str, Any], ...]:
    """Return a case's row, a delivered notice and an answer as the product writes them."""
    from aviso.domain.fact_keys import FactKey
    from aviso.domain.model import Kind, Report
    from aviso.domain.notice import Duty, State
    from aviso.domain.survey_response import SurveyResponse
    from aviso.storage import cases, notices, survey_responses
    from aviso.storage.notice_items import NewNotice

    number = "2606300001"
    report = Report(number=number, origin=number, offense="13-1507", export_time=NOW, digest="1")
    cases.write_row(number, report, None)
    duty = Duty(
        id="first",
        case=number,
        victim="v",
        kind=Kind.ARREST,
        fact=FactKey("arrest:a"),
        fact_at=NOW,
        first_seen=NOW,
        deadline=NOW,
    )
    new = NewNotice(duty=duty, state=State.PLANNED, due_at=NOW, created_at=NOW, stamp=STAMPS[0])
    notices.insert(new)
    planned = notices.read("first")
    assert planned is not None, "it was just written"
    notices.move(planned, State.DELIVERED, due_at=None, told_at=NOW, channel="sms", source="report")
    said = {"satisfaction": "4", "informed": "5", "still_called": "0", "rights": "0"}
    answer = SurveyResponse(
        survey="survey",
        case=number,
        victim="v",
        answers=said,
        asked_at=NOW,
        answered_at=NOW,
        changed_at=NOW,
        stamp=STAMPS[0],
    )
    survey_responses.write(answer, None)
    tables = on_stage.database.tables
    return tuple(
        dict(row)
        for table in ("Cases", "Notices", "Responses")
        for row in tables[table].items.values()
    )


def _read(cases: int) -> dict[str, float]:
    from aviso import reporting
    from aviso.domain.settings import Settings
    from aviso.domain.staff import Role
    from aviso.web.staff.survey_answers import LINES

    first, last = (NOW - timedelta(days=DAYS - 1)).date(), NOW.date()
    # Every case was counted: one notice each, and the one that the copies were made of.
    shown = reporting.read(first, last, Settings.current())
    assert shown.total("arrests_told") == cases + 1, "the counters do not hold every case"
    reader = StaffBrowser()
    reader.sign_in(Role.SUPERVISOR)
    address = f"figures?first={first}&last={last}"
    reader.get(address)  # what is read once a process
    found: dict[str, float] = {}
    with counted(TABLES) as units:
        page = reader.get(address)
    assert page.status == 200, "the dashboard does not answer"
    found |= _of("", units)
    assert CHART in page.body, "the page shows no chart of an answer"
    reader.get("report")
    with counted(TABLES) as units:
        page = reader.get("report")
    assert page.status == 200, "the report does not answer"
    assert 'class="headline"' in page.body, "the report shows no figure"
    found |= _of("report_", units)
    with counted(TABLES) as units:
        page = reader.get("answers")
    answers = len(range(0, cases, ANSWERED)) + 1  # and the one that the copies were made of
    assert page.body.count("<article>") == min(LINES, answers), "answers are missing"
    return found | _of("answers_", units)


def _of(name: str, units: Mapping[str, float]) -> dict[str, float]:
    return {
        f"{name}calls": units["dynamodb_calls"],
        f"{name}read_units": units["dynamodb_read_units"],
    }


if __name__ == "__main__":
    sys.exit(main())

"""From an arrest row in S3 to the hand-over of its text: where the time goes, over 200 cases.

    make bench ONLY=latency            build/latency.json, and a table: median and p99 of each step

The deployed template on local AWS, one arrest after the other, each in a file of its own as a
records system exports it. Every moment is what the product itself wrote down: the import's own
time in the arrest's `first_seen`, the planner's in the notice's `created_at`, the claim's in its
lease, the hand-over's in the attempt. The log lines that follow the two writes between show when
they were. Nothing is added to the product for it.

Local AWS polls its streams and keeps every function warm, so the figures show the work and not
AWS's own waiting; the first arrest, with its cold starts, is given apart.
"""

import argparse
import json
import sys
import time
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from pathlib import Path
from statistics import median, quantiles
from typing import Any

from boto3.dynamodb.types import TypeDeserializer

from infra.harness.feed_files import columns, export_text, local
from infra.local.drop_feed import release_brake, wait_for_import
from infra.local.ops_command import go_live
from infra.local.sam_build import BuildError
from infra.local.stack import LocalAws, StackError, wait_for
from infra.repository import ROOT

FIGURES = ROOT / "build" / "latency.json"
LEASE = timedelta(
    minutes=2
)  # as `aviso.notices.sending` has it: a claim's time is its lease less this
AREAS = (520, 602, 480, 623, 928)  # Arizona's: a hundred fictional numbers in each
BURGLARY = "13-1507"
# Each step by the moments at its two ends.
STEPS = {
    "S3 put to the import's start": ("put", "import"),
    "import to the Cases row": ("import", "case_row"),
    "Cases row to the planner's start": ("case_row", "plan"),
    "planner to the Notices row": ("plan", "notice_row"),
    "Notices row to the sender's claim": ("notice_row", "claim"),
    "claim to the text's hand-over": ("claim", "hand_over"),
    "from S3 to the hand-over": ("put", "hand_over"),
}
Moments = Mapping[str, datetime]


@dataclass(frozen=True, slots=True)
class Row:
    """One step's figures, in milliseconds."""

    step: str
    median: float
    p99: float


def measure(aws: LocalAws, cases: int) -> tuple[Moments, list[Moments]]:
    """Drop an arrest for each case, and return the first one's moments and all others'.

    Args:
        aws: local AWS with the template deployed, nothing else going on.
        cases: how many, beside the first.
    """
    go_live(aws)
    now = datetime.now(UTC)
    numbers = [f"26{now:%m%d}{n:04d}" for n in range(cases + 1)]
    load(aws, numbers, now)
    puts: dict[str, datetime] = {}
    for n, number in enumerate(numbers):
        arrested = local(datetime.now(UTC) - timedelta(minutes=20))
        row = {"INCIDENT_NUM": number, "ARREST_NUM": f"A{n}", "NAME_ID": f"S{n}"}
        row |= {"ARREST_DT": arrested, "LAST_UPD": arrested}
        body = file("arrests", [row])
        puts[number] = datetime.now(UTC)
        put(aws, f"arrests_{n:04d}.csv", body)
        phone = _phone(n)
        wait_for(
            lambda phone=phone: any(t.phone == phone for t in aws.sent_texts()),  # type: ignore[misc]
            60,
            "the text about an arrest",
        )
        aws.clear_sent()
    aws.wait_until_quiet()
    first, *others = _moments(aws, puts)
    return first, others


def figures(moments: Sequence[Moments]) -> list[Row]:
    """Return each step's median and 99th percentile."""
    found = []
    for step, (start, end) in STEPS.items():
        took = [(m[end] - m[start]).total_seconds() * 1000 for m in moments]
        found.append(Row(step, median(took), quantiles(took, n=100, method="inclusive")[98]))
    return found


def load(aws: LocalAws, numbers: Sequence[str], now: datetime) -> None:
    """Bring cases with a victim and a suspect each; reported before go-live, they owe nothing."""
    release_brake(aws)
    long_ago, recent = local(now - timedelta(days=700)), local(now - timedelta(hours=2))
    cases = [
        {"INCIDENT_NUM": number, "OFFENSE_CD": BURGLARY, "CASE_STATUS": "OPEN"}
        | {"RPT_DT": long_ago, "LAST_UPD": recent}
        for number in numbers
    ]
    people = []
    for n, number in enumerate(numbers):
        case = {"INCIDENT_NUM": number, "LAST_UPD": recent}
        victim = {"NAME_ID": f"V{n}", "INVL_TYPE": "VIC", "FIRST_NM": "Ana", "LAST_NM": f"Luna{n}"}
        contact = {"DOB": "04/12/1985", "PHONE": _phone(n), "EMAIL": f"v{n}@example.com"}
        suspect = {"NAME_ID": f"S{n}", "INVL_TYPE": "SUS", "FIRST_NM": "Sam", "LAST_NM": f"Poe{n}"}
        people += [case | victim | contact, case | suspect | {"DOB": "01/02/1979"}]
    for name, rows in (("cases.csv", cases), ("people.csv", people)):
        at = datetime.now(UTC)
        wait_for_import(aws, put(aws, name, file(name.removesuffix(".csv"), rows)), at)
    aws.wait_until_quiet(at_most=600)
    aws.clear_sent()


def file(kind: str, rows: Iterable[Mapping[str, str]]) -> bytes:
    """Return a file of the feed as the sample agency's records system writes it."""
    return export_text(columns(kind), rows).encode()


def put(aws: LocalAws, name: str, body: bytes) -> str:
    """Drop a file into the feed, and return its key."""
    key = f"incoming/{name}"
    aws.client("s3").put_object(Bucket=aws.outputs["FeedBucket"], Key=key, Body=body)
    return key


def _phone(n: int) -> str:
    return f"+1{AREAS[n // 100]}55501{n % 100:02d}"


def _moments(aws: LocalAws, puts: Mapping[str, datetime]) -> list[Moments]:
    """Return, for each case, when each step was begun or done."""
    wrote, entered = _logged(aws.log_lines())
    found: list[Moments] = []
    arrests = {item["pk"]: item for item in _scan(aws, "CasesTable", "ARREST#")}
    notices = [n for n in _scan(aws, "NoticesTable", "NOTICE") if n["kind"] == "arrest"]
    by_case = {notice["case"]: notice for notice in notices}
    texts = {
        attempt["pk"]: attempt["at"]
        for attempt in _scan(aws, "NoticesTable", "ATTEMPT#")
        if attempt["channel"] == "sms"
    }
    for number, put in puts.items():
        arrest, notice = arrests[f"CASE#{number}"], by_case[number]
        found.append(
            {
                "put": put,
                "import": _instant(min(arrest["first_seen"].values())),
                "case_row": wrote[arrest["digest"][:12]],
                "plan": _instant(notice["created_at"]),
                "notice_row": entered[notice["pk"]],
                "claim": _instant(notice["lease_until"]) - LEASE,
                "hand_over": _instant(texts[notice["pk"]]),
            }
        )
    return found


def _logged(lines: Iterable[str]) -> tuple[dict[str, datetime], dict[str, datetime]]:
    """Return when each row of the feed was said to be written, and each notice to be entered."""
    wrote: dict[str, datetime] = {}
    entered: dict[str, datetime] = {}
    for line in lines:
        if '"rows"' not in line and '"entered"' not in line:
            continue
        entry = json.loads(line)
        at = datetime.fromisoformat(entry["timestamp"])
        wrote |= dict.fromkeys(entry.get("rows", ()), at)
        entered |= dict.fromkeys(entry.get("notices", ()), at)
    return wrote, entered


def _scan(aws: LocalAws, output: str, sk: str) -> list[dict[str, Any]]:
    """Return a table's items whose sort key begins so, as plain values."""
    plain = TypeDeserializer().deserialize
    pages = aws.client("dynamodb").get_paginator("scan").paginate(TableName=aws.outputs[output])
    items = [{k: plain(v) for k, v in item.items()} for page in pages for item in page["Items"]]
    return [item for item in items if item["sk"].startswith(sk)]


def _instant(text: str) -> datetime:
    return datetime.fromisoformat(text)


def table(rows: Iterable[Row]) -> str:
    """Return the figures as lines for a person."""
    lines = [f"{'':36}{'median':>10}{'p99':>10}   (milliseconds)"]
    lines += [f"{row.step:36}{row.median:10.0f}{row.p99:10.0f}" for row in rows]
    return "\n".join(lines)


def run(cases: int, out: Path = FIGURES) -> list[Row]:
    """Measure on a stack of its own, write the figures, and return them."""
    started = time.monotonic()
    with LocalAws() as aws:
        aws.deploy()
        first, others = measure(aws, cases)
    rows = figures(others)
    cold = (first["hand_over"] - first["put"]).total_seconds() * 1000
    found = {
        "cases": len(others),
        "milliseconds": {r.step: {"median": round(r.median), "p99": round(r.p99)} for r in rows},
        "first_with_cold_starts": round(cold),
        "seconds": round(time.monotonic() - started),
    }
    out.parent.mkdir(exist_ok=True)
    out.write_text(json.dumps(found, indent=2) + "\n", encoding="utf-8")
    return rows


def main() -> int:
    """Measure and print; return the exit code."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--cases", type=int, default=200)
    cases = parser.parse_args().cases
    print(f"latency: {cases} arrests, one after the other, on local AWS ...", flush=True)
    print(table(run(cases)))
    print(f"latency: all of it in {FIGURES.relative_to(ROOT)}")
    return 0


if __name__ == "__main__":
    try:
        sys.exit(main())
    except (StackError, BuildError) as error:
        sys.exit(f"latency: {error}")

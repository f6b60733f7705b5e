"""The deployed template on local AWS: how much it does a second, and how long one notice takes.

These figures measure the imitation of AWS as much as Aviso: they show that nothing in between
waits or repeats, and what a change does to the whole. `make bench ONLY=latency` takes more arrests.
"""

import time
import urllib.request
from datetime import UTC, datetime, timedelta
from typing import Any

from benchmarks import latency
from infra.harness.feed_files import local
from infra.local.drop_feed import wait_for_import
from infra.local.stack import LocalAws, wait_for

ARRESTS, ROWS = 30, 300
PAGES = 90  # in one go no more than the template's throttle lets through (a burst of 100)


def measured() -> dict[str, Any]:
    """Deploy, and return `latency` by step in milliseconds and `local_aws` in units a second."""
    with LocalAws() as aws:
        aws.deploy()
        first, others = latency.measure(aws, ARRESTS)
        cold = (first["hand_over"] - first["put"]).total_seconds() * 1000
        speed = {
            "first_pages_per_s": _pages(aws),
            "feed_rows_per_s": _rows(aws),
            "notices_per_s": _notices(aws),
        }
    steps = {row.step: [round(row.median), round(row.p99)] for row in latency.figures(others)}
    return {
        "latency": {"arrests": len(others), "steps_ms": steps, "first_ms": round(cold)},
        "local_aws": speed,
    }


def _pages(aws: LocalAws) -> float:
    started = time.perf_counter()
    for _ in range(PAGES):
        with urllib.request.urlopen(f"{aws.portal_url}/", timeout=30) as answer:  # noqa: S310
            answer.read()
    return round(PAGES / (time.perf_counter() - started), 1)


def _rows(aws: LocalAws) -> float:
    """Import reports that are new; the import alone, without what follows from it."""
    now = datetime.now(UTC)
    at = local(now - timedelta(days=700))
    rows = [
        {"INCIDENT_NUM": f"26{now:%m%d}{n:04d}", "OFFENSE_CD": latency.BURGLARY}
        | {"CASE_STATUS": "OPEN", "RPT_DT": at, "LAST_UPD": local(now)}
        for n in range(5000, 5000 + ROWS)
    ]
    body = latency.file("cases", rows)
    started = time.perf_counter()
    wait_for_import(aws, latency.put(aws, "cases.csv", body), now)
    took = time.perf_counter() - started
    aws.wait_until_quiet(at_most=600)
    return round(ROWS / took, 1)


def _notices(aws: LocalAws) -> float:
    """Arrest everybody in one file, and wait for the last text."""
    now = datetime.now(UTC)
    numbers = [f"26{now:%m%d}{n:04d}" for n in range(6000, 6000 + ARRESTS)]
    latency.load(aws, numbers, now)
    arrested = local(now - timedelta(minutes=20))
    rows = [
        {"INCIDENT_NUM": number, "ARREST_NUM": f"B{n}", "NAME_ID": f"S{n}"}
        | {"ARREST_DT": arrested, "LAST_UPD": arrested}
        for n, number in enumerate(numbers)
    ]
    body = latency.file("arrests", rows)
    started = time.perf_counter()
    latency.put(aws, "arrests_9999.csv", body)
    wait_for(lambda: len(aws.sent_texts()) >= ARRESTS, 120, "everybody's text")
    return round(ARRESTS / (time.perf_counter() - started), 1)

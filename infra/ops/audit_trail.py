"""`make trail DAY=2026-11-24`: compare a day's or a range's audit trail with its locked copy.

    make trail DAY=2026-11-01..2026-11-24

Acts on the stack that AGENCY, STACK or REGION names, or else on the portal of `make run`, as
`make held` does. Prints the keys of rows and none of their content.
"""

import argparse
from datetime import UTC, date, datetime, timedelta
from pathlib import Path

from aviso.compliance import audit_check
from infra.deploy.retained_audit import report
from infra.ops.connection import SAMPLE, connect

NEEDED = {"AuditBucket", "AuditDays"}  # outputs of the stack


def days_of(asked: str, today: date) -> list[date]:
    """Return the days that were asked for: one, a range with both ends, or today.

    Raises:
        ValueError: when it is not a day, or a range that ends before it begins.
    """
    first, _, last = asked.partition("..")
    begins = date.fromisoformat(first) if first else today
    ends = date.fromisoformat(last) if last else begins
    if ends < begins:
        raise ValueError("the range ends before it begins")
    return [begins + timedelta(days=n) for n in range((ends - begins).days + 1)]


def main() -> int:
    """Compare; return the exit code."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("days", help="days in UTC: 2026-11-24, 2026-11-01..2026-11-24; or empty")
    parser.add_argument("--agency", type=Path, default=SAMPLE)
    asked = parser.parse_args()
    try:
        days = days_of(asked.days, datetime.now(UTC).date())
    except ValueError:
        parser.error("say which days: make trail DAY=2026-11-24, or DAY=2026-11-01..2026-11-24")
    outputs = connect(asked.agency)
    if NEEDED - outputs.keys():
        raise SystemExit("trail: this stack's release keeps no locked copy yet; make deploy")
    bucket, keep_days, differing = outputs["AuditBucket"], int(outputs["AuditDays"]), 0
    for day in days:
        found = audit_check.of_day(bucket, day, keep_days, datetime.now(UTC))
        differing += found.differing
        for line in report(day, found):
            print(line, flush=True)
    print(f"trail: {differing:,} differences")
    return 1 if differing else 0

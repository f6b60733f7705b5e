"""Compare a day's or a range's audit trail with its locked copy.

It prints the keys of rows and none of their content.
"""

from datetime import UTC, date, datetime, timedelta
from pathlib import Path

from aviso.compliance import audit_check
from infra.deploy.retained_audit import report
from infra.ops import connection

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


def run(agency: Path, asked: str) -> int:
    """Compare and print; return how many rows differ, at most 1.

    Raises:
        ValueError: when it is not a day or a range.
    """
    days = days_of(asked, datetime.now(UTC).date())
    outputs = connection.connect(agency)
    if NEEDED - outputs.keys():
        raise SystemExit("audit: this stack's release keeps no locked copy yet; deploy again")
    bucket, keep_days, differing = outputs["AuditBucket"], int(outputs["AuditDays"]), 0
    for day in days:
        found = audit_check.of_day(bucket, day, keep_days, datetime.now(UTC))
        differing += found.differing
        for line in report(day, found):
            print(line, flush=True)
    print(f"audit: {differing:,} differences")
    return min(differing, 1)

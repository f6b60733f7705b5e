"""`make bench ONLY=wire`: the table call x region x FIPS, and the reason for each difference."""

import sys
from collections.abc import Sequence

from tests.wire.compare import REASONS, Row, compared
from tests.wire.other_calls import Address, addresses


def table(rows: Sequence[Row | Address]) -> str:
    """Return the verdicts as a table in Markdown, a line for each call."""
    places = list(dict.fromkeys((row.region, row.fips) for row in rows))
    names = [f"{region}, FIPS" if fips else region for region, fips in places]
    lines = [f"| call | {' | '.join(names)} |", "| --- " * (len(names) + 1) + "|"]
    for call in dict.fromkeys(row.call for row in rows):
        verdicts = [row.verdict for row in rows if row.call == call]
        lines.append(f"| {call} | {' | '.join(verdicts)} |")
    return "\n".join(lines)


def main() -> int:
    """Print the table; return 1 when a difference has no reason."""
    rows = compared()
    print(table(rows))
    print("\nThe user agent is the product's own everywhere; it is not signed.")
    seen = {row.verdict for row in rows}
    for verdict, reason in REASONS.items():
        if verdict in seen:
            print(f"{verdict}: {reason}.")
    faults = sum(row.verdict not in ("identical", *REASONS) for row in rows)
    print(f"\n{len(rows)} requests, {faults} of them different without a reason")
    others = addresses()
    print("\nCalls to AWS that are not botocore's, and where they go:\n")
    print(table(others))
    astray = sum(address.verdict != "as documented" for address in others)
    print(f"\n{len(others)} addresses, {astray} of them not the documented one")
    return bool(faults or astray)


if __name__ == "__main__":
    sys.exit(main())

"""`make drill`: restore every table to a copy, compare, delete the copy, print the time it took.

Acts on the stack that AGENCY, STACK or REGION names, or else on the portal of `make run` (see
`infra.ops.connection`). It changes nothing of the stack's own.
"""

import argparse
import sys
from pathlib import Path

import boto3

from infra.ops.connection import SAMPLE, connect
from infra.ops.restore_drill import drill


def main() -> int:
    """Drill; return the exit code."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--agency", type=Path, default=SAMPLE, help="the deployed settings")
    outputs = connect(parser.parse_args().agency)
    tables = sorted(value for name, value in outputs.items() if name.endswith("Table"))
    for table in tables:
        print(f"drill: {drill(boto3.client, table)}", flush=True)  # type: ignore[arg-type]
    print("drill: the copies are deleted; write down who did this, when, and how long it took")
    return 0


if __name__ == "__main__":
    sys.exit(main())

"""`make drill`: restore every table beside itself, compare, delete the copy, say how long it took.

Speaks to the portal that `make run` keeps up; when none is up, to the AWS account of the usual
AWS variables, where the stack is called STACK (default: aviso). Changes nothing of the stack's own.
"""

import sys

import boto3

from infra.drill.restore import drill
from infra.local.operate import connect


def main() -> int:
    """Drill; return the exit code."""
    outputs = connect()
    tables = sorted(value for name, value in outputs.items() if name.endswith("Table"))
    for table in tables:
        print(f"drill: {drill(boto3.client, table)}", flush=True)  # type: ignore[arg-type]
    print("drill: the copies are deleted; write down who did this, when, and how long it took")
    return 0


if __name__ == "__main__":
    sys.exit(main())

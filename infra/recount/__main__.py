"""`make recount`: print every counter that its rows do not bear out; exit 1 unless there is none.

Speaks to the portal that `make run` keeps up; when none is up, to the AWS account of the usual
AWS variables, where the stack is called STACK (default: aviso).
"""

import sys

from infra.local.operate import connect


def main() -> int:
    """Compare and print; return the exit code."""
    connect()
    # The tables' names are known now: what reads them is imported after.
    from aviso import settings
    from infra.recount.recount import recount

    differences = recount(settings.current())
    for d in differences:
        print(f"{d.day}  {d.metric:24} {d.cut:24} counted {d.counted:6}  rows say {d.recounted:6}")
    print(f"recount: {len(differences)} differences")
    return 1 if differences else 0


if __name__ == "__main__":
    sys.exit(main())

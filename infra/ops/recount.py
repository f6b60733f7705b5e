"""`make recount`: print every counter that differs from its rows; exit 1 if there is one.

Acts on the stack that AGENCY, STACK or REGION names, or else on the portal of `make run` (see
`infra.ops.connection`).
"""

import argparse
from pathlib import Path

from aviso.domain import settings
from infra.compiler.compile import load
from infra.ops.connection import SAMPLE, connect
from infra.ops.counter_differences import differences
from infra.ops.rebuild_counters import NotEmptyError, rebuild
from infra.repository import ROOT


def main() -> int:
    """Compare and print; return the exit code."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--agency", type=Path, default=SAMPLE, help="the deployed settings")
    parser.add_argument("--rebuild", action="store_true", help="first fill an empty table")
    asked = parser.parse_args()
    connect(asked.agency, own_settings=True)
    agency = settings.build(load(ROOT / asked.agency))
    if asked.rebuild:
        try:
            print(f"recount: rebuilt, {rebuild(agency)['counted']} counts")
        except NotEmptyError as error:
            print(f"recount: {error}; empty or restore it first")
            return 1
    found = differences(agency)
    for d in found:
        print(f"{d.day}  {d.metric:24} {d.cut:24} counted {d.counted:6}, again {d.recounted:6}")
    print(f"recount: {len(found)} differences")
    return 1 if found else 0

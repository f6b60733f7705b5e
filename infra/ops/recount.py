"""Print every counter that differs from its rows."""

import json
from dataclasses import asdict
from pathlib import Path

from aviso.domain import settings
from infra.compiler.compile import load
from infra.ops import connection
from infra.ops.counter_differences import differences
from infra.ops.rebuild_counters import NotEmptyError, rebuild


def run(agency_file: Path, *, rebuild_first: bool, as_json: bool) -> int:
    """Compare and print; return 1 if a counter differs."""
    connection.connect(agency_file, own_settings=True)
    agency = settings.build(load(agency_file))
    if rebuild_first:
        try:
            print(f"recount: rebuilt, {rebuild(agency)['counted']} counts")
        except NotEmptyError as error:
            print(f"recount: {error}; empty or restore it first")
            return 1
    found = differences(agency)
    if as_json:
        print(json.dumps([asdict(d) for d in found], default=str, indent=2))
        return 1 if found else 0
    for d in found:
        print(f"{d.day}  {d.metric:24} {d.cut:24} counted {d.counted:6}, again {d.recounted:6}")
    print(f"recount: {len(found)} differences")
    return 1 if found else 0

"""Say what one feed file would do before it is dropped; sends nothing, and speaks to no AWS.

    python -m infra.replay.feed_check --file people.csv --settings police.yaml

The exit status is 1 when the file would be refused or a row of it would be rejected.
"""

import argparse
import sys
from datetime import UTC, datetime
from pathlib import Path

from jinja2 import FileSystemLoader

from aviso.content.templates import build_environment
from infra.compiler.compile import SettingsMistakes
from infra.message_checks.samples import PORTAL, prepare
from infra.replay.check_report import report
from infra.replay.dry_run import Rehearsal
from infra.replay.file_check import check
from infra.repository import ROOT

NOTE = """\
Nothing was sent. Aviso's tables were not read: BASE alone says what came before this file. Arrests
that full files lack, and rows that contradict others, are found only by the import."""
USAGE = "make feed-check FILE=<file> SETTINGS=<yaml> (BASE=<folder of earlier exports>) (NAMES=1)"


def main() -> int:
    """Read the command line; return the exit status."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--file", required=True, type=Path, help="the file to check")
    parser.add_argument("--settings", required=True, type=Path, help="the agency's settings")
    parser.add_argument("--base", type=Path, help="folder of earlier exports")
    parser.add_argument("--names", action="store_true", help="list who would be told")
    asked = parser.parse_args()
    for path in (asked.file, asked.settings):
        if not path.is_file():
            parser.error(f"'{path}' is not a file: {USAGE}")
    if asked.base and not asked.base.is_dir():
        parser.error(f"'{asked.base}' is not a folder: {USAGE}")
    try:
        settings = prepare(asked.settings, ROOT / "templates")
    except SettingsMistakes as refused:
        print(refused, file=sys.stderr)
        return 1
    environment = build_environment(FileSystemLoader(ROOT / "templates"))
    played = Rehearsal(settings, environment, PORTAL)
    found = check(asked.file, played, datetime.now(UTC), asked.base)
    print("\n".join(report(found, settings, names=asked.names)))
    print(f"\n{NOTE}")
    return 1 if found.lost else 0


if __name__ == "__main__":
    sys.exit(main())

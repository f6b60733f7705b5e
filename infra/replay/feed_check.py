"""Say what one feed file would do before it is dropped; sends nothing, and speaks to no AWS."""

from datetime import UTC, datetime
from pathlib import Path

from aviso.content import templates
from infra.message_checks.samples import PORTAL, prepare
from infra.replay.check_report import report
from infra.replay.dry_run import Rehearsal
from infra.replay.file_check import check
from infra.repository import ROOT

NOTE = """\
Nothing was sent. Aviso's tables were not read: --base alone says what came before this file.
Arrests that full files lack, and rows that contradict others, are found only by the import."""


def run(file: Path, agency: Path, base: Path | None, *, names: bool) -> int:
    """Print the report; return 1 when the file would be refused or a row of it rejected."""
    settings = prepare(agency, ROOT / "templates")
    found = check(
        file, Rehearsal(settings, templates.environment(), PORTAL), datetime.now(UTC), base
    )
    print("\n".join(report(found, settings, names=names)))
    print(f"\n{NOTE}")
    return 1 if found.lost else 0

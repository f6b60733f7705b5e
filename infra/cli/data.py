"""`aviso data`: what is stored, compared and brought back."""

from datetime import datetime
from pathlib import Path

import click

from infra.cli.common import MOMENT, Commands, as_json, by, examples, on_stack


@click.group(cls=Commands, epilog=examples("data recount --agency police.yaml"))
def data() -> None:
    """Recount, audit, redrive, restore; the yearly drill."""


@data.command(epilog=examples("data recount", "data recount --rebuild"))
@click.option("--rebuild", is_flag=True, help="First fill an empty table.")
@as_json
@on_stack
def recount(agency: Path, *, rebuild: bool, as_json: bool) -> int:
    """Compare each counter with the rows it counts."""
    from infra.ops import recount

    return recount.run(agency, rebuild_first=rebuild, as_json=as_json)


@data.command(epilog=examples("data audit", "data audit 2026-11-01..2026-11-24"))
@click.argument("days", default="")
@on_stack
def audit(agency: Path, days: str) -> int:
    """Compare the audit trail with its locked copy, by days."""
    from infra.ops import audit_trail

    try:
        return audit_trail.run(agency, days)
    except ValueError:
        raise click.BadParameter("say 2026-11-24, or 2026-11-01..2026-11-24") from None


@data.command(epilog=examples("data redrive", "data redrive --done 2026-11-24T08:30Z"))
@click.option("--done", type=MOMENT, help="When recount and audit began (runbook, DeadLetters).")
@on_stack
def redrive(agency: Path, done: datetime | None) -> int:
    """Process the dead-letter queue, once the cause is fixed."""
    from infra.ops import redrive

    return redrive.run(agency, done)


@data.command(
    epilog=examples("data restore --at 2026-11-24T08:30Z --tables Notices,Cases --by 'Ana Ruiz'")
)
@click.option("--at", type=MOMENT, required=True, help="The last moment before the loss.")
@click.option("--tables", default="", help="These tables, with commas between them; else all.")
@by
@on_stack
def restore(agency: Path, at: datetime, tables: str, by: str) -> None:
    """Restore lost rows from a point in time."""
    from infra.ops import restore

    restore.run(agency, at, tables, by)


@data.command(epilog=examples("data drill --agency police.yaml"))
@on_stack
def drill(agency: Path) -> None:
    """Restore every table to a new one, compare, delete it."""
    from infra.ops import restore_drill

    restore_drill.run(agency)

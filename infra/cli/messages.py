"""What is sent, and what stops it: held notices, letters, switches, the maintenance page."""

from pathlib import Path
from typing import Any

import click

from infra.cli.common import FOLDER, ON_OFF, OUT, Commands, acting, as_json, examples, on_stack
from infra.repository import ROOT


@click.command(epilog=examples("held", "held --agency police.yaml --json"))
@as_json
@on_stack
def held(agency: Path, *, as_json: bool) -> None:
    """List the held notices with their reasons."""
    from infra.ops import connection, staff

    connection.connect(agency)
    staff.list_held(as_json=as_json)


@click.command(epilog=examples("release 5f0c2a --reason no_safe_contact --by 'Ana Ruiz'"))
@click.argument("notice")
@click.option("--reason", default="", help="The reason that 'held' shows, which you overrule.")
@click.option("--home-is-safe", is_flag=True, help="You checked that a letter may go to the home.")
@acting
def release(_: object, actor: Any, notice: str, reason: str, *, home_is_safe: bool) -> None:
    """Send a held notice after all."""
    from infra.ops import staff

    staff.release(notice, reason, actor, home_checked=home_is_safe)


@click.command(
    epilog=examples("switch", "switch --kill on", "switch --trial on --guests ana@example.org")
)
@click.option("--kill", type=ON_OFF, help="Whether nothing at all is sent.")
@click.option("--trial", type=ON_OFF, help="Whether only guests get messages.")
@click.option("--guests", default="", help="Phones and emails, with commas between them.")
@click.option("--brake", type=click.Choice(["release"]), help="End the pause.")
@as_json
@acting
def switch(_: object, actor: Any, **named: Any) -> None:
    """Show or set the switches that stop messages."""
    from infra.ops import staff

    staff.switch(actor=actor, **named)


@click.command(epilog=examples("maintenance", "maintenance on", "maintenance off"))
@click.argument("on", type=ON_OFF, required=False)
@acting
def maintenance(outputs: dict[str, str], actor: Any, on: str | None) -> None:
    """Show or set the portal's maintenance page."""
    from infra.ops import staff

    staff.maintenance(outputs["PortalApi"], on, actor)


@click.command(epilog=examples("preview", "preview --templates our-templates"))
@click.option("--templates", type=FOLDER, default=ROOT / "templates", help="Another folder.")
@on_stack
def preview(agency: Path, templates: Path) -> None:
    """Write every message to build/preview."""
    from infra.message_checks.preview import write

    write(agency, templates)


@click.group(cls=Commands, epilog=examples("letters print --out letters"))
def letters() -> None:
    """Print the queued letters, record what became of them."""


@letters.command("print", epilog=examples("letters print", "letters print --out letters"))
@click.option("--run", default="", help="Print this run again.")
@click.option("--out", type=OUT, help="Folder to download the files to.")
@acting
def print_letters(outputs: dict[str, str], actor: Any, run: str, out: Path | None) -> None:
    """Print the queued letters into one PDF."""
    from infra.ops import letters

    letters.print_letters(outputs, run, out, actor)


@letters.command(epilog=examples("letters mailed 2026-11-24T08-00"))
@click.argument("run")
@acting
def mailed(_: object, actor: Any, run: str) -> None:
    """Mark the letters of a run as mailed."""
    from infra.ops import letters

    letters.mailed(run, actor)


@letters.command(epilog=examples("letters returned 5f0c2a"))
@click.argument("notice")
@acting
def returned(_: object, actor: Any, notice: str) -> None:
    """Mark a letter, by its notice, as returned by the post office."""
    from infra.ops import letters

    letters.returned(notice, actor)

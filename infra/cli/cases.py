"""`aviso case`: one case, and rights over one victim's data."""

from pathlib import Path
from typing import Any

import click

from infra.cli.common import OUT, Commands, acting_as_deployed, acting_by_name, examples
from infra.repository import ROOT


@click.group(cls=Commands, epilog=examples("case export 2600012345 v1 --by 'Ana Ruiz'"))
def case() -> None:
    """Export or erase a victim's data, hold a case, print a card."""


def _normal(_: click.Context, __: click.Parameter, typed: str) -> str:
    from aviso.domain.text import normal_number

    if number := normal_number(typed):
        return number
    raise click.BadParameter(f"'{typed}' is not a case number.")


number = click.argument("number", callback=_normal)


@case.command(epilog=examples("case card 2600012345", "case card 2600012345 --victim v1"))
@number
@click.option("--victim", default="", help="The victim's id, when the case has several.")
@click.option("--out", type=OUT, default=ROOT / "build/card.pdf", help="The file to write.")
@acting_as_deployed
def card(outputs: dict[str, str], actor: Any, number: str, victim: str, out: Path) -> None:
    """Print a card with a code, for the victim alone."""
    from infra.ops import code_card

    code_card.sign_as(outputs["PortalFunction"])
    click.echo(code_card.make(number, victim, out, outputs["PortalUrl"], actor))


@case.command(epilog=examples("case scene-cards --sheets 20 --by 'Ana Ruiz'"))
@click.option("--sheets", type=click.IntRange(1, 500), default=2, help="Of eight cards each.")
@click.option("--out", type=OUT, default=ROOT / "build/cards.pdf", help="The file to write.")
@acting_as_deployed
def scene_cards(outputs: dict[str, str], actor: Any, sheets: int, out: Path) -> None:
    """Print cards for officers, of no case."""
    from aviso.staff import scene_cards
    from infra.ops import code_card

    code_card.sign_as(outputs["PortalFunction"])
    out.parent.mkdir(parents=True, exist_ok=True)
    out.write_bytes(scene_cards.sheets(sheets, outputs["PortalUrl"], actor))
    click.echo(f"{out.name}: {sheets} sheets")


@case.command(epilog=examples("case hold 2600012345 --by 'Ana Ruiz'"))
@number
@click.option("--end", is_flag=True, help="End the hold.")
@acting_by_name
def hold(_: object, actor: Any, number: str, *, end: bool) -> None:
    """Put a case under a legal hold, or end it."""
    from infra.ops import victim_data

    victim_data.hold(number, actor, held=not end)


@case.command(epilog=examples("case export 2600012345 v1 --by 'Ana Ruiz' --out v1.json"))
@number
@click.argument("victim")
@click.option("--out", type=OUT, help="The file to write, which only you may read.")
@acting_by_name
def export(_: object, actor: Any, number: str, victim: str, out: Path | None) -> None:
    """Write all data about a victim."""
    from infra.ops import victim_data

    victim_data.export(number, victim, actor, out)


@case.command(epilog=examples("case erase 2600012345 v1 --by 'Ana Ruiz'"))
@number
@click.argument("victim")
@click.confirmation_option(prompt="This erases the victim's personal data for good. Go on?")
@acting_by_name
def erase(_: object, actor: Any, number: str, victim: str) -> None:
    """Erase a victim's personal data from a case."""
    from infra.ops import victim_data

    victim_data.erase(number, victim, actor)

"""Words that somebody vouches for: the sheets of two translators, out and in."""

from collections.abc import Sequence
from datetime import UTC, datetime
from pathlib import Path
from typing import TYPE_CHECKING

import click

from infra.cli.common import FILE, OUT, Commands, by_name, examples
from infra.repository import ROOT, SAMPLE

if TYPE_CHECKING:
    from infra.compiler.approvals import Texts
    from infra.message_checks.sheets import Row

whose = click.option("--agency", type=FILE, default=SAMPLE, envvar="AGENCY", help="The settings.")
out = click.option("--out", type=OUT, required=True, help="The CSV to write.")
language = click.argument("language")


def _places(agency: Path) -> Sequence[Path]:
    from infra.compiler.compile import load, places

    return places(ROOT / "templates", load(agency))


def _texts(places: Sequence[Path], language: str) -> "Texts":
    from infra.compiler import approvals

    if found := approvals.translated(places, [language]).get(language):
        return found
    raise click.ClickException(f"There are no translated texts in {language}.")


def _rows(file: Path, columns: Sequence[str]) -> "list[Row]":
    from infra.message_checks import sheets

    try:
        return sheets.load(file, columns)
    except sheets.SheetError as error:
        raise click.ClickException(str(error)) from None


@click.group(cls=Commands, epilog=examples("texts sheet es --out es.csv"))
def texts() -> None:
    """Have translators read a language's texts, and record who did."""


@texts.command(epilog=examples("texts sheet es --out es.csv"))
@language
@out
@whose
def sheet(language: str, agency: Path, out: Path) -> None:
    """Write a translator's work sheet: the English beside the translation."""
    from infra.compiler import approvals
    from infra.message_checks import sheets

    known = _texts(_places(agency), language)
    sheets.save(out, sheets.work(known), sheets.WORK)
    for line in approvals.sentences({language: known}):
        click.echo(line)


@texts.command(epilog=examples("texts take es people.csv --level certified --by 'Ana Ruiz'"))
@language
@click.argument("file", type=FILE)
@click.option(
    "--level", type=click.Choice(["certified", "reviewed"]), required=True, help="The reader."
)
@by_name
@whose
def take(language: str, file: Path, level: str, by: str, agency: Path) -> int:
    """Take the rows that a translator marked ok, with their texts."""
    from infra.compiler import approvals
    from infra.message_checks import sheets

    rows, places = _rows(file, sheets.WORK), _places(agency)
    refused = sheets.taken(rows, _texts(places, language)).refused
    reader = sheets.Reader(level, by, datetime.now(UTC).date().isoformat())
    for place in places:
        sheets.take(rows, place, language, reader)
    for line in [*refused, *approvals.sentences({language: _texts(places, language)})]:
        click.echo(line)
    return 1 if refused else 0


@texts.command(epilog=examples("texts blind es --out blind.csv"))
@language
@out
@click.option("--filled", type=FILE, help="The sheet filled in: compare it with what is meant.")
@whose
def blind(language: str, out: Path, filled: Path | None, agency: Path) -> None:
    """Write the sheet of a second reader, who sees no English."""
    from infra.message_checks import sheets

    known = _texts(_places(agency), language)
    if filled:
        sheets.save(out, sheets.compared(_rows(filled, sheets.BLIND), known), sheets.COMPARED)
    else:
        sheets.save(out, sheets.blind(known), sheets.BLIND)

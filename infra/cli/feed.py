"""`aviso feed`: files of the records system, before and after they are dropped."""

from pathlib import Path
from typing import Any

import click

from infra.cli.common import FILE, FOLDER, OUT, Commands, acting_as_deployed, examples
from infra.repository import SAMPLE

settings = click.option(
    "--agency", type=FILE, default=SAMPLE, envvar="AGENCY", help="The agency's settings."
)
names = click.option("--names", is_flag=True, help="List the people by name.")


@click.group(cls=Commands, epilog=examples("feed map exports", "feed check cases.csv"))
def feed() -> None:
    """Map, check, replay or accept files of the records system."""


@feed.command("map", epilog=examples("feed map exports", "feed map exports --out police.yaml"))
@click.argument("folder", type=FOLDER)
@click.option("--out", type=OUT, default="build/mapped.yaml", help="The settings file to write.")
def map_folder(folder: Path, out: Path) -> None:
    """Propose settings from a folder of CSV or NDJSON files."""
    from infra.mapping.report import propose_settings

    propose_settings(folder, out)


@feed.command(epilog=examples("feed check people.csv --agency police.yaml --base exports"))
@click.argument("file", type=FILE)
@click.option("--base", type=FOLDER, help="Folder of earlier files.")
@names
@settings
def check(file: Path, agency: Path, base: Path | None, *, names: bool) -> int:
    """Say what one file would do before it is dropped."""
    from infra.replay import feed_check

    return feed_check.run(file, agency, base, names=names)


@feed.command(epilog=examples("feed replay exports --agency police.yaml --changed new.yaml"))
@click.argument("folder", type=FOLDER)
@click.option("--changed", type=FILE, help="Other settings to compare with.")
@click.option("--days", type=int, default=30, help="How far back (30).")
@names
@settings
def replay(folder: Path, agency: Path, changed: Path | None, days: int, *, names: bool) -> int:
    """Show whom a folder of files would tell; sends nothing."""
    from infra.replay import compare

    return compare.run(folder, agency, changed or agency, days, names=names)


@feed.command(epilog=examples("feed accept incoming/people_20261124T0600.csv"))
@click.argument("file", metavar="incoming/FILE")
@acting_as_deployed
def accept(_: object, actor: Any, file: str) -> None:
    """Import a file that waits for a person."""
    from infra.ops import accept_file

    accept_file.accept(file, actor)

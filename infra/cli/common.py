"""What the commands share: groups, examples, which stack is meant, who acts, how a moment is typed.

Exit codes: 0 for a success, 1 for a finding or a refusal, 2 for a mistake in what was typed.
"""

import os
from collections.abc import Callable
from datetime import UTC, datetime
from functools import wraps
from pathlib import Path
from typing import Any, override

import click

from infra.repository import SAMPLE

type Command = Callable[..., Any]
type Option = Callable[[Command], Command]

FILE = click.Path(exists=True, dir_okay=False, path_type=Path)
FOLDER = click.Path(exists=True, file_okay=False, path_type=Path)
OUT = click.Path(path_type=Path)
ON_OFF = click.Choice(["on", "off"])


class Commands(click.Group):
    """A group that lists its commands in the order in which they are written."""

    @override
    def list_commands(self, ctx: click.Context) -> list[str]:
        """Return their names."""
        return list(self.commands)


def examples(*typed: str) -> str:
    """Return the end of a command's help: what a person would type."""
    return "\n".join(["\b", "Examples:", *(f"  ./aviso {words}" for words in typed)])


class PastMoment(click.ParamType[datetime]):
    """A moment in the past, with its time zone."""

    name = "moment"

    @override
    def convert(
        self, value: Any, param: click.Parameter | None, ctx: click.Context | None
    ) -> datetime:
        """Return it in UTC."""
        try:
            found = datetime.fromisoformat(value)
        except ValueError:
            found = None
        if found is None or found.tzinfo is None or found > datetime.now(UTC):
            self.fail(
                f"'{value}' is not a past moment with its time zone, such as 2026-11-24T08:30Z"
            )
        return found.astimezone(UTC)


MOMENT = PastMoment()


def _keep(_: click.Context, option: click.Parameter, value: str | None) -> None:
    if value:
        os.environ[str(option.name).upper()] = value


def on_stack(command: Command) -> Command:
    """Add the options that say which stack is meant; `infra.ops.connection` reads them."""
    for name in ("region", "stack"):
        command = click.option(
            f"--{name}", expose_value=False, callback=_keep, help=f"Another {name}."
        )(command)
    return click.option(
        "--agency",
        type=FILE,
        default=SAMPLE,
        envvar="AGENCY",
        help="The deployed settings; without them, the portal of 'make run'.",
    )(command)


def _somebody(_: click.Context, __: click.Parameter, name: str) -> str:
    if not name.strip():
        raise click.BadParameter("say who.")
    return name


def _by(default: Callable[[], str] | None) -> Option:
    return click.option(
        "--by",
        default=default,
        required=default is None,
        callback=_somebody,
        help="Who does this, for the audit trail" + (" (your login name)." if default else "."),
    )


by = _by(lambda: os.environ.get("USER") or "operator")
by_name = _by(None)


def acting(command: Command) -> Command:
    """Give a command the stack's outputs and the person who acts."""
    return by(on_stack(_begun(command)))


def acting_as_deployed(command: Command) -> Command:
    """Do the same under the agency's own settings, never under the sample's."""
    return by(on_stack(_begun(command, own_settings=True)))


def acting_by_name(command: Command) -> Command:
    """Do the same for a person who must be named."""
    return by_name(on_stack(_begun(command, own_settings=True)))


def _begun(command: Command, *, own_settings: bool = False) -> Command:
    @wraps(command)
    def run(agency: Path, by: str, **given: Any) -> Any:
        from infra.ops import connection

        return command(*connection.begun(agency, by, own_settings=own_settings), **given)

    return run


as_json = click.option("--json", "as_json", is_flag=True, help="Print it for a program.")

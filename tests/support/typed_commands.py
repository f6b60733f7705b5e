"""What documents and messages tell people to type: `aviso ...` and `make ...`."""

import re
import subprocess
from collections.abc import Iterator
from pathlib import Path

import click

from infra.cli.__main__ import aviso
from infra.repository import ROOT

AVISO = re.compile(r"(?:\./|`)aviso (?!deploy \$)([a-z][^\n`]*)")
MAKE = re.compile(
    r"(?:`|^ *(?:[A-Z]+=\S+ )*)make ([a-z][a-z-]*)(?=[` ]|$)(?! [a-z]+ [a-z])", re.MULTILINE
)
OPTION = re.compile(r"^\W*(--[a-z-]+)")
READ = {".md", ".py", ".yaml", ".yml", ".html", ".json", ".toml", ".sh", ""}
NOT_READ = ("CHANGELOG.md", "tests/support/typed_commands.py", "tests/unit/cli")


def sources() -> Iterator[tuple[str, str]]:
    """Yield each text file of the tree with its text."""
    listed = subprocess.run(
        ["git", "ls-files", "--cached", "--others", "--exclude-standard"],
        cwd=ROOT,
        capture_output=True,
        text=True,
        check=True,
    ).stdout
    for name in listed.splitlines():
        path = Path(ROOT, name)
        if path.suffix in READ and path.is_file() and not name.startswith(NOT_READ):
            yield name, path.read_text("utf-8", errors="replace")


def wrong_with(words: str) -> str:
    """Return what is wrong with the words after `aviso`; empty when they may be typed."""
    found: click.Command = aviso
    for word in words.split():
        name = re.match(r"[a-z-]*", word)[0]
        if isinstance(found, click.Group) and not word.startswith(("-", "<", ".")):
            if name not in found.commands:
                return f"no command '{name}'"
            found = found.commands[name]
        elif (option := OPTION.match(word)) and option[1] not in options(found):
            return f"no option {option[1]}"
    return ""


def options(command: click.Command) -> set[str]:
    """Return the options that a command takes."""
    given = {name for one in command.params if one.param_type_name == "option" for name in one.opts}
    return given | {"--help", "--version"}


def targets() -> set[str]:
    """Return what `make` makes."""
    return set(re.findall(r"^([a-z-]+):", (ROOT / "Makefile").read_text("utf-8"), re.MULTILINE))

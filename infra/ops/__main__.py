"""Operators' commands for a running stack: `python -m infra.ops [--agency SETTINGS] COMMAND ...`.

Each command is a module of this folder, imported on use. What staff decide at the desk follows the
same rules here (`aviso.staff`). `make` has a target for each; `make hold` does the last two.
"""

import argparse
import sys
from collections.abc import Mapping
from importlib import import_module
from typing import NamedTuple

from infra.deploy.stacks import DeployError


class Command(NamedTuple):
    """A command: its module, what it does, and the word by which its module knows it."""

    module: str
    does: str
    word: str = ""


COMMANDS: Mapping[str, Command] = {
    "held": Command("staff", "list the held notices with their reasons", "held"),
    "release": Command("staff", "release a held notice", "release"),
    "switch": Command("staff", "show or set the switches that stop messages", "switch"),
    "lock": Command("staff", "lock an account of the desk and end its sessions", "lock"),
    "unlock": Command("staff", "unlock an account of the desk", "unlock"),
    "sign-in-again": Command("staff", "give an account a new password", "sign-in-again"),
    "seen": Command("seen", "print what an account of the desk saw and did"),
    "new-key": Command("new_key", "replace a signing key that leaked; end all sessions"),
    "maintenance": Command("staff", "show or set the portal's maintenance page", "maintenance"),
    "trail": Command("audit_trail", "compare the audit trail with its locked copy"),
    "letters": Command("letters", "print the queued letters into one PDF", "letters"),
    "mailed": Command("letters", "mark the letters of a run as mailed", "mailed"),
    "returned": Command("letters", "mark a letter as returned by the post office", "returned"),
    "card": Command("code_card", "print a card with a code for the officer's folder"),
    "recount": Command("recount", "compare every counter with the rows it counts"),
    "redrive": Command("redrive", "process the dead-letter queue"),
    "accept-file": Command("accept_file", "import a feed file with an unusual number of rows"),
    "drill": Command("restore_drill", "restore every table to a new one, compare, delete it"),
    "restore": Command("restore", "restore lost rows from a point in time"),
    "export-victim": Command("victim_data", "write all data about a victim to a file", "export"),
    "erase-victim": Command("victim_data", "erase a victim's personal data from a case", "erase"),
    "hold-case": Command("victim_data", "put a case under a legal hold", "hold"),
    "release-case": Command("victim_data", "end a case's legal hold", "release"),
}


def main() -> int:
    """Run one command; return its exit code, or exit with the sentence that refuses it."""
    listed = "\n".join(f"  {name:<14} {command.does}" for name, command in COMMANDS.items())
    parser = argparse.ArgumentParser(
        prog="python -m infra.ops",
        description=__doc__,
        epilog=f"commands:\n{listed}",
        formatter_class=argparse.RawDescriptionHelpFormatter,
    )
    parser.add_argument("--agency", help="the settings that the stack was deployed with")
    parser.add_argument("command", choices=COMMANDS, metavar="COMMAND")
    parser.add_argument("arguments", nargs=argparse.REMAINDER, help="COMMAND --help lists them")
    asked = parser.parse_args()
    command = COMMANDS[asked.command]
    agency = ["--agency", asked.agency] if asked.agency else []
    word = [command.word] if command.word else []
    named = [] if command.word == asked.command else [asked.command]  # else the module adds it
    sys.argv = [" ".join([parser.prog, *named]), *agency, *word, *asked.arguments]
    try:
        return import_module(f"infra.ops.{command.module}").main() or 0
    except DeployError as error:
        sys.exit(f"{asked.command}: {error}")


if __name__ == "__main__":
    sys.exit(main())

"""`python -m infra.ops [--agency SETTINGS] COMMAND ...`: operators' commands for a running stack.

Each command is a module of this folder, imported on use. What staff decide at the desk follows the
same rules here (`aviso.staff`). `make` calls the same commands under the same names.
"""

import argparse
import sys
from importlib import import_module

# Command -> its module, and the argument that selects one of the module's commands.
COMMANDS = {
    "held": ("staff", "held"),
    "release": ("staff", "release"),
    "switch": ("staff", "switch"),
    "unlock": ("staff", "unlock"),
    "maintenance": ("staff", "maintenance"),
    "trail": ("audit_trail", ""),
    "letters": ("letters", "letters"),
    "mailed": ("letters", "mailed"),
    "returned": ("letters", "returned"),
    "card": ("code_card", ""),
    "recount": ("recount", ""),
    "redrive": ("redrive", ""),
    "accept-file": ("accept_file", ""),
    "drill": ("restore_drill", ""),
    "restore": ("restore", ""),
    "export-victim": ("victim_data", "export"),
    "erase-victim": ("victim_data", "erase"),
    "hold-case": ("victim_data", "hold"),
    "release-case": ("victim_data", "release"),
}


def main() -> int:
    """Run one command; return its exit code."""
    parser = argparse.ArgumentParser(prog="python -m infra.ops", description=__doc__)
    parser.add_argument("--agency", help="the settings that the stack was deployed with")
    parser.add_argument("command", choices=COMMANDS)
    parser.add_argument("arguments", nargs=argparse.REMAINDER)
    asked = parser.parse_args()
    module, word = COMMANDS[asked.command]
    agency = ["--agency", asked.agency] if asked.agency else []
    sys.argv = [
        f"{parser.prog} {asked.command}",
        *agency,
        *([word] if word else []),
        *asked.arguments,
    ]
    return import_module(f"infra.ops.{module}").main() or 0


if __name__ == "__main__":
    sys.exit(main())

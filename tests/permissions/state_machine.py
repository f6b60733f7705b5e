"""`python -m tests.permissions.state_machine`: check state machines by their language's rules.

CloudFormation takes any text as a state machine's definition until AWS makes the machine. The judge
is asl-validator, which checks structure, types, paths and that every state is reached.
"""

import json
import subprocess
import sys
import tempfile
from pathlib import Path
from typing import Any

from infra.local.nodejs import PACKAGES, node
from tests.permissions.policies import Stack, deployed

VALIDATOR = PACKAGES / "node_modules/asl-validator/dist/bin/asl-validator.js"
MACHINE = "AWS::StepFunctions::StateMachine"


def definitions(stack: Stack) -> dict[str, Any]:
    """Return each state machine's definition as AWS gets it, by logical id."""
    found = {}
    for name, machine in stack.resources().items():
        if machine["Type"] == MACHINE:
            text = machine["Properties"]["DefinitionString"]
            for hole, value in machine["Properties"].get("DefinitionSubstitutions", {}).items():
                text = text.replace(f"${{{hole}}}", value)
            found[name] = json.loads(text)
    return found


def mistakes(definition: Any) -> str:
    """Return what is wrong with a definition, empty when nothing is."""
    with tempfile.TemporaryDirectory() as folder:
        file = Path(folder) / "machine.json"
        file.write_text(json.dumps(definition), encoding="utf-8")
        done = subprocess.run(
            [node(), VALIDATOR, "--json-path", file],
            capture_output=True,
            text=True,
            check=False,
        )
    return "" if done.returncode == 0 else (done.stdout + done.stderr).strip()


def main() -> int:
    """Check every state machine; return the exit code."""
    wrong = 0
    for name, definition in definitions(deployed()).items():
        found = mistakes(definition)
        print(f"{name}: {found or 'is valid Amazon States Language'}")
        wrong += bool(found)
    return 1 if wrong else 0


if __name__ == "__main__":
    sys.exit(main())

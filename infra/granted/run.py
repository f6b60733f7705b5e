"""`make granted`: each function's grants beside what the system tests exercised; none in vain.

The grants are the statements in `template.yaml`. What was exercised is the decisions of local
AWS, which enforces IAM, while the tests on it ran: tests/system, and tests/browser for the desk.
A grant that no test exercises must stand in `only_on_aws.yaml` with the reason why only real AWS,
or only a rare event or a certain hour, uses it.
"""

import argparse
import json
import subprocess
import sys
import time
from collections import Counter
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass
from pathlib import Path

import yaml

from infra.cost.templates import Loader
from infra.local.build import ROOT

EXCUSES = Path(__file__).with_name("only_on_aws.yaml")
LOGS = ROOT / "build/local"
TESTS = ("tests/system", "tests/browser")
TABLE = ROOT / "build/granted.md"

Grant = tuple[str, str]  # function, action


@dataclass(frozen=True, slots=True)
class Row:
    """One grant and what became of it."""

    function: str
    action: str
    exercised: int
    excuse: str

    @property
    def fault(self) -> str:
        """Return what is wrong with it, empty when nothing is.

        A grant with a reason may be exercised all the same: some work is done at a certain hour,
        and a run may or may not fall into it.
        """
        if not self.exercised and not self.excuse:
            return "granted in vain"
        return ""

    @property
    def why(self) -> str:
        """Return why nothing exercised it, empty when something did."""
        return "" if self.exercised else self.excuse


def granted(template: Path = ROOT / "template.yaml") -> Iterator[Grant]:
    """Yield each function's granted actions, as the template states them."""
    content = yaml.load(template.read_text(encoding="utf-8"), Loader)  # noqa: S506 - a SafeLoader
    for name, resource in content["Resources"].items():
        if resource["Type"] != "AWS::Serverless::Function":
            continue
        actions = {
            action
            for policy in resource["Properties"].get("Policies", ())
            for statement in policy["Statement"]
            if statement["Effect"] == "Allow"
            for action in _listed(statement["Action"])
        }
        yield from ((name, action) for action in sorted(actions))


def _listed(value: str | list[str]) -> list[str]:
    return [value] if isinstance(value, str) else value


def exercised(logs: Iterable[Path], functions: Iterable[str]) -> Counter[Grant]:
    """Count the allowed calls of each function's role, by action.

    Args:
        logs: local AWS's decision logs.
        functions: the functions' logical ids; a role is named after its function.
    """
    by_role = {f"-{name}Role-": name for name in functions}
    found: Counter[Grant] = Counter()
    for log in logs:
        for line in log.read_text(encoding="utf-8").splitlines():
            decision = json.loads(line)
            name = next((n for part, n in by_role.items() if part in decision["role"]), None)
            if name and decision["allowed"]:
                found[name, decision["action"]] += 1
    return found


def excuses(file: Path = EXCUSES) -> dict[Grant, str]:
    """Return why a grant is not exercised on a laptop, by function and action."""
    raw: Mapping[str, Mapping[str, str]] = yaml.safe_load(file.read_text(encoding="utf-8")) or {}
    return {(function, action): why for function, a in raw.items() for action, why in a.items()}


def compare(
    grants: Iterable[Grant], done: Mapping[Grant, int], reasons: Mapping[Grant, str]
) -> list[Row]:
    """Return a row for each grant."""
    return [Row(f, a, done.get((f, a), 0), reasons.get((f, a), "")) for f, a in grants]


def table(rows: Iterable[Row]) -> str:
    """Return the rows as a table in Markdown."""
    lines = ["| function | may | did so, calls | else why |", "| --- | --- | --- | --- |"]
    lines += [
        f"| {r.function} | `{r.action}` | {r.exercised or ''} | {r.fault.upper() or r.why} |"
        for r in rows
    ]
    return "\n".join(lines) + "\n"


def main() -> int:
    """Run the system tests, compare, print and write the table; return the exit code."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument(
        "--since", type=float, default=0, help="run no tests: use the logs since then (epoch)"
    )
    started = parser.parse_args().since
    if not started:
        started = time.time()
        subprocess.run([sys.executable, "-m", "pytest", "-q", *TESTS], cwd=ROOT, check=True)
    logs = [log for log in LOGS.glob("*/access.jsonl") if log.stat().st_mtime >= started]
    grants = list(granted())
    rows = compare(grants, exercised(logs, {f for f, _ in grants}), excuses())
    TABLE.write_text(table(rows), encoding="utf-8")
    print(table(rows))
    unknown = excuses().keys() - set(grants)
    faults = [f"{r.function} {r.action}: {r.fault}" for r in rows if r.fault]
    faults += [f"{f} {a}: excused, but not granted" for f, a in sorted(unknown)]
    print("\n".join(faults) or f"{len(rows)} grants, none in vain; written to build/granted.md")
    return bool(faults)


if __name__ == "__main__":
    sys.exit(main())

"""`make bench ONLY=granted`: each function's grants beside those that tests used; none is unused.

The grants are the statements in `template.yaml`, each action with each resource. What was exercised
is the decisions of local AWS, which enforces IAM, while the tests on it ran: tests/e2e, and
tests/browser for the desk. A grant that no test exercises must be in `exceptions.yaml` with the
reason why only real AWS, or only a rare event or a certain hour, uses it: by its action, or by its
action and the resource.
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
from typing import Any

import yaml

from infra.harness import cloudformation
from infra.repository import ROOT
from tests.permissions.iam_resources import Resource, resource

EXCUSES = Path(__file__).with_name("exceptions.yaml")
LOGS = ROOT / "build/local"
TESTS = ("tests/e2e", "tests/browser")
TABLE = ROOT / "build/granted.md"

Excused = tuple[str, str]  # function, action or "action resource"
Call = tuple[str, str, str]  # function, action, ARN


@dataclass(frozen=True, slots=True)
class Grant:
    """What a function may do with what."""

    function: str
    action: str
    resource: Resource

    @property
    def names(self) -> tuple[Excused, Excused]:
        """Return what a reason may name it by, the narrower first."""
        return (self.function, f"{self.action} {self.resource.label}"), (self.function, self.action)


@dataclass(frozen=True, slots=True)
class Row:
    """One grant and what became of it."""

    grant: Grant
    exercised: int
    excuse: str

    @property
    def fault(self) -> str:
        """Return what is wrong with it, empty when nothing is.

        A grant with a reason may be used anyway: some work is done at a certain hour,
        and a run may or may not fall into it.
        """
        return "" if self.exercised or self.excuse else "granted without use"

    @property
    def why(self) -> str:
        """Return why nothing exercised it, empty when something did."""
        return "" if self.exercised else self.excuse


def granted(template: Path = ROOT / "template.yaml") -> list[Grant]:
    """Return each function's grants as the template states them, in its order."""
    content = cloudformation.read(template)
    found = (
        Grant(name, action, each)
        for name, properties in content["Resources"].items()
        if properties["Type"] == "AWS::Serverless::Function"
        for policy in properties["Properties"].get("Policies", ())
        for statement in policy["Statement"]
        if statement["Effect"] == "Allow"
        for action in _listed(statement["Action"])
        for each in _resources(statement)
    )
    return list(dict.fromkeys(found))


def _resources(statement: Mapping[str, Any]) -> Iterator[Resource]:
    for key, but in (("Resource", False), ("NotResource", True)):
        yield from (resource(written, but) for written in _listed(statement.get(key, [])))


def _listed(value: Any) -> list[Any]:
    return value if isinstance(value, list) else [value]


def exercised(logs: Iterable[Path], functions: Iterable[str]) -> Counter[Call]:
    """Count the allowed calls of each function's role, by action and ARN.

    Args:
        logs: local AWS's decision logs.
        functions: the functions' logical ids; a role is named after its function.
    """
    by_role = {f"-{name}Role-": name for name in functions}
    found: Counter[Call] = Counter()
    for log in logs:
        for line in log.read_text(encoding="utf-8").splitlines():
            decision = json.loads(line)
            name = next((n for part, n in by_role.items() if part in decision["role"]), None)
            if name and decision["allowed"]:
                found[name, decision["action"], decision["resource"]] += 1
    return found


def excuses(file: Path = EXCUSES) -> dict[Excused, str]:
    """Return why a grant is not exercised on a laptop, by function and what names the grant."""
    raw: Mapping[str, Mapping[str, str]] = (
        yaml.load(file.read_text(encoding="utf-8"), yaml.CSafeLoader) or {}
    )
    return {(function, name): why for function, found in raw.items() for name, why in found.items()}


def compare(
    grants: Iterable[Grant], done: Mapping[Call, int], reasons: Mapping[Excused, str]
) -> list[Row]:
    """Return a row for each grant."""
    rows = []
    for grant in grants:
        calls = sum(
            count
            for (function, action, arn), count in done.items()
            if (function, action) == (grant.function, grant.action) and grant.resource.means(arn)
        )
        reason = next((reasons[name] for name in grant.names if name in reasons), "")
        rows.append(Row(grant, calls, reason))
    return rows


def table(rows: Iterable[Row]) -> str:
    """Return the rows as a table in Markdown."""
    lines = [
        "| function | may | with | did so, calls | else why |",
        "| --- | --- | --- | --- | --- |",
    ]
    lines += [
        f"| {r.grant.function} | `{r.grant.action}` | `{r.grant.resource.label}` "
        f"| {r.exercised or ''} | {r.fault.upper() or r.why} |"
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
    grants = granted()
    rows = compare(grants, exercised(logs, {g.function for g in grants}), excuses())
    TABLE.write_text(table(rows), encoding="utf-8")
    print(table(rows))
    unknown = excuses().keys() - {name for grant in grants for name in grant.names}
    faults = [f"{' '.join(r.grant.names[0])}: {r.fault}" for r in rows if r.fault]
    faults += [f"{f} {a}: excused, but not granted" for f, a in sorted(unknown)]
    print("\n".join(faults) or f"{len(rows)} grants, none unused; written to build/granted.md")
    return bool(faults)


if __name__ == "__main__":
    sys.exit(main())

"""The existing stack's agency and release, compared with what will be deployed over it."""

import subprocess
from collections.abc import Iterator, Mapping
from datetime import UTC, datetime

from infra.deploy import retained_resources
from infra.deploy.findings import Clients, Finding, later, stops, well
from infra.repository import ROOT, version

UNKNOWN = "none"  # as in the template's parameters
DEPLOYED = ("template.yaml", "infra", "layers", "functions", "templates")


def built() -> str:
    """Return this release's time: the last commit of what is deployed.

    An agency's own commit, of its settings, makes no release newer. Outside a checkout: none.
    """
    try:
        done = subprocess.run(
            ["git", "log", "-1", "--format=%cI", "--", *DEPLOYED],
            cwd=ROOT,
            capture_output=True,
            text=True,
            check=True,
        )
        at = datetime.fromisoformat(done.stdout.strip())
    except (OSError, ValueError, subprocess.CalledProcessError):
        return UNKNOWN
    return f"{at.astimezone(UTC):%Y-%m-%dT%H:%M:%SZ}"


def lineage(clients: Clients, answers: Mapping[str, str]) -> Iterator[Finding]:
    """Check that the stack is this agency's, and not of a newer release."""
    name, ours = answers["stack"], answers["agency"]
    outputs = retained_resources.outputs(clients, name)
    theirs, running = outputs.get("Agency", UNKNOWN), outputs.get("Built", UNKNOWN)
    if theirs != UNKNOWN and _as_told(theirs) != _as_told(ours):
        yield stops(
            "agency",
            f"The stack '{name}' belongs to {theirs}, and these settings belong to {ours}: its "
            "victims would be told in the wrong name, by the wrong rules. Name the right settings "
            "as AGENCY, or another 'stack' in the answers file. If the same agency has a new name, "
            f'write into the answers file, under parameters, Agency: "{theirs}".',
        )
    elif UNKNOWN not in (running, answers["built"]) and _at(answers["built"]) < _at(running):
        yield later(
            "release",
            f"This release is of {answers['built']}, and '{name}' runs one of {running}: "
            "later fixes would be undone. If you do not mean to go back, say no to the change "
            "set, fetch the newest release ('git pull') and run 'make deploy' again.",
        )
    else:
        yield well("release", f"{version()} of {answers['built']}, for {ours}")


def _as_told(name: str) -> bytes:
    """Return a name as CloudFormation returns an output: each non-ASCII letter as "?"."""
    return name.encode("ascii", "replace")


def _at(text: str) -> datetime:
    return datetime.fromisoformat(text)

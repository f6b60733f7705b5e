"""`make new-version VERSION=1.2.0`: write the version and its date, and print the other steps.

The Makefile first asks whether the version can be released (`--dry-run`), then runs `make check`.
Nothing is committed, tagged or pushed: a person does that.
"""

import argparse
import re
import subprocess
import sys
import tomllib
from datetime import UTC, date, datetime

from infra.repository import ROOT

VERSION = re.compile(r"(0|[1-9]\d*)\.(0|[1-9]\d*)\.(0|[1-9]\d*)")  # SemVer, without pre-releases
UNRELEASED = "## Unreleased\n"


def refusal(version: str, current: str, changelog: str, changed: str) -> str:
    """Return why the version cannot be released, as a sentence with the way out; empty if it can.

    Args:
        changed: what `git status --porcelain` prints.
    """
    if not VERSION.fullmatch(version):
        return f"'{version}' is not a version such as 1.2.0. Give it as VERSION=1.2.0."
    if _parts(version) <= _parts(current):
        return f"{version} is not later than {current}, the version in pyproject.toml."
    if changed:
        return f"These files are not committed; commit or remove them first:\n{changed}"
    if not _unreleased(changelog).strip():
        return "CHANGELOG.md has no entry under 'Unreleased'. Write what is new there first."
    return ""


def with_version(pyproject: str, version: str) -> str:
    """Return pyproject.toml with this version."""
    return re.sub(r'^version = "[^"]*"$', f'version = "{version}"', pyproject, count=1, flags=re.M)


def with_release(changelog: str, version: str, day: date) -> str:
    """Return the changelog with the unreleased entries under a release of that day."""
    return changelog.replace(UNRELEASED, f"{UNRELEASED}\n## {version} - {day}\n", 1)


def steps(version: str) -> list[str]:
    """Return the commands that follow, in their order."""
    return [
        f"git commit -am 'Release {version}'",
        f"git tag -a v{version} -m 'Aviso {version}'",
        f"git push origin HEAD v{version}",
    ]


def _unreleased(changelog: str) -> str:
    return changelog.partition(UNRELEASED)[2].partition("\n## ")[0]


def _parts(version: str) -> tuple[int, ...]:
    return tuple(int(part) for part in version.split("."))


def main() -> None:
    """Check and write a release; exit with the reason when it is refused."""
    asked = argparse.ArgumentParser(prog="new-version", description=__doc__)
    asked.add_argument("version")
    asked.add_argument("--dry-run", action="store_true", help="check only, and write nothing")
    arguments = asked.parse_args()
    version = arguments.version
    project, log = ROOT / "pyproject.toml", ROOT / "CHANGELOG.md"
    pyproject, changelog = project.read_text("utf-8"), log.read_text("utf-8")
    status = subprocess.run(
        ["git", "status", "--porcelain"], cwd=ROOT, capture_output=True, text=True, check=True
    )
    current = tomllib.loads(pyproject)["project"]["version"]
    if why := refusal(version, current, changelog, status.stdout):
        sys.exit(f"new-version: {why}")
    if arguments.dry_run:
        return
    project.write_text(with_version(pyproject, version), "utf-8")
    log.write_text(with_release(changelog, version, datetime.now(UTC).date()), "utf-8")
    print(f"pyproject.toml and CHANGELOG.md say {version}. Read the difference, then:")
    print("\n".join(f"  {step}" for step in steps(version)))


if __name__ == "__main__":
    main()

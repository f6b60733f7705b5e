"""`python -m infra.message_checks`: check every text, email and letter, and the portal's words."""

import argparse
import sys
from pathlib import Path

from infra.compiler.compile import load, places
from infra.message_checks import portal_pages
from infra.message_checks.messages import check, table
from infra.message_checks.samples import prepare
from infra.repository import ROOT


def main() -> int:
    """Check what the command line names; return the exit status."""
    parser = argparse.ArgumentParser(description="Check every message a person may be sent.")
    parser.add_argument("--agency", type=Path, default=ROOT / "infra" / "agency" / "sample.yaml")
    parser.add_argument("--templates", type=Path, default=ROOT / "templates")
    asked = parser.parse_args()
    settings = prepare(asked.agency, asked.templates)
    folders = places(asked.templates, load(asked.agency))
    rows, problems = check(folders, settings)
    problems += portal_pages.problems(asked.templates, settings)
    print(table(rows))
    sys.stderr.writelines(f"{problem}\n" for problem in problems)
    print(f"{len(rows)} messages, {len(problems)} problems")
    return 1 if problems else 0


if __name__ == "__main__":
    sys.exit(main())

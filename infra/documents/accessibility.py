"""Write docs/accessibility.md from accessibility.yaml: how each criterion of WCAG 2.2 is met.

python -m infra.documents.accessibility
"""

import sys
from collections import Counter
from collections.abc import Iterator, Mapping
from pathlib import Path
from typing import Any

from infra.compiler import yaml_lines
from infra.repository import ROOT

DATA = Path(__file__).with_suffix(".yaml")
PAGE = ROOT / "docs/accessibility.md"
STATES = {
    "supports": "the tests that are named check it, on every page in every state that they reach",
    "reviewed": "the makers looked at it; no test checks all of it",
    "not applicable": "the pages have no such content",
    "not evaluated": "nobody has checked it",
}
HEAD = """# Accessibility statement

Portal and desk aim at WCAG 2.2, levels A and AA. This page says for each criterion how we know, in
the order of a VPAT. It is the makers' own statement. No person with a disability and no independent
tester has tried Aviso yet. `python -m infra.documents.accessibility` writes it from
`infra/documents/accessibility.yaml`. A test checks that each rule named here is run and is about
its criterion, and that each test named here exists.

"""
OUTSIDE = """## What this statement leaves out

- **Letters** are PDFs to be printed. They have no tags, and no screen reader was tried with one.
- **Emails** have headings, lists and a language. Mail programs change them, and none was tested.
- **The desk's sign-in pages** are Amazon Cognito's. Amazon publishes its own conformance reports.
- **Arabic** was looked at in pictures. No speaker has read it, and no screen reader was tried.
- **Screen readers**: the makers tried none. The tests read the tree that browsers give them.

## If something cannot be used

Call the agency's number, which is on every page. An agency should name here a person, and a time in
which they answer. 28 CFR 35, subpart H, asks public agencies for WCAG 2.1 AA. Its dates were moved
in 2026 (91 FR 20902, which was not read for this page).
"""


def data() -> dict[str, Any]:
    """Return the criteria, and the tests by their short names."""
    found: dict[str, Any] = yaml_lines.read(DATA).data
    return found


def page(known: Mapping[str, Any]) -> str:
    """Return the page as Markdown."""
    rows = "\n".join([*_numbers(known), "", *_criteria(known), "", *_tests(known), ""])
    return f"{HEAD}{rows}\n{OUTSIDE}"


def _numbers(known: Mapping[str, Any]) -> Iterator[str]:
    count = Counter(criterion["state"] for criterion in known["criteria"])
    said = ", ".join(f"{count[state]} {state}" for state in STATES)
    yield f"**Of {len(known['criteria'])} criteria: {said}.**"
    yield ""
    yield "| state | what it means |"
    yield "| --- | --- |"
    yield from (f"| {state} | {meaning} |" for state, meaning in STATES.items())


def _criteria(known: Mapping[str, Any]) -> Iterator[str]:
    yield "## The criteria"
    yield ""
    yield "| criterion | level | state | rules of axe | tests | remark |"
    yield "| --- | --- | --- | --- | --- | --- |"
    for criterion in known["criteria"]:
        rules = ", ".join(f"`{rule}`" for rule in criterion.get("axe", ()))
        tests = ", ".join(criterion.get("tests", ()))
        name = f"{criterion['number']} {criterion['name']}"
        cells = (name, criterion["level"], criterion["state"], rules, tests)
        yield f"| {' | '.join(cells)} | {criterion.get('note', '')} |"


def _tests(known: Mapping[str, Any]) -> Iterator[str]:
    yield "## The tests"
    yield ""
    yield "| name above | test |"
    yield "| --- | --- |"
    yield from (f"| {name} | `{path}` |" for name, path in known["tests"].items())


def main() -> int:
    """Write the page; return the exit status."""
    PAGE.write_text(page(data()), "utf-8")
    print(PAGE.relative_to(ROOT))
    return 0


if __name__ == "__main__":
    sys.exit(main())

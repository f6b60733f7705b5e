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
    "supports": "tests check it, on every page in every state that they reach",
    "reviewed": "we looked at it; no test checks all of it",
    "not applicable": "the pages have no such content",
    "not evaluated": "nobody has checked it",
}
HEAD = """# Accessibility statement

Portal and desk aim at WCAG 2.2, levels A and AA. This is our own statement, in the order of a VPAT.
No person with a disability and no independent tester has tried Aviso yet.

"""
OUTSIDE = """## What this statement leaves out

- **Letters** are PDFs to be printed. They have no tags, and no screen reader was tried with one.
- **Emails** have headings, lists and a language. Mail programs change them, and none was tested.
- **The desk's sign-in pages** are Amazon Cognito's.
- **Arabic** was looked at in pictures. No speaker has read it.
- **Screen readers**: none was tried. The tests read the tree that browsers give them.

## If something cannot be used

Call the agency's number, which is on every page. An agency should name here a person, and a time in
which they answer. 28 CFR 35, subpart H, asks public agencies for WCAG 2.1 AA. Its dates were moved
in 2026 (91 FR 20902, which we have not read).

`python -m infra.documents.accessibility` writes this page from
`infra/documents/accessibility.yaml`. That file also names the rules and tests of each criterion.
"""


def data() -> dict[str, Any]:
    """Return the criteria, and the tests by their short names."""
    found: dict[str, Any] = yaml_lines.read(DATA).data
    return found


def page(known: Mapping[str, Any]) -> str:
    """Return the page as Markdown."""
    rows = "\n".join([*_numbers(known), "", *_criteria(known), ""])
    return f"{HEAD}{rows}\n{OUTSIDE}"


def _numbers(known: Mapping[str, Any]) -> Iterator[str]:
    count = Counter(criterion["state"] for criterion in known["criteria"])
    said = ", ".join(f"{count[state]} {state}" for state in STATES)
    yield f"**Of {len(known['criteria'])} criteria: {said}.**"
    yield ""
    yield from (f"- *{state}*: {meaning}." for state, meaning in STATES.items() if count[state])


def _criteria(known: Mapping[str, Any]) -> Iterator[str]:
    """Yield a row for each criterion that applies, and name the others."""
    yield "## The criteria"
    yield ""
    yield "| criterion | level | state | remark |"
    yield "| --- | --- | --- | --- |"
    others = []
    for criterion in known["criteria"]:
        name = f"{criterion['number']} {criterion['name']}"
        if criterion["state"] == "not applicable":
            others.append(name)
        else:
            cells = (name, criterion["level"], criterion["state"], criterion.get("note", ""))
            yield f"| {' | '.join(cells)} |"
    yield ""
    yield "Not applicable:"
    yield ""
    yield from (f"- {name}" for name in others)


def main() -> int:
    """Write the page; return the exit status."""
    PAGE.write_text(page(data()), "utf-8")
    print(PAGE.relative_to(ROOT))
    return 0


if __name__ == "__main__":
    sys.exit(main())

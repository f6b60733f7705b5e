"""Write docs/conformance.md from conformance.yaml: each duty of the police, and what meets it.

python -m infra.documents.conformance
"""

import sys
from collections import Counter
from collections.abc import Iterator, Mapping
from pathlib import Path
from typing import Any

from infra.compiler import yaml_lines
from infra.repository import ROOT

DATA = Path(__file__).with_suffix(".yaml")
PAGE = ROOT / "docs/conformance.md"
STATES = {
    "met": "done with the sample's settings; a switch can turn it off",
    "settable": "done when the agency sets it so, or when its feed has what not every system has",
    "in part": "done, but not for everybody or not all of it; what is missing is stated",
    "open": "not done; the gap is stated",
    "agency": "the agency does it without Aviso",
    "no duty": "the clause asks nothing of the police",
}
UNREAD = " *Not verified.*"
SUMMARY = " *Not verified: a summary.*"
HEAD = """# Arizona's law, clause by clause

This page lists what {sections} sections of the Arizona Revised Statutes ask of the police, as far
as we know them, and what Aviso does about each. **We read only {whole} of them to its end**
([how far](#how-far-each-section-was-read)), so the law may have more clauses than this page.
It is not legal advice: have your counsel compare it with the law.
`python -m infra.documents.conformance` writes it from `infra/documents/conformance.yaml`. A test
checks that every setting, code and test named here exists.

On a restricted case Aviso sends nothing by itself, and in trial mode only to guests. There, each
clause that is *met* is a task for a person.

"""


def data() -> dict[str, Any]:
    """Return the clauses and the sources."""
    found: dict[str, Any] = yaml_lines.read(DATA).data
    return found


def page(known: Mapping[str, Any]) -> str:
    """Return the page as Markdown."""
    whole = sum(section["whole"] for section in known["sections"])
    head = HEAD.format(sections=len(sections(known)), whole=whole)
    rows = [*_numbers(known), "", *_reach(known), "", *_clauses(known), "", *_sources(known), ""]
    return head + "\n".join(rows)


def sections(known: Mapping[str, Any]) -> set[str]:
    """Return the sections of the law whose clauses the page lists."""
    return {clause["clause"].partition("(")[0] for clause in known["clauses"]}


def _numbers(known: Mapping[str, Any]) -> Iterator[str]:
    count = Counter(clause["state"] for clause in known["clauses"])
    marks = Counter(_mark(known, clause["source"]) for clause in known["clauses"])
    yield (
        f"**Of {len(known['clauses'])} clauses, {count['met']} are met, {count['in part']} are met "
        f"in part, {count['settable']} can be set, and {count['open']} are open.** Of the rest, "
        f"the agency does {count['agency']} without Aviso, and {count['no duty']} ask nothing of "
        "the police."
    )
    yield (
        f"We have not read the words of {marks[UNREAD]}: their duty is from memory, and they are "
        f"marked *not verified*. Of {marks[SUMMARY]} more, we read a summary only: "
        "these are marked *not verified: a summary*."
    )
    yield ""
    yield "| state | what it means |"
    yield "| --- | --- |"
    yield from (f"| {state} | {meaning} |" for state, meaning in STATES.items())


def _mark(known: Mapping[str, Any], source: str) -> str:
    if source == "none":
        return UNREAD
    return SUMMARY if known["sources"][source].get("summary") else ""


def _reach(known: Mapping[str, Any]) -> Iterator[str]:
    yield "## How far each section was read"
    yield ""
    yield "| section | read | to its end | where |"
    yield "| --- | --- | --- | --- |"
    for section in known["sections"]:
        where = "nowhere" if section["source"] == "none" else section["source"]
        end = "yes" if section["whole"] else "no"
        yield f"| A.R.S. {section['section']} | {section['read']} | {end} | {where} |"


def _clauses(known: Mapping[str, Any]) -> Iterator[str]:
    yield "## The clauses"
    yield ""
    yield "| clause | duty, in our words | state | settings, code, tests | missing, or to know |"
    yield "| --- | --- | --- | --- | --- |"
    for clause in known["clauses"]:
        mark = _mark(known, clause["source"])
        where = "" if mark == UNREAD else f" ({clause['source']})"
        said = " ".join(clause[key] for key in ("gap", "note") if key in clause)
        named = ", ".join(f"`{name}`" for name in _named(clause))
        cells = (
            f"A.R.S. {clause['clause']}",
            f"{clause['duty']}{where}{mark}",
            clause["state"],
            named,
            said,
        )
        yield f"| {' | '.join(cells)} |"


def _named(clause: Mapping[str, Any]) -> Iterator[str]:
    for key in ("settings", "code"):
        yield from clause.get(key, ())
    yield from (name.partition("::")[2] for name in clause.get("tests", ()))


def _sources(known: Mapping[str, Any]) -> Iterator[str]:
    yield "## Where the words were read"
    yield ""
    yield (
        "These are public copies; we opened no official text. Two public handbooks that we have "
        "not read hold every section: the Attorney General's (September 2019) and the Maricopa "
        "County Attorney's. Copies of 13-4429, 8-408 and 8-398 are on lawserver.com and "
        "uslawyerdatabase.com."
    )
    yield ""
    yield "| name | what | text of | read on |"
    yield "| --- | --- | --- | --- |"
    for name, source in known["sources"].items():
        link = f"[{source['what']}]({source['url']})"
        yield f"| {name} | {link} | {source['text_of']} | {source['read']} |"


def main() -> int:
    """Write the page; return the exit status."""
    PAGE.write_text(page(data()), "utf-8")
    print(PAGE.relative_to(ROOT))
    return 0


if __name__ == "__main__":
    sys.exit(main())

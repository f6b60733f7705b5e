"""Write docs/conformance.md from conformance.yaml: each duty of the police, and what meets it.

python -m infra.documents.conformance
"""

import re
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
    "in part": "done, but not for everybody or not all of it",
    "open": "not done",
    "agency": "the agency does it without Aviso",
    "no duty": "the clause asks nothing of the police",
}
UNREAD = " *Not verified.*"
HEAD = """# Arizona's law, clause by clause

What {sections} sections of the Arizona Revised Statutes ask of the police, in our words, and what
Aviso does about it. **We read only {whole} of them to its end**, so the law may have more clauses.
This is not legal advice. Have your counsel compare it with the law.

On a restricted case Aviso sends nothing by itself, and in trial mode only to guests. There, each
clause that is *met* becomes a task for a person.

"""
FOOT = """
## Sources

All are public copies; we opened no official text. Two public handbooks that we have not read hold
every section: the Attorney General's (September 2019) and the Maricopa County Attorney's. Copies of
13-4429, 8-408 and 8-398 are on lawserver.com and uslawyerdatabase.com.

`python -m infra.documents.conformance` writes this page from `infra/documents/conformance.yaml`.
That file also names the settings, code and tests of each clause.
"""


def data() -> dict[str, Any]:
    """Return the clauses and the sources."""
    found: dict[str, Any] = yaml_lines.read(DATA).data
    return found


def page(known: Mapping[str, Any]) -> str:
    """Return the page as Markdown."""
    whole = sum(section["whole"] for section in known["sections"])
    head = HEAD.format(sections=len(sections(known)), whole=whole)
    rows = [*_numbers(known), *_clauses(known), ""]
    return head + "\n".join(rows) + FOOT


def sections(known: Mapping[str, Any]) -> set[str]:
    """Return the sections of the law whose clauses the page lists."""
    return {section_of(clause) for clause in known["clauses"]}


def section_of(clause: Mapping[str, Any]) -> str:
    """Return the section of the law that a clause is of."""
    name: str = clause["clause"].partition("(")[0]
    return name


def clauses_of(row: Mapping[str, Any]) -> list[str]:
    """Return the clauses of one row: "(A)(3)(a), (b) and (d)" are three."""
    first, *more = re.split(", | and ", row["clause"])
    return [first, *(first[: -len(other)] + other for other in more)]


def _numbers(known: Mapping[str, Any]) -> Iterator[str]:
    count: Counter[str] = Counter()
    for row in known["clauses"]:
        source = known["sources"].get(row["source"], {})
        read = "unread" if not source else "summary" if source.get("summary") else "read"
        count.update({row["state"]: len(clauses_of(row)), read: len(clauses_of(row))})
    in_all = count["unread"] + count["summary"] + count["read"]
    yield (
        f"**Of {in_all} clauses, {count['met']} are met, {count['in part']} are met in part, "
        f"{count['settable']} can be set, and {count['open']} are open.** Of the rest, the agency "
        f"does {count['agency']} without Aviso, and {count['no duty']} ask nothing of the police."
    )
    yield (
        f"We have not read the words of {count['unread']}. Their duty is from memory, and they are "
        f"marked *not verified*. Of {count['summary']} more, we read a summary only."
    )
    yield ""
    yield "| state | what it means |"
    yield "| --- | --- |"
    yield from (f"| {state} | {meaning} |" for state, meaning in STATES.items())


def _clauses(known: Mapping[str, Any]) -> Iterator[str]:
    """Yield each section that was read, and its clauses; then the clauses of the others."""
    read = [section for section in known["sections"] if section["source"] != "none"]
    for section in read:
        end = "to its end" if section["whole"] else "not to its end"
        source = _source(known, section["source"])
        yield f"\n## A.R.S. {section['section']}\n\nRead: {section['read']}, {end}. {source}\n"
        yield from _table(known, section["section"], section["source"])
    yield "\n## Sections that we have not read\n"
    unread = [section["section"] for section in known["sections"] if section not in read]
    yield from _table(known, *unread, "none")


def _table(known: Mapping[str, Any], *names: str) -> Iterator[str]:
    """Yield the clauses of some sections, the last name being that of their source."""
    *those, source = names
    yield "| clause | duty, in our words | state | missing, or to know |"
    yield "| --- | --- | --- | --- |"
    for clause in known["clauses"]:
        if section_of(clause) in those:
            name = clause["clause"]
            if source != "none":
                name = name.removeprefix(those[0])
            yield _row(known, clause, name, source)


def _row(known: Mapping[str, Any], clause: Mapping[str, Any], name: str, source: str) -> str:
    own = clause["source"]
    mark = UNREAD if own == "none" else "" if own == source else f" {_source(known, own)}"
    said = [clause[key] for key in ("gap", "note") if key in clause]
    if clause["state"] == "settable":
        said.append(f"Settings: {', '.join(f'`{each}`' for each in clause['settings'])}.")
    return f"| {name} | {clause['duty']}{mark} | {clause['state']} | {' '.join(said)} |"


def _source(known: Mapping[str, Any], name: str) -> str:
    """Return where words were read, or whose summary of them."""
    source = known["sources"][name]
    kind = "*Not verified*: a summary in" if source.get("summary") else "Source:"
    link = f"[{source['what']}]({source['url']})"
    return f"{kind} {link}, {source['text_of']}, read on {source['read']}."


def main() -> int:
    """Write the page; return the exit status."""
    PAGE.write_text(page(data()), "utf-8")
    print(PAGE.relative_to(ROOT))
    return 0


if __name__ == "__main__":
    sys.exit(main())

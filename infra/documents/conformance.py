"""Write docs/conformance.md from Arizona's clauses: what the law asks, and how each clause ends.

python -m infra.documents.conformance [STATE]

With a folder of `infra/law`, print that state's page instead.
"""

import sys
from collections import Counter
from collections.abc import Iterator, Mapping, Sequence
from itertools import groupby
from typing import Any

from infra.compiler import yaml_lines
from infra.repository import ROOT

OURS = "arizona"
PAGE = ROOT / "docs/conformance.md"
NOTHING = "nothing"
READ = ("2", "1", "sum", "0")
HEAD = """# {state}'s law, clause by clause

What the {statutes} ask of the police, in our words, and what Aviso does. This is not
legal advice: have counsel compare it with the law. We read public copies, and reached the last line
of {whole} of {sections} sections.

**{figures}**

**How it was read:** {copies} in two copies that agree (2), {one} in one copy (1), {summary} only in
a summary (sum), {unread} not at all (0). Nothing is from memory.

*done*: a notice, a setting or a page does it; on a restricted case, a person. *when set*: once the
agency sets it. *gap*: not done, or not for everybody; the agency does the rest. *no duty*: nothing
is asked of the police. *not read*: we reached no copy, or too little.
"""
TABLE = "| clause | owed | end | how, or why not |"


def data(law: str = OURS) -> dict[str, Any]:
    """Return the groups of sections, the clauses and the sources of a folder of `infra/law`."""
    found: dict[str, Any] = yaml_lines.read(ROOT / "infra/law" / law / "clauses.yaml").data
    return found


def sections(known: Mapping[str, Any]) -> list[dict[str, Any]]:
    """Return the sections of the law that the page lists, and how far each was read."""
    return [section for group in known["groups"] for section in group["sections"]]


def section_of(clause: Mapping[str, Any]) -> str:
    """Return the section of the law that a clause is of."""
    name: str = clause["clause"].partition("(")[0].partition(",")[0]
    return name


def end_of(clause: Mapping[str, Any]) -> str:
    """Return how a clause ends, as the page says it."""
    return "when set" if clause.get("when_set") else str(clause["end"])


def read_of(clause: Mapping[str, Any]) -> str:
    """Return how well a clause was read: the best of its copies and summaries."""
    if clause.get("agree"):
        return READ[0]
    return READ[1] if "copies" in clause else READ[2] if "summaries" in clause else READ[3]


def figures(known: Mapping[str, Any]) -> str:
    """Return the sentences with the page's numbers, which other pages repeat."""
    ends = Counter(end_of(clause) for clause in known["clauses"])
    unsure = sum(end_of(c) == "done" and read_of(c) == "sum" for c in known["clauses"])
    return (
        f"Aviso does {ends['done']} of the {ends.total()} clauses that we found ({unsure} of them "
        f"read only in a summary), and {ends['when set']} more once the agency sets it. "
        f"{ends['gap']} are gaps. "
        f"{ends['no duty']} ask nothing of the police, and {ends['not read']} we could not read."
    )


def page(known: Mapping[str, Any]) -> str:
    """Return the page as Markdown."""
    read = Counter(read_of(clause) for clause in known["clauses"])
    head = HEAD.format(
        state=known["state"],
        statutes=known["statutes"],
        figures=figures(known),
        whole=sum(section["whole"] for section in sections(known)),
        sections=len(sections(known)),
        copies=read["2"],
        one=read["1"],
        summary=read["sum"],
        unread=read["0"],
    )
    return head + "\n".join([*_groups(known), *_sources(known)]) + "\n"


def _groups(known: Mapping[str, Any]) -> Iterator[str]:
    usual = known["usual"]
    yield f"\nIf nobody is named, {usual['who']} owes it to {usual['to']}."
    for group in known["groups"]:
        names = [section["section"] for section in group["sections"]]
        yield from _group(group, [c for c in known["clauses"] if section_of(c) in names])


def _group(group: Mapping[str, Any], clauses: Sequence[Mapping[str, Any]]) -> Iterator[str]:
    read = [f"{s['section']} {s['read']}" for s in group["sections"] if s["read"] != NOTHING]
    yield f"\n## {group['name']}\n\nRead: {'; '.join(read)}."
    yield from _lists(clauses)
    if "by" in group:
        yield f"By when: {group['by']}."
    yield f"\n{TABLE}\n|{'---|' * (TABLE.count('|') - 1)}"
    for _, alike in groupby((c for c in clauses if not _list_of(c)), key=_alike):
        yield _row(list(alike))


def _lists(clauses: Sequence[Mapping[str, Any]]) -> Iterator[str]:
    for title in ("Not read", "Asks nothing of the police"):
        if names := [_name(clause) for clause in clauses if _list_of(clause) == title]:
            yield f"{title}: {'; '.join(names)}."


def _list_of(clause: Mapping[str, Any]) -> str:
    """Return the list above the table that has a clause; empty for a clause with a row."""
    if clause["end"] == "not read":
        return "Not read"
    return (
        "Asks nothing of the police" if clause["end"] == "no duty" and "note" not in clause else ""
    )


def _name(clause: Mapping[str, Any]) -> str:
    """Return a clause's name, and how well it was read if it was."""
    read = read_of(clause)
    return clause["clause"] if read == READ[-1] else f"{clause['clause']} ({read})"


def _alike(clause: Mapping[str, Any]) -> tuple[str, ...]:
    """Return what the clauses of one row share: they are twins, read alike, and end alike."""
    own = "" if "as" in clause and "to" not in clause and "note" not in clause else clause["clause"]
    return (own, section_of(clause), read_of(clause), end_of(clause))


def _row(alike: Sequence[Mapping[str, Any]]) -> str:
    clause, *more = alike
    parties = [clause["who"]] if "who" in clause else []
    parties += [f"to {clause['to']}"] if "to" in clause else []
    owed = f"as {clause['as']}" if "as" in clause else clause.get("owed", "")
    by = f" By when: {clause['by']}." if "by" in clause else ""
    way = [f"{clause['way'][0].upper()}{clause['way'][1:]}."] if "way" in clause else []
    said = " ".join([*way, *(clause[key] for key in ("why", "by_hand", "note") if key in clause)])
    what = f"{', '.join(parties)}: {owed}{by}" if parties else f"{owed}{by}"
    what = f"as in {section_of({'clause': clause['as']})}" if more else what
    section = section_of(clause)
    name = ", ".join([clause["clause"], *(each["clause"].removeprefix(section) for each in more)])
    return f"| {name} | {what} | {end_of(clause)}, {read_of(clause)} | {said} |"


def _sources(known: Mapping[str, Any]) -> Iterator[str]:
    yield "\n## Copies and summaries\n"
    yield f"Cut off early: {', '.join(known['tried'])}. Some copies bear no date."
    yield f"Read too, not for the police: {', '.join(known['others'])}."
    by_day = sorted(known["sources"].values(), key=lambda source: source["read"])
    for day, several in groupby(by_day, key=lambda source: source["read"]):
        links = (f"[{each['what']}]({each['url']}){_dated(each)}" for each in several)
        yield f"\nRead on {day}: {'. '.join(links)}."


def _dated(source: Mapping[str, Any]) -> str:
    return f", {source['text_of']}" if "text_of" in source else ""


def main() -> int:
    """Write the page, or print another state's; return the exit status."""
    if len(sys.argv) > 1:
        print(page(data(sys.argv[1])))
        return 0
    PAGE.write_text(page(data()), "utf-8")
    print(PAGE.relative_to(ROOT))
    return 0


if __name__ == "__main__":
    sys.exit(main())

"""Which of Aviso's values each code of a column is, as far as it is known."""

import json
from collections.abc import Iterator, Sequence
from functools import cache
from typing import Any

from aviso.feed.cells import NO, YES
from aviso.feed.columns import FLAGS
from infra.compiler import presets, yaml_lines
from infra.mapping import vocabulary
from infra.mapping.masking import Codes
from infra.mapping.proposal import Proposal
from infra.mapping.reading import Column
from infra.mapping.sample import SAMPLE
from infra.mapping.shapes import MOST_KNOWN, SAID_YES

TRANSLATED = (
    *("status", "role", "phone_type", "language", "rights", "age", "victim_type"),
    *("told_of", "told_how"),
)
NAMED = 12  # codes that a comment names
ENOUGH = 4  # NIBRS codes; fewer may be chance


@cache
def sample() -> Any:
    """Return the sample agency's settings."""
    return yaml_lines.read(SAMPLE).data


def lines(column: Column, field: str, codes: Sequence[str], *, inverted: bool) -> Iterator[str]:
    """Yield the lines under `values` for a column: its codes, and comments on unknown ones."""
    if field in FLAGS:
        yield from _flags(field, codes, inverted=inverted)
    elif field == "relationship":
        yield from _relationships(codes)
    elif field in TRANSLATED:
        yield from _translated(column, field, codes)


def _flags(field: str, codes: Sequence[str], *, inverted: bool) -> Iterator[str]:
    turned = {True: "no", False: "yes"} if inverted else {True: "yes", False: "no"}
    said = SAID_YES | NO
    known = {code: turned[code.upper() in SAID_YES] for code in codes if code.upper() in said}
    unknown = [code for code in codes if code not in known]
    if inverted:
        yield f"{field}:  # the heading says the opposite; delete this if the answer is no"
        yield from (f"  {_quoted(code)}: {_quoted(answer)}" for code, answer in known.items())
    elif unknown:
        yield f"# {field}:  # write yes or no after each code"
        yield from (f"#   {_quoted(code)}: " for code in unknown[:NAMED])
    elif not {code.upper() for code in codes} <= YES | NO:
        yield f"{field}:  # Aviso itself knows only English words"
        yield from (f"  {_quoted(code)}: {_quoted(answer)}" for code, answer in known.items())


def _translated(column: Column, field: str, codes: Sequence[str]) -> Iterator[str]:
    taken = set(sample()["statuses"]) if field == "status" else set()
    known = {c: ours for c in codes if (ours := vocabulary.known_value(field, c)) is not None}
    unknown = [c for c in codes if c not in known and c.upper() not in taken]
    if field == "rights" and unknown:
        yield "# rights:  # write requested, waived or unanswered after each code"
        yield from (f"#   {_quoted(code)}: " for code in codes[:NAMED])
        return
    if field == "age":
        unknown = []
    if known:
        yield f"{field}:  # by words.yaml; check each"
        yield from (f"  {_quoted(code)}: {_quoted(ours)}" for code, ours in known.items())
    if unknown:
        shown = ", ".join(_quoted(code) for code in unknown[:NAMED])
        yield f"# UNSURE: {field} has codes that are not known: {shown}. {UNKNOWN[field]}"
    if not codes and column.filled:
        yield f"# UNSURE: {field} has too many or too private values to list here; write its codes"


UNKNOWN = {
    "status": "Nobody is told about them.",
    "role": "Their rows are rejected.",
    "phone_type": "Such a phone counts as one of unknown type.",
    "language": "The first language is used.",
    **dict.fromkeys(
        ("told_of", "told_how"), "Such a word counts nothing: the notice goes as ever."
    ),
    "victim_type": "Such a victim counts as of unknown type: a person decides.",
}


def _relationships(codes: Sequence[str]) -> Iterator[str]:
    ordinary = {word.upper() for word in sample()["ordinary_relationships"]["every_offense"]}
    for shown, about in (
        ([c for c in codes if c.upper() in ordinary], "do not restrict a case"),
        (
            [c for c in codes if c.upper() not in ordinary],
            "restrict the case, or all but some offenses",
        ),
    ):
        if shown:
            named = ", ".join(_quoted(code) for code in shown[:NAMED])
            yield f"# relationship: by ordinary_relationships, {named} {about}."


def preset(proposal: Proposal, codes: Codes) -> Iterator[str]:
    """Yield the lines that offer the NIBRS preset, if the offense codes look like NIBRS."""
    match = proposal.kinds.get("cases")
    column = match.column("offense") if match else None
    found = set(codes.of(column, "offense")) if column else set()
    groups = (
        yaml_lines.read(presets.FOLDER / "nibrs.yaml").data["settings"]["offense_groups"].values()
    )
    known = found & {str(code) for group in groups for code in group["offenses"]}
    if len(known) < ENOUGH or len(known) < MOST_KNOWN * len(found):
        return
    yield f"# UNSURE: {len(known)} of {len(found)} offense codes are codes of NIBRS. If they all\n"
    yield "# are, remove the # before the next line, and the groups below that the preset has\n"
    yield "# (docs/nibrs.md says which).\n# extends: nibrs\n\n"


def to_sort(proposal: Proposal, codes: Codes) -> Iterator[str]:
    """Yield an offense group of every code that no group of the sample has: restricted."""
    match = proposal.kinds.get("cases")
    column = match.column("offense") if match else None
    if column is None:
        return
    known = {c for group in sample()["offense_groups"].values() for c in group["offenses"]}
    fresh = [code for code in codes.of(column, "offense") if code not in known]
    if not fresh:
        return
    yield "  # Codes of your files that no group has. They restrict a case until you move them.\n"
    yield "  to_sort:\n    restricted: true\n    surveys: false\n    offenses:\n"
    yield from (f"      {_quoted(code)}: {_quoted(code)}\n" for code in fresh)


def _quoted(text: str) -> str:
    return json.dumps(text, ensure_ascii=False)

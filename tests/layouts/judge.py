"""Which columns of a layout a proposal has right, and which safety columns it lost."""

from collections.abc import Collection
from typing import NamedTuple

from infra.mapping.proposal import Proposal
from tests.layouts.files import Layout

SAFETY = frozenset(
    {"restricted", "relationship", "safe_to_contact", "removed", "confidential_address"}
    | {"deceased", "incapacitated", "minor", "age", "birth_date", "withdrawn", "rights"}
    | {"juvenile"}
)
Place = tuple[str, str]  # file and heading


class Verdict(NamedTuple):
    """What came of one layout.

    Args:
        wrong: the columns without a right answer, with the answers that would be right.
        lost: safety columns that are neither mapped nor asked about.
    """

    columns: int
    wrong: list[tuple[Place, str]]
    lost: list[Place]


def judged(layout: Layout, proposal: Proposal) -> Verdict:
    """Compare a proposal with a layout's key."""
    mapped, asked = answered(proposal)
    wrong, lost = [], []
    for place, answers in layout.key.items():
        fields = mapped.get(place, set())
        if not is_right(answers, fields, place in asked):
            wrong.append((place, answers))
        short = {field.rpartition(".")[2] for field in fields}
        if is_safety(answers) and place not in asked and not short & SAFETY:
            lost.append(place)
    return Verdict(len(layout.key), wrong, lost)


def answered(proposal: Proposal) -> tuple[dict[Place, set[str]], set[Place]]:
    """Return the fields of each mapped column, and the columns about which a person is asked."""
    mapped: dict[Place, set[str]] = {}
    for file, heading, name in proposal.mapped():
        mapped.setdefault((file, heading), set()).add(name)
    return mapped, {question.column for question in proposal.questions}


def is_right(answers: str, mapped: Collection[str], asked: bool) -> bool:
    """Whether one of the answers that the key allows was given."""
    given = "ask" if asked else " ".join(sorted(mapped)) or "-"
    return given in {" ".join(sorted(answer.split())) for answer in answers.split("|")}


def is_safety(answers: str) -> bool:
    """Whether one of the answers is about somebody's safety, or a question."""
    names = {name.rpartition(".")[2] for answer in answers.split("|") for name in answer.split()}
    return bool(names & (SAFETY | {"ask"}))

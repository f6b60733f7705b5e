"""Rows that grow: the bound on each is judged at every write, and some cases meet it.

What the feed makes grow stops at 100 KB an attribute (docs/decisions/bounds.md). Thousands of
contacts would make a run slow, so the rig gives the product a fiftieth of its room.
"""

from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field, replace
from random import Random
from typing import Any

from tests.rig.model import oracle
from tests.rig.model.scenario import Scenario

ROOM, ENTRY = 100_000, 40  # bytes of an attribute, and of each entry beside its text
WHOLE = 400 * 1024  # DynamoDB's bound on a row
LESS = 50  # a run with cases that grow has this part of the room
GROWING = ("first_seen", "past_contacts", "past_homes", "later_numbers", "answers", "desk_unsafe")
# Nobody is told in these cases, whatever a suspect's contacts are: the model stays as it is.
RESTRICTED = ("dangerous_offense", "unknown_offense", "flagged", "relationship", "shared_home")
CONTACTS = 60  # of one suspect: room is for 38


@dataclass
class Growth:
    """What was written, held against the bound."""

    room: int = ROOM
    too_large: dict[str, int] = field(default_factory=dict)  # attribute -> the most bytes

    def see(self, row: Mapping[str, Any], most: int) -> None:
        """See a row that was written."""
        if most > WHOLE:
            self.too_large["a whole row"] = max(most, self.too_large.get("a whole row", 0))
        for name in GROWING:
            if name in row:
                taken = sum(len(text.encode()) + ENTRY for text in _texts(row[name]))
                if taken > max(self.room, self.too_large.get(name, 0)):
                    self.too_large[name] = taken


def _texts(value: Mapping[str, Any]) -> Iterator[str]:
    """Yield the entries of a list, a map or a set; a person's or a notice's time has none."""
    ((kind, entries),) = value.items()
    if kind == "L":
        return (next(iter(one.values())) for one in entries)
    return iter(entries if kind in ("M", "SS") else ())


def mark(scenario: Scenario) -> None:
    """Let a later export give suspects of restricted cases more contacts than there is room for."""
    dice = Random(f"growth {scenario.seed}")
    for place, case in enumerate(scenario.cases):
        if case.trouble not in RESTRICTED or not oracle.restricted(case.before):
            continue
        area = dice.choice(("303", "307", "310", "312"))  # nobody else's
        phones = "; ".join(f"{area}55501{n:02d}" for n in range(CONTACTS))
        people = (replace(p, phone=phones) if p.role == "SUS" else p for p in case.after.people)
        scenario.cases[place] = replace(
            case,
            after=replace(case.after, people=tuple(people)),
            trouble=f"{case.trouble}, grows",
        )

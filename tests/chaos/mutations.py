"""Breaks the product on purpose, in the copy that a run deploys: the run must find it.

Each sabotage is one line exchanged for a plausible mistake.
"""

from collections.abc import Mapping
from pathlib import Path

Sabotages = Mapping[str, tuple[str, str, str]]  # name -> module, the line as it is, the mistake
SABOTAGES: Sabotages = {
    # Chase takes a claim whose worker died for something that is over.
    "lose": ("notices/overdue.py", "    State.CLAIMED: _claimed,", "    State.CLAIMED: _over,"),
    # What was tried is forgotten: without a receipt the same text goes again, not the letter.
    "twice": (
        "domain/routing.py",
        "tried = {(a.channel, a.address_key) for a in attempts}",
        "tried: set[tuple[Channel, str]] = set()",
    ),
    # What a victim takes back from an agency stays there.
    "keep": (
        "domain/hand_off_duties.py",
        "if consent.ended_at or stopped(case, victim) or victim.victim_type == PUBLIC:",
        "if stopped(case, victim) or victim.victim_type == PUBLIC:",
    ),
    # An agency that has confirmed a request does not hear that it was taken back.
    "unsaid": (
        "domain/hand_offs.py",
        "unsaid=one.told_at is not None)",
        "unsaid=one.told_at is not None and not one.confirmed_at)",
    ),
    # An agency keeps the name of somebody who no longer speaks for a victim.
    "name": (
        "domain/hand_off_duties.py",
        "shown = (name_of(self.victim), *speaker,",
        "shown = (name_of(self.victim),",
    ),
    # Who speaks for a victim is told only when the victim cannot be.
    "alone": (
        "domain/timing.py",
        "            return fresh + beside",
        "            return fresh",
    ),
    # Nobody looks whether a contact is the suspect's.
    "suspect": (
        "domain/suspects.py",
        "    return (now | {address for s in case.suspected",
        "    return set() and (now | {address for s in case.suspected",
    ),
}


class SabotageError(Exception):
    """The line to break is not there any more: this file must follow the product."""


def apply(name: str, package: Path) -> None:
    """Break one thing in a copy of the product.

    Raises:
        SabotageError: for a line that is not there.
    """
    module, line, mistake = SABOTAGES[name]
    path = package / module
    text = path.read_text(encoding="utf-8")
    if text.count(line) != 1:
        raise SabotageError(f"{module} does not hold the line that '{name}' breaks")
    path.write_text(text.replace(line, mistake), encoding="utf-8")

"""The deliberate mistakes of local AWS: each exchanges a line in the copy that is deployed."""

from dataclasses import dataclass
from pathlib import Path


@dataclass(frozen=True)
class Line:
    """A deliberate mistake in a deployed copy: a line of a module, exchanged for another."""

    mistake: str
    module: str
    line: str
    instead: str

    def make(self, package: Path) -> None:
        """Make it in a copy of the product."""
        path = package / self.module
        text = path.read_text(encoding="utf-8")
        assert text.count(self.line) == 1, f"{self.module} has no {self.line!r} any more"
        path.write_text(text.replace(self.line, self.instead), encoding="utf-8")


OF_LOCAL_AWS: dict[str, Line] = {
    "lose": Line(
        "chase takes a claim whose worker died for something that is over",
        *("notices/overdue.py", "    State.CLAIMED: _claimed,", "    State.CLAIMED: _over,"),
    ),
    "twice": Line(
        "what was tried is forgotten: the same text goes again, not the letter",
        "domain/routing.py",
        "tried = {(a.channel, a.address_key) for a in attempts}",
        "tried: set[tuple[Channel, str]] = set()",
    ),
    "keep": Line(
        "what a victim takes back from an agency stays there",
        "domain/hand_off_duties.py",
        "if consent.ended_at or stopped(case, victim) or is_public(case, victim):",
        "if stopped(case, victim) or is_public(case, victim):",
    ),
    "unsaid": Line(
        "an agency that confirmed a request does not hear that it was taken back",
        "domain/hand_offs.py",
        "unsaid=one.told_at is not None)",
        "unsaid=one.told_at is not None and not one.confirmed_at)",
    ),
    "name": Line(
        "an agency keeps the name of somebody who no longer speaks for a victim",
        "domain/hand_off_duties.py",
        "shown = (name_of(self.victim), *speaker,",
        "shown = (name_of(self.victim),",
    ),
    "alone": Line(
        "who speaks for a victim is told only when the victim cannot be",
        *("domain/timing.py", "            return fresh + beside", "            return fresh"),
    ),
    "suspect": Line(
        "nobody looks whether a contact is the suspect's",
        "domain/suspects.py",
        "    return (now | {address for s in case.suspected",
        "    return set() and (now | {address for s in case.suspected",
    ),
}

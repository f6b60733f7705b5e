"""What an agency may read on its page, in a person's words; and whether a page kept to it.

Imports nothing of the product, like `oracle`. A page shows what is handed on at that moment, and
whom the victim named and who said yes, until the victim ends it.
"""

from collections.abc import Collection, Iterable, Mapping
from dataclasses import dataclass
from datetime import datetime

from tests.rig.model import hand_offs, oracle
from tests.rig.model.hand_offs import EARLY, HELD, LATE, Agreement, Key
from tests.rig.model.scenario import Case, Named, Person, Scenario

NAMED = "Speaker-"  # begins the last name of everybody whom a victim names
MOST = 100  # requests on one page


@dataclass(frozen=True, slots=True)
class Shown:
    """A request on the page of an agency."""

    agency: str
    id: str  # of its hand-off
    victim: str  # the name
    speaker: str  # who speaks for the victim, or empty
    words: str  # all that the page says of it
    asked: datetime  # the page was asked for ...
    came: datetime  # ... and was there


def renamed(
    shown: Iterable[Shown], keys: Mapping[str, Key], named: Mapping[str, Named]
) -> set[str]:
    """Return the ids of hand-offs that agencies read with other names than are right at last."""
    speak = {
        (who.case, who.victim)
        for who in named.values()
        if who.said == "yes" and who.ended_by is None
    }
    return {one.id for one in shown if bool(one.speaker) != (keys[one.id][:2] in speak)}


@dataclass(frozen=True, slots=True)
class Reader:
    """Judges pages."""

    scenario: Scenario
    agreed: Iterable[Agreement]
    keys: Mapping[str, Key]
    named: Mapping[str, Named]
    late: datetime  # by when the consents that are taken back late had been taken back

    def wrong(self, shown: Iterable[Shown]) -> dict[str, list[str]]:
        """Return what is wrong on pages: who must not be read of, and who is missing beside one."""
        wrong: dict[str, list[str]] = {"wrong_recipient": [], "unequal": []}
        for one in shown:
            said = f"{hand_offs.words(self.keys[one.id])}, on the page"
            if not self._may_read(one):
                wrong["wrong_recipient"].append(f"{said}: it must not be there")
            who = self._who(one)
            if one.speaker and not _may_be_named(one, who):
                wrong["wrong_recipient"].append(f"{said}: somebody is named who must not be")
            elif who and not one.speaker and _must_be_named(one, who):
                wrong["unequal"].append(f"{said}: nobody is named who speaks")
        return wrong

    def _may_read(self, one: Shown) -> bool:
        key = self.keys[one.id]
        case = next(c for c in self.scenario.cases if c.number == key[0])
        agreed = next((a for a in self.agreed if (a.case, a.victim) == key[:2]), None)
        victim = next((v for v in case.after.victims if v.id == key[1]), None)
        if agreed is None or victim is None or key[2] != one.agency:
            return False
        over = agreed.taken_back == EARLY or (agreed.taken_back == LATE and one.asked > self.late)
        owed = (*key[2:], False) in hand_offs.occasions(case, agreed)
        whose = _tells_of(one, victim, agreed, case)
        return owed and whose and not over and not oracle.restricted(case.after)

    def _who(self, one: Shown) -> Named | None:
        key = self.keys[one.id]
        who = self.named.get(key[0])
        return who if who and who.victim == key[1] else None


def _tells_of(one: Shown, victim: Person, agreed: Agreement, case: Case) -> bool:
    """Whether a request has this victim's name, phone and case, by a number that it has."""
    digits = "".join(c for c in one.words if c.isdigit())
    name = one.victim == f"{victim.first} {victim.last}"
    numbers = (case.number, case.later_number or case.number)
    return name and agreed.phone[-10:] in digits and any(number in digits for number in numbers)


def _may_be_named(one: Shown, who: Named | None) -> bool:
    return (
        who is not None
        and f"{NAMED}{who.case}" in one.speaker
        and who.said == "yes"
        and who.said_from is not None
        and who.said_from <= one.came
        and (who.ended_by is None or one.asked <= who.ended_by)
    )


def _must_be_named(one: Shown, who: Named) -> bool:
    return (
        who.said == "yes"
        and who.said_by is not None
        and who.said_by < one.asked
        and (who.ended_from is None or one.came < who.ended_from)
    )


def unread(
    expected: Mapping[Key, frozenset[str]],
    found: Mapping[Key, str],
    last: Collection[Shown],
    keys: Mapping[str, Key],
) -> list[str]:
    """Return what waits for an agency at the end of a run and is not on its page."""
    there = {keys[one.id] for one in last}
    full = {key[2] for key in there if sum(k[2] == key[2] for k in there) >= MOST}
    return [
        f"{hand_offs.words(key)}: it is not on the page"
        for key, ends in expected.items()
        if ends == {HELD} and found.get(key) == HELD and key not in there and key[2] not in full
    ]

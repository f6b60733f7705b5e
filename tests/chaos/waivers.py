"""Victims of whom a later export says that they want no news: in a person's words, like `oracle`.

Imports nothing of the product. From then on they get only what goes to everybody. Their own
contacts hear of the waiver once, and a person looks unless two contacts may hear of it. A victim
whom that export brings first hears nothing of it.

The victims are drawn from random numbers of their own, as those of `incapacity` are.
"""

from collections.abc import Iterable
from dataclasses import replace
from random import Random

from tests.chaos import incapacity, oracle
from tests.chaos.incapacity import CHANGE, FIT
from tests.chaos.observed import (
    ABSENT,
    HELD,
    LETTERED,
    SUPPRESSED,
    Evidence,
    Expected,
    known_then,
    right_ends,
)
from tests.chaos.scenario import Case, Person, Scenario

SHARE = 0.1  # of the cases with nothing else wrong
WORD = "waived_in_file"
TASK = f"alone:{WORD}"
WORDS = (WORD, TASK)
ENOUGH = 2  # contacts that hear of it, so that no person need look


def mark_later(scenario: Scenario) -> None:
    """Do what `incapacity.mark_later` does, and let some of the other victims waive then."""
    incapacity.mark_later(scenario)
    mark(scenario)


def mark(scenario: Scenario) -> None:
    """Let some victims waive from the second export on; the other cases stay as they are."""
    dice = Random(f"waivers {scenario.seed}")
    for place, case in enumerate(scenario.cases):
        drawn = dice.random()
        if case.trouble not in FIT or drawn >= SHARE:
            continue
        first = case.before.victims[0].id
        people = (replace(p, rights="W") if p.id == first else p for p in case.after.people)
        scenario.cases[place] = replace(
            case,
            after=replace(case.after, people=tuple(people)),
            trouble=f"{case.trouble}, waived later",
        )


def expect_of(scenario: Scenario, case: Case, evidence: Evidence) -> Iterable[Expected]:
    """Yield what one case owes of a waiver: the word to the victim, and a person's task."""
    earlier = {victim.id for victim in case.before.victims if victim.rights != "W"}
    for victim in case.after.victims:
        if victim.rights == "W" and victim.id in earlier:
            yield from _of(scenario, case, victim, evidence)


def _of(scenario: Scenario, case: Case, victim: Person, evidence: Evidence) -> Iterable[Expected]:
    how = oracle.reach(case.after, victim)
    unknown = frozenset({ABSENT} if evidence.first_late else ())  # perhaps so in the first row
    key, task = ((case.number, victim.id, CHANGE, word) for word in WORDS)
    sent = evidence.sent.get(key, [])
    right = [
        s for s in sent if s.to in how.addresses and case.after in known_then(case, s, evidence)
    ]
    stopped = how.addresses & set(evidence.stopped)
    missed = how.addresses - stopped - scenario.dead - {s.to for s in sent}
    unsure = key in evidence.disturbed | evidence.cut_short
    untold = bool(missed) and not (unsure and sent)
    otherwise = {LETTERED if how.letter else HELD}  # unheard: a person calls
    yield Expected(key, len(sent) - len(right), untold, right_ends(sent, otherwise) | unknown)
    ends = {SUPPRESSED if len(how.addresses) >= ENOUGH else HELD}
    yield Expected(task, 0, False, frozenset(ends | ({HELD} if stopped else set())) | unknown)

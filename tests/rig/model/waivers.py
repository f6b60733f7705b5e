"""Victims of whom a later export says that they want no news: in a person's words, like `oracle`.

Imports nothing of the product. Once their own contacts of that moment heard of the waiver, they
get only what goes to everybody. If none heard, a person looks, and until then the waiver ends
nothing. A victim whom that export brings first hears nothing of it.

The victims are drawn from random numbers of their own, as those of `incapacity` are.
"""

from collections.abc import Iterable
from dataclasses import replace
from random import Random

from tests.rig.model import incapacity, oracle
from tests.rig.model.incapacity import CHANGE, FIT
from tests.rig.model.observed import ABSENT, HELD, Evidence, Expected, right_ends
from tests.rig.model.scenario import Case, Person, Scenario

SHARE = 0.1  # of the cases with nothing else wrong
WORD = "waived_in_file"


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
    """Yield what one case owes of a waiver: the word to the victim, or a person's task."""
    earlier = {victim.id: victim for victim in case.before.victims if victim.rights != "W"}
    for victim in case.after.victims:
        if victim.rights == "W" and victim.id in earlier:
            yield _of(scenario, case, earlier[victim.id], evidence)


def _of(scenario: Scenario, case: Case, earlier: Person, evidence: Evidence) -> Expected:
    how = oracle.reach(case.before, earlier)
    unknown = frozenset({ABSENT} if evidence.first_late else ())  # perhaps so in the first row
    key = (case.number, earlier.id, CHANGE, WORD)
    sent = evidence.sent.get(key, [])
    wrong = sum(message.to not in how.addresses for message in sent)
    missed = how.addresses - set(evidence.stopped) - scenario.dead - {s.to for s in sent}
    unsure = key in evidence.disturbed | evidence.cut_short
    untold = bool(missed) and not (unsure and sent)
    return Expected(key, wrong, untold, right_ends(sent, {HELD}) | unknown)

"""Victims whose way of being told a later export changes: like `oracle`.

Imports nothing of the product. Anyone who could be written to before hears of it once, and nobody
looks if that fails. In the first hour of a case nobody hears: records are still being typed.
"""

from collections import Counter
from collections.abc import Iterable, Mapping
from dataclasses import replace
from datetime import timedelta

from tests.rig.model import incapacity, oracle
from tests.rig.model.incapacity import CHANGE, MARK
from tests.rig.model.observed import ABSENT, HELD, SUPPRESSED, Evidence, Expected, right_ends
from tests.rig.model.scenario import Case, Person, Scenario, State

WORD = "contact_in_file"
SETTLED = timedelta(hours=1)


def expect_of(scenario: Scenario, case: Case, evidence: Evidence) -> Iterable[Expected]:
    """Yield what one case owes of another phone or email, or of others who are told."""
    earlier = {victim.id: victim for victim in case.before.victims}
    counts = incapacity.in_force(case)
    sure = counts == case or not evidence.first_late
    for victim in counts.after.victims:
        first = earlier.get(victim.id)
        was = oracle.reach(case.before, first).addresses if first else frozenset()
        if first and was and _where(case.before, first) != _where(counts.after, victim):
            duty = _of(scenario, case, victim, was, evidence)
            either = frozenset({HELD, SUPPRESSED, ABSENT})
            yield duty if sure else replace(duty, untold=False, ends=duty.ends | either)


def _where(state: State, victim: Person) -> set[str]:
    return {address for person in oracle.told(state, victim) for address in person.addresses}


def _of(
    scenario: Scenario, case: Case, victim: Person, was: frozenset[str], evidence: Evidence
) -> Expected:
    key = (case.number, victim.id, CHANGE, WORD)
    sent = evidence.sent.get(key, [])
    wrong = sum(message.to not in was for message in sent)
    missed = was - set(evidence.stopped) - scenario.dead - {message.to for message in sent}
    unsure = key in evidence.disturbed | evidence.cut_short
    must = _settled(case, victim, evidence)
    otherwise = {SUPPRESSED} if must else {SUPPRESSED, ABSENT}
    untold = bool(missed) and (must or bool(sent)) and not (unsure and sent)
    return Expected(key, wrong, untold, right_ends(sent, otherwise))


def _settled(case: Case, victim: Person, evidence: Evidence) -> bool:
    """Whether the victim surely was on file for an hour when the later export came."""
    whose, change = (case.number, victim.id), evidence.change_from
    told = (s.at for key, sent in evidence.sent.items() if key[:2] == whose for s in sent)
    first = min(told, default=None)
    return first is not None and change is not None and first + SETTLED <= change


def with_short_keys(ledger: Iterable[Mapping[str, str]]) -> list[dict[str, str]]:
    """Return the ledger with each victim's first such change under its word, the next as another.

    The product adds the moment at which it saw the change, which no scenario knows.
    """
    rows = sorted((dict(row) for row in ledger), key=lambda row: row["fact"])
    times = Counter[tuple[str, str, str]]()
    for row in rows:
        word, _, moment = row["fact"].partition(":@")
        if moment and word in (WORD, MARK):
            whose = row["case"], row["victim"], word
            times[whose] += 1
            row["fact"] = word if times[whose] == 1 else f"{word} {times[whose]}"
    return rows

"""Victims who are marked: incapacitated, dead, or a minor who was an adult; like `oracle`.

Imports nothing of the product. Others are then told in the victim's place. The victim's own
contacts hear of the mark itself, once, and of nothing else, as long as it is there. That somebody
is dead or a minor from the first row on is not announced: these contacts were never used.

The marks are drawn from random numbers of their own. A scenario without them stays as it was, and
so do the seeds that once failed.
"""

from collections import Counter
from collections.abc import Iterable, Mapping
from dataclasses import replace
from datetime import date
from random import Random
from typing import Any

from tests.rig.model import oracle
from tests.rig.model.observed import (
    ABSENT,
    DELIVERED,
    HELD,
    SUPPRESSED,
    Evidence,
    Expected,
    Sent,
    known_then,
    right_ends,
)
from tests.rig.model.scenario import Case, Person, Scenario, State

# The sample agency has no such column: these lines of its settings are exchanged for a run.
SETTINGS = {
    "      # incapacitated: INCAP_FLAG ": "      incapacitated: INCAP_FLAG #",
    '      deceased: {"Y": "yes", "N": "no"}\n': (
        '      deceased: {"Y": "yes", "N": "no"}\n      incapacitated: {"Y": "yes", "N": "no"}\n'
    ),
}
CHANGE, MARK = "contact_changed", "incapacitated"
FIT = frozenset({"none", "hearing_added", "withdrawn"})  # cases with nothing else wrong
SHARE = 0.25  # of these
ALWAYS, BECOMES, ENDS = "always", "becomes", "ends"  # when the first victim of a case is marked
COURSES = (BECOMES, BECOMES, ALWAYS, ENDS)
SPEAKERS = ("NOK", "GRD", "REP", "")  # who speaks for the victim; nobody: each notice is a task
LATER = (  # a mark that comes or goes, what a row says then, and who speaks for the victim
    ("dead", {"deceased": True}, "NOK"),
    ("a minor by flag", {"minor": True}, "GRD"),
    ("a minor by birth date", {"born": date(2015, 5, 5)}, "GRD"),
)


def mapped(settings: str) -> str:
    """Return the sample agency's settings with the column."""
    for usual, here in SETTINGS.items():
        assert settings.count(usual) == 1, f"the sample agency has {usual!r} no more"
        settings = settings.replace(usual, here)
    return settings


def mark(scenario: Scenario) -> None:
    """Mark some victims; the other cases stay as they are."""
    dice = Random(f"incapacity {scenario.seed}")
    for place, case in enumerate(scenario.cases):
        drawn, course, role = dice.random(), dice.choice(COURSES), dice.choice(SPEAKERS)
        if role == "REP":
            course = ALWAYS  # of a victim who can act, a representative is told beside the victim
        if case.trouble in FIT and drawn < SHARE:
            victim = case.before.victims[0]
            speakers = [_speaker(victim, role, place)] if role else []
            scenario.cases[place] = replace(
                case,
                before=_state(case.before, victim, speakers, {MARK: course in (ALWAYS, ENDS)}),
                after=_state(case.after, victim, speakers, {MARK: course in (ALWAYS, BECOMES)}),
                trouble=f"{case.trouble}, {MARK} {course}",
            )


def mark_later(scenario: Scenario) -> None:
    """Let some victims die and some adults become minors, or take it back; call after `mark`.

    Some victims who are incapacitated die as well: they get one message for both.
    """
    dice = Random(f"later marks {scenario.seed}")
    for place, case in enumerate(scenario.cases):
        drawn, (word, said, role) = dice.random(), dice.choice(LATER)
        course = dice.choice((BECOMES, BECOMES, ENDS))
        role = dice.choice((role, role, "NOK", "GRD", ""))
        if drawn < SHARE and case.trouble in FIT:
            victim = case.before.victims[0]
            speakers = [_speaker(victim, role, place)] if role else []
            then, now = ({}, said) if course == BECOMES else (said, {})
            scenario.cases[place] = replace(
                case,
                before=_state(case.before, victim, speakers, then),
                after=_state(case.after, victim, speakers, now),
                trouble=f"{case.trouble}, {word} {course}",
            )
        elif drawn < SHARE and case.trouble.endswith((ALWAYS, f"{MARK} {BECOMES}")):
            both = _state(case.after, case.before.victims[0], (), {"deceased": True})
            scenario.cases[place] = replace(case, after=both, trouble=f"{case.trouble}, dies")


def _speaker(victim: Person, role: str, n: int) -> Person:
    """Return a person who speaks for a victim, reached in one way or two."""
    return replace(
        victim,
        id=f"P9{n:04d}",
        role=role,
        last=f"Kin-{n}",
        phone=f"+1707555{100 + n % 100:04d}" if n % 3 else "",
        email=f"kin{n}@example.net" if n % 3 != 1 else "",
        street=f"{n} N Kin Way" if n % 2 else "",
        rights="",
        speaks_for=victim.id,
    )


def _state(
    state: State, victim: Person, speakers: Iterable[Person], said: Mapping[str, Any]
) -> State:
    people = (replace(p, **said) if p.id == victim.id else p for p in state.people)
    return replace(state, people=(*people, *speakers))


def with_short_keys(
    ledger: Iterable[Mapping[str, str]], words: Iterable[str] = (MARK,)
) -> list[dict[str, str]]:
    """Return the ledger with each victim's first mark as `incapacitated`, the next as another.

    The product adds the moment at which it first saw the mark, which no scenario knows.

    Args:
        words: the marks.
    """
    rows = sorted((dict(row) for row in ledger), key=lambda row: row["fact"])
    marks, times = frozenset(words), Counter[tuple[str, str, str]]()
    for row in rows:
        word, moment, _ = row["fact"].partition("@")
        word = word.removesuffix(":")
        if moment and word in marks:
            whose = row["case"], row["victim"], word
            times[whose] += 1
            row["fact"] = word if times[whose] == 1 else f"{word} {times[whose]}"
    return rows


def expect(scenario: Scenario, evidence: Evidence) -> list[Expected]:
    """Return what is owed of the marks themselves."""
    return [d for case in scenario.cases for d in expect_of(scenario, case, evidence)]


def expect_of(scenario: Scenario, case: Case, evidence: Evidence) -> Iterable[Expected]:
    """Yield what one case owes of a mark, or may have owed for a while."""
    before = {v.id: v for v in case.before.victims}
    for victim in case.after.victims:
        key, first = (case.number, victim.id, CHANGE, MARK), before.get(victim.id, victim)
        sent = evidence.sent.get(key, [])
        wrong = sum(not _own(case, first, message, evidence) for message in sent)
        if is_told(victim, first):
            how = oracle.reach(case.after, _able(victim, first))
            spent = scenario.dead | set(evidence.stopped)
            missed = how.addresses - spent - {message.to for message in sent}
            unsure = key in evidence.disturbed | evidence.cut_short
            untold = bool(missed) and not (unsure and sent)
            otherwise = {HELD}  # unheard: a person calls
            if evidence.first_late and not victim.incapacitated and not sent:
                untold, otherwise = False, otherwise | {ABSENT}  # perhaps so in the first row
            yield Expected(key, wrong, untold, right_ends(sent, otherwise))
        elif first.incapacitated:
            arrived = {DELIVERED} if any(s.receipt == "delivered" for s in sent) else set()
            gone = {SUPPRESSED} if sent else {SUPPRESSED, ABSENT}
            yield Expected(key, wrong, False, frozenset(arrived | gone))


def is_told(victim: Person, first: Person) -> bool:
    """Whether a victim's own contacts are told that others hear in the victim's place.

    Args:
        first: the victim as the first row said.
    """
    dies = victim.deceased and not first.deceased
    return victim.incapacitated or dies or (oracle.is_child(victim) and not oracle.is_child(first))


def _own(case: Case, first: Person, message: Sent, evidence: Evidence) -> bool:
    """Whether a word of the mark went to a contact of the victim's own while it was there."""
    known = known_then(case, message, evidence)
    marked = ((s, v) for s in known for v in s.victims if v.id == first.id and is_told(v, first))
    return any(message.to in oracle.reach(state, _able(v, first)).addresses for state, v in marked)


def _able(victim: Person, first: Person) -> Person:
    return replace(victim, incapacitated=False, deceased=False, minor=False, born=first.born)


def cannot_look(case: Case, state: State) -> bool:
    """Whether the first victim's name and birth date open nothing now."""
    firsts = zip(state.victims[:1], case.before.victims[:1], strict=False)
    return any(victim.deceased or is_told(victim, first) for victim, first in firsts)

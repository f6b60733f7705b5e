"""Whom victims name to speak for them, and what that owes: in a person's words, like `oracle`.

Imports nothing of the product. The person named gets one question. Who says yes gets the victim's
news at the same time as the victim, until the victim ends it. The victim's own contacts hear of the
naming, of the yes and of the end; the person named does not.
"""

from collections.abc import Iterable
from dataclasses import replace

from tests.rig.model import oracle
from tests.rig.model.incapacity import in_force
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
from tests.rig.model.scenario import LEAVES_WITHIN, Case, Named, Person, Scenario

QUESTION, CHANGE = "enrollment_confirmed", "contact_changed"
# What may be wrong with a case in which somebody is named: nothing that spoils a contact. The case
# changes later, so that there is news for who said yes.
FIT = frozenset(
    {
        *("none", "hearing_added", "withdrawn", "victim_removed", "minor"),
        *("becomes_flagged", "becomes_dangerous", "dangerous_offense", "flagged", "relationship"),
    }
)
# What the one named answers, and when the victim ends it; one is on the suspect's phone.
COURSES = (
    ("yes", ""),
    ("yes", "late"),
    ("no", ""),
    ("yes", "soon"),
    ("yes", ""),
    ("", ""),
    ("suspect", ""),
    ("yes", "late"),
)
EVERY = 2  # of the fit cases, one in so many


def named(scenario: Scenario) -> dict[str, Named]:
    """Return whom victims name, by case.

    In every second fit case the first victim names somebody, and in every fit case of a child.
    """
    fit = [
        (case, victim)
        for case in scenario.cases
        if case.trouble in FIT and case.after != case.before
        for victim in case.before.victims[:1]
        if oracle.reach(case.before, victim).addresses or oracle.restricted(case.before)
    ]
    children = [one for one in fit if one[1].minor]
    adults = [one for one in fit if not one[1].minor]
    chosen = enumerate(children + adults[::EVERY])
    return {case.number: _one(case, victim, n) for n, (case, victim) in chosen}


def _one(case: Case, victim: Person, n: int) -> Named:
    answers, ends = COURSES[n % len(COURSES)]
    address = f"+1916555{100 + n:04d}" if n % 3 else f"speaker{n}@example.net"
    if answers == "suspect":
        answers, address = "", case.before.suspects[0].phone
    return Named(
        case=case.number,
        victim=victim.id,
        id=f"speaker-{victim.id}",
        address=address,
        answers=answers,
        ends=ends,
        hears=tuple(sorted(oracle.reach(case.before, victim).addresses)),
    )


def expect(scenario: Scenario, evidence: Evidence) -> list[Expected]:
    """Return what is owed of the namings themselves: the question, and what the victim hears."""
    cases = {case.number: case for case in scenario.cases}
    return [duty for one in evidence.named.values() for duty in _of(cases[one.case], one, evidence)]


def held_too(duty: Expected, evidence: Evidence) -> Expected:
    """Return a victim's duty that a person may have: nobody is known to have heard of an end.

    An abuser may have ended it, so what has reached nobody by then waits for a supervisor. The
    messages that leave at that moment may be cut: some went, and the rest does not go.
    """
    one = evidence.named.get(duty.key[0])
    if one is None or one.ended_from is None or one.victim != duty.key[1]:
        return duty
    sent = evidence.sent.get(duty.key, [])
    cut = any(message.at >= one.ended_from - LEAVES_WITHIN for message in sent)
    word = evidence.sent.get((one.case, one.victim, CHANGE, f"removed:{one.id}"), [])
    heard = any(message.receipt == DELIVERED for message in word)
    ends = duty.ends if heard else duty.ends | {HELD}
    return replace(duty, ends=ends, untold=duty.untold and not cut)


def _of(case: Case, one: Named, evidence: Evidence) -> Iterable[Expected]:
    case = in_force(case)
    victim = next((v for v in case.after.victims if v.id == one.victim), None)
    over = victim is None or one.said == "no" or one.ended_by is not None
    yield _question(case, one, victim, evidence, over=over)
    yield _change(case, one, victim, evidence, word="contact", unheard=HELD)
    if one.said == "yes":
        yield _change(case, one, victim, evidence, word="agreed", unheard=ABSENT)
    if one.said == "no" or one.ended_by is not None:
        unheard = ABSENT if one.said == "no" else HELD
        yield _change(case, one, victim, evidence, word="removed", unheard=unheard)


def _question(
    case: Case, one: Named, victim: Person | None, evidence: Evidence, *, over: bool
) -> Expected:
    """Return the duty to ask the person named: nobody else, never a suspect, never after an end."""
    key = (one.case, one.victim, QUESTION, f"contact:{one.id}")
    sent = evidence.sent.get(key, [])
    wrong = sum(not _may_be_asked(case, one, message, evidence) for message in sent)
    if over:
        return Expected(key, wrong, False, _gone(sent))
    if _of_suspect(case, one) or victim is None or oracle.reach(case.after, victim).held:
        return Expected(key, wrong, False, right_ends(sent, {HELD}))
    return Expected(key, wrong, not sent, right_ends(sent, {SUPPRESSED}))


def _may_be_asked(case: Case, one: Named, message: Sent, evidence: Evidence) -> bool:
    over = one.said_by if one.said == "no" else one.ended_by
    known = known_then(case, message, evidence)
    people = ((state, v) for state in known for v in state.victims if v.id == one.victim)
    return (
        message.to == one.address
        and not _of_suspect(case, one)
        and (over is None or message.decided <= over + LEAVES_WITHIN)
        and any(not oracle.reach(state, victim).held for state, victim in people)
    )


def _of_suspect(case: Case, one: Named) -> bool:
    return one.address in {s.phone for s in case.after.suspects}


def _change(
    case: Case,
    one: Named,
    victim: Person | None,
    evidence: Evidence,
    *,
    word: str,
    unheard: str,
) -> Expected:
    """Return the duty to tell the victim's own contacts of a naming, a yes or an end.

    The contacts of the moment hear of it, whatever comes later. If none does, a supervisor looks at
    a naming and an end (`unheard`).
    """
    key = (one.case, one.victim, CHANGE, f"{word}:{one.id}")
    sent = evidence.sent.get(key, [])
    wrong = sum(not _own(case, one, message, evidence) for message in sent)
    if victim is None:
        return Expected(key, wrong, False, _gone(sent))
    how = oracle.reach(case.after, victim)
    if how.held:
        return Expected(key, wrong, False, right_ends(sent, {HELD}))
    missed = how.addresses - {message.to for message in sent}
    unsure = key in evidence.disturbed | evidence.cut_short
    untold = not sent if unsure else bool(missed)
    otherwise = {HELD} if unheard == HELD else {SUPPRESSED, ABSENT}
    return Expected(key, wrong, untold, right_ends(sent, otherwise))


def _own(case: Case, one: Named, message: Sent, evidence: Evidence) -> bool:
    known = known_then(case, message, evidence)
    people = ((state, v) for state in known for v in state.victims if v.id == one.victim)
    return any(message.to in oracle.reach(state, victim).addresses for state, victim in people)


def _gone(sent: list[Sent]) -> frozenset[str]:
    """Return how a duty may end that is owed no more."""
    arrived = {DELIVERED} if any(s.receipt == "delivered" for s in sent) else set()
    return frozenset(arrived | ({SUPPRESSED} if sent else {SUPPRESSED, ABSENT}))


def told(scenario: Scenario, evidence: Evidence) -> dict[str, int]:
    """Return how many messages of news went to people who were named; a question is not news.

    They are told beside a victim, or in the place of a child.
    """
    children = {v.id for case in scenario.cases for v in case.before.victims if v.minor}
    found = {"told_beside": 0, "told_in_place": 0}
    for (case, victim, kind, _), sent in evidence.sent.items():
        one = evidence.named.get(case)
        if one and kind != QUESTION:
            how = "told_in_place" if victim in children else "told_beside"
            found[how] += sum(message.to == one.address for message in sent)
    return found

"""Contacts that visitors leave on the portal, and what that owes; like `oracle`.

Imports nothing of the product. By name and birth date a contact is added beside the others. It
gets the news, but none that could warn a suspect and that the page does not show. A contact left
with a code gets all news. The new contact is confirmed, and the victim's own contacts hear of it.

Who has that knowledge may also warn that others read a contact. Then nothing goes by itself to
this victim any more, and what only the contact left by knowledge got does not count.
"""

from collections.abc import Iterable
from random import Random
from typing import Any

from tests.rig.model import oracle
from tests.rig.model.observed import (
    HELD,
    SUPPRESSED,
    Evidence,
    Expected,
    Sent,
    known_then,
    right_ends,
)
from tests.rig.model.scenario import CODE, KNOWLEDGE, Case, Left, Scenario

CONFIRMED, CHANGE = "enrollment_confirmed", "contact_changed"
# What may be wrong with a case in which somebody leaves a contact: nothing that spoils one.
FIT = frozenset({"none", "hearing_added", "withdrawn", "becomes_flagged", "becomes_dangerous"})
SHARE, WARNS = 0.3, 0.5  # of the fit cases; of those who leave one by knowledge


def leavers(scenario: Scenario) -> dict[str, Left]:
    """Return who leaves a contact, by case: always where news comes that could warn a suspect.

    Always as well where the report has an email alone: a text to the visitor then goes first, and
    they warn before the email has left.
    """
    dice, found = Random(f"contacts {scenario.seed}"), dict[str, Left]()
    for n, case in enumerate(scenario.cases):
        drawn, warns = dice.random(), dice.random()
        proof = dice.choice((KNOWLEDGE, KNOWLEDGE, CODE))
        if case.trouble not in FIT or not case.before.victims:
            continue
        victim = case.before.victims[0]
        early = bool(case.after.prosecutor_at) and not case.after.shows_prosecutor
        if early or not victim.phone:
            drawn, proof = 0.0, KNOWLEDGE
        by_email = bool(victim.phone) and not early and n % 3 == 0
        own = oracle.reach(case.before, victim).addresses
        if drawn < SHARE and own:
            found[case.number] = Left(
                case=case.number,
                victim=victim.id,
                address=f"new{n}@example.net" if by_email else f"+1323555{100 + n % 100:04d}",
                proof=proof,
                own=tuple(sorted(own)),
                warns=proof == KNOWLEDGE and (warns < WARNS or not victim.phone) and not early,
            )
    return found


def expect_of(_: Scenario, case: Case, evidence: Evidence) -> Iterable[Expected]:
    """Yield what a contact owes that was left: its confirmation, and word to the victim's own."""
    left = evidence.left.get(case.number)
    if left is None or left.stored_by is None:
        return
    held = {HELD} if left.warned_from or oracle.restricted(case.after) else set()
    own = set(left.own)
    for kind, hears, until in (
        (CONFIRMED, {left.address}, None),
        (CHANGE, own, left.warned_by),
    ):
        key = (case.number, left.victim, kind, f"contact:{left.id}")
        sent = evidence.sent.get(key, [])
        wrong = sum(not _right(case, s, evidence, hears, until) for s in sent)
        missed = hears - evidence.stopped.keys() - {message.to for message in sent}
        unsure = held or (key in evidence.disturbed | evidence.cut_short and sent)
        untold = bool(missed) and not unsure
        yield Expected(key, wrong, untold, right_ends(sent, {SUPPRESSED} | held))


def _right(case: Case, message: Sent, evidence: Evidence, hears: set[str], until: Any) -> bool:
    late = until is not None and message.at > until
    open_then = any(not oracle.restricted(s) for s in known_then(case, message, evidence))
    return message.to in hears and not late and open_then

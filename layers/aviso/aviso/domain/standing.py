"""What a victim is, and what a later row may say otherwise (docs/rules.md#23). Pure.

A standing is a set of words: what the victim is, the marks, whether they waived or were taken off
the case. The first row's counts. A later row that says otherwise changes nothing: the victim is in
doubt until the records system takes it back, or a supervisor decides.
"""

from collections.abc import Collection
from datetime import date, datetime

from msgspec.structs import replace

from aviso.domain.model import Case, Enrollment, Victim
from aviso.domain.people import A_PERSON, ORGANIZATION, PUBLIC, UNKNOWN_TYPE, is_minor, is_silenced
from aviso.domain.requests import Rights

PERSON, DECEASED, INCAPACITATED, MINOR = "person", "deceased", "incapacitated", "minor"
WAIVED, REMOVED = "waived", "removed"
MARKS = frozenset({DECEASED, INCAPACITATED, MINOR})
TYPES = frozenset({ORGANIZATION, PUBLIC, UNKNOWN_TYPE})
WORDS = (
    ORGANIZATION,
    PUBLIC,
    UNKNOWN_TYPE,
    PERSON,
    DECEASED,
    INCAPACITATED,
    MINOR,
    WAIVED,
    REMOVED,
)  # as pages list them
AGES = ("minor", "age", "age_at", "birth_date")
CONTACTS = ("phone", "phone_type", "email", "street", "city", "region", "postal_code")
Standing = frozenset[str]


def standing_of(victim: Victim, day: date) -> Standing:
    """Return the words that count for a victim; only a person has marks."""
    person = victim.victim_type == A_PERSON
    said = {
        victim.victim_type or PERSON: True,
        DECEASED: person and victim.deceased,
        INCAPACITATED: person and victim.incapacitated,
        MINOR: person and is_minor(victim, day),
        WAIVED: victim.rights is Rights.WAIVED,
        REMOVED: victim.removed,
    }
    return frozenset(word for word, so in said.items() if so)


def with_standing(
    victim: Victim, words: Standing, day: date, former: Victim | None = None
) -> Victim:
    """Return a victim for whom these words count; with several types, none is known.

    Args:
        former: the victim's row of before: where it says the same, its age and answer stay.
    """
    before, types, minor, waived = former or victim, words & TYPES, MINOR in words, WAIVED in words
    found = replace(
        victim,
        victim_type=A_PERSON if not types else min(types) if len(types) == 1 else UNKNOWN_TYPE,
        deceased=DECEASED in words,
        incapacitated=INCAPACITATED in words,
        removed=REMOVED in words,
    )
    if waived is not (found.rights is Rights.WAIVED):
        other = Rights.WAIVED if waived else Rights.UNANSWERED
        stays = waived is (before.rights is Rights.WAIVED)
        found = replace(found, rights=before.rights if stays else other)
    if types or minor is is_minor(found, day):
        return found
    if minor is is_minor(before, day):
        ages = {name: getattr(before, name) for name in AGES}
        return replace(found, **ages)
    found = replace(found, minor=minor, age=None)
    return found if is_minor(found, day) is minor else replace(found, birth_date=None)


def as_reported(victim: Victim, day: date) -> Victim:
    """Return a victim as the records system's latest row calls them."""
    return with_standing(victim, standing_of(victim, day) ^ {*victim.differs}, day)


def in_force(row: Victim, stored: Victim, day: date) -> Victim:
    """Return a later row of a victim with what counts, and what it says otherwise.

    Who grows up, takes a waiver back or is on the case again asks nobody, unless a supervisor
    decided otherwise. While anything else is in doubt, the contacts of before stay: a supervisor
    sees them, and calls them.
    """
    counts, says = standing_of(stored, day), standing_of(row, day)
    kept = counts - ({MINOR, WAIVED, REMOVED} - says - {*stored.overruled})
    differs = says ^ kept
    if differs - {WAIVED, *stored.overruled}:
        row = replace(row, **{name: getattr(stored, name) for name in CONTACTS})
    return replace(with_standing(row, kept, day, stored), differs=tuple(sorted(differs)))


def as_judged(victim: Victim, words: Collection[str], day: date, at: datetime) -> Victim:
    """Return a victim for whom a supervisor says that these words count.

    What the records system says otherwise is overruled until it says something else.
    """
    says = standing_of(victim, day) ^ {*victim.differs}
    row = with_standing(victim, frozenset(words), day)
    differs = tuple(sorted(says ^ standing_of(row, day)))
    return replace(row, differs=differs, overruled=differs, judged_at=at)


def doubts(victim: Victim, given: Enrollment) -> Standing:
    """Return the words of which nobody knows whether they count.

    What the victim told Aviso about news counts more than a waiver.

    Args:
        given: the victim's enrollment.
    """
    answered = {WAIVED} if given.rights is not Rights.UNANSWERED else set()
    return frozenset(victim.differs) - {*victim.overruled} - answered


def asks(victim: Victim, given: Enrollment) -> str:
    """Return what a supervisor is asked about a victim, for a fact's key; empty: nothing."""
    return "-".join(sorted(doubts(victim, given)))


def in_doubt(case: Case, victim: Victim) -> bool:
    """Whether a person must say what a victim is before anybody is told.

    A victim who came to the case after one who may be removed is perhaps only put in their place.
    """
    if victim.victim_type == UNKNOWN_TYPE or _doubts_of(case, victim):
        return True
    gone = (v.first_seen for v in case.victims if REMOVED in v.differs)
    return victim.judged_at is None and any(
        at and victim.first_seen and at < victim.first_seen for at in gone
    )


def is_closed(case: Case, victim: Victim) -> bool:
    """Whether name and birth date open nothing: who changes the standing could get in."""
    return is_silenced(victim) or in_doubt(case, victim)


def is_public(case: Case, victim: Victim) -> bool:
    """Whether a victim is the public, who is told nothing, and nobody must look at that."""
    return victim.victim_type == PUBLIC and not _doubts_of(case, victim)


def _doubts_of(case: Case, victim: Victim) -> Standing:
    return doubts(victim, case.enrollment_of(victim.origin))

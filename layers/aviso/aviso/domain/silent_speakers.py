"""Why somebody who may speak for a victim is not told, as the desk's case page says it.

Pure. `contacts.reach` decides who is told; these are its reasons as words, the gravest first.
"""

from datetime import date

from aviso.domain.contacts import DECLINED, DESK, ENDED, NOT_ME, NOT_MINE, TAKEN_OFF
from aviso.domain.model import Case, EnrolledContact, Speaker, Victim
from aviso.domain.people import named_by_desk, spoken_for
from aviso.domain.representatives import HOUSEHOLD, PERHAPS_SUSPECT, doubt, ended, suspected
from aviso.domain.suspects import is_suspect

PERSON_SUSPECTED = "person_suspected"
# Why a contact was removed -> a key of the desk's words. One given again is not among them.
REMOVED = {
    ENDED: "ended",
    DECLINED: "declined",
    TAKEN_OFF: "taken_off",
    NOT_MINE: "not_mine",
    NOT_ME: "not_me",
}
# What is about the person, not about the phone or email alone.
WORDS = frozenset(
    {
        *("ended", "declined", PERSON_SUSPECTED, "desk_only", "not_agreed"),
        *(PERHAPS_SUSPECT, HOUSEHOLD),
        *("victim_speaks", "other_role"),
    }
)


def why_named(case: Case, victim: Victim, contact: EnrolledContact, today: date) -> str:
    """Return why a person whom a victim named is not told, a key of the desk's words; or empty."""
    agreed = contact.holder is not None and contact.holder.agreed_at is not None
    return _first(
        (REMOVED.get(contact.removed_why, ""), not contact.active),
        (PERSON_SUSPECTED, suspected(case, contact)),
        ("unsafe", not contact.safe),
        ("desk_only", named_by_desk(case, victim, today) and contact.level != DESK),
        (doubt(case, contact), not (agreed or contact.level == DESK)),
        ("not_agreed", not agreed),
    )


def why_reported(case: Case, victim: Victim, speaker: Speaker, today: date) -> str:
    """Return why a person whom the report names is not told, a key of the desk's words; or empty.

    `spoken_for` says who is told in a victim's place. A victim who speaks for themself is told, and
    besides them only a representative.
    """
    told = list(spoken_for(case, victim, today))
    own = victim in told
    return _first(
        (PERSON_SUSPECTED, is_suspect(case, speaker)),
        ("ended", speaker.origin in ended(case, victim)),
        ("victim_speaks", own and speaker.relation != "representative"),
        ("other_role", not own and speaker not in told),
    )


def why_removed(case: Case, victim: Victim, address: str) -> str:
    """Return why a phone or email was taken off a case, if nobody uses it there; or empty.

    "This is not me" is not among these: the desk takes that back, so `guards` has it.
    """
    given = case.enrollment_of(victim.origin).contacts
    theirs = [c for c in given if c.address == address]
    removed = sorted((c.removed_at, c.removed_why) for c in theirs if c.removed_at)
    if not removed or any(c.active for c in theirs) or removed[-1][1] == NOT_ME:
        return ""
    return REMOVED.get(removed[-1][1], "")


def _first(*reasons: tuple[str, bool]) -> str:
    return next((word for word, holds in reasons if word and holds), "")

"""Who speaks for a victim: why somebody is not told, and who answers. Pure.

`contacts.reach` decides who is told; the reasons here are words for the desk's case page, the
gravest first. A victim who cannot act answers by those who speak in the victim's place
(docs/rules.md#22).
"""

from collections.abc import Mapping

from aviso.domain.case_at import CaseAt
from aviso.domain.contacts import (
    DECLINED,
    DESK,
    ENDED,
    NOT_ME,
    NOT_MINE,
    PORTAL,
    SPEAKS,
    TAKEN_OFF,
    by_knowledge_alone,
    doubted,
)
from aviso.domain.model import Case, EnrolledContact, Speaker, Victim
from aviso.domain.notice import Attempt
from aviso.domain.people import is_organization, name_of, named_by_desk
from aviso.domain.representatives import (
    HOUSEHOLD,
    PERHAPS_SUSPECT,
    as_person,
    doubt,
    ended,
    suspected,
)
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


def why_named(at: CaseAt, victim: Victim, contact: EnrolledContact) -> str:
    """Return why a person whom a victim named is not told, a key of the desk's words; or empty."""
    case = at.case
    agreed = contact.holder is not None and contact.holder.agreed_at is not None
    return _first(
        (REMOVED.get(contact.removed_why, ""), not contact.active),
        (PERSON_SUSPECTED, suspected(case, contact)),
        ("unsafe", not contact.safe),
        ("desk_only", named_by_desk(case, victim, at.today) and contact.level != DESK),
        (doubt(case, contact), not (agreed or contact.level == DESK)),
        ("not_agreed", not agreed),
    )


def why_reported(at: CaseAt, victim: Victim, speaker: Speaker) -> str:
    """Return why a person whom the report names is not told, a key of the desk's words; or empty.

    `spoken_for` says who is told in a victim's place. A victim who speaks for themself is told, and
    besides them only a representative.
    """
    case, told = at.case, at.spoken_for(victim)
    own = victim in told
    return _first(
        (PERSON_SUSPECTED, is_suspect(case, speaker)),
        ("ended", speaker.origin in ended(case, victim)),
        ("unsafe", not speaker.safe_to_contact),
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


def who_answers(at: CaseAt, victim: Victim) -> dict[str, str]:
    """Return who may answer for a victim: the name by the id that a record keeps.

    It is the victim alone, if the victim can act, or an organization. Otherwise it is those who are
    told in the victim's place. It is empty if nobody is known.
    """
    if is_organization(victim) or victim in at.spoken_for(victim):
        return {victim.origin: name_of(victim)}
    return told_instead(at, victim)


def told_instead(at: CaseAt, victim: Victim) -> dict[str, str]:
    """Return who is told in the place of a victim who cannot act, or of an organization.

    These are people of the records system by their origin, and people who were named and said yes
    by the id of their contact. It is empty if nobody is known.
    """
    named = (
        contact
        for contact in at.case.enrollment_of(victim.origin).representatives
        if contact.holder and not why_named(at, victim, contact)
    )
    reported = {person.origin: name_of(person) for person in at.spoken_for(victim)}
    return reported | {c.id: name_of(as_person(c.holder)) for c in named if c.holder}


def others_who_answer(victim: Victim, may_answer: Mapping[str, str]) -> dict[str, str]:
    """Return who must say that they answer for a victim; empty if the victim answers, or nobody.

    Args:
        may_answer: what `who_answers` says.
    """
    return {id: name for id, name in may_answer.items() if id != victim.origin}


def went_to_victim(at: CaseAt, victim: Victim, attempt: Attempt) -> bool:
    """Whether an attempt went to the victim's own contact, or to one who acts in their place.

    On a restricted case, and after a warning that was left by knowledge, a contact that was left by
    knowledge alone may be an abuser's.
    """
    case = at.case
    given = case.enrollment_of(victim.origin).contacts
    left = next((c for c in given if c.id == attempt.contact), None)
    if attempt.source == SPEAKS:
        beside = any(person is victim for person in at.spoken_for(victim))
        named = left is None or not why_named(at, victim, left)
        return named and not beside
    if left is None:
        return attempt.source != PORTAL
    careful = at.restriction or doubted(case, victim)
    return not (by_knowledge_alone(left) and careful)

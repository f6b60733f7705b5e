"""Who speaks for a victim: why somebody is not told, and who answers. Pure.

`roster.reach` decides who is told; the reasons here are words for the desk's case page, the
gravest first. A victim who cannot act answers by those who speak in the victim's place
(docs/rules.md#22).
"""

from collections.abc import Mapping

from aviso.domain.case_at import CaseAt
from aviso.domain.contacts import (
    DECLINED,
    ENDED,
    NOT_ME,
    NOT_MINE,
    PORTAL,
    SPEAKS,
    TAKEN_OFF,
    by_knowledge_alone,
    doubted,
)
from aviso.domain.model import Case, Victim
from aviso.domain.notice import Attempt
from aviso.domain.people import is_organization, name_of
from aviso.domain.representatives import as_person
from aviso.domain.roster import Bar, against_named, named_to_speak

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
        *(Bar.PERSON_SUSPECTED, Bar.ENDED, "declined", Bar.DESK_ONLY, Bar.NOT_AGREED),
        *(Bar.PERHAPS_SUSPECT, Bar.HOUSEHOLD, Bar.VICTIM_SPEAKS, Bar.OTHER_ROLE),
    }
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
    reported = {person.origin: name_of(person) for person in at.spoken_for(victim)}
    return reported | {
        c.id: name_of(as_person(c.holder)) for c in named_to_speak(at, victim) if c.holder
    }


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
        gone = left is not None and left.removed_why in REMOVED
        named = left is None or not (gone or any(against_named(at, victim, left)))
        return named and not beside
    if left is None:
        return attempt.source != PORTAL
    careful = at.restriction or doubted(case, victim)
    return not (by_knowledge_alone(left) and careful)

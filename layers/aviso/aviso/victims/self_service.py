"""What a victim changes on the portal: removed contacts, the lock, the answer about rights.

Each change is one read of the case and one transaction with its audit row. Repeating a change does
nothing. Most changes need a code (docs/rules.md#14): an ex-partner also knows number, name and
birth date, and must not be able to silence anybody.
"""

from collections.abc import Callable, Sequence
from datetime import datetime

from msgspec.structs import replace

from aviso.domain import duties
from aviso.domain.contacts import BY_CODE, NOT_MINE, TAKEN_OFF
from aviso.domain.errors import Conflict, NotVerified, TooOften
from aviso.domain.model import Case, Enrollment, Victim
from aviso.domain.requests import MOST, AnsweredAt, RequestRecord, Right, Rights, extended, state_of
from aviso.domain.session import Session
from aviso.notices.announcing import changed, maker_of
from aviso.runtime import hashing
from aviso.storage import sessions
from aviso.storage.limits import DayLimit, a_day, may_cause
from aviso.storage.sessions import Limit
from aviso.victims import change_limits, message_links, visits
from aviso.victims.visitor import PortalVisitor

LOCK_CHANGES_A_DAY = 6  # of one case: every contact is told of each
LOCKED, LOCKED_PAST = "LOCKED", "LOCKED_PAST"  # names of the counters

Alter = Callable[[Enrollment], Enrollment]


def take_off(session: Session, contact: str, visitor: PortalVisitor, *, mine: bool = True) -> bool:
    """Remove a contact that was left on the portal, named by its id.

    The contacts that stay are told. The removed contact is told too, if it was left with a code,
    is the victim's own and is safe. A contact that is not hers may be the only one a notice was
    told on: that notice is told again on the next channel.

    Args:
        mine: False when the contact is not the victim's, or no longer safe.

    Returns:
        False when the visit is over.

    Raises:
        NotVerified: when the visit did not begin with a code.
    """
    need_code(session)
    visited = visits.visited_case(session, visitor.settings, visitor.now)
    if visited is None:
        return False
    if not mine:  # first: a crash in between must not lose what is owed
        _tell_elsewhere(*visited, contact, visitor.now)

    def alter(enrollment: Enrollment) -> Enrollment:
        contacts = tuple(
            replace(c, removed_at=visitor.now, removed_why=TAKEN_OFF if mine else NOT_MINE)
            if c.id == contact and c.active and not c.holder
            else c
            for c in enrollment.contacts
        )
        return replace(enrollment, contacts=contacts)

    return change(session, "contact_removed", alter, visitor, visited=visited)


def _tell_elsewhere(case: Case, victim: Victim, contact: str, now: datetime) -> None:
    """Count what went to a contact that is not the victim's as told to nobody."""
    for wrong in case.enrollment_of(victim.origin).own_contacts:
        if wrong.id == contact:
            key = hashing.address_key(wrong.address)
            message_links.tell_elsewhere(case, {victim.origin}, key, now)


def lock(session: Session, on: bool, visitor: PortalVisitor) -> bool:
    """Lock a victim's view of the case to all but the holder of a code, or unlock it.

    While the case is locked, the portal answers a visitor who knows number, name and birth date
    like a stranger; open visits that began by knowledge end. Messages continue. Locking is never
    refused.

    Args:
        on: True to lock, False to unlock.

    Returns:
        False when the visit is over.

    Raises:
        NotVerified: when the visit did not begin with a code.
        TooOften: when it cannot be unlocked now, because the lock was changed too often.
    """
    need_code(session)
    visited = visits.visited_case(session, visitor.settings, visitor.now)
    if visited is None:
        return False
    case, victim = visited
    changes = on is (case.enrollment_of(victim.origin).locked_at is None)
    told = changes and _may_tell(case, victim, on, visitor)
    if changes and not (on or told):
        raise TooOften  # nobody would be told that the case is open to others again

    def alter(enrollment: Enrollment) -> Enrollment:
        if on is (enrollment.locked_at is not None):
            return enrollment
        at = visitor.now if told else enrollment.lock_at
        return replace(enrollment, locked_at=visitor.now if on else None, lock_at=at)

    return change(session, "locked" if on else "unlocked", alter, visitor, visited=visited)


def _may_tell(case: Case, victim: Victim, on: bool, visitor: PortalVisitor) -> bool:
    """Count a change of the lock that the contacts are told of; False when there were too many.

    Past the limit, one lock a day is still announced: otherwise somebody could use the limit up
    elsewhere, and then lock a victim out without a message to anybody.
    """
    whose = f"{case.origin}#{victim.origin}"
    most = DayLimit(LOCKED, whose, LOCK_CHANGES_A_DAY)
    if may_cause(most, visitor.source, visitor.settings, visitor.now):
        return True
    return on and sessions.reserve([a_day(DayLimit(LOCKED_PAST, whose, 1), visitor.now)])


def may_answer(session: Session, case: Case, victim: Victim, answer: Rights) -> bool:
    """Whether this visit may give an answer: a waiver, or a change of one, needs a code."""
    given = duties.rights(case, victim)
    first_wish = answer is Rights.REQUESTED and given is Rights.UNANSWERED
    return session.level in BY_CODE or first_wish or answer is given


def answer_rights(session: Session, answer: Rights, visitor: PortalVisitor) -> bool:
    """Record that a victim asks to be informed, or waives it (docs/rules.md#16, #22).

    An answer that is the same as the current one is recorded only with a code, and once.

    Returns:
        False when the visit is over.

    Raises:
        NotVerified: when this answer needs a code and the visit did not begin with one.
        TooOften: when it was waived too often today: the contacts are told of each waiver. Or
            when the answer changed so often that a person must take the next one.
    """
    visited = visits.visited_case(session, visitor.settings, visitor.now)
    if visited is None:
        return False
    if not may_answer(session, *visited, answer):
        raise NotVerified
    if session.level not in BY_CODE and duties.rights(*visited) is answer:
        return True  # a stored answer would override what the feed says later
    waives = answer is Rights.WAIVED
    limits = change_limits.on_change(*visited, visitor) if waives else []

    def alter(enrollment: Enrollment) -> Enrollment:
        if enrollment.rights is answer:
            return enrollment
        if len(enrollment.requests) >= MOST:
            raise TooOften
        record = record_of(session, Right.NEWS, answer, visitor)
        return replace(enrollment, requests=extended(enrollment.requests, record))

    return change(session, f"rights_{answer}", alter, visitor, visited=visited, limits=limits)


def hide_home(session: Session, visitor: PortalVisitor) -> bool:
    """Record that a victim asks to keep the home confidential: letters go to a substitute address.

    Only the desk ends it: somebody with her code must not bring letters back to the home. The
    victim's contacts hear of it, because her letters stop.

    Returns:
        False when the visit is over.

    Raises:
        NotVerified: when the visit did not begin with a code.
        TooOften: when there were too many changes today.
    """
    need_code(session)
    visited = visits.visited_case(session, visitor.settings, visitor.now)
    if visited is None:
        return False
    limits = change_limits.on_change(*visited, visitor)

    def alter(enrollment: Enrollment) -> Enrollment:
        if state_of(enrollment.requests, Right.ADDRESS) is Rights.REQUESTED:
            return enrollment
        record = record_of(session, Right.ADDRESS, Rights.REQUESTED, visitor)
        return replace(enrollment, requests=extended(enrollment.requests, record))

    return change(session, "home_hidden", alter, visitor, visited=visited, limits=limits)


def deny_word(session: Session, visitor: PortalVisitor) -> bool:
    """Record that no officer told the victim: what ended by an officer's word is owed again.

    Returns:
        False when the visit is over.

    Raises:
        NotVerified: when the visit did not begin with a code.
    """
    need_code(session)

    def alter(enrollment: Enrollment) -> Enrollment:
        return replace(enrollment, not_told_at=visitor.now)

    return change(session, "word_denied", alter, visitor)


def record_of(
    session: Session, right: Right, answer: Rights, visitor: PortalVisitor
) -> RequestRecord:
    """Return the record of an answer that is given during a visit."""
    return RequestRecord(
        right=right,
        answer=answer,
        at=visitor.now,
        place=AnsweredAt.PORTAL,
        proof=session.level,
        language=visitor.language,
        speaker=session.speaker,
    )


def need_code(session: Session) -> None:
    """Refuse a visit that did not begin with a code.

    Raises:
        NotVerified: always, for such a visit.
    """
    if session.level not in BY_CODE:
        raise NotVerified


def change(
    session: Session,
    action: str,
    alter: Alter,
    visitor: PortalVisitor,
    *,
    visited: tuple[Case, Victim] | None = None,
    limits: Sequence[Limit] = (),
) -> bool:
    """Apply a change to the enrollment as it is now; try again when somebody else changed it.

    Args:
        action: the audit row's.
        alter: returns the changed enrollment, or the same one when there is nothing to do.
        visited: the case and the victim, if they were just read.
        limits: the counters that the change counts against.

    Returns:
        False when the visit is over.

    Raises:
        Conflict: when the enrollment keeps changing.
        TooOften: when one of the limits is used up.
    """
    settings, now = visitor.settings, visitor.now
    record = visits.row_of(session, action, settings, now)
    for _ in range(2):
        visited = visited or visits.visited_case(session, settings, now)
        if visited is None:
            return False
        case, victim = visited
        before = case.enrollment_of(victim.origin)
        wanted = alter(before)
        if wanted == before:
            return True
        try:
            going_on = replace(session, created_at=now)
            stored = changed(case, wanted, maker_of(now, settings, session.root))
            sessions.save_enrollment(stored, going_on, record, limits)
            return True
        except Conflict:
            visited = None
    raise Conflict("the enrollment keeps changing")

"""Signing up for alerts: typed contacts are stored with consent, never twice.

See docs/rules.md#14.

Any verified visitor may add a contact; changing or removing one needs a code. A contact shared with
a suspect is accepted like any other and shows no difference: `route` never uses it
(docs/rules.md#11).
"""

from collections.abc import Sequence
from typing import NoReturn

from msgspec.structs import asdict, replace

from aviso.domain import duties, people
from aviso.domain.case_at import CaseAt
from aviso.domain.contacts import BY_KNOWLEDGE
from aviso.domain.errors import Conflict, EnrollmentInvalid, TooOften
from aviso.domain.model import Case, Channel, EnrolledContact, Victim
from aviso.domain.report_dimensions import stamp_of
from aviso.domain.requests import Rights
from aviso.domain.session import Session
from aviso.notices.announcing import changed, maker_of
from aviso.storage import sessions
from aviso.victims import change_limits, sign_up_rules, visits
from aviso.victims.sign_up_form import Asked
from aviso.victims.sign_up_rules import SignUp
from aviso.victims.visitor import PortalVisitor


def enroll(session: Session, asked: Sequence[Asked], visitor: PortalVisitor) -> bool:
    """Store what a visitor asked for: one read of the case, one transaction.

    Returns:
        False when the visit is over: the case is no longer shown to this visitor.

    Raises:
        EnrollmentInvalid: when there are too many contacts, or too many were added lately.
        Conflict: when others keep changing the same enrollment.
    """
    settings, now = visitor.settings, visitor.now
    over_the_day = False
    for _ in range(3):  # somebody else may be adding a contact at the same time
        visited = visits.visited_case(session, settings, now)
        if visited is None:
            return False
        case, victim = visited
        current = case.enrollment_of(victim.origin)
        form = SignUp(
            asked=asked,
            consent=visitor.consent,
            level=session.level,
            root=session.root,
            stamp=stamp_of(case, victim.origin, settings),
            giver=session.speaker,
        )
        stored = form
        if over_the_day:
            stored = replace(form, asked=sign_up_rules.called_unsafe(asked, current, victim))
        try:
            told = people.spoken_for(case, victim, settings.today(now))
            wanted = sign_up_rules.add(current, victim, stored, list(told))
        except EnrollmentInvalid as error:
            _refuse(session, visited, asked, error, visitor)
        if form.by_code:
            count = sign_up_rules.added(current, victim, form)
            limits = change_limits.on_change(case, victim, visitor, count)
        else:
            limits = change_limits.on_form(case, victim, visitor, over_the_day=over_the_day)
        taken = {(c.channel, c.address) for c in wanted.active_contacts}
        full = not {(a.channel, a.address) for a in asked} <= taken
        act = "enrolled_too_many" if full else "enrolled"
        record = visits.row_of(session, act, settings, now)
        waived = duties.rights(replace(case, enrollments=(wanted,)), victim) is Rights.WAIVED
        done = replace(session, created_at=now, enrolled=_signed_up(asked, waived))
        try:
            change = changed(case, wanted, maker_of(now, settings, session.root))
            sessions.save_enrollment(change, done, record, limits)
            return True
        except Conflict:
            continue
        except TooOften as error:
            if change_limits.is_over_the_day(error, case, victim, now):
                over_the_day = True
                continue
            often = EnrollmentInvalid("phone", change_limits.words(error, now))
            _refuse(session, visited, asked, often, visitor)
    raise Conflict("the enrollment keeps changing")


def _refuse(
    session: Session,
    visited: tuple[Case, Victim],
    asked: Sequence[Asked],
    error: EnrollmentInvalid,
    visitor: PortalVisitor,
) -> NoReturn:
    """Refuse a form with a row in the trail, and a task where the victim cannot help herself.

    A full list makes no task: with her code she can remove a contact.
    """
    visits.record(session, "enrolled_too_many", visitor.settings, visitor.now)
    if error.message != "enroll_too_many" and session.level not in BY_KNOWLEDGE:
        change_limits.ask_a_person(*visited, [asdict(a) for a in asked], visitor.consent)
    raise error


def _signed_up(asked: Sequence[Asked], waived: bool) -> tuple[str, ...]:
    """Return what the confirmation page mentions: what was typed, not what was stored before."""
    channels = {a.channel.value for a in asked if a.safe} or {"unsafe"}
    return tuple(sorted(channels | ({"waived"} if waived else set())))


def told_on(at: CaseAt, victim: Victim) -> tuple[Channel, ...]:
    """Return the channels of the contacts we have, never the addresses (docs/rules.md#14).

    Whether a contact may be used is not checked: opt-outs and bounces would say something of the
    address's owner. So a visitor who tries numbers cannot learn which one is a suspect's.
    """
    if duties.rights(at.case, victim) is Rights.WAIVED:
        return ()
    told = at.spoken_for(victim)
    phones = {person.phone for person in told if person.phone_type != "landline"}
    on_file = {Channel.SMS: phones, Channel.EMAIL: {person.email for person in told}}
    left = [c for c in at.case.enrollment_of(victim.origin).contacts if c.holder is None]
    return tuple(
        channel
        for channel, there in on_file.items()
        if _has_one(there - {""}, [c for c in left if c.channel is channel])
    )


def _has_one(on_file: set[str], left: Sequence[EnrolledContact]) -> bool:
    """Whether a channel has a contact; a warning counts for any, so that it shows not for which."""
    active = [contact for contact in left if contact.active]
    if any(contact.safe for contact in active):
        return True
    return not active and bool(on_file - {contact.address for contact in left})

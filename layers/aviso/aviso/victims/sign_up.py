"""Signing up for alerts: typed contacts are stored with consent, never twice.

See docs/rules.md#14.

Any verified visitor may add a contact; changing or removing one needs a code. A contact shared with
a suspect is accepted like any other and shows no difference: `route` never uses it
(docs/rules.md#11).
"""

from collections.abc import Sequence
from datetime import datetime
from typing import NoReturn

from msgspec.structs import asdict, replace

from aviso.domain import duties, people
from aviso.domain.contacts import BY_KNOWLEDGE
from aviso.domain.errors import Conflict, EnrollmentInvalid, TooOften
from aviso.domain.model import Case, Channel, Consent, Victim
from aviso.domain.report_dimensions import stamp_of
from aviso.domain.requests import Rights
from aviso.domain.session import Session
from aviso.domain.settings import Settings
from aviso.storage import sessions
from aviso.victims import change_limits, sign_up_rules, visits
from aviso.victims.sign_up_form import Asked


def enroll(
    session: Session,
    asked: Sequence[Asked],
    language: str,
    settings: Settings,
    now: datetime,
    source: str = "",
) -> bool:
    """Store what a visitor asked for: one read of the case, one transaction.

    Args:
        language: the page's, in which consent was given.
        source: the visitor's network address.

    Returns:
        False when the visit is over: the case is no longer shown to this visitor.

    Raises:
        EnrollmentInvalid: when there are too many contacts, or too many were added lately.
        Conflict: when others keep changing the same enrollment.
    """
    consent = Consent(version=settings.consent_version, at=now, language=language, source="portal")
    by_code, over_the_day = session.level not in BY_KNOWLEDGE, False
    for _ in range(3):  # somebody else may be adding a contact at the same time
        visited = visits.visited_case(session, settings, now)
        if visited is None:
            return False
        case, victim = visited
        current = case.enrollment_of(victim.origin)
        stamp = stamp_of(case, victim.origin, settings)
        try:
            wanted = sign_up_rules.add(
                current,
                victim,
                sign_up_rules.called_unsafe(asked, current, victim) if over_the_day else asked,
                consent,
                session.level,
                stamp,
                session.speaker,
                speakers=case.speakers_for(victim),
            )
        except EnrollmentInvalid as error:
            _refuse(session, case, victim, asked, consent, error, settings)
        if by_code:
            count = sign_up_rules.added(current, victim, asked, session.level)
            limits = change_limits.on_change(case, victim, source, settings, now, count)
        else:
            limits = change_limits.on_form(
                case, victim, source, settings, now, over_the_day=over_the_day
            )
        taken = {(c.channel, c.address) for c in wanted.active_contacts}
        full = not {(a.channel, a.address) for a in asked} <= taken
        entry = visits.entry_of(session, "enrolled_too_many" if full else "enrolled", now)
        waived = duties.rights(replace(case, enrollments=(wanted,)), victim) is Rights.WAIVED
        done = replace(session, created_at=now, enrolled=_signed_up(asked, waived))
        try:
            sessions.save_enrollment(
                case.number, wanted, current, done, entry, settings.retention.audit, limits
            )
            return True
        except Conflict:
            continue
        except TooOften as error:
            if change_limits.is_over_the_day(error, case, victim, now):
                over_the_day = True
                continue
            often = EnrollmentInvalid("phone", change_limits.words(error, now))
            _refuse(session, case, victim, asked, consent, often, settings)
    raise Conflict("the enrollment keeps changing")


def _refuse(
    session: Session,
    case: Case,
    victim: Victim,
    asked: Sequence[Asked],
    consent: Consent,
    error: EnrollmentInvalid,
    settings: Settings,
) -> NoReturn:
    """Refuse a form with a row in the trail, and a task where the victim cannot help herself.

    A full list makes no task: with her code she can remove a contact.
    """
    visits.record(session, "enrolled_too_many", settings, consent.at)
    if error.message != "enroll_too_many" and session.level not in BY_KNOWLEDGE:
        change_limits.ask_a_person(case, victim, [asdict(a) for a in asked], consent)
    raise error


def _signed_up(asked: Sequence[Asked], waived: bool) -> tuple[str, ...]:
    """Return what the confirmation page mentions: what was typed, not what was stored before."""
    channels = {a.channel.value for a in asked if a.safe} or {"unsafe"}
    return tuple(sorted(channels | ({"waived"} if waived else set())))


def told_on(case: Case, victim: Victim, settings: Settings, now: datetime) -> tuple[Channel, ...]:
    """Return the channels of the contacts we have, never the addresses (docs/rules.md#14).

    Whether a contact may be used is not checked: opt-outs and bounces would say something of the
    address's owner. So a visitor who tries numbers cannot learn which one is a suspect's.
    """
    if duties.rights(case, victim) is Rights.WAIVED:
        return ()
    speakers = list(people.spoken_for(case, victim, settings.today(now)))
    enrollment = case.enrollment_of(victim.origin)
    have = {
        Channel.SMS: {p.phone for p in speakers if p.phone_type != "landline"},
        Channel.EMAIL: {p.email for p in speakers},
    }
    own = [c for c in enrollment.contacts if c.holder is None]
    for contact in own:
        if not contact.active:
            have[contact.channel].discard(contact.address)
        elif not contact.safe:  # of any address: it must not show whether it is the one on file
            have[contact.channel].clear()
    safe = {c.channel for c in own if c.active and c.safe}
    return tuple(channel for channel in have if channel in safe or have[channel] - {""})

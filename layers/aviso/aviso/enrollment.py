"""Signing up for alerts: what was typed becomes contacts with consent, never twice (rule 14).

Anyone verified may add a contact; changing or removing one needs a code. A contact shared with
a suspect is taken like any other and shows no difference: `route` never uses it (rule 11).
"""

import secrets
from collections.abc import Sequence
from dataclasses import dataclass, replace
from datetime import datetime

from aviso import access, addresses, contacts, owed
from aviso.errors import Conflict, EnrollmentInvalid
from aviso.guards import Guards
from aviso.models import (
    AuditEntry,
    Case,
    Channel,
    Consent,
    EnrolledContact,
    Enrollment,
    Kind,
    Rights,
    Session,
    Victim,
)
from aviso.settings import Settings
from aviso.stamps import stamp_of
from aviso.store import sessions

MOST_CONTACTS = 8  # for one victim; more is a matter for a person
ANSWERS = {"yes": True, "no": False}
# What a victim is told of by name when signing up; the other kinds speak for themselves.
PROMISED = (
    Kind.ARREST,
    Kind.INITIAL_APPEARANCE,
    Kind.WARRANT,
    Kind.STATUS_CHANGED,
    Kind.DETECTIVE_ASSIGNED,
    Kind.SENT_TO_PROSECUTOR,
    Kind.CASE_CLOSED,
    Kind.CASE_REOPENED,
)


@dataclass(frozen=True, slots=True, kw_only=True)
class Asked:
    """One contact a visitor wants to be told on, checked."""

    channel: Channel
    address: str
    language: str
    safe: bool


def parse_phone(typed: str) -> str:
    """Return a typed phone as E.164.

    Raises:
        EnrollmentInvalid: when it is no North American number that could take a text.
    """
    phone = addresses.phone(typed)
    if not phone.startswith("+1"):
        raise EnrollmentInvalid("phone", "enroll_phone_wrong")
    return phone


def parse_email(typed: str) -> str:
    """Return a typed email in its one form.

    Raises:
        EnrollmentInvalid: when it is not an address. Whether it exists, its receipt will tell.
    """
    email = addresses.email(typed)
    if not email:
        raise EnrollmentInvalid("email", "enroll_email_wrong")
    return email


PARSERS = {Channel.SMS: ("phone", parse_phone), Channel.EMAIL: ("email", parse_email)}


def read_form(
    form: dict[str, str], languages: Sequence[str]
) -> tuple[list[Asked], list[EnrollmentInvalid]]:
    """Check what was typed into the form; return the contacts, and everything that is wrong.

    Args:
        form: `phone`, `email`, `<field>_language`, `<field>_safe` (yes or no) and `consent`.
        languages: the languages the agency writes in; the first is the default.
    """
    asked: list[Asked] = []
    wrong: list[EnrollmentInvalid] = []
    for channel, (field, parse) in PARSERS.items():
        typed = form.get(field, "").strip()
        if not typed:
            continue
        language = form.get(f"{field}_language", "")
        safe = ANSWERS.get(form.get(f"{field}_safe", ""))
        try:
            address = parse(typed)
        except EnrollmentInvalid as error:
            wrong.append(error)
            address = ""
        if safe is None:
            wrong.append(EnrollmentInvalid(f"{field}_safe", f"enroll_{field}_safe_missing"))
        asked.append(
            Asked(
                channel=channel,
                address=address,
                language=language if language in languages else languages[0],
                safe=bool(safe),
            )
        )
    if not asked:
        wrong.append(EnrollmentInvalid("phone", "enroll_nothing_typed"))
    if form.get("consent") != "yes":
        wrong.append(EnrollmentInvalid("consent", "enroll_consent_missing"))
    return asked, wrong


def add(
    current: Enrollment | None,
    victim: Victim,
    asked: Sequence[Asked],
    consent: Consent,
    level: str,
    stamp: str = "",
) -> Enrollment:
    """Return the enrollment with the asked contacts added; those already there stay as they are.

    Raises:
        EnrollmentInvalid: when there would be more contacts than one person can need.
    """
    enrollment = current or Enrollment(victim=victim.origin)
    active = {(c.channel, c.address) for c in enrollment.contacts if c.removed_at is None}
    on_file = {(Channel.SMS, victim.phone), (Channel.EMAIL, victim.email)}
    new = tuple(
        EnrolledContact(
            id=secrets.token_hex(8),
            channel=a.channel,
            address=a.address,
            language=a.language,
            consent=consent,
            safe=a.safe,
            new_to_agency=(a.channel, a.address) not in on_file,
            level=level,
            first=not enrollment.contacts and position == 0,
            stamp=stamp,
        )
        for position, a in enumerate(a for a in asked if (a.channel, a.address) not in active)
    )
    if len(active) + len(new) > MOST_CONTACTS:
        raise EnrollmentInvalid("phone", "enroll_too_many")
    # Asking for alerts is asking to be informed (A.R.S. 13-4405); an answer given here stays.
    if enrollment.rights is Rights.UNANSWERED and any(a.safe for a in asked):
        enrollment = replace(enrollment, rights=Rights.REQUESTED, rights_at=consent.at)
    return replace(enrollment, contacts=enrollment.contacts + new)


def enroll(
    session: Session, asked: Sequence[Asked], language: str, settings: Settings, now: datetime
) -> bool:
    """Store what a visitor asked for: one read of the case, one transaction.

    Returns:
        False when the visit is over: the case is no longer shown to this visitor.

    Raises:
        EnrollmentInvalid: when there are too many contacts.
        Conflict: when others keep changing the same enrollment.
    """
    consent = Consent(version=settings.consent_version, at=now, language=language, source="portal")
    channels = tuple(sorted({a.channel.value for a in asked if a.safe}))
    done = replace(session, enrolled=channels or ("unsafe",))
    for _ in range(2):  # someone else may be adding a contact at this moment
        visited = access.visited_case(session, settings)
        if visited is None:
            return False
        case, victim = visited
        current = case.enrollment(victim.origin)
        stamp = stamp_of(case, victim.origin, settings)
        wanted = add(current, victim, asked, consent, session.level, stamp)
        entry = AuditEntry(
            at=now,
            actor=f"visit:{session.key[:12]}",
            action="enrolled",
            case=case.number,
            victim=victim.origin,
        )
        try:
            sessions.save_enrollment(
                case.number, wanted, current, done, entry, settings.retention.audit
            )
            return True
        except Conflict:
            continue
    raise Conflict("the enrollment keeps changing")


def told_on(case: Case, victim: Victim, settings: Settings, now: datetime) -> tuple[Channel, ...]:
    """Return the channels alerts already come on, never the addresses (rule 14).

    Opt-outs and bounces are not looked at: they would say something of the address's owner.
    """
    if owed.rights(case, victim) is Rights.WAIVED:
        return ()
    found = contacts.reach(case, victim, Guards(), settings, now).contacts
    channels = {c.channel for c in found}
    return tuple(c for c in (Channel.SMS, Channel.EMAIL) if c in channels)


def promised(settings: Settings) -> tuple[Kind, ...]:
    """Return the kinds of alert the agency has switched on, in the order they are listed."""
    return tuple(k for k in PROMISED if k in settings.kinds and settings.kinds[k].on)

"""Which agencies must get a victim's request, and what becomes of each hand-off. Pure.

A hand-off is a duty like a notice (docs/rules.md#1): `owed_hand_offs` is computed from the whole
case, each has a stable id, and one that is no longer owed is withdrawn. It contains no personal
data: what the agency reads is made of the case at that moment.
"""

import base64
import hashlib
from collections.abc import Collection, Iterator
from datetime import date, datetime, time, timedelta
from enum import StrEnum

from aviso.domain.contacts import DESK, REPLACED, CaseContext, by_knowledge_alone, usable
from aviso.domain.duties import unsettled
from aviso.domain.fact_keys import FactKey, quoted
from aviso.domain.facts import Fact, facts
from aviso.domain.model import Case, Channel, EnrolledContact, Kind, Victim
from aviso.domain.people import PUBLIC, is_silenced
from aviso.domain.reasons import HoldReason
from aviso.domain.receiving_agencies import (
    HandOffConsent,
    Purpose,
    Receiver,
    ReceiverKind,
    custodian,
)
from aviso.domain.representatives import suspected
from aviso.domain.requests import Rights
from aviso.domain.settings import Settings
from aviso.domain.suspects import addresses_of_suspects
from aviso.domain.value import Frozen

PROSECUTED = "prosecutor"  # the fact of a case that was sent to the prosecutor, whatever its date
NOBODY = "nobody"  # in place of a receiver's id: a person must find out which agency


class HandOffState(StrEnum):
    """The state of a hand-off; `MOVES` lists the legal moves."""

    PLANNED = "planned"  # its email is due
    GIVEN = "given"  # the receiver got an email and has not confirmed yet
    HELD = "held"  # a person at the desk decides
    CONFIRMED = "confirmed"
    WITHDRAWING = "withdrawing"  # taken back; the email that says so is due
    WITHDRAWN = "withdrawn"


S = HandOffState
MOVES: dict[HandOffState, frozenset[HandOffState]] = {
    S.PLANNED: frozenset({S.GIVEN, S.HELD, S.CONFIRMED, S.WITHDRAWING, S.WITHDRAWN}),
    S.GIVEN: frozenset({S.PLANNED, S.HELD, S.CONFIRMED, S.WITHDRAWING}),
    S.HELD: frozenset({S.PLANNED, S.CONFIRMED, S.WITHDRAWING, S.WITHDRAWN}),
    S.CONFIRMED: frozenset({S.WITHDRAWING, S.WITHDRAWN, S.HELD}),
    S.WITHDRAWING: frozenset({S.WITHDRAWN, S.PLANNED, S.HELD}),
    S.WITHDRAWN: frozenset({S.PLANNED}),  # what was taken back is owed again
}
OVER = frozenset({S.WITHDRAWING, S.WITHDRAWN})  # taken back: nothing of it is shown


class HandOffHold(StrEnum):
    """Why a hand-off waits for a person, besides the reasons for which a notice does."""

    NO_RECEIVER = "no_receiver"  # the settings know no agency that the arrest may mean
    NOT_TOLD = "not_told"  # no email could be sent to the receiver
    NOT_CONFIRMED = "not_confirmed"  # the deadline passed
    TAKEN_BACK = "taken_back"  # no email can take it back: a person must call


class HandOffDuty(Frozen, frozen=True, kw_only=True):
    """A receiving agency must get a victim's request by a deadline."""

    id: str
    case: str  # the case's origin number
    victim: str  # the victim's origin id
    receiver: str  # the agency's id in the settings, or `NOBODY`
    purpose: Purpose
    fact: FactKey
    consent: str
    first_seen: datetime
    deadline: datetime
    ends_at: datetime  # the consent's end
    hold: str = ""  # why a person must look first
    first: str = ""  # see `HandOff`


class HandOff(Frozen, frozen=True, kw_only=True):
    """A hand-off in the ledger."""

    id: str
    case: str
    victim: str
    receiver: str
    purpose: Purpose
    fact: FactKey
    consent: str
    deadline: datetime
    first_deadline: datetime  # giving it again sets a new deadline, which makes nothing in time
    created_at: datetime
    state: HandOffState
    reason: str = ""
    due_at: datetime | None = None  # when `chase` looks at it again
    emails: int = 0
    told_at: datetime | None = None  # the first email
    confirmed_at: datetime | None = None
    confirmed_by: str = ""  # an account of the receiver, or of a member who told it by telephone
    withdrawn_at: datetime | None = None
    overruled: tuple[str, ...] = ()
    stamp: str = ""  # see `report_dimensions`
    named: frozenset[str] = frozenset()  # whose names it was given: see `hand_off_names`
    first: str = ""  # if it replaces another: the duty's id, which the first one of them has

    @property
    def reference(self) -> str:
        """A short name without personal data, for the receiver's own records."""
        return self.id[:8].upper()

    @property
    def by_telephone(self) -> bool:
        """Whether only a person's word gave it to the receiver."""
        return self.told_at is None and self.confirmed_at is not None

    @property
    def to_take_back(self) -> bool:
        """Whether a person must call the receiver to take it back."""
        return self.state is S.HELD and self.reason == HandOffHold.TAKEN_BACK

    @property
    def sent(self) -> bool:
        """Whether its receiver was told of it, by email or by telephone."""
        return self.told_at is not None or self.by_telephone

    @property
    def in_time(self) -> bool:
        """Whether it was confirmed by its first deadline."""
        return self.confirmed_at is not None and self.confirmed_at <= self.first_deadline

    @property
    def shown(self) -> bool:
        """Whether its receiver may read it now, as far as the ledger knows."""
        waits = self.state is S.HELD and self.reason == HandOffHold.NOT_CONFIRMED
        return self.told_at is not None and (self.state in (S.PLANNED, S.GIVEN) or waits)


def owed_hand_offs(case: Case, settings: Settings, now: datetime) -> list[HandOffDuty]:
    """Return every hand-off that a case owes now, including those in the ledger."""
    report = case.report
    if not settings.receivers or report is None or report.renumbered_to or report.removed:
        return []
    return [
        duty
        for enrollment in case.enrollments
        if (victim := case.victim(enrollment.victim)) and enrollment.hand_off
        for duty in _of_victim(case, victim, enrollment.hand_off, settings, now)
    ]


def _of_victim(
    case: Case, victim: Victim, consent: HandOffConsent, settings: Settings, now: datetime
) -> Iterator[HandOffDuty]:
    if consent.ended_at or stopped(case, victim) or victim.victim_type == PUBLIC:
        return
    if contact_of(case, victim, consent, settings.today(now)) is None:
        return
    for key, fact, receiver in _occasions(case, settings):
        purpose = Purpose.COURT if key == PROSECUTED else Purpose.RELEASE
        kind = [r for r in settings.receivers if r.purpose is purpose]
        ends_at = ends(consent, receiver or min(kind, key=_days), settings)
        why = unsettled(case, fact, settings)
        if purpose not in consent.purposes or ends_at <= now:
            continue
        if why and now - fact.first_seen < settings.settle:
            continue
        to = receiver.id if receiver else NOBODY
        seen = max(fact.first_seen, consent.at)
        yield HandOffDuty(
            id=hand_off_id(case.origin, key, to, victim.origin, consent.id),
            case=case.origin,
            victim=victim.origin,
            receiver=to,
            purpose=purpose,
            fact=FactKey(key),
            consent=consent.id,
            first_seen=seen,
            deadline=seen + (receiver or min(kind, key=_deadline)).deadline,
            ends_at=ends_at,
            hold="" if receiver and not why else (why.hold if why else HandOffHold.NO_RECEIVER),
        )


def stopped(case: Case, victim: Victim) -> bool:
    """Whether a victim's waiver of news, on the portal or at the desk, stops the hand-offs too.

    A waiver that a file brought does not: the consent was given to Aviso, and that counts before
    every file.
    """
    return case.enrollment_of(victim.origin).rights is Rights.WAIVED


def _occasions(case: Case, settings: Settings) -> Iterator[tuple[str, Fact, Receiver | None]]:
    """Yield the facts that a receiving agency must act on, each with the agency if it is known."""
    by_kind = {kind: [r for r in settings.receivers if r.kind is kind] for kind in ReceiverKind}
    stated = list(facts(case, settings))
    for fact in stated:
        arrest = fact.arrest if fact.kind is Kind.ARREST else None
        if arrest is None:
            continue
        of = ReceiverKind.JUVENILE_DETENTION if arrest.juvenile else ReceiverKind.JAIL
        if by_kind[of]:
            yield fact.key, fact, custodian(arrest.custody_agency, by_kind[of])
    sent = [f for f in stated if f.kind is Kind.SENT_TO_PROSECUTOR] or _sent_before(case, settings)
    for prosecutor in by_kind[ReceiverKind.PROSECUTOR] if sent else ():
        yield PROSECUTED, min(sent, key=_first_seen), prosecutor


def _sent_before(case: Case, settings: Settings) -> list[Fact]:
    """Return that a case was once sent to the prosecutor, by a status that it has no more."""
    assert case.report is not None
    return [
        Fact(key=FactKey(key), kind=Kind.SENT_TO_PROSECUTOR, at=at, first_seen=at)
        for key, at in case.report.first_seen.items()
        if _sends(FactKey(key), settings)
    ]


def _sends(key: FactKey, settings: Settings) -> bool:
    """Whether a fact seen before says that a case was sent to the prosecutor.

    The date of a column that is empty now was a mistake. A status is only followed by the next.
    """
    status = settings.statuses.get(key.name)
    return key.kind == "status" and status is not None and status.tells is Kind.SENT_TO_PROSECUTOR


def contact_of(
    case: Case, victim: Victim, consent: HandOffConsent, today: date
) -> EnrolledContact | None:
    """Return the contact that a consent hands on, or None once it must not be used.

    A representative's is none once that person may be a suspect. A victim's own is none once the
    victim was silenced (see `people.is_silenced`): nobody answers there, or the wrong person does.
    A contact that was typed again with a code has a new id: it is the same phone or email.
    """
    enrollment = case.enrollment_of(victim.origin)
    barred = addresses_of_suspects(case) | set(victim.desk_unsafe)
    meant = {_reach(c) for c in enrollment.contacts if _stays(c, consent)}
    fit = (c for c in enrollment.usable_contacts if _reach(c) in meant and c.address not in barred)
    usable = (c for c in fit if may_be_handed_on(victim, c, today))
    return next((c for c in usable if not suspected(case, c)), None)


def _stays(contact: EnrolledContact, consent: HandOffConsent) -> bool:
    """Whether a contact is the consent's, and was not removed."""
    return contact.id == consent.contact and (contact.active or contact.removed_why == REPLACED)


def _reach(contact: EnrolledContact) -> tuple[Channel, str, bool]:
    """Return what a contact is, whatever its id: a channel, an address, and whose it is."""
    return contact.channel, contact.address, contact.holder is None


def offered(case: Case, victim: Victim, today: date) -> tuple[EnrolledContact, ...]:
    """Return the contacts that a victim may let other agencies have, on the portal and at the desk.

    A contact that was left by knowledge alone is none: who asks may be the person who left it. A
    member who is told the same contact adds it at the desk first.
    """
    given = case.enrollment_of(victim.origin).usable_contacts
    return tuple(
        c for c in given if may_be_handed_on(victim, c, today) and not by_knowledge_alone(c)
    )


def may_be_handed_on(victim: Victim, contact: EnrolledContact, today: date) -> bool:
    """Whether a contact is the victim's own, or a representative's who said yes.

    Of a victim who was silenced it is only a representative's whom the desk named, as for notices
    (docs/rules.md#23).
    """
    if contact.holder is None:
        return not is_silenced(victim, today)
    named = contact.level == DESK or not is_silenced(victim, today)
    return named and contact.holder.agreed_at is not None


def ends(consent: HandOffConsent, receiver: Receiver, settings: Settings) -> datetime:
    """Return when a consent ends for a receiver: after its days, or after the victim's last day."""
    usual = consent.at + timedelta(days=receiver.consent_days)
    if consent.until is None:
        return usual
    after = consent.until + timedelta(days=1)
    return min(
        usual, datetime.combine(after, time(), settings.agency.zone).astimezone(usual.tzinfo)
    )


def all_ends(consent: HandOffConsent, settings: Settings) -> list[tuple[Receiver, datetime]]:
    """Return the agencies that a consent names, and when it ends for each."""
    named = [r for r in settings.receivers if r.purpose in consent.purposes]
    return [(receiver, ends(consent, receiver, settings)) for receiver in named]


def in_force(consent: HandOffConsent, settings: Settings, now: datetime) -> bool:
    """Whether a consent still counts: it was not taken back, and some agency may yet act on it."""
    return consent.ended_at is None and any(end > now for _, end in all_ends(consent, settings))


def hand_off_id(case: str, fact: str, receiver: str, victim: str, consent: str) -> str:
    """Return a hand-off's stable id; it contains no contact and no version of a row."""
    return _id("hand_off", quoted(case), fact, receiver, quoted(victim), consent)


def next_id(id: str) -> str:
    """Return the id of the hand-off that replaces another, which gave a name that must not stay."""
    return _id("next", id)


def _id(*parts: str) -> str:
    digest = hashlib.sha256("|".join(parts).encode()).digest()
    return base64.b32encode(digest).decode().lower()[:26]


def trouble(
    context: CaseContext, victim: Victim, contact: str, overruled: Collection[str]
) -> HoldReason | None:
    """Return why a person must look before an agency gets a contact, or None.

    These are the reasons for which a notice to the contact is held: a restricted case, a minor
    without a guardian, an opt-out, "this is not me".
    """
    known = [reason for reason in HoldReason if reason in overruled]
    found = usable(context, victim, known)
    if found.trouble:
        return found.trouble
    usual = any(c.contact == contact for c in found.contacts)
    return None if usual or HoldReason.NO_SAFE_CONTACT in known else HoldReason.NO_SAFE_CONTACT


def _first_seen(fact: Fact) -> datetime:
    return fact.first_seen


def _days(receiver: Receiver) -> int:
    return receiver.consent_days


def _deadline(receiver: Receiver) -> timedelta:
    return receiver.deadline

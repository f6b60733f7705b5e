"""Which agencies must have a victim's request, and what each of them reads of it. Pure.

A hand-off is a duty, computed from the whole case (docs/rules.md#1, #28). Its id is made
of the contact and the names that the agency reads: if one of them changes, that request is owed no
more, and another one is. What becomes of a request: see `hand_offs`.
"""

import base64
import hashlib
from collections.abc import Collection, Iterator
from datetime import datetime, time, timedelta
from enum import StrEnum

from aviso.domain.case_at import CaseAt
from aviso.domain.contacts import REPLACED, by_knowledge_alone
from aviso.domain.duties import unsettled
from aviso.domain.fact_keys import FactKey, quoted
from aviso.domain.facts import Fact
from aviso.domain.model import Arrest, Case, Channel, EnrolledContact, Kind, Speaker, Victim
from aviso.domain.people import is_silenced, name_of
from aviso.domain.reasons import HoldReason
from aviso.domain.receiving_agencies import (
    HandOffConsent,
    Purpose,
    Receiver,
    ReceiverKind,
    custodian,
)
from aviso.domain.representatives import as_person, reported
from aviso.domain.requests import Rights
from aviso.domain.roster import named_to_speak, usable
from aviso.domain.settings import Settings
from aviso.domain.standing import is_public
from aviso.domain.suspects import addresses_of_suspects, is_suspect
from aviso.domain.value import Frozen

PROSECUTED = "prosecutor"  # the fact of a case that was sent to the prosecutor, whatever its date
NOBODY = "nobody"  # in place of a receiver's id: a person must find out which agency


class HandOffHold(StrEnum):
    """Why a hand-off waits for a person, besides the reasons for which a notice does."""

    NO_RECEIVER = "no_receiver"  # the settings know no agency that the arrest may mean
    NOT_TOLD = "not_told"  # the email did not reach the agency
    NOT_CONFIRMED = "not_confirmed"  # the deadline passed
    TAKEN_BACK = "taken_back"  # no email takes it back: a person must call


class Speaking(Frozen, frozen=True, kw_only=True):
    """Somebody who speaks for a victim."""

    id: str  # of a representative's contact, or a person's origin id in the records system
    name: str
    relation: str  # guardian, next_of_kin or representative


class HandOffDuty(Frozen, frozen=True, kw_only=True):
    """A receiving agency must have a victim's request: when, and what it reads of it."""

    case: str  # the case's origin number
    victim: Victim
    receiver: str  # the agency's id in the settings, or `NOBODY`
    purpose: Purpose
    fact: FactKey
    consent: HandOffConsent
    contact: EnrolledContact
    speaker: Speaking | None
    arrest: Arrest | None
    arrested: str  # the arrested person's name; empty for a prosecutor, or while it is unknown
    within: timedelta  # the agency's time to confirm it
    ends_at: datetime  # the consent's end
    hold: str  # why a person must look first; empty if none must

    @property
    def id(self) -> str:
        """The stable id: made of whose request it is, who gets it, and the contact and names shown.

        The consent's id is random and in no row of the ledger, so nobody finds out from a
        hand-off's id what it was made of.
        """
        who = (self.case, self.fact, self.receiver, self.victim.origin, self.consent.id)
        speaker = (self.speaker.name, self.speaker.relation) if self.speaker else ("", "")
        how = (self.contact.channel, self.contact.address)
        shown = (name_of(self.victim), *speaker, self.arrested, *how)
        text = "|".join(map(quoted, ("hand_off", *who, *shown)))
        digest = hashlib.sha256(text.encode()).digest()
        return base64.b32encode(digest).decode().lower()[:26]


def owed_hand_offs(at: CaseAt) -> list[HandOffDuty]:
    """Return every hand-off that a case owes now, including those in the ledger."""
    case, report = at.case, at.case.report
    if not at.settings.receivers or report is None or report.alias_of or report.removed:
        return []
    return [
        duty
        for enrollment in case.enrollments
        if (victim := case.victim(enrollment.victim)) and enrollment.hand_off
        for duty in _of_victim(at, victim, enrollment.hand_off)
    ]


def _of_victim(at: CaseAt, victim: Victim, consent: HandOffConsent) -> Iterator[HandOffDuty]:
    case = at.case
    if consent.ended_at or stopped(case, victim) or is_public(case, victim):
        return
    contact = contact_of(at, victim, consent)
    if contact is None:
        return
    speaker = speaker_of(at, victim, contact)
    for occasion in _occasions(at):
        receiver = occasion.receiver
        ends_at = ends(consent, receiver, at.settings)
        if receiver.purpose in consent.purposes and at.now < ends_at:
            yield HandOffDuty(
                case=case.origin,
                victim=victim,
                receiver=receiver.id,
                purpose=receiver.purpose,
                fact=occasion.fact,
                consent=consent,
                contact=contact,
                speaker=speaker,
                arrest=occasion.arrest,
                arrested=_arrested(case, occasion.arrest),
                within=receiver.deadline,
                ends_at=ends_at,
                hold=occasion.hold,
            )


def _arrested(case: Case, arrest: Arrest | None) -> str:
    suspect = next((s for s in case.suspects if arrest and s.id == arrest.suspect), None)
    return name_of(suspect) if suspect else ""


def duty_of(id: str, at: CaseAt) -> HandOffDuty | None:
    """Return the duty of a hand-off, or None once it is owed no more."""
    return next((duty for duty in owed_hand_offs(at) if duty.id == id), None)


def stopped(case: Case, victim: Victim) -> bool:
    """Whether a victim's waiver of news, on the portal or at the desk, stops the hand-offs too.

    A waiver that a file brought does not: the consent was given to Aviso, and that counts before
    every file.
    """
    return case.enrollment_of(victim.origin).rights is Rights.WAIVED


class Occasion(Frozen, frozen=True):
    """A fact that a receiving agency must act on."""

    fact: FactKey
    arrest: Arrest | None  # None for a prosecutor
    receiver: Receiver
    hold: str


def _occasions(at: CaseAt) -> Iterator[Occasion]:
    """Yield what a case has for receiving agencies, without what may not be complete yet."""
    for fact, receiver in _facts(at):
        why = unsettled(at, fact)
        if why and at.now - fact.first_seen < at.settings.settle:
            continue
        nobody = HandOffHold.NO_RECEIVER if receiver.id == NOBODY else ""
        key = fact.key if fact.arrest else FactKey(PROSECUTED)
        yield Occasion(key, fact.arrest, receiver, why.hold if why else nobody)


def _facts(at: CaseAt) -> Iterator[tuple[Fact, Receiver]]:
    """Yield arrests with who has the person, and that a case was sent to the prosecutor."""
    settings = at.settings
    for fact in at.facts:
        if fact.kind is Kind.ARREST and (receiver := _detained_by(fact.arrest, settings)):
            yield fact, receiver
    sent = [f for f in at.facts if f.kind is Kind.SENT_TO_PROSECUTOR] or _sent_before(at)
    for prosecutor in _of_kind(ReceiverKind.PROSECUTOR, settings) if sent else ():
        yield min(sent, key=_first_seen), prosecutor


def _detained_by(arrest: Arrest | None, settings: Settings) -> Receiver | None:
    """Return the agency that must know of an arrest, or what stands for one of several."""
    if arrest is None:
        return None
    kind = ReceiverKind.JUVENILE_DETENTION if arrest.juvenile else ReceiverKind.JAIL
    known = _of_kind(kind, settings)
    return custodian(arrest.custody_agency, known) or (_unknown(known) if known else None)


def _of_kind(kind: ReceiverKind, settings: Settings) -> list[Receiver]:
    return [receiver for receiver in settings.receivers if receiver.kind is kind]


def _unknown(perhaps: list[Receiver]) -> Receiver:
    """Return what stands for one of several agencies: a person finds out which, in their time."""
    return Receiver(
        id=NOBODY,
        kind=perhaps[0].kind,
        name={},
        email="",
        deadline=min(r.deadline for r in perhaps),
        consent_days=min(r.consent_days for r in perhaps),
    )


def _sent_before(at: CaseAt) -> list[Fact]:
    """Return that a case was once sent to the prosecutor, by a status that it has no more."""
    assert at.case.report is not None
    return [
        Fact(key=FactKey(key), kind=Kind.SENT_TO_PROSECUTOR, at=since, first_seen=since)
        for key, since in at.case.report.first_seen.items()
        if _sends(FactKey(key), at.settings)
    ]


def _sends(key: FactKey, settings: Settings) -> bool:
    """Whether a fact seen before says that a case was sent to the prosecutor.

    The date of a column that is empty now was a mistake. A status is only followed by the next.
    """
    status = settings.statuses.get(key.name)
    return key.kind == "status" and status is not None and status.tells is Kind.SENT_TO_PROSECUTOR


def contact_of(at: CaseAt, victim: Victim, consent: HandOffConsent) -> EnrolledContact | None:
    """Return the contact that a consent hands on, or None once it must not be used.

    A contact that was typed again with a code has a new id: it is the same phone or email.
    """
    enrollment = at.case.enrollment_of(victim.origin)
    barred = addresses_of_suspects(at.case) | set(victim.desk_unsafe)
    meant = {_reach(c) for c in enrollment.contacts if _stays(c, consent)}
    fit = (c for c in enrollment.usable_contacts if _reach(c) in meant and c.address not in barred)
    return next((c for c in fit if may_be_handed_on(at, victim, c)), None)


def _stays(contact: EnrolledContact, consent: HandOffConsent) -> bool:
    """Whether a contact is the consent's, and was not removed."""
    return contact.id == consent.contact and (contact.active or contact.removed_why == REPLACED)


def _reach(contact: EnrolledContact) -> tuple[Channel, str, bool]:
    """Return what a contact is, whatever its id: a channel, an address, and whose it is."""
    return contact.channel, contact.address, contact.holder is None


def offered(at: CaseAt, victim: Victim) -> tuple[EnrolledContact, ...]:
    """Return the contacts that a victim may let other agencies have, on the portal and at the desk.

    A contact that was left by knowledge alone is none: who asks may be the person who left it. A
    member who is told the same contact adds it at the desk first.
    """
    given = at.case.enrollment_of(victim.origin).usable_contacts
    return tuple(c for c in given if may_be_handed_on(at, victim, c) and not by_knowledge_alone(c))


def may_be_handed_on(at: CaseAt, victim: Victim, contact: EnrolledContact) -> bool:
    """Whether a contact is the victim's own, or a representative's whom notices may tell.

    A victim's own is none once the victim was silenced (see `people.is_silenced`): nobody answers
    there, or the wrong person does.
    """
    if contact.holder is None:
        return not is_silenced(victim)
    return contact in named_to_speak(at, victim)


def speaker_of(at: CaseAt, victim: Victim, contact: EnrolledContact) -> Speaking | None:
    """Return who speaks for a victim as an agency reads it, as the consent page promises.

    Whose contact is handed on comes first, then who gave it. Then come those who speak for a victim
    who cannot act, those whom the victim named and who said yes, and the representatives of the
    report. For a victim who was silenced, and for an organization, the desk alone names
    somebody. A suspect never speaks.
    """
    if contact.holder:
        return _of_contact(contact)
    found = [
        *(_of_report(p) for p in at.spoken_for(victim) if isinstance(p, Speaker)),
        *map(_of_contact, named_to_speak(at, victim)),
        *(_of_report(p) for p in reported(at.case, victim) if not is_suspect(at.case, p)),
    ]
    return min(found, key=lambda one: one.id != contact.giver, default=None)


def _of_contact(contact: EnrolledContact) -> Speaking:
    assert contact.holder is not None, "a representative's contact has a holder"
    name = name_of(as_person(contact.holder))
    return Speaking(id=contact.id, name=name, relation="representative")


def _of_report(person: Speaker) -> Speaking:
    return Speaking(id=person.origin, name=name_of(person), relation=person.relation)


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


def held_by_case(at: CaseAt, duty: HandOffDuty, overruled: Collection[str]) -> str:
    """Return why its case alone wants a person to look at a request first, or empty."""
    reasons = (duty.hold, at.restriction.hold if at.restriction else "")
    return next((why for why in reasons if why and why not in overruled), "")


def why_not(at: CaseAt, duty: HandOffDuty, overruled: Collection[str]) -> str:
    """Return why a person must look before an agency reads a request; empty if none must.

    Besides what the case alone holds, these are the reasons for which a notice to the contact is
    held: a minor without a guardian, an opt-out, "this is not me".
    """
    if why := held_by_case(at, duty, overruled):
        return why
    known = [reason for reason in HoldReason if reason in overruled]
    found = usable(at, duty.victim, known)
    if found.trouble:
        return found.trouble
    usual = any(c.contact == duty.contact.id for c in found.contacts)
    return "" if usual or HoldReason.NO_SAFE_CONTACT in known else HoldReason.NO_SAFE_CONTACT


def _first_seen(fact: Fact) -> datetime:
    return fact.first_seen


def offers_to_ask(at: CaseAt, victim: Victim, *, juvenile: bool) -> bool:
    """Whether a victim can say yes, with a code, to a request to be told of a release.

    An agency of the settings must take the request. A code must open the case. The victim must
    speak for themselves: of others no contact may be handed on (see `may_be_handed_on`). A victim
    who said yes before, or who waived news, is not asked again.

    The reader must be the victim. A representative gets no code, and the caller must know that.

    Args:
        juvenile: the arrested person is a minor, whom no jail holds.
    """
    kind = ReceiverKind.JUVENILE_DETENTION if juvenile else ReceiverKind.JAIL
    case, settings = at.case, at.settings
    consent = case.enrollment_of(victim.origin).hand_off
    agreed = (
        consent is not None
        and consent.ended_at is None
        and any(r.kind is kind and end > at.now for r, end in all_ends(consent, settings))
    )
    return (
        any(receiver.kind is kind for receiver in settings.receivers)
        and _opens_with_a_code(at)
        and victim in at.spoken_for(victim)
        and not stopped(case, victim)
        and not agreed
    )


def _opens_with_a_code(at: CaseAt) -> bool:
    """Whether the portal opens a case to a visitor with a code, as `verification.may_see` does."""
    report = at.case.report
    if report is None or report.removed:
        return False
    return at.settings.verification.restricted_by_code or not at.restriction

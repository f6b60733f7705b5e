"""What a sign-up adds to an enrollment: contacts with consent, never twice.

Pure functions. Contacts left by knowledge and contacts left with a code have separate limits, so
that somebody who only knows the victim cannot lock out a victim with a code. Each new contact
causes messages to the others, so there is a limit for a day. There is also a lifetime limit,
because removed contacts stay in the victim's row: the row records which addresses must never be
written to again (docs/decisions/bounds.md).
"""

import secrets
from collections.abc import Sequence
from datetime import datetime, timedelta

from msgspec.structs import replace

from aviso.domain.contacts import BY_KNOWLEDGE, DESK, JUDGED, REPLACED
from aviso.domain.errors import EnrollmentInvalid
from aviso.domain.model import Channel, Consent, EnrolledContact, Enrollment, Person, Victim
from aviso.domain.requests import AnsweredAt, RequestRecord, Right, Rights, extended
from aviso.domain.unsafe_addresses import unproved
from aviso.domain.value import Frozen
from aviso.victims.sign_up_form import Asked

MOST_CONTACTS = 8  # for one victim, once by knowledge and once with a code
MOST_A_DAY = 4  # by knowledge: a phone and an email, and both once more to correct a typing error
# In all, removed contacts included. Two such rows fit in one item of 400 KB, because two cases may
# become one.
EVER_BY_KNOWLEDGE, EVER_BY_CODE, EVER_AT_DESK = 40, 80, 40
DAY = timedelta(days=1)


class SignUp(Frozen, frozen=True, kw_only=True):
    """What a visitor asked for, with what consent and proof, and when."""

    asked: Sequence[Asked]
    consent: Consent
    level: str  # how the visitor was verified: see `contacts`
    root: str = ""  # of the contact whose code the visitor had: see `changes`
    stamp: str = ""  # see `report_dimensions`
    giver: str = ""  # the guardian who asks, if one does
    tied_at: datetime | None = None  # when it met its report; None for one during a visit

    @property
    def at(self) -> datetime:
        """When it takes effect."""
        return self.tied_at or self.consent.at

    @property
    def by_code(self) -> bool:
        """Whether the visitor proved more than knowledge."""
        return self.level not in BY_KNOWLEDGE


def add(
    enrollment: Enrollment, victim: Victim, sign_up: SignUp, told: Sequence[Person] = ()
) -> Enrollment:
    """Return the enrollment with the asked contacts added, as far as this level may add them.

    By knowledge, an existing contact stays as it is, with a warning beside it. Contacts over the
    limits are left out silently: the answer must not say how many there are. With a code, an
    existing contact takes the new answers and counts as proven from then on. A change of language
    alone does not make a new contact: nobody needs to be told of it.

    Args:
        enrollment: what this victim asked for so far.
        told: who is told of the case: their contacts in the report are on file. Those of somebody
            who is not told, such as a next of kin of a victim who can act, are new here.

    Raises:
        EnrollmentInvalid: with a code, when there would be more than one person can need.
    """
    if sign_up.by_code:
        enrollment = _in_language(enrollment, sign_up.asked)
        enrollment = _warned_again(enrollment, sign_up)
    fresh = _fresh(enrollment, sign_up)
    warnings = [a for a in fresh if _is_warning(a, enrollment, victim, sign_up.by_code)]
    if not sign_up.by_code:
        room = _room(enrollment, sign_up.at)
        fresh = warnings + [a for a in fresh if a not in warnings][:room]
    replaced = {(a.channel, a.address) for a in fresh if sign_up.by_code}
    before = tuple(
        replace(c, removed_at=sign_up.at, removed_why=REPLACED)
        if c.active and (c.channel, c.address) in replaced
        else c
        for c in enrollment.contacts
    )
    on_file = _on_file(victim)
    theirs = {address for person in told for address in (person.phone, person.email)}
    new = tuple(
        EnrolledContact(
            id=secrets.token_hex(8),
            channel=a.channel,
            address=a.address,
            language=a.language,
            consent=sign_up.consent,
            safe=a.safe,
            new_to_agency=(a.channel, a.address) not in on_file and a.address not in theirs,
            level=sign_up.level,
            root=sign_up.root,
            giver=sign_up.giver,
            first=position == 0 and not any(c.first for c in before),
            first_by_visit=not (
                sign_up.tied_at or position or any(c.first_by_visit for c in before)
            ),
            stamp=sign_up.stamp,
            tied_at=sign_up.tied_at,
        )
        for position, a in enumerate(fresh)
    )
    if sign_up.by_code and len(fresh) > len(warnings):  # a warning is stored even without room
        if sum(_counts(c, by_code=True) for c in before + new) > MOST_CONTACTS:
            raise EnrollmentInvalid("phone", "enroll_too_many")
        if ever(enrollment, by_code=True) + len(new) > EVER_BY_CODE:
            raise EnrollmentInvalid("phone", "enroll_too_often")
    if any(a.safe for a in sign_up.asked) and _may_ask(enrollment, victim, sign_up.by_code):
        record = RequestRecord(
            right=Right.NEWS,
            answer=Rights.REQUESTED,
            at=sign_up.consent.at,
            place=AnsweredAt.EARLY if sign_up.tied_at else AnsweredAt.PORTAL,
            proof=sign_up.level,
            language=sign_up.consent.language,
            speaker=sign_up.giver,
        )
        enrollment = replace(enrollment, requests=extended(enrollment.requests, record))
    return replace(enrollment, contacts=before + new)


def _fresh(enrollment: Enrollment, sign_up: SignUp) -> list[Asked]:
    """Return the asked contacts that are new, or that a code may change."""
    by_code = sign_up.by_code
    standing = {(c.channel, c.address): c for c in enrollment.active_contacts}
    return [
        a
        for a in sign_up.asked
        if _is_news(a, standing.get((a.channel, a.address)), by_code)
        and not (by_code and _warning_with_code(a, enrollment))
    ]


def _warned_again(enrollment: Enrollment, sign_up: SignUp) -> Enrollment:
    """Return the enrollment with the warnings restored that somebody with a code repeats.

    A removed warning still blocks its address. So the old warning is put back: the row does not
    grow, and nobody is told twice. An active contact with the same address is replaced.
    """
    again = {w.id: w for a in sign_up.asked if (w := _warning_with_code(a, enrollment))}
    addresses = {(w.channel, w.address) for w in again.values()}

    def changed(contact: EnrolledContact) -> EnrolledContact:
        if contact.id in again:
            return replace(
                contact,
                consent=sign_up.consent,
                tied_at=sign_up.tied_at,
                removed_at=None,
                removed_why="",
            )
        if contact.active and (contact.channel, contact.address) in addresses:
            return replace(contact, removed_at=sign_up.at, removed_why=REPLACED)
        return contact

    return replace(enrollment, contacts=tuple(changed(c) for c in enrollment.contacts))


def _warning_with_code(asked: Asked, enrollment: Enrollment) -> EnrolledContact | None:
    """Return the same warning that was given with a code and removed, if nothing undid it."""
    with_code = [w for w in _warnings(asked, enrollment) if w.level not in BY_KNOWLEDGE]
    return with_code[-1] if with_code and not with_code[-1].active else None


def _warnings(asked: Asked, enrollment: Enrollment) -> list[EnrolledContact]:
    """Return the same warnings as asked for, since the address was last called safe.

    Removed warnings are included.
    """
    same: list[EnrolledContact] = []
    for contact in enrollment.contacts:
        if (contact.channel, contact.address) == (asked.channel, asked.address):
            same = [] if contact.safe else [*same, contact]
    return [] if asked.safe else same


def judged(enrollment: Enrollment, address: str, now: datetime) -> Enrollment:
    """Return an enrollment without warnings by knowledge about a contact: somebody decided."""
    contacts = tuple(
        replace(c, removed_at=now, removed_why=JUDGED)
        if c.address == address and unproved(c)
        else c
        for c in enrollment.contacts
    )
    return replace(enrollment, contacts=contacts)


def added(enrollment: Enrollment, victim: Victim, sign_up: SignUp) -> int:
    """Return how many contacts a form adds that count against the day's limit."""
    fresh = _fresh(enrollment, sign_up)
    return sum(not _is_warning(a, enrollment, victim, sign_up.by_code) for a in fresh)


def called_unsafe(asked: Sequence[Asked], enrollment: Enrollment, victim: Victim) -> list[Asked]:
    """Return the contacts that are called unsafe by knowledge and that we would otherwise use."""
    return [a for a in asked if _is_warning(a, enrollment, victim, by_code=False)]


def _in_language(enrollment: Enrollment, asked: Sequence[Asked]) -> Enrollment:
    """Return the enrollment with its active proven contacts in the languages asked for."""
    wanted = {(a.channel, a.address, a.safe): a.language for a in asked}

    def changed(contact: EnrolledContact) -> EnrolledContact:
        language = wanted.get((contact.channel, contact.address, contact.safe))
        proven = contact.active and contact.level not in BY_KNOWLEDGE
        return replace(contact, language=language) if language and proven else contact

    return replace(enrollment, contacts=tuple(changed(c) for c in enrollment.contacts))


def _is_news(asked: Asked, there: EnrolledContact | None, by_code: bool) -> bool:
    """Whether a contact is new, or differs in a way that a code may change."""
    if there is None:
        return True
    if not by_code:
        return there.safe and not asked.safe
    return there.safe is not asked.safe or there.level in BY_KNOWLEDGE


def _is_warning(asked: Asked, enrollment: Enrollment, victim: Victim, by_code: bool) -> bool:
    """Whether somebody calls a contact unsafe that we would use: this is never refused.

    Only contacts that we have can be called unsafe, and calling one safe again counts. With a
    code, a removed warning is put back. By knowledge, repeating one counts as adding a contact.
    """
    standing = {(c.channel, c.address): c for c in enrollment.active_contacts}
    there = standing.get((asked.channel, asked.address))
    ours = there is not None or (asked.channel, asked.address) in _on_file(victim)
    first = (by_code and there is not None) or not _warnings(asked, enrollment)
    return not asked.safe and ours and first


def _on_file(victim: Victim) -> set[tuple[Channel, str]]:
    return {(Channel.SMS, victim.phone), (Channel.EMAIL, victim.email)}


def _room(enrollment: Enrollment, now: datetime) -> int:
    """Return how many more contacts may be left by knowledge now."""
    left = sum(_counts(c, by_code=False) for c in enrollment.contacts)
    today = sum(c.level in BY_KNOWLEDGE and now - c.added_at < DAY for c in enrollment.contacts)
    in_all = EVER_BY_KNOWLEDGE - ever(enrollment, by_code=False)
    return max(0, min(MOST_CONTACTS - left, MOST_A_DAY - today, in_all))


def _counts(contact: EnrolledContact, *, by_code: bool) -> bool:
    """Whether a contact counts against a limit: each way of proof has its own limit."""
    return contact.active and (contact.level not in BY_KNOWLEDGE) is by_code


def ever(enrollment: Enrollment, *, by_code: bool) -> int:
    """Return how many contacts were ever left in a way, without those typed at the desk.

    Removed contacts count too: they stay in the row.
    """
    levels = [c.level for c in enrollment.contacts if c.level != DESK]
    return sum((level not in BY_KNOWLEDGE) is by_code for level in levels)


def _may_ask(enrollment: Enrollment, victim: Victim, by_code: bool) -> bool:
    """Whether this sign-up also asks to be informed.

    It does when it is the first answer, or comes with a code. A sign-up by knowledge does not
    change an answer: an ex-partner must not undo a waiver, or make one look undone
    (docs/rules.md#16).
    """
    given = {enrollment.rights, victim.rights} - {Rights.UNANSWERED}
    return enrollment.rights is not Rights.REQUESTED if by_code else not given

"""Sends an access code to a contact on file: a visitor proves more than knowledge with it.

See docs/rules.md#14.

A code goes only to contacts from the report, or contacts that were left with a code: somebody who
knows number, name and birth date can leave a phone of their own, and must not get a code on it.
Every guard of a hand-over applies here too. A code is not a duty, so it is not in the ledger: it is
sent at once or not at all.
"""

from datetime import datetime

from msgspec.structs import replace

from aviso.content import messages
from aviso.domain import changes, contacts, people, roster
from aviso.domain.case_at import CaseAt
from aviso.domain.contacts import BY_KNOWLEDGE, PORTAL, SPEAKS, Contact
from aviso.domain.errors import HandOverError, SendUnknown
from aviso.domain.model import Case, Channel, Victim
from aviso.domain.session import Session
from aviso.domain.settings import Settings
from aviso.domain.value import Frozen
from aviso.providers import sender
from aviso.providers.errors import SECONDS_NEEDED
from aviso.providers.message import OutgoingMessage
from aviso.runtime import environment, hashing
from aviso.storage import guards, limits, sessions, unmatched_receipts
from aviso.storage.limits import DayLimit
from aviso.victims import access_codes, visits
from aviso.victims.access_codes import CodePurpose
from aviso.victims.visitor import PortalVisitor

# To one victim by the buttons, and to each typed contact: otherwise anybody at the button makes a
# phone ring all night.
MOST_A_DAY = 5
ID_CHARACTERS = 16
PURPOSES = {Channel.SMS: CodePurpose.PHONE, Channel.EMAIL: CodePurpose.EMAIL}
# An email's events name a notice. A code is in no ledger, so only what its events say of the
# address takes effect.
NO_NOTICE = "code"
DOTS = "•••"


class Choice(Frozen, frozen=True, kw_only=True):
    """A contact that a code can go to, as the visitor may see it."""

    id: str  # made for one visit: no two visits share an id, of one case or of two
    channel: Channel
    masked: str
    contact: Contact
    reported: bool  # by the records system, which did not learn it from the portal


def choices(
    session: Session, case: Case, victim: Victim, settings: Settings, now: datetime
) -> list[Choice]:
    """Return the contacts a code can go to now; none when a person must help.

    Contacts left, or called unsafe, by knowledge do not change the list: otherwise a visitor
    could try numbers, and see which one is hers by what disappears. A contact of somebody who
    represents a victim is none: with a code, that person would be the victim on the portal.
    """
    known = guards.read_for(case)
    if known.switches.kill:
        return []
    sure = _without_knowledge(case)
    at = CaseAt(case=sure, told=(), guards=known, settings=settings, now=now)
    reach = roster.reach(at, victim)
    own = victim in people.spoken_for(case, victim, at.today)
    learned = {c.address for c in case.enrollment_of(victim.origin).contacts if c.new_to_agency}
    return [
        Choice(
            id=hashing.address_key(f"{session.key}|{c.address}")[:ID_CHARACTERS],
            channel=c.channel,
            masked=masked(c.channel, c.address),
            contact=c,
            reported=c.source != PORTAL and c.address not in learned,
        )
        for c in reach.contacts
        if c.channel in PURPOSES
        and not (own and c.source == SPEAKS)
        and contacts.proven(case, victim, c)
        and (not known.switches.trial or c.address in known.switches.guests)
    ]


def _without_knowledge(case: Case) -> Case:
    """Return the case without contacts left by knowledge, or a representative's."""
    return replace(
        case,
        enrollments=tuple(
            replace(
                e,
                contacts=tuple(
                    c for c in e.contacts if c.level not in BY_KNOWLEDGE and c.holder is None
                ),
            )
            for e in case.enrollments
        ),
    )


def masked(channel: Channel, address: str) -> str:
    """Return an address that its owner recognizes and others learn little from: `a•••@•••`."""
    if channel is Channel.SMS:
        return f"+1 {DOTS}-{DOTS}-••{address[-2:]}"
    return f"{address[:1]}{DOTS}@{DOTS}"


def send(session: Session, chosen: str, case: Case, victim: Victim, visitor: PortalVisitor) -> str:
    """Send a code to the chosen contact, if the guards allow it now.

    Args:
        chosen: the id of a choice.

    Returns:
        `sent`; `often` when too many were asked for lately; `failed` when it could not be sent.
    """
    found = choices(session, case, victim, visitor.settings, visitor.now)
    choice = next((c for c in found if c.id == chosen), None)
    if choice is None:
        return "failed"
    if not _may_send(DayLimit("SENT", f"{case.origin}#{victim.origin}", MOST_A_DAY), visitor):
        return "often"
    return "sent" if _hand_over(session, choice, case, victim, visitor) else "failed"


def send_to_typed(
    session: Session, address: str, case: Case, victim: Victim, visitor: PortalVisitor
) -> str:
    """Send a code to a phone or email that the visitor typed, if it is one of the choices.

    A guess takes away no code: only a code that goes counts for the day. It counts for that contact
    alone, because the buttons' answer would show that a guess was right.

    Returns:
        `perhaps`, sent or not: a visitor by knowledge must not learn whose contact it is; `often`
        when the network, or all of them, asked for too many in this hour.
    """
    if not _may_send(DayLimit("SENT", "", 0), visitor):
        return "often"
    found = choices(session, case, victim, visitor.settings, visitor.now)
    whose = f"{case.origin}#{victim.origin}#{hashing.address_key(address)}"
    to_contact = limits.a_day(DayLimit("SENT_TYPED", whose, MOST_A_DAY), visitor.now)
    for choice in found:
        if choice.contact.address == address and sessions.reserve([to_contact]):
            _hand_over(session, choice, case, victim, visitor)
    return "perhaps"


def _may_send(most: DayLimit, visitor: PortalVisitor) -> bool:
    return limits.may_cause(most, visitor.source, visitor.settings, visitor.now)


def _hand_over(
    session: Session, choice: Choice, case: Case, victim: Victim, visitor: PortalVisitor
) -> bool:
    settings, now = visitor.settings, visitor.now
    purpose = PURPOSES[choice.channel]
    root = changes.root_of(case, victim, choice.contact.address, hashing.address_key)
    code = access_codes.issue(case.origin, victim.origin, purpose, now, settings, root=root)
    facts = messages.CodeFacts(
        code=code,
        until=now + access_codes.lifetime(purpose, settings),
        portal_url=environment.name("PORTAL_URL", ""),
    )
    message = messages.access_code(facts, choice.channel, choice.contact.language, settings)
    try:
        handed = sender.sender(choice.channel).send(_outgoing(choice, message), SECONDS_NEEDED + 1)
        unmatched_receipts.note_no_notice(handed.provider_id, now)
    except SendUnknown:
        pass  # it may still arrive
    except HandOverError:
        return False
    visits.record(session, "code_sent", settings, now)
    return True


def _outgoing(choice: Choice, message: messages.Sms | messages.Email) -> OutgoingMessage:
    if isinstance(message, messages.Sms):
        return OutgoingMessage(
            address=choice.contact.address, text=message.body, segments=message.segments
        )
    return OutgoingMessage(
        address=choice.contact.address,
        text=message.text,
        html=message.html,
        subject=message.subject,
        notice=NO_NOTICE,
    )

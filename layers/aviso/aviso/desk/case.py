"""One case: its people with their contacts side by side, what was told and how, what they said."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime

from aviso import addresses, asking, contacts, phones, restriction
from aviso.desk import pages, references
from aviso.desk.acting import By, open_case
from aviso.desk.answers import in_words
from aviso.desk.ledger import HOLDABLE, RESENDABLE
from aviso.dispatch import addresses_of
from aviso.guards import Guards
from aviso.models import Case, Channel, Kind, Notice, State, Victim
from aviso.staff import Member
from aviso.store import desk, guards, notices, responses
from aviso.web.request import Request
from aviso.web.response import Response


@dataclass(frozen=True, slots=True, kw_only=True)
class Line:
    """One contact of a victim: whose word it is, and whether it is used."""

    channel: str
    address: str
    source: str  # report, portal, desk or representative
    added: datetime | None
    used: bool
    trouble: str  # why it is not used, a key of the desk's words

    @property
    def key(self) -> str:
        """What forms name this contact by."""
        return addresses.key(self.address)

    @property
    def shown(self) -> str:
        """The address as people write it."""
        return phones.shown(self.address) if self.channel == Channel.SMS else self.address


@dataclass(frozen=True, slots=True, kw_only=True)
class Person:
    """A victim as the page shows them."""

    victim: Victim
    lines: tuple[Line, ...]
    hold: str  # why nothing goes out to this victim by itself, a reason of `route`'s


@dataclass(frozen=True, slots=True, kw_only=True)
class Said:
    """What one victim answered to the survey."""

    victim: Victim | None
    at: datetime
    answers: Mapping[str, str]  # a question's words -> the answer's, or a number of a scale


def show(request: Request, member: Member, now: datetime) -> Response:
    """Return the page of a case."""
    by = By.of(member, now)
    return page(request, opened(request.query.get("c", ""), by), by)


def opened(reference: str, by: By) -> Case:
    """Return the case that a page's address or form names.

    Raises:
        LookupError: when there is no such case.
        NotTheirs: when it is not for this member.
    """
    number = references.unseal(reference)
    if not number:
        raise LookupError("no such case")
    return open_case(number, by)


def page(request: Request, case: Case, by: By, wrong: str = "") -> Response:
    """Return a case's page, with what was wrong about a form sent from it."""
    by.note("case_viewed", case.number)
    keys = {address: addresses.key(address) for address in addresses_of(case)}
    known = guards.read(case.origin, keys, case.known_as)
    told = [notices.read(n.id) or n for n in notices.of(case)]
    people = [person_of(case, victim, known, by) for victim in case.victims]
    return pages.page(
        request,
        by.member,
        "case",
        status=400 if wrong else 200,
        case=case,
        stands=_status(case, request.language, by),
        group=_group(case, by),
        reference=references.seal(case.number),
        restricted=restriction.restricted(case, by.settings),
        people=people,
        names={v.origin: f"{v.first_name} {v.last_name}" for v in case.victims},
        where={line.key: line.shown for person in people for line in person.lines},
        told=sorted(told, key=_newest),
        holdable=HOLDABLE,
        resendable=RESENDABLE,
        held=State.HELD,
        mailed=State.MAILED,
        said=_said(case, told, request.language, by) if by.member.trusted else (),
        remarks=desk.remarks(case.number),
        wrong=wrong,
    )


def _status(case: Case, language: str, by: By) -> str:
    """Return what a case's status is called, as victims read it too."""
    known = by.settings.statuses.get(case.report.status) if case.report else None
    return known.label[language] if known else ""


def _group(case: Case, by: By) -> str:
    """Return the group of a case's offense in the settings, as their file writes it."""
    group = by.settings.offense_group(case.report.offense) if case.report else None
    return group.name.replace("_", " ") if group else ""


def _said(case: Case, told: Sequence[Notice], language: str, by: By) -> list[Said]:
    """Return the answers to this case's surveys, for those who may tie them to a case."""
    asked = [n for n in told if n.kind is Kind.SURVEY and n.fact == asking.FIRST]
    given = [found for n in asked if (found := responses.read(n.id))]
    return [
        Said(
            victim=case.victim(response.victim),
            at=response.changed_at,
            answers=in_words(response, language, by.settings),
        )
        for response in given
    ]


def _newest(notice: Notice) -> float:
    return -notice.created_at.timestamp()


def person_of(case: Case, victim: Victim, known: Guards, by: By) -> Person:
    """Return a victim with every contact, and whether and why not it is used."""
    reach = contacts.reach(case, victim, known, by.settings, by.now, frozenset(contacts.TROUBLES))
    used = {c.address for c in reach.contacts}
    unreleased = contacts.reach(case, victim, known, by.settings, by.now)
    suspects = contacts.addresses_of_suspects(case)

    def line(channel: Channel, address: str, source: str, added: datetime | None) -> Line:
        marks = (
            ("unsafe", victim.desk_unsafe),
            ("suspects", suspects),
            ("opted_out", known.opted_out),
            ("bounced", known.bounced),
            ("not_me", known.not_me),
        )
        why = next((word for word, marked in marks if address in marked), "")
        return Line(
            channel=channel.value,
            address=address,
            source=source,
            added=added,
            used=address in used,
            trouble=why or ("" if address in used else "not_used"),
        )

    found = [
        line(channel, address, "report", victim.first_seen)
        for channel, address in ((Channel.SMS, victim.phone), (Channel.EMAIL, victim.email))
        if address
    ]
    letter = "\n".join(
        part
        for part in (victim.street, f"{victim.city}, {victim.region} {victim.postal_code}")
        if part.strip(", ")
    )
    if letter:
        found.append(line(Channel.LETTER, letter, "report", victim.first_seen))
    for representative in case.representatives:
        if representative.victim == victim.id:
            found += [
                line(channel, address, "representative", representative.first_seen)
                for channel, address in (
                    (Channel.SMS, representative.phone),
                    (Channel.EMAIL, representative.email),
                )
                if address
            ]
    enrollment = case.enrollment(victim.origin)
    for contact in enrollment.contacts if enrollment else ():
        if contact.removed_at is None or contact.removed_why == contacts.NOT_ME:
            source = contact.consent.source
            found.append(line(contact.channel, contact.address, source, contact.consent.at))
    return Person(victim=victim, lines=tuple(found), hold=unreleased.trouble)

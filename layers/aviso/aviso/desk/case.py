"""One case: its people and their contacts side by side, what was told and how, and what to do."""

from collections.abc import Callable
from dataclasses import dataclass
from datetime import datetime

from aviso import addresses, contacts, restriction
from aviso.desk import actions, pages, references
from aviso.desk.actions import HOLDABLE, RESENDABLE, By
from aviso.dispatch import addresses_of
from aviso.guards import Guards
from aviso.models import Case, Channel, Notice, State, Victim
from aviso.staff import Member
from aviso.store import desk, guards, notices
from aviso.web.request import RefusedError, Request
from aviso.web.response import Response, redirect


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


@dataclass(frozen=True, slots=True, kw_only=True)
class Person:
    """A victim as the page shows them."""

    victim: Victim
    lines: tuple[Line, ...]
    hold: str  # why nothing goes out to this victim by itself, a reason of `route`'s


def show(request: Request, member: Member, now: datetime) -> Response:
    """Return the page of a case."""
    by = By.of(member, now)
    case = _case(request.query.get("c", ""), by)
    by.note("case_viewed", case.number)
    return _page(request, case, by)


def _case(reference: str, by: By) -> Case:
    number = references.unseal(reference)
    if not number:
        raise LookupError("no such case")
    return actions.open_case(number, by)


def _page(request: Request, case: Case, by: By, wrong: str = "") -> Response:
    keys = {address: addresses.key(address) for address in addresses_of(case)}
    known = guards.read(case.origin, keys, case.known_as)
    told = [notices.read(n.id) or n for n in notices.of(case)]
    return pages.page(
        request,
        by.member,
        "case",
        status=400 if wrong else 200,
        case=case,
        reference=references.seal(case.number),
        restricted=restriction.restricted(case, by.settings),
        people=[_person(case, victim, known, by) for victim in case.victims],
        told=sorted(told, key=_newest),
        holdable=HOLDABLE,
        resendable=RESENDABLE,
        held=State.HELD,
        remarks=desk.remarks(case.number),
        wrong=wrong,
    )


def _newest(notice: Notice) -> float:
    return -notice.created_at.timestamp()


def _person(case: Case, victim: Victim, known: Guards, by: By) -> Person:
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
        if contact.removed_at is None:
            source = contact.consent.source
            found.append(line(contact.channel, contact.address, source, contact.consent.at))
    return Person(victim=victim, lines=tuple(found), hold=unreleased.trouble)


def hold(request: Request, member: Member, now: datetime) -> Response:
    """Hold a notice."""
    return _on_notice(request, member, now, actions.hold)


def resend(request: Request, member: Member, now: datetime) -> Response:
    """Send a notice again, once that is confirmed."""
    if request.form.get("confirmed") != "yes":
        return _confirm(request, By.of(member, now), "resend")
    return _on_notice(request, member, now, actions.resend)


def _on_notice(
    request: Request, member: Member, now: datetime, act: Callable[[str, By], None]
) -> Response:
    act(request.form.get("notice", ""), By.of(member, now))
    return _back(request)


def unsafe(request: Request, member: Member, now: datetime) -> Response:
    """Mark a contact unsafe, once that is confirmed: only the records system can undo it."""
    by = By.of(member, now)
    case, victim = _victim(request, by)
    if request.form.get("confirmed") != "yes":
        return _confirm(request, by, "unsafe")
    actions.mark_unsafe(case, victim, _address(request, case, victim, by), by)
    return _back(request)


def correct(request: Request, member: Member, now: datetime) -> Response:
    """Put a new contact in place of a wrong one, or beside none."""
    by = By.of(member, now)
    case, victim = _victim(request, by)
    old = _address(request, case, victim, by) if request.form.get("line") else ""
    try:
        actions.correct(case, victim, old, request.form.get("typed", ""), by)
    except ValueError:
        return _page(request, case, by, wrong="desk_contact_wrong")
    return _back(request)


def note(request: Request, member: Member, now: datetime) -> Response:
    """Keep a note."""
    by = By.of(member, now)
    case = _case(request.form.get("c", ""), by)
    if text := request.form.get("text", ""):
        actions.remark(case, text, by)
    return _back(request)


def restrict(request: Request, member: Member, now: datetime) -> Response:
    """Restrict a case, once that is confirmed: it ends visits and holds what is unsent."""
    by = By.of(member, now)
    case = _case(request.form.get("c", ""), by)
    if request.form.get("confirmed") != "yes":
        return _confirm(request, by, "restrict")
    actions.restrict(case, by)
    return _back(request) if member.trusted else redirect("tasks")


def lift(request: Request, member: Member, now: datetime) -> Response:
    """Lift a restriction, once that is confirmed: what was held goes out."""
    by = By.of(member, now)
    case = _case(request.form.get("c", ""), by)
    if request.form.get("confirmed") != "yes":
        return _confirm(request, by, "lift")
    actions.lift(case, by)
    return _back(request)


def _victim(request: Request, by: By) -> tuple[Case, Victim]:
    case = _case(request.form.get("c", ""), by)
    victim = case.victim(request.form.get("victim", ""))
    if victim is None:
        raise LookupError("no such victim")
    return case, victim


def _address(request: Request, case: Case, victim: Victim, by: By) -> str:
    """Return the address of a line of the page: forms name lines, not addresses."""
    keys = {address: addresses.key(address) for address in addresses_of(case)}
    person = _person(case, victim, guards.read(case.origin, keys, case.known_as), by)
    wanted = request.form.get("line", "")
    for line in person.lines:
        if addresses.key(line.address) == wanted:
            return line.address
    raise LookupError("no such contact")


def _confirm(request: Request, by: By, what: str) -> Response:
    fields = {k: v for k, v in request.form.items() if k not in ("csrf", "lang", "confirmed")}
    if not references.unseal(fields.get("c", "")):
        raise RefusedError(400)
    return pages.page(request, by.member, "confirm", what=what, fields=fields)


def _back(request: Request) -> Response:
    reference = request.form.get("c", "")
    if not references.unseal(reference):
        raise RefusedError(400)
    return redirect(f"case?c={reference}")

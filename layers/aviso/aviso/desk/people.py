"""A case's victims as its page shows them: every contact, whose word it is, whether it is used."""

from collections.abc import Collection
from datetime import datetime

from aviso import addresses, contacts, homes, phones
from aviso.desk.acting import By
from aviso.dispatch import addresses_of
from aviso.frozen import Frozen
from aviso.guards import Guards
from aviso.models import Case, Channel, Representative, Victim
from aviso.models import Person as PersonOnFile
from aviso.store import guards


class Line(Frozen, frozen=True, kw_only=True):
    """One contact of a victim: whose word it is, and whether it is used."""

    channel: str
    address: str
    source: str  # report, portal, desk or representative
    added: datetime | None
    used: bool
    trouble: str  # why it is not used, a key of the desk's words
    name: str = ""  # whose it is, where it is a representative's

    @property
    def key(self) -> str:
        """What forms name this contact by."""
        return addresses.key(self.address)

    @property
    def shown(self) -> str:
        """The address as people write it."""
        return shown(self.address)


class Person(Frozen, frozen=True, kw_only=True):
    """A victim as the page shows them."""

    victim: Victim
    lines: tuple[Line, ...]
    hold: str  # why nothing goes out to this victim by itself, a reason of `route`'s
    locked_at: datetime | None  # with a code, on the portal
    speaks: bool  # for themself: the dead and minors do not, and letters go to who does


def shown(address: str) -> str:
    """Return a phone as people write it, an email as it is, of a postal address what is there."""
    return phones.shown(address) if address.startswith("+") else address.strip("\n, ")


def guards_of(case: Case) -> Guards:
    """Read what is known of every contact on a case, and the switches."""
    keys = {address: addresses.key(address) for address in addresses_of(case)}
    return guards.read(case.origin, keys, case.known_as)


def address_of(case: Case, victim: Victim, key: str, by: By) -> str:
    """Return the address of a line of the page: forms name lines, not addresses.

    Raises:
        LookupError: when the page has no such line.
    """
    for line in person_of(case, victim, guards_of(case), by).lines:
        if line.key == key:
            return line.address
    raise LookupError("no such contact")


def trouble_of(case: Case, victim: Victim, known: Guards, address: str) -> str:
    """Return what speaks against a phone or an email, a key of the desk's words, or nothing."""
    marks = (
        ("unsafe", victim.desk_unsafe),
        ("suspects", contacts.addresses_of_suspects(case)),
        ("opted_out", known.opted_out),
        ("bounced", known.bounced),
        ("not_me", known.not_me),
    )
    return next((word for word, marked in marks if address in marked), "")


def person_of(case: Case, victim: Victim, known: Guards, by: By) -> Person:
    """Return a victim with every contact, and whether and why not it is used."""
    reach = contacts.reach(case, victim, known, by.settings, by.now, frozenset(contacts.TROUBLES))
    used = {c.address for c in reach.contacts}
    unreleased = contacts.reach(case, victim, known, by.settings, by.now)

    def line(
        channel: Channel, address: str, source: str, added: datetime | None, name: str = ""
    ) -> Line:
        why = trouble_of(case, victim, known, address)
        return Line(
            channel=channel.value,
            address=address,
            source=source,
            added=added,
            used=address in used,
            trouble=why or ("" if address in used else "not_used"),
            name=name,
        )

    found = [
        line(channel, address, "report", victim.first_seen)
        for channel, address in ((Channel.SMS, victim.phone), (Channel.EMAIL, victim.email))
        if address
    ]
    found += letters_of(victim, used)
    for representative in case.representatives:
        if representative.victim == victim.id:
            since, name = representative.first_seen, _name(representative)
            found += [
                line(channel, address, "representative", since, name)
                for channel, address in (
                    (Channel.SMS, representative.phone),
                    (Channel.EMAIL, representative.email),
                )
                if address
            ]
            found += _letter_of(victim, representative, used)
    enrollment = case.enrollment(victim.origin)
    for contact in enrollment.contacts if enrollment else ():
        if contact.removed_at is None or contact.removed_why == contacts.NOT_ME:
            source = contact.consent.source
            found.append(line(contact.channel, contact.address, source, contact.added_at))
    today = by.now.astimezone(by.settings.agency.zone).date()
    return Person(
        victim=victim,
        lines=tuple(found),
        hold=unreleased.trouble,
        locked_at=enrollment.locked_at if enrollment else None,
        speaks=victim in contacts.spoken_for(case, victim, today),
    )


def _name(person: PersonOnFile) -> str:
    return f"{person.first_name} {person.last_name}".strip()


def _letter_of(victim: Victim, representative: Representative, used: Collection[str]) -> list[Line]:
    """Return the postal address of whoever is told in a victim's place, if one is on file."""
    address = homes.lines(representative)
    if not shown(address):
        return []
    goes = any(homes.same(address, one) for one in used)
    why = "unsafe" if homes.marked(victim, address) else "not_used"
    return [
        Line(
            channel=Channel.LETTER.value,
            address=address,
            source="representative",
            added=representative.first_seen,
            used=goes,
            trouble="" if goes else why,
            name=_name(representative),
        )
    ]


def letters_of(victim: Victim, used: Collection[str]) -> list[Line]:
    """Return the postal addresses of a victim: the report's, and the desk's in place of it."""
    given = [("report", victim, victim.first_seen)]
    given += [("desk", victim.corrected, None)] if victim.desk_home else []
    found = []
    for source, at, added in given:
        address = homes.lines(at)
        if not shown(address):
            continue
        goes = any(homes.same(address, one) for one in used)
        why = "not_used"
        if homes.marked(victim, address):
            why = "unsafe"
        elif homes.disputed(victim):
            why = "disputed"
        elif victim.desk_home and source == "report":
            why = "corrected"
        line = Line(
            channel=Channel.LETTER.value,
            address=address,
            source=source,
            added=added,
            used=goes,
            trouble="" if goes else why,
        )
        found.append(line)
    return found

"""The Cases table: a whole case is one partition, read in one consistent Query."""

from collections.abc import Callable, Iterable, Iterator, Sequence
from dataclasses import MISSING, fields, replace
from datetime import datetime
from itertools import groupby
from typing import Any

from pynamodb.attributes import (
    BooleanAttribute,
    DiscriminatorAttribute,
    ListAttribute,
    MapAttribute,
    NumberAttribute,
    UnicodeAttribute,
)
from pynamodb.constants import NULL
from pynamodb.exceptions import PynamoDBException
from pynamodb.expressions.update import Action
from pynamodb.indexes import AllProjection, GlobalSecondaryIndex, IncludeProjection
from pynamodb.transactions import TransactWrite

from aviso import environment
from aviso.errors import Conflict
from aviso.models import (
    Arrest,
    Case,
    Channel,
    Consent,
    EnrolledContact,
    Enrollment,
    Report,
    Representative,
    Rights,
    Suspect,
    Victim,
)
from aviso.store.tables import (
    DayAttribute,
    Image,
    InstantAttribute,
    InstantMapAttribute,
    Meta,
    Table,
    condition_failed,
    connection,
)

RowKey = tuple[str, str]  # (case number, sort key)
Row = Report | Victim | Suspect | Representative | Arrest

# The digest of what a renumbered person or arrest leaves behind: this, and the id it has now.
SUPERSEDED = "renumbered:"

# Written by the rules or by people at the desk: the feed never touches these.
DESK_FIELDS = frozenset({"restriction", "desk_restriction", "desk_unsafe", "desk_cleared"})


class PhoneIndex(GlobalSecondaryIndex["CaseItem"]):  # type: ignore[no-untyped-call]
    """Where a phone stands: people of the feed, and contacts left on the portal."""

    class Meta:
        index_name = "phone_index"
        projection = IncludeProjection(["type"])

    phone = UnicodeAttribute(hash_key=True)
    pk = UnicodeAttribute(range_key=True)


class EmailIndex(GlobalSecondaryIndex["CaseItem"]):  # type: ignore[no-untyped-call]
    """Where an email stands, likewise."""

    class Meta:
        index_name = "email_index"
        projection = IncludeProjection(["type"])

    email = UnicodeAttribute(hash_key=True)
    pk = UnicodeAttribute(range_key=True)


class NewContactIndex(GlobalSecondaryIndex["ContactItem"]):  # type: ignore[no-untyped-call]
    """Contacts that the records system does not have yet, the oldest first."""

    class Meta:
        index_name = "task_index"
        projection = AllProjection()

    task = UnicodeAttribute(hash_key=True)
    at = InstantAttribute(range_key=True)


class CaseItem(Table):
    """Any item of a case's partition."""

    class Meta(Meta):
        table_name = environment.name("CASES_TABLE", "Cases")

    pk = UnicodeAttribute(hash_key=True)
    sk = UnicodeAttribute(range_key=True)
    type = DiscriminatorAttribute()
    row_time = InstantAttribute(null=True)
    export_time = InstantAttribute(null=True)
    digest = UnicodeAttribute(null=True)
    history = BooleanAttribute(null=True)  # came by a backfill and says nothing new
    by_phone = PhoneIndex()
    by_email = EmailIndex()


class ReportItem(CaseItem, discriminator="report"):
    """The case's own row."""

    number = UnicodeAttribute(null=True)
    origin = UnicodeAttribute(null=True)
    offense = UnicodeAttribute(null=True)
    status = UnicodeAttribute(null=True)
    status_at = InstantAttribute(null=True)
    reported_at = InstantAttribute(null=True)
    division = UnicodeAttribute(null=True)
    assigned = UnicodeAttribute(null=True)
    assigned_at = InstantAttribute(null=True)
    assigned_phone = UnicodeAttribute(null=True)
    assigned_email = UnicodeAttribute(null=True)
    warrant_at = InstantAttribute(null=True)
    prosecutor_at = InstantAttribute(null=True)
    restricted = BooleanAttribute(null=True)
    restriction = UnicodeAttribute(null=True)
    desk_restriction = UnicodeAttribute(null=True)
    former_number = UnicodeAttribute(null=True)
    renumbered_to = UnicodeAttribute(null=True)
    known_as = ListAttribute[str](null=True)
    first_seen = InstantMapAttribute(null=True)


class PersonItem(CaseItem, discriminator="person"):
    """What every kind of person has."""

    id = UnicodeAttribute(null=True)
    origin = UnicodeAttribute(null=True)
    first_name = UnicodeAttribute(null=True)
    last_name = UnicodeAttribute(null=True)
    birth_date = DayAttribute(null=True)
    phone = UnicodeAttribute(null=True)
    phone_type = UnicodeAttribute(null=True)
    email = UnicodeAttribute(null=True)
    street = UnicodeAttribute(null=True)
    city = UnicodeAttribute(null=True)
    region = UnicodeAttribute(null=True)
    postal_code = UnicodeAttribute(null=True)
    language = UnicodeAttribute(null=True)
    former_id = UnicodeAttribute(null=True)
    removed = BooleanAttribute(null=True)
    first_seen = InstantAttribute(null=True)


class VictimItem(PersonItem, discriminator="victim"):
    """A victim."""

    minor = BooleanAttribute(null=True)
    deceased = BooleanAttribute(null=True)
    birth_date_unreadable = BooleanAttribute(null=True)
    confidential_address = BooleanAttribute(null=True)
    safe_to_contact = BooleanAttribute(null=True)
    rights = UnicodeAttribute(null=True)
    relationship = UnicodeAttribute(null=True)
    desk_unsafe = ListAttribute[str](null=True)
    known_as = ListAttribute[str](null=True)


class SuspectItem(PersonItem, discriminator="suspect"):
    """A suspect."""

    past_contacts = ListAttribute[str](null=True)
    unreadable_contact = BooleanAttribute(null=True)
    desk_cleared = UnicodeAttribute(null=True)


class RepresentativeItem(PersonItem, discriminator="representative"):
    """Who is told in a victim's place."""

    victim = UnicodeAttribute(null=True)
    relation = UnicodeAttribute(null=True)


class ArrestItem(CaseItem, discriminator="arrest"):
    """An arrest."""

    id = UnicodeAttribute(null=True)
    origin = UnicodeAttribute(null=True)
    suspect = UnicodeAttribute(null=True)
    arrested_at = InstantAttribute(null=True)
    juvenile = BooleanAttribute(null=True)
    custody_agency = UnicodeAttribute(null=True)
    custody_phone = UnicodeAttribute(null=True)
    appearance_at = InstantAttribute(null=True)
    appearance_time_known = BooleanAttribute(null=True)
    appearance_place = UnicodeAttribute(null=True)
    former_id = UnicodeAttribute(null=True)
    withdrawn_at = InstantAttribute(null=True)
    withdrawals = NumberAttribute(null=True)
    known_as = ListAttribute[str](null=True)
    first_seen = InstantMapAttribute(null=True)


class ContactMap(MapAttribute[str, Any]):
    """One enrolled contact, its consent beside it."""

    id = UnicodeAttribute()
    channel = UnicodeAttribute()
    address = UnicodeAttribute()
    language = UnicodeAttribute()
    consent_version = UnicodeAttribute()
    consent_at = InstantAttribute()
    consent_language = UnicodeAttribute()
    consent_source = UnicodeAttribute()
    safe = BooleanAttribute()
    new_to_agency = BooleanAttribute()
    level = UnicodeAttribute()
    giver = UnicodeAttribute(null=True)
    first = BooleanAttribute(null=True)
    first_by_visit = BooleanAttribute(null=True)
    stamp = UnicodeAttribute(null=True)
    removed_at = InstantAttribute(null=True)
    removed_why = UnicodeAttribute(null=True)


class EnrollmentItem(CaseItem, discriminator="enrollment"):
    """What a victim asked for on the portal."""

    victim = UnicodeAttribute(null=True)
    contacts = ListAttribute[ContactMap](null=True, of=ContactMap)
    rights = UnicodeAttribute(null=True)
    rights_at = InstantAttribute(null=True)
    locked_at = InstantAttribute(null=True)
    disowned = InstantMapAttribute(null=True)
    version = NumberAttribute(null=True)


class ContactItem(CaseItem, discriminator="contact"):
    """Where the desk finds one contact of an enrollment; the enrollment is the truth."""

    NEW = "NEW_CONTACT"

    victim = UnicodeAttribute(null=True)
    phone = UnicodeAttribute(null=True)
    email = UnicodeAttribute(null=True)
    task = UnicodeAttribute(null=True)  # there until it is exported to the records system
    at = InstantAttribute(null=True)
    by_task = NewContactIndex()


ITEMS: dict[type[Row], tuple[type[CaseItem], str]] = {
    Report: (ReportItem, "CASE"),
    Victim: (VictimItem, "VICTIM#"),
    Suspect: (SuspectItem, "SUSPECT#"),
    Representative: (RepresentativeItem, "REPRESENTATIVE#"),
    Arrest: (ArrestItem, "ARREST#"),
}
ROWS: dict[type[CaseItem], type[Row]] = {item: row for row, (item, _) in ITEMS.items()}
NAMES = {kind: frozenset(f.name for f in fields(kind)) for kind in ITEMS}
_type_of: Callable[[type[CaseItem]], str] = CaseItem.type.serialize
ENROLLMENT = _type_of(EnrollmentItem)  # as rows have it stored
KINDS = {_type_of(item): kind for item, kind in ROWS.items()}
CONVERT = {
    "rights": Rights,
    "desk_unsafe": tuple,
    "past_contacts": tuple,
    "known_as": tuple,
    "withdrawals": int,
}


def partition(number: str) -> str:
    """Return a case's partition key."""
    return f"CASE#{number}"


def sort_key(row: Row) -> str:
    """Return the sort key of a row within its case."""
    prefix = ITEMS[type(row)][1]
    return prefix if isinstance(row, Report) else prefix + row.id


def row_of(item: CaseItem) -> Row:
    """Turn an item into the row it stands for."""
    kind = ROWS[type(item)]
    names = NAMES[kind]
    values = {
        name: CONVERT.get(name, _same)(value)
        for name, value in item.attribute_values.items()
        if name in names and value is not None
    }
    return kind(**values)


def _row_in(kind: type[Row], image: Image) -> Row:
    """Read the row that an image stands for, as `row_of` reads an item."""
    attributes, names = ITEMS[kind][0].get_attributes(), NAMES[kind]
    values = {
        name: CONVERT.get(name, _same)(attributes[name].deserialize(attributes[name].get_value(v)))
        for name, v in image.items()
        if name in names and NULL not in v
    }
    return kind(**values)


def _text(image: Image, name: str) -> str:
    return str(image.get(name, {}).get("S", ""))


def _same(value: Any) -> Any:
    return value


def read_rows(keys: Sequence[RowKey], *, consistent: bool = False) -> dict[RowKey, Row]:
    """Return the stored rows among these keys, read in batches of a hundred.

    The read need not be consistent, since `write_row` is conditional on what was read; after a
    `Conflict` it should be.
    """
    items: Iterable[CaseItem] = CaseItem.batch_get(
        [(partition(n), sk) for n, sk in keys], consistent_read=consistent
    )
    return {(item.pk.removeprefix("CASE#"), item.sk): row_of(item) for item in items}


def write_row(number: str, row: Row, replaces: Row | None, *, history: bool = False) -> None:
    """Write a feed row's own attributes over the row that was read, leaving the desk's alone.

    A row written where there was none brings the desk's attributes along: only a renumbering has
    any, and it must not show the row without them for a moment.

    Args:
        number: the case's number.
        row: the row to write.
        replaces: the row that was read, None when there was none.
        history: nothing can be owed for this row alone, so the stream's reader may pass it by.

    Raises:
        Conflict: when another writer changed the row since `replaces` was read.
    """
    kind, _ = ITEMS[type(row)]
    item = kind(partition(number), sort_key(row))
    attributes = kind.get_attributes()
    actions: list[Action] = [CaseItem.type.set(kind)]
    if history:
        actions.append(CaseItem.history.set(True))
    for f in fields(row):
        if f.name in DESK_FIELDS and replaces is not None:
            continue
        value = getattr(row, f.name)
        default = f.default_factory() if f.default_factory is not MISSING else f.default
        if value is None or value == default:
            if replaces is not None and getattr(replaces, f.name) != value:
                actions.append(attributes[f.name].remove())
        else:
            actions.append(attributes[f.name].set(list(value) if type(value) is tuple else value))
    condition = (
        CaseItem.pk.does_not_exist()
        if replaces is None
        else (CaseItem.digest == replaces.digest) & (CaseItem.export_time == replaces.export_time)
    )
    if isinstance(replaces, Suspect):  # a contact of theirs must not be lost between two files
        known = SuspectItem.past_contacts
        past = list(replaces.past_contacts)
        condition &= (known == past) if past else known.does_not_exist()
    try:
        item.update(actions, condition=condition)
    except PynamoDBException as error:
        if condition_failed(error):
            raise Conflict("the row changed since it was read") from None
        raise


def read_case(number: str) -> Case:
    """Read a whole case consistently, following a renumbering to where the case is now.

    A number nobody knows gives a case without a report: the caller need not tell them apart.
    """
    for _ in range(5):  # a chain of renumberings longer than this is a mistake in the feed
        case = _assemble(number, CaseItem.stored(partition(number)))
        if case.report is None or not case.report.renumbered_to:
            break
        number = case.report.renumbered_to
    return case


def _assemble(number: str, images: Iterable[Image]) -> Case:
    enrollments: list[Enrollment] = []
    rows: list[Row] = []
    for image in images:
        kind = _text(image, "type")
        if kind == ENROLLMENT:
            enrollments.append(enrollment_of(EnrollmentItem.from_raw_data(dict(image))))
        elif kind in KINDS and not _text(image, "digest").startswith(SUPERSEDED):
            rows.append(_row_in(KINDS[kind], image))
    return Case(
        number=number,
        report=next((r for r in rows if isinstance(r, Report)), None),
        victims=tuple(r for r in rows if isinstance(r, Victim) and not r.removed),
        suspects=tuple(r for r in rows if isinstance(r, Suspect)),
        representatives=tuple(r for r in rows if isinstance(r, Representative) and not r.removed),
        arrests=tuple(r for r in rows if isinstance(r, Arrest)),
        enrollments=tuple(enrollments),
    )


def enrollment_of(item: EnrollmentItem) -> Enrollment:
    """Turn an enrollment item into the enrollment it stands for."""
    return Enrollment(
        victim=item.victim,
        contacts=tuple(
            EnrolledContact(
                id=c.id,
                channel=Channel(c.channel),
                address=c.address,
                language=c.language,
                consent=Consent(
                    version=c.consent_version,
                    at=c.consent_at,
                    language=c.consent_language,
                    source=c.consent_source,
                ),
                safe=c.safe,
                new_to_agency=c.new_to_agency,
                level=c.level,
                giver=c.giver or "",
                first=bool(c.first),
                first_by_visit=bool(c.first_by_visit),
                stamp=c.stamp or "",
                removed_at=c.removed_at,
                removed_why=c.removed_why or "",
            )
            for c in item.contacts or ()
        ),
        rights=Rights(item.rights or Rights.UNANSWERED),
        rights_at=item.rights_at,
        locked_at=item.locked_at,
        disowned=item.disowned or {},
        version=int(item.version or 0),
    )


def enrollment_item(number: str, enrollment: Enrollment) -> EnrollmentItem:
    """Return the item for an enrollment; its row time is when the victim last changed it."""
    times = [t for c in enrollment.contacts for t in (c.consent.at, c.removed_at)]
    times += [enrollment.rights_at, enrollment.locked_at, *enrollment.disowned.values()]
    return EnrollmentItem(
        partition(number),
        f"ENROLLMENT#{enrollment.victim}",
        victim=enrollment.victim,
        row_time=max((t for t in times if t), default=None),
        contacts=[
            ContactMap(  # type: ignore[no-untyped-call]  # pynamodb's own
                id=c.id,
                channel=c.channel.value,
                address=c.address,
                language=c.language,
                consent_version=c.consent.version,
                consent_at=c.consent.at,
                consent_language=c.consent.language,
                consent_source=c.consent.source,
                safe=c.safe,
                new_to_agency=c.new_to_agency,
                level=c.level,
                giver=c.giver or None,
                first=c.first or None,
                first_by_visit=c.first_by_visit or None,
                stamp=c.stamp or None,
                removed_at=c.removed_at,
                removed_why=c.removed_why or None,
            )
            for c in enrollment.contacts
        ],
        rights=enrollment.rights.value,
        rights_at=enrollment.rights_at,
        locked_at=enrollment.locked_at,
        disowned=dict(enrollment.disowned) or None,
        version=enrollment.version,
    )


def contact_item(number: str, victim: str, contact: EnrolledContact) -> ContactItem:
    """Return the row by which the desk finds an enrolled contact, and exports one that is new."""
    sms = contact.channel is Channel.SMS
    return ContactItem(
        partition(number),
        f"CONTACT#{contact.id}",
        victim=victim,
        phone=contact.address if sms else None,
        email=None if sms else contact.address,
        task=ContactItem.NEW if contact.new_to_agency and contact.safe else None,
        at=contact.consent.at,
    )


def added(now: Enrollment, before: Enrollment | None) -> list[EnrolledContact]:
    """Return the contacts an enrollment has that it had not before."""
    known = {contact.id for contact in before.contacts} if before else set()
    return [contact for contact in now.contacts if contact.id not in known]


def taken_off(now: Enrollment, before: Enrollment | None) -> list[EnrolledContact]:
    """Return the contacts an enrollment had before and that are removed now."""
    removed = {contact.id for contact in now.contacts if contact.removed_at is not None}
    standing = [c for c in before.contacts if c.removed_at is None] if before else []
    return [contact for contact in standing if contact.id in removed]


def write_enrollment(
    number: str,
    enrollment: Enrollment,
    replaces: Enrollment | None,
    *,
    new_contacts: bool = False,
) -> None:
    """Store what a victim asked for, over the version that was read.

    Args:
        number: the case's number.
        enrollment: what it is now.
        replaces: what was read.
        new_contacts: added contacts were just given, so the desk is to find and export them; not
            so for an enrollment that only moves to another number.

    Raises:
        Conflict: when it changed since it was read; read again and apply the change anew.
    """
    version = 0 if replaces is None else replaces.version
    item = enrollment_item(number, replace(enrollment, version=version + 1))
    condition = (
        EnrollmentItem.pk.does_not_exist()
        if replaces is None
        else EnrollmentItem.version == replaces.version
    )
    try:
        with TransactWrite(connection=connection()) as write:
            write.save(item, condition=condition)
            for contact in taken_off(enrollment, replaces):
                write.delete(contact_item(number, enrollment.victim, contact))
            for contact in added(enrollment, replaces) if new_contacts else ():
                write.save(contact_item(number, enrollment.victim, contact))
    except PynamoDBException as error:
        if condition_failed(error):
            raise Conflict("the enrollment changed since it was read") from None
        raise


def set_desk_restriction(number: str, word: str) -> None:
    """Record a person's word on a case: "restricted", "lifted", or "" to follow the rules again."""
    item = ReportItem(partition(number), "CASE")
    item.update([ReportItem.desk_restriction.set(word)], condition=ReportItem.pk.exists())


def mark_restricted(number: str, reason: str) -> None:
    """Record why the rules restrict a case, so that a later feed row cannot lift it (rule 12)."""
    item = ReportItem(partition(number), "CASE")
    try:
        item.update(
            [ReportItem.restriction.set(reason)],
            condition=ReportItem.pk.exists() & ReportItem.restriction.does_not_exist(),
        )
    except PynamoDBException as error:
        if not condition_failed(error):
            raise


def numbers(start: str = "") -> Iterator[str]:
    """Yield every case number; each may serve as the `start` of a later run.

    A case of which only an arrest has come counts too: a person must look at that (rule 4).
    A scan: for the nightly reconciliation alone.
    """
    # A case's rows lie together in the order of their keys, and arrests sort before its own row.
    last = {"pk": {"S": partition(start)}, "sk": {"S": "CASE"}} if start else None
    found = CaseItem.scan(
        (CaseItem.sk == "CASE") | CaseItem.sk.startswith("ARREST#"),
        last_evaluated_key=last,
        attributes_to_get=["pk", "sk", "type"],
    )
    for pk, _ in groupby(item.pk for item in found):
        yield pk.removeprefix("CASE#")


def touched(since: datetime, start: str = "") -> Iterator[str]:
    """Yield the numbers of cases of which a row was exported or an enrollment written since.

    A scan as well, which at a city's size costs less than an index would on every write. Each
    number may serve as the `start` of a later run.
    """
    recent = (CaseItem.export_time > since) | (CaseItem.row_time > since)
    # No row's key sorts after a tilde, so the run goes on behind the whole case.
    last = {"pk": {"S": partition(start)}, "sk": {"S": "~"}} if start else None
    found = CaseItem.scan(recent, last_evaluated_key=last, attributes_to_get=["pk", "sk", "type"])
    for pk, _ in groupby(item.pk for item in found):
        yield pk.removeprefix("CASE#")


def reported_or_moved(since: datetime) -> Iterator[str]:
    """Yield the numbers of cases reported, or last changed by the records system, since then.

    A scan: for the daily surveys alone.
    """
    late = (
        (ReportItem.reported_at >= since)
        | (ReportItem.status_at >= since)
        | (CaseItem.row_time >= since)
    )
    for item in CaseItem.scan(
        (CaseItem.sk == "CASE") & late, attributes_to_get=["pk", "sk", "type"]
    ):
        yield item.pk.removeprefix("CASE#")

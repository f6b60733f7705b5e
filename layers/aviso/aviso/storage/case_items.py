"""The rows of the Cases table: report, people, arrests, enrollments and contacts."""

from typing import Any
from zlib import crc32

from pynamodb.attributes import (
    BooleanAttribute,
    DiscriminatorAttribute,
    ListAttribute,
    MapAttribute,
    NumberAttribute,
    UnicodeAttribute,
)
from pynamodb.indexes import AllProjection, GlobalSecondaryIndex, IncludeProjection

from aviso.runtime import environment
from aviso.storage.tables import DayAttribute, InstantAttribute, InstantMapAttribute, Meta, Table

TOUCHED_SHARDS = 8  # of the index by time: enough for some 8,000 writes a second


def partition(number: str) -> str:
    """Return a case's partition key."""
    return f"CASE#{number}"


def touched_shards() -> list[str]:
    """Return the partitions of the index by time."""
    return [f"TOUCHED#{n}" for n in range(TOUCHED_SHARDS)]


def touched_shard(number: str) -> str:
    """Return the partition of a case's rows in the index by time."""
    return f"TOUCHED#{crc32(number.encode()) % TOUCHED_SHARDS}"


class PhoneIndex(GlobalSecondaryIndex["CaseItem"]):  # type: ignore[no-untyped-call]
    """Rows by phone: people of the feed, and contacts left on the portal."""

    class Meta:
        index_name = "phone_index"
        projection = IncludeProjection(["type"])

    phone = UnicodeAttribute(hash_key=True)
    pk = UnicodeAttribute(range_key=True)


class EmailIndex(GlobalSecondaryIndex["CaseItem"]):  # type: ignore[no-untyped-call]
    """Rows by email: people of the feed, and contacts left on the portal."""

    class Meta:
        index_name = "email_index"
        projection = IncludeProjection(["type"])

    email = UnicodeAttribute(hash_key=True)
    pk = UnicodeAttribute(range_key=True)


class NameIndex(GlobalSecondaryIndex["CaseItem"]):  # type: ignore[no-untyped-call]
    """Rows of victims and of who speaks for them, by keyed hashes of names: see `name_index`."""

    class Meta:
        index_name = "name_index"
        projection = IncludeProjection(["type"])

    surname_key = UnicodeAttribute(hash_key=True)
    name_key = UnicodeAttribute(range_key=True)


class NewContactIndex(GlobalSecondaryIndex["ContactItem"]):  # type: ignore[no-untyped-call]
    """Contacts that the records system does not have yet, oldest first."""

    class Meta:
        index_name = "task_index"
        projection = AllProjection()

    task = UnicodeAttribute(hash_key=True)
    at = InstantAttribute(range_key=True)


class TouchedIndex(GlobalSecondaryIndex["CaseItem"]):  # type: ignore[no-untyped-call]
    """Rows by when the records system or a victim last changed them, for the hourly look."""

    class Meta:
        index_name = "touched_index"
        projection = IncludeProjection(["type"])

    touched_in = UnicodeAttribute(hash_key=True)
    touched_at = InstantAttribute(range_key=True)


class CaseItem(Table):
    """Any item of a case's partition."""

    class Meta(Meta):
        table_name = environment.Variable("CASES_TABLE", "Cases")

    pk = UnicodeAttribute(hash_key=True)
    sk = UnicodeAttribute(range_key=True)
    type = DiscriminatorAttribute()
    row_time = InstantAttribute(null=True)
    export_time = InstantAttribute(null=True)
    digest = UnicodeAttribute(null=True)
    history = BooleanAttribute(null=True)  # imported by a backfill; it is not news
    touched_in = UnicodeAttribute(null=True)  # these two are absent from rows that are not news
    touched_at = InstantAttribute(null=True)
    by_phone = PhoneIndex()
    by_email = EmailIndex()
    by_name = NameIndex()
    by_touch = TouchedIndex()


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
    removed = BooleanAttribute(null=True)
    restriction = UnicodeAttribute(null=True)
    desk_restriction = UnicodeAttribute(null=True)
    former_number = UnicodeAttribute(null=True)
    alias_of = UnicodeAttribute(null=True)
    later_numbers = ListAttribute[str](null=True)
    undated = ListAttribute[str](null=True)
    first_seen = InstantMapAttribute(null=True)


class PersonItem(CaseItem, discriminator="person"):
    """The attributes that every kind of person has."""

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
    safe_to_contact = BooleanAttribute(null=True)
    removed = BooleanAttribute(null=True)
    first_seen = InstantAttribute(null=True)
    surname_key = UnicodeAttribute(null=True)  # these two: victims and speakers only
    name_key = UnicodeAttribute(null=True)


class VictimItem(PersonItem, discriminator="victim"):
    """A victim."""

    minor = BooleanAttribute(null=True)
    age = NumberAttribute(null=True)
    age_at = DayAttribute(null=True)
    deceased = BooleanAttribute(null=True)
    incapacitated = BooleanAttribute(null=True)
    differs = ListAttribute[str](null=True)
    birth_date_unreadable = BooleanAttribute(null=True)
    confidential_address = BooleanAttribute(null=True)
    rights = UnicodeAttribute(null=True)
    relationship = UnicodeAttribute(null=True)
    victim_type = UnicodeAttribute(null=True)
    desk_unsafe = ListAttribute[str](null=True)
    desk_unsafe_at = InstantAttribute(null=True)
    desk_home = ListAttribute[str](null=True)
    desk_home_at = InstantAttribute(null=True)
    overruled = ListAttribute[str](null=True)
    judged_at = InstantAttribute(null=True)
    answers = ListAttribute[str](null=True)


class SuspectItem(PersonItem, discriminator="suspect"):
    """A suspect."""

    past_contacts = ListAttribute[str](null=True)
    past_homes = ListAttribute[str](null=True)
    unreadable_contact = BooleanAttribute(null=True)
    desk_cleared = UnicodeAttribute(null=True)


class SpeakerItem(PersonItem, discriminator="representative"):
    """A person who speaks for a victim."""

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
    withdrawn_at = InstantAttribute(null=True)
    withdrawals = NumberAttribute(null=True)
    undated = ListAttribute[str](null=True)
    first_seen = InstantMapAttribute(null=True)


class ContactMap(MapAttribute[str, Any]):
    """One enrolled contact with its consent."""

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
    root = UnicodeAttribute(null=True)
    giver = UnicodeAttribute(null=True)
    holder_first = UnicodeAttribute(null=True)
    holder_last = UnicodeAttribute(null=True)
    agreed_at = InstantAttribute(null=True)
    lives_with_suspect = BooleanAttribute(null=True)
    first = BooleanAttribute(null=True)
    first_by_visit = BooleanAttribute(null=True)
    stamp = UnicodeAttribute(null=True)
    tied_at = InstantAttribute(null=True)
    removed_at = InstantAttribute(null=True)
    removed_why = UnicodeAttribute(null=True)


class RequestMap(MapAttribute[str, Any]):
    """One record of what a victim asked for or gave up."""

    right = UnicodeAttribute()
    answer = UnicodeAttribute()
    at = InstantAttribute()
    place = UnicodeAttribute()
    proof = UnicodeAttribute()
    language = UnicodeAttribute(null=True)
    speaker = UnicodeAttribute(null=True)
    about = UnicodeAttribute(null=True)
    by = UnicodeAttribute(null=True)


class HandOffMap(MapAttribute[str, Any]):
    """A consent that other agencies get a victim's request."""

    id = UnicodeAttribute()
    contact = UnicodeAttribute()
    purposes = ListAttribute[str]()
    at = InstantAttribute()
    version = UnicodeAttribute()
    language = UnicodeAttribute()
    until = DayAttribute(null=True)
    ended_at = InstantAttribute(null=True)


class EnrollmentItem(CaseItem, discriminator="enrollment"):
    """A victim's choices on the portal, but those in `ChoicesItem`."""

    victim = UnicodeAttribute(null=True)
    contacts = ListAttribute[ContactMap](null=True, of=ContactMap)
    rights = UnicodeAttribute(null=True)  # the answer about news; its records are in `ChoicesItem`
    rights_at = InstantAttribute(null=True)
    locked_at = InstantAttribute(null=True)
    lock_at = InstantAttribute(null=True)
    disowned = InstantMapAttribute(null=True)
    given_back = InstantMapAttribute(null=True)
    changes = ListAttribute[str](null=True)  # each an `Announcement` as JSON
    version = NumberAttribute(null=True)


class ChoicesItem(CaseItem, discriminator="choices"):
    """More of a victim's choices: it is one value with the enrollment."""

    victim = UnicodeAttribute(null=True)
    named = ListAttribute[ContactMap](null=True, of=ContactMap)  # those with a holder
    requests = ListAttribute[RequestMap](null=True, of=RequestMap)
    hand_off = HandOffMap(null=True)  # type: ignore[no-untyped-call]  # pynamodb's own


class ContactItem(CaseItem, discriminator="contact"):
    """A row by which the desk finds one contact of an enrollment; the enrollment is the source."""

    NEW = "NEW_CONTACT"

    victim = UnicodeAttribute(null=True)
    phone = UnicodeAttribute(null=True)
    email = UnicodeAttribute(null=True)
    task = UnicodeAttribute(null=True)  # present until it is exported to the records system
    at = InstantAttribute(null=True)
    surname_key = UnicodeAttribute(null=True)  # these two: a person whom the victim named
    name_key = UnicodeAttribute(null=True)
    by_task = NewContactIndex()

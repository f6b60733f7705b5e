"""The rows of the Cases table: report, people, arrests, enrollments and contacts."""

from collections.abc import Mapping
from zlib import crc32

from pynamodb.attributes import (
    BooleanAttribute,
    DiscriminatorAttribute,
    NumberAttribute,
    UnicodeAttribute,
)
from pynamodb.indexes import AllProjection, GlobalSecondaryIndex, IncludeProjection

from aviso.domain.model import Arrest, Enrollment, Report, Speaker, Suspect, Victim
from aviso.runtime import environment
from aviso.storage.tables import FieldAttribute, InstantAttribute, Meta, Table

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

    stores = Report
    email = UnicodeAttribute(null=True)  # `assigned_email`, by which an officer's cases are found
    restriction = UnicodeAttribute(null=True)
    desk_restriction = UnicodeAttribute(null=True)


class PersonItem(CaseItem, discriminator="person"):
    """Any person."""

    surname_key = UnicodeAttribute(null=True)  # these two: victims and speakers only
    name_key = UnicodeAttribute(null=True)


class VictimItem(PersonItem, discriminator="victim"):
    """A victim."""

    stores = Victim


class SuspectItem(PersonItem, discriminator="suspect"):
    """A suspect."""

    stores = Suspect


class SpeakerItem(PersonItem, discriminator="representative"):
    """A person who speaks for a victim."""

    stores = Speaker


class ArrestItem(CaseItem, discriminator="arrest"):
    """An arrest."""

    stores = Arrest


class EnrollmentItem(CaseItem, discriminator="enrollment"):
    """A victim's choices on the portal, but those in `ChoicesItem`."""

    stores = Enrollment
    rights = UnicodeAttribute(null=True)  # the answer about news; its records are in `ChoicesItem`
    rights_at = InstantAttribute(null=True)
    version = NumberAttribute(null=True)


class ChoicesItem(CaseItem, discriminator="choices"):
    """More of a victim's choices: it is one value with the enrollment."""

    victim = UnicodeAttribute(null=True)
    named = FieldAttribute(tuple)  # contacts with a holder
    requests = FieldAttribute(tuple)
    hand_off = FieldAttribute(Mapping)
    plan = FieldAttribute(Mapping)


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

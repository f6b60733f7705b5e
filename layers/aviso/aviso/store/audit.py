"""The Audit table: who saw or changed what, append only, spread over shards of a day."""

import secrets
from collections import Counter
from collections.abc import Iterable, Iterator
from datetime import date, timedelta
from itertools import islice

from pynamodb.attributes import TTLAttribute, UnicodeAttribute
from pynamodb.indexes import GlobalSecondaryIndex, IncludeProjection
from pynamodb.transactions import TransactWrite

from aviso import environment
from aviso.models import AuditEntry
from aviso.store import tables
from aviso.store.tables import Image, InstantAttribute, Table, connection, instant

SHARDS = 4  # a day's rows spread over these, so that no day is one hot partition


LATEST = 60  # rows of one case that are shown at once, and as many of strangers
MOST_READ = 20_000
STRANGER = "visitor"  # the actor of whoever did not get in


class CaseIndex(GlobalSecondaryIndex["AuditItem"]):  # type: ignore[no-untyped-call]
    """A case's rows in order of time.

    An index and not a second row: a row more in a visit's transaction would cost twice as much.
    """

    class Meta:
        """Which index."""

        index_name = "case_index"
        projection = IncludeProjection(["actor", "action", "victim"])

    case = UnicodeAttribute(hash_key=True)
    at = InstantAttribute(range_key=True)


class AuditItem(Table):
    """One thing that somebody did."""

    class Meta(tables.Meta):
        """Which table."""

        table_name = environment.name("AUDIT_TABLE", "Audit")

    pk = UnicodeAttribute(hash_key=True)
    sk = UnicodeAttribute(range_key=True)
    at = InstantAttribute()
    actor = UnicodeAttribute()
    action = UnicodeAttribute()
    case = UnicodeAttribute(null=True)  # none where no case is concerned: an index key
    victim = UnicodeAttribute(null=True)
    origin = UnicodeAttribute(null=True)
    stamp = UnicodeAttribute(null=True)
    subject = UnicodeAttribute(null=True)
    expires = TTLAttribute()
    by_case = CaseIndex()


def item_of(entry: AuditEntry, keep_days: int) -> AuditItem:
    """Return the item for an entry, for use alone or inside a transaction."""
    draw = secrets.token_hex(8)
    return AuditItem(
        f"{entry.at:%Y-%m-%d}#{int(draw[:2], 16) % SHARDS}",
        f"{instant(entry.at)}#{draw}",
        at=entry.at,
        actor=entry.actor,
        action=entry.action,
        case=entry.case or None,
        victim=entry.victim or None,
        origin=entry.origin or None,
        stamp=entry.stamp or None,
        subject=entry.subject or None,
        expires=entry.at + timedelta(days=keep_days),
    )


def of_case(number: str) -> list[AuditEntry]:
    """Return the latest rows about a case number, the latest first.

    Those of strangers, such as failed tries, are counted apart: a hundred of them must not push
    out of the list who was in.
    """
    found: list[AuditItem] = []
    counts = Counter[bool]()
    rows = AuditItem.by_case.query(number, scan_index_forward=False)
    for item in islice(rows, MOST_READ):
        stranger = item.actor == STRANGER
        counts[stranger] += 1
        if counts[stranger] <= LATEST:
            found.append(item)
        if counts[False] == LATEST:
            break
    return [
        AuditEntry(
            at=item.at,
            actor=item.actor,
            action=item.action,
            case=item.case or "",
            victim=item.victim or "",
        )
        for item in found
    ]


def of_day(day: date) -> Iterator[Image]:
    """Yield every row of a day, in UTC, as it is stored: to be held against its locked copy."""
    for shard in range(SHARDS):
        yield from AuditItem.stored(f"{day}#{shard}")


def append_all(entries: Iterable[AuditEntry], keep_days: int) -> None:
    """Write up to a hundred entries in one call, all or none.

    No batch: whoever may write batches may delete in them.
    """
    items = [item_of(entry, keep_days) for entry in entries]
    if items:
        with TransactWrite(connection=connection()) as write:
            for item in items:
                write.save(item)


def append(entry: AuditEntry, keep_days: int) -> None:
    """Write an entry that stands alone."""
    item_of(entry, keep_days).save()

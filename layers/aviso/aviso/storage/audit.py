"""The Audit table: who saw or changed what; append only, spread over shards of a day."""

import secrets
from collections import Counter
from collections.abc import Iterable, Iterator, Mapping
from datetime import UTC, date, datetime, timedelta
from functools import reduce
from itertools import islice
from operator import and_
from typing import Any

from pynamodb.attributes import TTLAttribute, UnicodeAttribute
from pynamodb.indexes import GlobalSecondaryIndex, IncludeProjection

from aviso.domain.model import AuditEntry
from aviso.domain.value import Frozen
from aviso.runtime import environment
from aviso.storage import tables
from aviso.storage.codec import Image, fields_of, instant, value_of
from aviso.storage.model_calls import transaction
from aviso.storage.tables import InstantAttribute, Table

SHARDS = 4  # a day's rows are spread over these, so that no day is one hot partition


LATEST = 60  # rows shown at once: of strangers, visitors' looks, staff's looks, each person's acts
MOST_READ = 20_000
VISIT = "visit:"  # how the actor of a visit to the portal begins
LOOK = "look"
LOOKS = ("viewed", "listed", "search")  # parts of the names of acts that change nothing
MOST_AT_ONCE = 1000  # rows of one request where a page passes over some


class AuditCaseIndex(GlobalSecondaryIndex["AuditItem"]):  # type: ignore[no-untyped-call]
    """A case's rows in order of time.

    An index, not a second row: one more row in a visit's transaction would cost twice as much.
    """

    class Meta:
        """The index's settings."""

        index_name = "case_index"
        projection = IncludeProjection(["actor", "action", "victim"])

    case = UnicodeAttribute(hash_key=True)
    at = InstantAttribute(range_key=True)


class AuditItem(Table):
    """One action by one actor."""

    class Meta(tables.Meta):
        """The table's settings."""

        table_name = environment.Variable("AUDIT_TABLE", "Audit")

    pk = UnicodeAttribute(hash_key=True)
    sk = UnicodeAttribute(range_key=True)
    stores = AuditEntry
    at = InstantAttribute()
    actor = UnicodeAttribute()
    action = UnicodeAttribute()
    case = UnicodeAttribute(null=True)  # absent where no case is concerned: an index key
    subject = UnicodeAttribute(null=True)
    expires = TTLAttribute()
    by_case = AuditCaseIndex()


def _values(entry: AuditEntry, keep_days: int) -> dict[str, Any]:
    """Return an entry's attributes as a row stores them."""
    draw, at = secrets.token_hex(8), instant(entry.at)
    return fields_of(entry) | {
        "pk": f"{at.partition('T')[0]}#{int(draw[:2], 16) % SHARDS}",
        "sk": f"{at}#{draw}",
        "case": entry.case or None,
        "expires": entry.at + timedelta(days=keep_days),
    }


def item_of(entry: AuditEntry, keep_days: int) -> AuditItem:
    """Return the item for an entry, for use inside a transaction."""
    return AuditItem(**_values(entry, keep_days))


def of_case(number: str) -> list[AuditEntry]:
    """Return the latest rows about a case number, latest first.

    Nobody can push out what somebody else did: strangers' attempts, looks of visitors, looks of
    staff, and the acts of each person have a limit each. A visit to the portal shows the same look
    once.
    """
    found: list[AuditItem] = []
    counts = Counter[str]()
    looks = set[tuple[str, str]]()
    rows = AuditItem.by_case.query(number, scan_index_forward=False)
    for item in islice(rows, MOST_READ):
        sort, look = _sort(item), (item.actor, item.action)
        if sort == VISIT and look in looks:
            continue
        looks.add(look)
        counts[sort] += 1
        if counts[sort] <= LATEST:
            found.append(item)
    return [entry_of(item) for item in found]


def _sort(item: AuditItem) -> str:
    """Return what a row counts as: a look, or an act of its actor. Strangers are one actor.

    Opening a case is a look: who knows the birth date can do it any number of times, and then try
    codes as any stranger can. A list of tasks is a look too: it adds a row for each case.
    """
    if item.action == "code_failed":
        return "visitor"
    if item.action == "verified" or "viewed" in item.action:
        return VISIT if item.actor.startswith(VISIT) else LOOK
    return item.actor


class RowsWanted(Frozen, frozen=True, kw_only=True):
    """Which rows a page shows: one actor's, one act's, or changes without looks and searches."""

    actor: str = ""
    action: str = ""
    changes: bool = False

    def options(self) -> dict[str, Any]:
        """Return the filter of a query, which then reads many rows at once to pass over some."""
        wanted = [AuditItem.actor == self.actor] if self.actor else []
        if self.action:
            wanted.append(AuditItem.action == self.action)
        if self.changes:
            wanted += [~AuditItem.action.contains(look) for look in LOOKS]
        if not wanted:
            return {}
        return {"filter_condition": reduce(and_, wanted), "page_size": MOST_AT_ONCE}


EVERY_ROW = RowsWanted()


def page_of_case(
    number: str, limit: int, after: Mapping[str, str], only: RowsWanted = EVERY_ROW
) -> tuple[list[AuditEntry], dict[str, str]]:
    """Return rows about a case number, latest first, and the key for the next page.

    Args:
        number: the number under which the rows were written.
        after: what the previous page returned; empty for the first.
        only: the rows that are wanted; each row that was passed over is read too.
    """
    last = {name: {"S": value} for name, value in after.items()} if after else None
    rows = AuditItem.by_case.query(
        number,
        scan_index_forward=False,
        limit=limit + 1,
        **only.options(),
        last_evaluated_key=last,
    )
    found = list(rows)
    page = found[:limit]
    end = {}
    if len(found) > limit:
        item = page[-1]
        end = {"pk": item.pk, "sk": item.sk, "case": number, "at": instant(item.at)}
    return [entry_of(item) for item in page], end


def page_of_day(
    begins: datetime,
    ends: datetime,
    limit: int,
    after: Mapping[str, str],
    only: RowsWanted = EVERY_ROW,
) -> tuple[list[AuditEntry], dict[str, str]]:
    """Return rows of about one day, latest first, and the key for the next page.

    Args:
        ends: the first moment after it.
        after: what the previous page returned; empty for the first.
        only: the rows that are wanted. Without it, at most `limit` rows are read, plus two of each
            shard for each day in UTC that the range touches.
    """
    before = after.get("sk", instant(ends))
    day, found = ends.astimezone(UTC).date(), list[AuditItem]()
    while day >= begins.astimezone(UTC).date() and len(found) <= limit:
        for shard in range(SHARDS):
            between = AuditItem.sk.between(instant(begins), before)
            rows = AuditItem.query(
                f"{day}#{shard}",
                between,
                scan_index_forward=False,
                limit=limit + 2,
                **only.options(),
            )
            found += [item for item in rows if item.sk != before]
        day -= timedelta(days=1)
    page = sorted(found, key=lambda item: item.sk, reverse=True)[:limit]
    end = {"sk": page[-1].sk} if len(found) > limit else {}
    return [entry_of(item) for item in page], end


def entry_of(item: AuditItem) -> AuditEntry:
    """Return the entry of an item, as far as the index that it came from has its attributes."""
    return value_of(AuditEntry, {"case": ""} | item.attribute_values)


def of_day(day: date) -> Iterator[Image]:
    """Yield every row of a day, in UTC, as stored, to compare with its locked copy."""
    for shard in range(SHARDS):
        yield from AuditItem.stored(f"{day}#{shard}")


def append_all(entries: Iterable[AuditEntry], keep_days: int) -> None:
    """Write up to a hundred entries in one call, all or none.

    Not a batch write: permission to write batches is permission to delete in them.
    """
    items = [item_of(entry, keep_days) for entry in entries]
    if items:
        with transaction() as write:
            for item in items:
                write.save(item)


def append(entry: AuditEntry, keep_days: int) -> None:
    """Write one entry on its own."""
    AuditItem.put(_values(entry, keep_days))

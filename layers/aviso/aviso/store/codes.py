"""Access codes in the Guards table, each under its hash until it is used or has expired."""

from dataclasses import dataclass
from datetime import datetime

from pynamodb.attributes import TTLAttribute, UnicodeAttribute
from pynamodb.exceptions import PynamoDBException

from aviso import environment
from aviso.store import tables
from aviso.store.tables import InstantAttribute, Table, condition_failed


class CodeItem(Table):
    """A code that was given out and not used yet."""

    class Meta(tables.Meta):
        """Which table."""

        table_name = environment.name("GUARDS_TABLE", "Guards")

    pk = UnicodeAttribute(hash_key=True)
    case = UnicodeAttribute()
    victim = UnicodeAttribute()
    purpose = UnicodeAttribute()
    until = InstantAttribute()
    expires = TTLAttribute()


@dataclass(frozen=True, slots=True, kw_only=True)
class CodeRecord:
    """Whose case a code opens, and until when."""

    case: str  # the case's origin number
    victim: str  # the victim's origin id
    purpose: str
    until: datetime


def put(key: str, record: CodeRecord) -> None:
    """Keep a code under its hash."""
    CodeItem(
        f"CODE#{key}",
        case=record.case,
        victim=record.victim,
        purpose=record.purpose,
        until=record.until,
        expires=record.until,
    ).save()


def take(key: str, case: str, now: datetime) -> CodeRecord | None:
    """Use up a code; of two that try at once, one gets it.

    Both calls are made whatever the first finds, so that an unknown, expired or foreign code
    takes as long as a good one.

    Args:
        key: the code's hash.
        case: the origin of the only case it may open, or empty.
        now: codes that expired before are refused; the table's own expiry lags by days.
    """
    found = _get(f"CODE#{key}")
    condition = CodeItem.pk.exists() & (CodeItem.until > now)
    if case:
        condition &= CodeItem.case == case
    try:
        CodeItem(f"CODE#{key}").delete(condition=condition)
    except PynamoDBException as error:
        if condition_failed(error):
            return None
        raise
    if found is None:
        return None
    return CodeRecord(
        case=found.case, victim=found.victim, purpose=found.purpose, until=found.until
    )


def _get(pk: str) -> CodeItem | None:
    try:
        return CodeItem.get(pk, consistent_read=True)
    except CodeItem.DoesNotExist:
        return None

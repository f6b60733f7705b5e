"""Access codes in the Guards table, each under its hash until it is used or expires."""

from datetime import datetime

from pynamodb.attributes import TTLAttribute, UnicodeAttribute
from pynamodb.transactions import TransactWrite

from aviso.domain.value import Frozen
from aviso.runtime import environment
from aviso.storage import tables
from aviso.storage.codec import fields_of, value_of
from aviso.storage.tables import Table


class CodeRecord(Frozen, frozen=True, kw_only=True):
    """Whose case a code opens, and until when."""

    case: str  # the case's origin number
    victim: str  # the victim's origin id
    purpose: str
    until: datetime
    root: str = ""  # of the contact it was sent to: see `changes`
    key: str = ""  # the hash under which it is stored


class CodeItem(Table):
    """A code that was issued and is not used yet."""

    class Meta(tables.Meta):
        """The table's settings."""

        table_name = environment.Variable("GUARDS_TABLE", "Guards")

    pk = UnicodeAttribute(hash_key=True)
    stores = CodeRecord
    expires = TTLAttribute()


def put(key: str, record: CodeRecord) -> None:
    """Store a code under its hash."""
    stored = fields_of(record) | {"key": None}
    CodeItem(f"CODE#{key}", **stored, expires=record.until).save()


def get(key: str) -> CodeRecord | None:
    """Return what a code opens, even if it has expired; DynamoDB's expiry lags by days."""
    try:
        found = CodeItem.get(f"CODE#{key}", consistent_read=True)
    except CodeItem.DoesNotExist:
        return None
    return value_of(CodeRecord, found.attribute_values, key=key)


def use_up(write: TransactWrite, key: str) -> None:
    """Use a code up in this transaction; of two at once, only one succeeds."""
    write.delete(CodeItem(f"CODE#{key}"), condition=CodeItem.pk.exists())

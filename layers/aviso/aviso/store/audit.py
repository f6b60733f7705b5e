"""The Audit table: who saw or changed what, append only, spread over shards of a day."""

import secrets
from datetime import timedelta

from pynamodb.attributes import TTLAttribute, UnicodeAttribute

from aviso import environment
from aviso.models import AuditEntry
from aviso.store import tables
from aviso.store.tables import InstantAttribute, Table, instant

SHARDS = 4  # a day's rows spread over these, so that no day is one hot partition


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
    case = UnicodeAttribute()
    victim = UnicodeAttribute(null=True)
    origin = UnicodeAttribute(null=True)
    stamp = UnicodeAttribute(null=True)
    expires = TTLAttribute()


def item_of(entry: AuditEntry, keep_days: int) -> AuditItem:
    """Return the item for an entry, for use alone or inside a transaction."""
    draw = secrets.token_hex(8)
    return AuditItem(
        f"{entry.at:%Y-%m-%d}#{int(draw[:2], 16) % SHARDS}",
        f"{instant(entry.at)}#{draw}",
        at=entry.at,
        actor=entry.actor,
        action=entry.action,
        case=entry.case,
        victim=entry.victim or None,
        origin=entry.origin or None,
        stamp=entry.stamp or None,
        expires=entry.at + timedelta(days=keep_days),
    )


def append(entry: AuditEntry, keep_days: int) -> None:
    """Write an entry that stands alone."""
    item_of(entry, keep_days).save()

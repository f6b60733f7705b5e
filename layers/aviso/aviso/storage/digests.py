"""Who of the staff asked for the morning email, in Members, and the day of each one's last."""

from datetime import date, datetime
from typing import Any

from pynamodb.attributes import UnicodeAttribute

from aviso.domain.value import Frozen
from aviso.storage.staff_accounts import MembersMeta
from aviso.storage.tables import InstantAttribute, Table, ignore_if_changed

PREFIX = "DIGEST#"


class DigestItem(Table):
    """A member's wish for the morning email."""

    class Meta(MembersMeta):
        """The table's settings."""

    pk = UnicodeAttribute(hash_key=True)
    language = UnicodeAttribute()
    at = InstantAttribute()  # since when
    sent = UnicodeAttribute(null=True)  # the day of the last email


class Digest(Frozen, frozen=True, kw_only=True):
    """A member's wish for the morning email."""

    id: str  # the account's
    language: str


def read_digest(id: str) -> Digest | None:
    """Return a member's wish, None when there is none."""
    try:
        return _digest(DigestItem.get(PREFIX + id, consistent_read=True))
    except DigestItem.DoesNotExist:
        return None


def everyone() -> list[Digest]:
    """Return every wish: a scan of the staff's small table."""
    found = DigestItem.scan(DigestItem.pk.startswith(PREFIX), consistent_read=True)
    return sorted(map(_digest, found), key=_id)


def ask(id: str, language: str, now: datetime) -> None:
    """Store a member's wish; the day of the last email stays."""
    DigestItem(PREFIX + id).update([DigestItem.language.set(language), DigestItem.at.set(now)])


def stop(id: str) -> None:
    """Forget a member's wish."""
    DigestItem(PREFIX + id).delete()


def claim(id: str, day: date) -> bool:
    """Whether this day's email to a member is still to be sent; it is taken as sent from now on."""
    item, today = DigestItem(PREFIX + id), day.isoformat()
    fresh: Any = DigestItem.sent.does_not_exist() | (DigestItem.sent < today)
    with ignore_if_changed():
        item.update([DigestItem.sent.set(today)], condition=DigestItem.pk.exists() & fresh)
        return True
    return False


def unclaim(id: str, day: date) -> None:
    """Note that this day's email was not sent after all."""
    with ignore_if_changed():
        DigestItem(PREFIX + id).update(
            [DigestItem.sent.remove()], condition=DigestItem.sent == day.isoformat()
        )


def _digest(item: DigestItem) -> Digest:
    return Digest(id=item.pk.removeprefix(PREFIX), language=item.language)


def _id(digest: Digest) -> str:
    return digest.id

"""The views of the work queue that members saved: a name and filters, one row for each member.

They are in Members, which the desk alone writes, and name no case.
"""

from collections.abc import Mapping
from datetime import datetime

from pynamodb.attributes import JSONAttribute, TTLAttribute, UnicodeAttribute

from aviso.storage.staff_accounts import KEEP_ACCOUNT, MembersMeta
from aviso.storage.tables import Table

MOST = 8  # of one member
LONGEST = 40  # characters of a name
Views = dict[str, dict[str, str]]  # name -> filters


class ViewsItem(Table):
    """One member's saved views."""

    class Meta(MembersMeta):
        """The table's settings."""

    pk = UnicodeAttribute(hash_key=True)
    views = JSONAttribute()
    expires = TTLAttribute()


def list_views(member: str) -> Views:
    """Return a member's views, in the order in which they were saved."""
    try:
        found: Views = ViewsItem.get(_key(member), consistent_read=True).views
    except ViewsItem.DoesNotExist:
        return {}
    return found


def save(member: str, name: str, filters: Mapping[str, str], now: datetime) -> bool:
    """Save a view, in place of one with its name; return whether there was room."""
    views = list_views(member)
    if name not in views and len(views) >= MOST:
        return False
    _put(member, {**views, name: dict(filters)}, now)
    return True


def drop(member: str, name: str, now: datetime) -> None:
    """Forget a view; an unknown name changes nothing."""
    _put(member, {n: filters for n, filters in list_views(member).items() if n != name}, now)


def _put(member: str, views: Views, now: datetime) -> None:
    ViewsItem(_key(member), views=views, expires=now + KEEP_ACCOUNT).save()


def _key(member: str) -> str:
    return f"VIEWS#{member}"

"""A change of who is told, as it was made, with who hears of it (docs/rules.md#27)."""

from collections.abc import Iterable
from datetime import datetime

from aviso.domain.value import Frozen


class Hearer(Frozen, frozen=True, kw_only=True):
    """A phone or email that hears of a change."""

    address: str
    language: str


class Announcement(Frozen, frozen=True, kw_only=True):
    """Who hears of a change: decided when it is made, and stored with it."""

    key: str  # the fact's
    at: datetime
    hears: tuple[Hearer, ...]
    asks: bool  # it can silence the victim: a supervisor looks if nobody hears


def announcement_of(key: str, changes: Iterable[Announcement]) -> Announcement | None:
    """Return the change that a fact is about."""
    return next((change for change in changes if change.key == key), None)

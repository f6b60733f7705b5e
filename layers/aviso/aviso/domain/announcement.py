"""A change of who is told, as it was made, with who hears of it (docs/rules.md#27)."""

from collections.abc import Collection, Iterable
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


def asks_if_unheard(change: Announcement | None, stopped: Collection[str]) -> bool:
    """Whether a supervisor looks if nobody hears: perhaps the victim did not make the change.

    That is also so if a contact that would hear said STOP or "not me" since (`stopped`).
    """
    heard = change.hears if change else ()
    return bool(change and change.asks) or any(one.address in stopped for one in heard)


def announcement_of(key: str, changes: Iterable[Announcement]) -> Announcement | None:
    """Return the change that a fact is about."""
    return next((change for change in changes if change.key == key), None)

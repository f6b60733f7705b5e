"""The print run in progress, a run that did not finish, and the runs that are not posted.

Two runs at once could put the same letter into two files, and it would be mailed twice. The runs
that still wait for the post office are stored in one guard, so that the desk reads all of them,
however old, in one call.
"""

from collections.abc import Mapping
from datetime import datetime

from pynamodb.attributes import UnicodeAttribute

from aviso.runtime import environment
from aviso.storage import tables
from aviso.storage.guard_items import GuardItem, get
from aviso.storage.tables import InstantAttribute, Table, conflict_if_changed, ignore_if_changed

PRINTING = "PRINTING"
UNPOSTED = "UNPOSTED"  # as `monitoring` last counted; never expires, since a run may wait long


class PrintingItem(Table):
    """The print run in progress."""

    class Meta(tables.Meta):
        """The table's settings."""

        table_name = environment.Variable("GUARDS_TABLE", "Guards")

    pk = UnicodeAttribute(hash_key=True)
    run = UnicodeAttribute()
    token = UnicodeAttribute()
    until = InstantAttribute()


def begin(run: str, token: str, now: datetime, until: datetime) -> str:
    """Lock the printer for a run; return the previous run that never ended, or nothing.

    Args:
        token: names this invocation.
        now: the time of asking, by the clock.
        until: when another invocation may assume that this one has crashed.

    Raises:
        Conflict: when another invocation is printing.
    """
    left = _left_over()
    condition = PrintingItem.pk.does_not_exist()
    if left is not None:
        condition = (PrintingItem.token == left.token) & (PrintingItem.until <= now)
    with conflict_if_changed("another print run is under way"):
        PrintingItem(PRINTING, run=run, token=token, until=until).save(condition=condition)
    return left.run if left is not None and left.run != run else ""


def pause(token: str, now: datetime) -> None:
    """Release the printer before the run is finished: the next run gets this one's name."""
    with ignore_if_changed():
        PrintingItem(PRINTING).update(
            [PrintingItem.until.set(now)], condition=PrintingItem.token == token
        )


def end(token: str) -> None:
    """Release the printer when the run is finished."""
    with ignore_if_changed():
        PrintingItem(PRINTING).delete(condition=PrintingItem.token == token)


def put_unposted(letters: Mapping[str, int], now: datetime) -> None:
    """Store the runs that have letters nobody has posted: run -> how many."""
    GuardItem(UNPOSTED, at=now, data=dict(letters)).save()


def unposted() -> tuple[datetime | None, Mapping[str, int]]:
    """Return when letters nobody has posted were last counted, and the count by run."""
    item = get(UNPOSTED)
    return (item.at, item.data) if item else (None, {})


def unposted_in(run: str) -> int:
    """Return how many of a run's letters nobody had posted, when they were last counted."""
    return unposted()[1].get(run, 0)


def posted(run: str) -> None:
    """Remove a run from those not posted before the next count, unless a newer count is stored."""
    at, letters = unposted()
    if run not in letters:
        return
    left = {name: n for name, n in letters.items() if name != run}
    with ignore_if_changed():
        GuardItem(UNPOSTED).update([GuardItem.data.set(left)], condition=GuardItem.at == at)


def _left_over() -> PrintingItem | None:
    try:
        return PrintingItem.get(PRINTING, consistent_read=True)
    except PrintingItem.DoesNotExist:
        return None

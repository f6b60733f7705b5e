"""One print run at a time, the name of one that did not get to its end, and the runs not posted.

Two runs at once could put the same letter into two files, and it would be mailed twice. Which runs
still wait for the post office is kept in one guard, so that the desk names each, however old, in
one read.
"""

from collections.abc import Callable, Mapping
from datetime import datetime

from pynamodb.attributes import UnicodeAttribute
from pynamodb.exceptions import PynamoDBException

from aviso.domain.errors import Conflict
from aviso.runtime import environment
from aviso.storage import tables
from aviso.storage.guard_items import (
    GuardItem,
    get,
)
from aviso.storage.tables import InstantAttribute, Table, condition_failed

PRINTING = "PRINTING"
UNPOSTED = "UNPOSTED"  # as `watch` last counted; kept for good, since a run may wait for long


class PrintingItem(Table):
    """The print run under way."""

    class Meta(tables.Meta):
        """Which table."""

        table_name = environment.Variable("GUARDS_TABLE", "Guards")

    pk = UnicodeAttribute(hash_key=True)
    run = UnicodeAttribute()
    token = UnicodeAttribute()
    until = InstantAttribute()


def begin(run: str, token: str, now: datetime, until: datetime) -> str:
    """Take the printer for a run, and return the run before it that never ended, or nothing.

    Args:
        run: the run's id.
        token: names this invocation.
        now: the time of asking, by the clock.
        until: when another invocation may conclude that this one has crashed.

    Raises:
        Conflict: when another invocation is printing.
    """
    left = _left_over()
    condition = PrintingItem.pk.does_not_exist()
    if left is not None:
        condition = (PrintingItem.token == left.token) & (PrintingItem.until <= now)
    try:
        PrintingItem(PRINTING, run=run, token=token, until=until).save(condition=condition)
    except PynamoDBException as error:
        if condition_failed(error):
            raise Conflict("another print run is under way") from None
        raise
    return left.run if left is not None and left.run != run else ""


def pause(token: str, now: datetime) -> None:
    """Let go of the printer without having finished: the next run finds this one's name."""
    _quietly(
        lambda: PrintingItem(PRINTING).update(
            [PrintingItem.until.set(now)], condition=PrintingItem.token == token
        )
    )


def end(token: str) -> None:
    """Let go of the printer, all done."""
    _quietly(lambda: PrintingItem(PRINTING).delete(condition=PrintingItem.token == token))


def put_unposted(letters: Mapping[str, int], now: datetime) -> None:
    """Keep which runs have letters that nobody has posted: run -> how many."""
    GuardItem(UNPOSTED, at=now, data=dict(letters)).save()


def unposted() -> tuple[datetime | None, Mapping[str, int]]:
    """Return when the letters that nobody has posted were last counted: run -> how many."""
    item = get(UNPOSTED)
    return (item.at, item.data) if item else (None, {})


def unposted_in(run: str) -> int:
    """Return how many of a run's letters nobody had posted, when they were last counted."""
    return unposted()[1].get(run, 0)


def posted(run: str) -> None:
    """Take a run off those not posted, rather than at the next count, unless that has come."""
    at, letters = unposted()
    if run not in letters:
        return
    left = {name: n for name, n in letters.items() if name != run}
    _quietly(
        lambda: GuardItem(UNPOSTED).update([GuardItem.data.set(left)], condition=GuardItem.at == at)
    )


def _quietly(write: Callable[[], object]) -> None:
    """Write, unless another invocation was there before, which then decides."""
    try:
        write()
    except PynamoDBException as error:
        if not condition_failed(error):
            raise


def _left_over() -> PrintingItem | None:
    try:
        return PrintingItem.get(PRINTING, consistent_read=True)
    except PrintingItem.DoesNotExist:
        return None

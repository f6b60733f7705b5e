"""One print run at a time, and the name of one that did not get to its end: a guard of its own.

Two runs at once could put the same letter into two files, and it would be mailed twice.
"""

from collections.abc import Callable
from datetime import datetime

from pynamodb.attributes import UnicodeAttribute
from pynamodb.exceptions import PynamoDBException

from aviso import environment
from aviso.errors import Conflict
from aviso.store import tables
from aviso.store.tables import InstantAttribute, Table, condition_failed

PRINTING = "PRINTING"


class PrintingItem(Table):
    """The print run under way."""

    class Meta(tables.Meta):
        """Which table."""

        table_name = environment.name("GUARDS_TABLE", "Guards")

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


def _quietly(write: Callable[[], object]) -> None:
    """Write, unless another invocation has taken over, which then decides."""
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

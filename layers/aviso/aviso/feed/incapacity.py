"""Since when the records system says that a victim is incapacitated. Pure.

The moment is kept like that of a fact: first seen, written once. A row that says yes again after
one that said no is a new yes, which nobody has judged (docs/rules.md#23).
"""

from datetime import datetime

from msgspec.structs import replace

from aviso.domain.model import Victim
from aviso.storage.cases import Row


def first_said[R: Row](row: R, before: Row | None, now: datetime) -> R:
    """Return a row to store, with the moment at which its yes was first seen.

    Args:
        before: the stored row that it replaces, if any.
        now: the moment for a yes that is new.

    A stored yes without a moment that a supervisor overruled stays overruled: as long as it does
    not change, it has the supervisor's moment.
    """
    if not isinstance(row, Victim):
        return row
    known = None
    if isinstance(before, Victim) and before.incapacitated:
        known = before.incapacitated_at or before.desk_able_at
    at = (known or now) if row.incapacitated else None
    return row if at == row.incapacitated_at else replace(row, incapacitated_at=at)


def earliest(newer: Victim, *same: Victim) -> datetime | None:
    """Return since when a victim with several rows is incapacitated, as the newest row says."""
    if not newer.incapacitated:
        return None
    return min((v.incapacitated_at for v in same if v.incapacitated_at), default=None)

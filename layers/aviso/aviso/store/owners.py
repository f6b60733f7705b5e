"""Who sees to what waits for a person: the same for held notices and for the inbox's entries."""

from collections.abc import Iterable
from datetime import datetime
from functools import reduce
from operator import and_

from pynamodb.attributes import Attribute
from pynamodb.expressions.condition import Condition

from aviso.frozen import Frozen
from aviso.store.recorded import Update
from aviso.store.tables import Table


class Wanted(Frozen, frozen=True, kw_only=True):
    """Which tasks a page shows."""

    owner: str | None = None  # a member's name, empty for nobody's, None for whoever's
    before: datetime | None = None  # that began to wait, or whose deadline was, before this
    restricted: bool | None = None  # held because the case is restricted, or for other reasons
    reason: str = ""  # held for this one reason; the inbox has none

    def range(self, when: Attribute[datetime]) -> Condition | None:
        """Return the condition on an index's sort key."""
        return when < self.before if self.before else None

    def owned(self, owner: Attribute[str]) -> list[Condition]:
        """Return the condition on who sees to it, if there is one."""
        if self.owner is None:
            return []
        return [owner == self.owner if self.owner else owner.does_not_exist()]


def every(conditions: Iterable[Condition]) -> Condition | None:
    """Return the condition that all of these hold; none when there are none."""
    found = list(conditions)
    return reduce(and_, found) if found else None


def given(item: Table, owner: str, before: str, still: Condition) -> Update:
    """Return the update that names who sees to a task; nobody when the name is empty.

    Args:
        item: the task's row, of a table with an attribute `owner`.
        owner: who is to see to it.
        before: who did until now, as it was read: somebody else may have taken it meanwhile.
        still: that it is a task still.
    """
    named: Attribute[str] = item.get_attributes()["owner"]
    action = named.set(owner) if owner else named.remove()
    unchanged = named == before if before else named.does_not_exist()
    return item, [action], still & unchanged

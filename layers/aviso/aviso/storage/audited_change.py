"""A change in a member's name: the change and its audit row, in one transaction."""

from collections.abc import Sequence
from typing import Any

from msgspec.structs import replace
from pynamodb.expressions.condition import Condition
from pynamodb.expressions.update import Action

from aviso.domain.model import AuditEntry
from aviso.domain.value import Frozen
from aviso.storage import audit
from aviso.storage.model_calls import transaction
from aviso.storage.tables import Table, Write, conflict_if_changed

Update = tuple[Any, list[Action], Condition | None]  # an item, the actions, and the condition


class AuditRow(Frozen, frozen=True, kw_only=True):
    """The audit row that goes with a change."""

    entry: AuditEntry
    keep_days: int
    also: tuple[str, ...] = ()  # more cases; the same row is written under each


def change(
    record: AuditRow,
    *updates: Update,
    saves: Sequence[Write] = (),
    deletes: Sequence[Write] = (),
    checks: Sequence[tuple[type[Table], str, Condition]] = (),
) -> None:
    """Write changes and their audit row, all or nothing.

    Raises:
        Conflict: when a condition fails: something changed since it was read.
    """
    with conflict_if_changed("it changed since it was read"), transaction() as write:
        for item, actions, condition in updates:
            write.update(item, actions, condition=condition)
        for item, condition in saves:
            write.save(item, condition=condition)
        for item, condition in deletes:
            write.delete(item, condition=condition)
        for table, key, condition in checks:
            write.condition_check(table, key, condition=condition)
        for case in (record.entry.case, *record.also):
            write.save(audit.item_of(replace(record.entry, case=case), record.keep_days))

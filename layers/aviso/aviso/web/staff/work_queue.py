"""The work queue: what waits for a person, one row for each person of a case. Pure.

A list is the tasks that its filters let through, grouped by person and sorted by the earliest legal
deadline. Its place (task 3 of 41) and its next row come from the same list on every page.
"""

from collections.abc import Iterable, Mapping, Sequence
from datetime import datetime
from itertools import groupby

from aviso.domain.value import Frozen
from aviso.runtime import hashing
from aviso.staff.actor import Actor
from aviso.storage.tasks import WaitingNotice
from aviso.web.staff import task_filters


class QueueRow(Frozen, frozen=True, kw_only=True):
    """What one person of a case must be told."""

    case: str  # the number under which the ledger has it
    victim: str
    tasks: tuple[WaitingNotice, ...]  # the most urgent first

    @property
    def deadline(self) -> datetime:
        """The earliest legal deadline."""
        return self.tasks[0].deadline

    @property
    def key(self) -> str:
        """The row's name in an address, which says nothing about the case."""
        return key_of(self.case, self.victim)


class QueuePlace(Frozen, frozen=True, kw_only=True):
    """Where a person's task is in a list."""

    n: int  # from 1; 0 when the list does not have it
    of: int
    next: QueueRow | None
    before: QueueRow | None = None


def key_of(case: str, victim: str) -> str:
    """Return the name of a person of a case in an address."""
    return hashing.address_key(f"task|{case}|{victim}")[:12]


def seen_by(waiting: Iterable[WaitingNotice], actor: Actor) -> list[WaitingNotice]:
    """Return the tasks that a member may know of, as far as a task alone tells."""
    return [t for t in waiting if actor.trusted or not t.of_restricted]


def rows(
    waiting: Iterable[WaitingNotice], narrow: Mapping[str, str], actor: Actor
) -> tuple[QueueRow, ...]:
    """Return a list's rows, most urgent first."""
    found = [t for t in seen_by(waiting, actor) if task_filters.fits(t, narrow, actor)]
    by_person = groupby(sorted(found, key=_person), key=_person)
    grouped = [
        QueueRow(case=case, victim=victim, tasks=tuple(sorted(tasks, key=_urgent)))
        for (case, victim), tasks in by_person
    ]
    return tuple(sorted(grouped, key=_first))


def people(waiting: Iterable[WaitingNotice]) -> int:
    """Return how many people of cases these tasks are about."""
    return len({_person(task) for task in waiting})


def tabs(
    waiting: Iterable[WaitingNotice], narrow: Mapping[str, str], actor: Actor
) -> dict[str, tuple[dict[str, str], int]]:
    """Return each tab's filters and how many people it has; whose tasks they are is kept."""
    whose = {"whose": narrow["whose"]} if "whose" in narrow else {}
    known = [t for t in seen_by(waiting, actor) if task_filters.fits(t, whose, actor)]
    return {
        tab: (
            whose | dict(of),
            people(t for t in known if task_filters.fits(t, of, actor)),
        )
        for tab, of in task_filters.TABS.items()
        if tab != "restricted" or actor.trusted
    }


def place(
    waiting: Sequence[WaitingNotice], key: str, narrow: Mapping[str, str], actor: Actor
) -> QueuePlace:
    """Return where a person's task is in a list."""
    found = rows(waiting, narrow, actor)
    at = next((n for n, row in enumerate(found) if row.key == key), None)
    if at is None:
        follow = others(waiting, key, narrow, actor) or found
        return QueuePlace(n=0, of=len(found), next=follow[0] if follow else None)
    return QueuePlace(
        n=at + 1,
        of=len(found),
        next=found[at + 1] if at + 1 < len(found) else None,
        before=found[at - 1] if at else None,
    )


def others(
    waiting: Sequence[WaitingNotice], key: str, narrow: Mapping[str, str], actor: Actor
) -> tuple[QueueRow, ...] | None:
    """Return a list's rows without a person's, from that person's place on, then those before it.

    A task that was assigned a moment ago is not on a list of unassigned tasks any more. Its place
    is where it was: in the list of everybody's tasks.

    Returns:
        the rows; None when no task of that person fits the list under any owner.
    """
    found = rows(waiting, narrow, actor)
    of_all = {name: word for name, word in narrow.items() if name != "whose"}
    listed = (row for row in (*found, *rows(waiting, of_all, actor)) if row.key == key)
    if (here := next(listed, None)) is None:
        return None
    rest = [row for row in found if row.key != key]
    return tuple(sorted(rest, key=lambda row: (_first(row) < _first(here), _first(row))))


def _person(task: WaitingNotice) -> tuple[str, str]:
    return task.case, task.victim


def _urgent(task: WaitingNotice) -> tuple[datetime, str]:
    return task.deadline, task.id


def _first(row: QueueRow) -> tuple[datetime, str, str]:
    return row.deadline, row.case, row.victim

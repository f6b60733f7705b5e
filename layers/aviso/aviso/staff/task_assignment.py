"""Who does a task: take it, give it back, or assign it to a colleague.

A held notice is named by its id, an inbox entry by its name.
"""

from collections import Counter
from collections.abc import Callable, Iterable, Sequence

from aviso.domain import restriction
from aviso.domain.errors import Conflict
from aviso.domain.notice import State
from aviso.domain.staff import Colleague
from aviso.domain.value import Frozen
from aviso.staff import acts, inbox_cases
from aviso.staff.actor import Actor, each, open_case
from aviso.storage import inbox, notices, tasks
from aviso.storage.audited_change import AuditRow
from aviso.storage.inbox_entries import is_entry


class Task(Frozen, frozen=True, kw_only=True):
    """A task and its owner."""

    id: str
    owner: str
    cases: Sequence[str]  # the numbers of the cases it is about
    victim: str
    about: str  # an inbox entry's name
    restricted: bool
    give: Callable[[str, AuditRow], None]  # gives the task to a member's name, or to nobody


def take(ids: Iterable[str], actor: Actor, *, over: bool = False) -> Counter[str]:
    """Take tasks; return how many were taken, or why not.

    Args:
        over: also take tasks that a colleague has taken.
    """

    def act(task: Task) -> str:
        if task.owner not in ("", actor.name) and not over:
            return "a_colleagues"
        task.give(actor.name, actor.record("task_taken", task.cases, task.victim, task.about))
        return "taken"

    return _each(ids, actor, act)


def give_back(ids: Iterable[str], actor: Actor) -> Counter[str]:
    """Give back tasks that the member had taken; return how many, or why not."""

    def act(task: Task) -> str:
        if task.owner != actor.name:
            return "a_colleagues" if task.owner else "nobodys"
        task.give("", actor.record("task_given_back", task.cases, task.victim, task.about))
        return "given_back"

    return _each(ids, actor, act)


def assign(ids: Iterable[str], colleague: Colleague, actor: Actor) -> Counter[str]:
    """Assign tasks to a colleague, who must be allowed to see their cases; return how many."""

    def act(task: Task) -> str:
        if task.restricted and not colleague.trusted:
            return "not_the_colleagues"
        about = f"{task.about}: {colleague.id}" if task.about else colleague.id
        task.give(colleague.name, actor.record(acts.ASSIGN.audit, task.cases, task.victim, about))
        return "assigned"

    return _each(ids, actor, act)


def _each(ids: Iterable[str], actor: Actor, act: Callable[[Task], str]) -> Counter[str]:
    """Do one act to each task; return how many had each outcome."""
    return each(
        ids, actor, lambda one: act(_entry(one, actor) if is_entry(one) else _notice(one, actor))
    )


def _notice(id: str, actor: Actor) -> Task:
    notice = notices.read(id)
    if notice is None or notice.state is not State.HELD:
        raise Conflict("it is held no more")
    case = open_case(notice.case, actor)
    owner = tasks.owner(id)
    return Task(
        id=id,
        owner=owner,
        cases=[case.number],
        victim=notice.victim,
        about="",
        restricted=bool(restriction.restriction_of(case, actor.settings)),
        give=lambda name, record: tasks.assign(notice, name, owner, record),
    )


def _entry(name: str, actor: Actor) -> Task:
    entry = inbox.one(name)
    found = inbox_cases.theirs(entry, actor)
    return Task(
        id=name,
        owner=entry.owner,
        cases=inbox_cases.numbers_of(found),
        victim="",
        about=name,
        restricted=any(restriction.restriction_of(case, actor.settings) for case in found),
        give=lambda owner, record: inbox.assign(entry, owner, record),
    )

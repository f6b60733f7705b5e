"""Filters for lists of tasks: held notices and the inbox have the same ones."""

from collections.abc import Callable, Mapping
from datetime import datetime, time, timedelta

from aviso.domain.model import Kind
from aviso.domain.reasons import UNREACHED, UNSAFE, HoldReason, Release
from aviso.staff.actor import Actor
from aviso.storage.tasks import WaitingNotice, Wanted

GROUPS: Mapping[str, frozenset[HoldReason]] = {"unsafe": UNSAFE, "unreached": UNREACHED}
CHOICES: Mapping[str, tuple[str, ...]] = {
    "whose": ("all", "mine", "nobody"),
    "due": ("all", "late", "rest", "today"),
    "cases": ("all", "ordinary", "restricted"),
    "held_for": (
        *("all", "unsafe", "unreached"),
        *(reason for reason in HoldReason if reason.release is not Release.ONE),
    ),
    "kind": ("all", *Kind),
}
# The tabs above the list: each is the list with these filters, and no other.
TABS: Mapping[str, Mapping[str, str]] = {
    "all": {},
    "late": {"due": "late"},
    "rest": {"due": "rest"},
    "restricted": {"cases": "restricted"},
    "unsafe": {"held_for": "unsafe"},
    "unreached": {"held_for": "unreached"},
}
DIMENSIONS = ("group", "division")  # of the report, whose figures lead to their tasks
LONGEST = 40


def chosen(given: Mapping[str, str]) -> dict[str, str]:
    """Return the filters in a form or an address; the first choice where none is given."""
    return {
        name: given[name] if given.get(name) in allowed else allowed[0]
        for name, allowed in CHOICES.items()
    }


def narrowed(given: Mapping[str, str]) -> dict[str, str]:
    """Return the filters that narrow the list, as an address has them."""
    narrow = {name: word for name, word in chosen(given).items() if word != CHOICES[name][0]}
    return narrow | {name: given[name][:LONGEST] for name in DIMENSIONS if given.get(name)}


def tab_of(choice: Mapping[str, str]) -> str:
    """Return the tab that these filters are; empty when they are none."""
    narrow = {name: word for name, word in choice.items() if name != "whose"}
    return next((tab for tab, of in TABS.items() if of == narrow), "")


def midnight(actor: Actor) -> datetime:
    """Return the end of the agency's day."""
    local = actor.now.astimezone(actor.settings.agency.zone)
    return datetime.combine(local.date() + timedelta(days=1), time(), local.tzinfo)


def wanted(choice: Mapping[str, str], actor: Actor, days: timedelta = timedelta()) -> Wanted:
    """Return the inbox's tasks that a member wants to see and may see.

    Args:
        days: how long after it came an entry is due.
    """
    due = {"late": actor.now, "today": midnight(actor)}.get(choice["due"])
    return Wanted(
        owner={"mine": actor.name, "nobody": ""}.get(choice["whose"]),
        before=due - days if due else None,
    )


def fits(task: WaitingNotice, narrow: Mapping[str, str], actor: Actor) -> bool:
    """Whether a task is among those that a list with these filters shows."""
    return all(FITS[name](task, word, actor) for name, word in narrow.items())


def _whose(task: WaitingNotice, word: str, actor: Actor) -> bool:
    return task.owner == (actor.name if word == "mine" else "")


def _due(task: WaitingNotice, word: str, actor: Actor) -> bool:
    late = task.deadline < actor.now
    if word == "late":
        return late
    return task.deadline <= midnight(actor) and not (late and word == "rest")


def _cases(task: WaitingNotice, word: str, actor: Actor) -> bool:
    """Whether a task is of such a case, as far as a task alone tells.

    Where planning has not looked at the case yet, a task whose offense restricts it is on both
    lists: none may miss it.
    """
    if word == "ordinary":
        return not task.of_restricted
    group = actor.settings.offense_groups.get(task.stamp.group)
    by_offense = task.restricted is None and bool(group and group.restricted)
    return task.of_restricted or by_offense


def _held_for(task: WaitingNotice, word: str, _: Actor) -> bool:
    """Whether a task is held for a reason, or its victim is not safe to contact in any case."""
    return task.reason in GROUPS.get(word, (word,)) or (word == "unsafe" and task.unsafe)


def _kind(task: WaitingNotice, word: str, _: Actor) -> bool:
    return task.kind == word


def _group(task: WaitingNotice, word: str, _: Actor) -> bool:
    return task.stamp.group == word


def _division(task: WaitingNotice, word: str, _: Actor) -> bool:
    return task.stamp.division == word


FITS: Mapping[str, Callable[[WaitingNotice, str, Actor], bool]] = {
    "whose": _whose,
    "due": _due,
    "cases": _cases,
    "held_for": _held_for,
    "kind": _kind,
    "group": _group,
    "division": _division,
}

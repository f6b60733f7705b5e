"""The Notices table: the ledger of duties and attempts. Every move is a conditional write.

See docs/rules.md#5.
"""

from collections.abc import Iterable, Iterator
from datetime import datetime
from functools import cache
from typing import Unpack

from msgspec.structs import replace
from pynamodb.expressions.condition import Condition
from pynamodb.expressions.update import Action

from aviso.domain.model import Case
from aviso.domain.notice import Attempt, Changes, Move, Notice, State
from aviso.domain.notice_states import arrives, sources
from aviso.storage.codec import fields_of, value_of
from aviso.storage.model_calls import transaction
from aviso.storage.notice_items import (
    DUE_SHARDS,
    HELD_TASK,
    AttemptItem,
    LedgerItem,
    NewNotice,
    NoticeItem,
    due_shard,
    is_known,
    item_of,
    notice_of,
)
from aviso.storage.tables import conflict_if_changed, ignore_if_changed


class ClaimChanges(Move):
    """What a claim sets."""

    token: str
    lease_until: datetime


def insert(new: NewNotice) -> bool:
    """Enter a duty in the ledger; return False when it is there already (docs/rules.md#1)."""
    item = item_of(new)
    with ignore_if_changed():
        item.save(condition=NoticeItem.pk.does_not_exist())
        return True
    return False


def of_case(case_origin: str) -> list[Notice]:
    """Return the notices under one number of a case without their attempts, oldest first.

    The index lags: a notice missing here is inserted again, which the ledger refuses.
    """
    return list(_known(NoticeItem.by_case.query(case_origin)))


def _known(items: Iterable[NoticeItem]) -> Iterator[Notice]:
    """Yield the notices that this release knows, and leave a newer release's to that one."""
    return (notice_of(item) for item in items if is_known(item))


def list_notices(case: Case) -> list[Notice]:
    """Return all notices of a case, under every number it has had."""
    return [notice for number in case.numbers for notice in of_case(number)]


def read_notices(case: Case) -> list[Notice]:
    """Return all notices of a case, each with its attempts."""
    return [read(notice.id) or notice for notice in list_notices(case)]


def read(notice_id: str) -> Notice | None:
    """Read a notice and its attempts consistently."""
    items = list(LedgerItem.query(notice_id, consistent_read=True))
    head = next((i for i in items if isinstance(i, NoticeItem)), None)
    if head is None or not is_known(head):
        return None
    attempts = (i.attribute_values for i in items if isinstance(i, AttemptItem))
    return notice_of(head, (value_of(Attempt, stored) for stored in attempts))


def describe(notice_id: str, channel: str, source: str) -> None:
    """Record how a notice was sent whose receipt came before its own worker could record it."""
    NoticeItem(notice_id, "NOTICE").update(
        [NoticeItem.channel.set(channel), NoticeItem.source.set(source)],
        condition=NoticeItem.pk.exists(),
    )


def by_provider_id(provider_id: str) -> tuple[str, int] | None:
    """Return the notice id and attempt number of a provider's message id."""
    for item in AttemptItem.by_provider.query(provider_id, limit=1):
        return item.pk, int(item.sk.removeprefix("ATTEMPT#"))
    return None


def due(until: datetime, limit: int) -> Iterator[Notice]:
    """Yield notices that are due, shard by shard, at most `limit` per shard.

    Each minute starts with the next shard, so that no shard is always last when time runs out.
    """
    for n in range(DUE_SHARDS):
        shard, condition = (until.minute + n) % DUE_SHARDS, NoticeItem.due_at <= until
        yield from _known(NoticeItem.by_due.query(f"DUE#{shard}", condition, limit=limit))


def claimed() -> Iterator[Notice]:
    """Yield every claimed notice: in work, or left by a worker that died."""
    for shard in range(DUE_SHARDS):
        at_work = NoticeItem.state == State.CLAIMED.value
        yield from _known(NoticeItem.by_due.query(f"DUE#{shard}", filter_condition=at_work))


def open_notices() -> Iterator[Notice]:
    """Yield every notice that still waits for something: the whole sparse index."""
    for shard in ("LETTERS", *(f"DUE#{n}" for n in range(DUE_SHARDS))):
        yield from _known(NoticeItem.by_due.query(shard))


def states(ids: Iterable[str]) -> dict[str, State]:
    """Return the states of notices, read a hundred at a time; missing notices are left out."""
    found = NoticeItem.batch_get([(id, "NOTICE") for id in dict.fromkeys(ids)])
    return {item.pk: State(item.state) for item in found if item.state in State}


def queued_letters(limit: int) -> list[Notice]:
    """Return notices queued for print, longest waiting first."""
    return list(_known(NoticeItem.by_due.query("LETTERS", limit=limit)))


def count_queued_letters() -> int:
    """Return how many notices are queued for print."""
    return NoticeItem.by_due.count("LETTERS")


def printed_in(run: str) -> list[Notice]:
    """Return a run's letters that nobody has posted, from all open notices; used when posting."""
    ours = (NoticeItem.run == run) & (NoticeItem.state == State.PRINTED.value)
    found = (
        item
        for shard in range(DUE_SHARDS)
        for item in NoticeItem.by_due.query(f"DUE#{shard}", filter_condition=ours)
    )
    return list(_known(found))


def move(
    notice: Notice,
    to: State,
    *,
    only_from: Iterable[State] | None = None,
    token: str | None = None,
    **changes: Unpack[Move],
) -> Notice:
    """Move a notice to a state, if its current state allows the move.

    Args:
        only_from: states to move from, when fewer than the table's.
        token: the claim that must still be ours.
        changes: attributes to set; an empty value removes one.

    Raises:
        Conflict: when its state has changed, or another worker holds the claim.
    """
    actions, condition = transition(notice.id, to, changes, only_from=only_from, token=token)
    item = NoticeItem(notice.id, "NOTICE")
    with conflict_if_changed("the notice moved on meanwhile"):
        item.update(actions, condition=condition)
    return notice_of(item, notice.attempts)


def claim(notice_id: str, *, token: str, lease_until: datetime, due_at: datetime) -> Notice:
    """Claim a planned notice for one worker; every later move must present its token.

    Raises:
        Conflict: when it is no longer `planned`.
    """
    ours: ClaimChanges = {"token": token, "lease_until": lease_until, "due_at": due_at}
    actions, condition = transition(notice_id, State.CLAIMED, ours, only_from=[State.PLANNED])
    condition &= NoticeItem.type == NoticeItem  # not one of a newer release
    item = NoticeItem(notice_id, "NOTICE")
    with conflict_if_changed("the notice is not planned any more"):
        item.update([*actions, NoticeItem.tries.add(1)], condition=condition)
    return notice_of(item)


def forget_told(notice: Notice) -> None:
    """Remove the time at which a notice was told, in any state.

    Raises:
        Conflict: when it moved on, or was told, meanwhile.
    """
    same = (NoticeItem.state == notice.state.value) & (NoticeItem.told_at == notice.told_at)
    with conflict_if_changed("the notice moved on meanwhile"):
        NoticeItem(notice.id, "NOTICE").update([NoticeItem.told_at.remove()], condition=same)


def move_due(notice: Notice, due_at: datetime) -> None:
    """Look at a notice again later. For a planned one, this write repeats its stream record."""
    item = NoticeItem(notice.id, "NOTICE")
    with ignore_if_changed():
        item.update(
            [NoticeItem.due_at.set(due_at)], condition=NoticeItem.state == notice.state.value
        )


def mark_held(notice: Notice, *, restricted: bool, unsafe: bool) -> None:
    """Record on a held notice what the lists of the desk go by, whatever it is held for.

    Args:
        restricted: whether its case is restricted.
        unsafe: whether somebody else may hear what its victim is told.
    """
    with ignore_if_changed():
        NoticeItem(notice.id, "NOTICE").update(
            [NoticeItem.restricted.set(restricted), NoticeItem.unsafe.set(unsafe)],
            condition=NoticeItem.state == State.HELD.value,
        )


def transition(
    notice_id: str,
    to: State,
    changes: Move,
    *,
    only_from: Iterable[State] | None = None,
    token: str | None = None,
) -> tuple[list[Action], Condition]:
    """Return the update of a move and the condition under which it is legal; see `move`."""
    attributes = NoticeItem.get_attributes()
    legal = sources(to) | ({to} if token else frozenset())
    origins = legal if only_from is None else legal & frozenset(only_from)
    condition = _in(origins)
    if token is not None:
        condition &= NoticeItem.token == token
    values = {
        "state": to.value,
        "due_shard": due_shard(notice_id, to) if changes["due_at"] else None,
        "task": HELD_TASK if to is State.HELD else None,
        **changes,
    }
    actions: list[Action] = [
        attributes[name].remove() if value in (None, "", ()) else attributes[name].set(value)
        for name, value in values.items()
    ]
    if arrives(to, changes):
        actions.append(NoticeItem.arrived.set(True))
    return actions, condition


@cache
def _in(states: frozenset[State]) -> Condition:
    return NoticeItem.state.is_in(*sorted(state.value for state in states))


def mark(
    notice: Notice,
    attempt: Attempt,
    to: State,
    *,
    due_at: datetime | None,
    **changes: Unpack[Changes],
) -> Notice:
    """Record an attempt and move its notice in one transaction, under our own claim.

    Raises:
        Conflict: when the claim is no longer ours, or a receipt recorded the attempt before us.
    """
    whole: Move = {"due_at": due_at, **changes}
    actions, condition = transition(notice.id, to, whole, token=notice.token)
    with conflict_if_changed("the claim is no longer ours"), transaction() as write:
        write.save(_attempt_item(notice.id, attempt), condition=AttemptItem.pk.does_not_exist())
        write.update(NoticeItem(notice.id, "NOTICE"), actions, condition=condition)
    attempts = (*(a for a in notice.attempts if a.n != attempt.n), attempt)
    return replace(notice, state=to, due_at=due_at, attempts=attempts)


def _attempt_item(notice_id: str, attempt: Attempt) -> AttemptItem:
    return AttemptItem(
        notice_id,
        f"ATTEMPT#{attempt.n:03d}",
        **fields_of(attempt),
    )


def put_attempt(notice_id: str, attempt: Attempt, before: Attempt | None) -> None:
    """Record the outcome of an attempt.

    Args:
        attempt: as it is now.
        before: as it was read; None when it was not recorded yet.

    Raises:
        Conflict: when somebody recorded another outcome meanwhile; read it again.
    """
    condition = (
        AttemptItem.pk.does_not_exist()
        if before is None
        else AttemptItem.state == before.state.value
    )
    with conflict_if_changed("the attempt was recorded otherwise meanwhile"):
        _attempt_item(notice_id, attempt).save(condition=condition)

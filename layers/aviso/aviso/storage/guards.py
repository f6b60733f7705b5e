"""The Guards table: switches, opt-outs, bounces, locks, markers, and ids seen before.

Opt-outs never expire; everything else carries a time to live. Addresses appear as HMAC keys, but
for those of people whom somebody at the desk must answer: who wrote to us, who signed up early.
"""

from collections.abc import Iterable, Iterator, Mapping
from datetime import datetime, timedelta
from typing import Any

from pynamodb.attributes import (
    BooleanAttribute,
    JSONAttribute,
    ListAttribute,
    NumberAttribute,
    TTLAttribute,
    UnicodeAttribute,
    UnicodeSetAttribute,
)
from pynamodb.exceptions import PynamoDBException
from pynamodb.expressions.condition import Condition
from pynamodb.expressions.update import Action
from pynamodb.indexes import AllProjection, GlobalSecondaryIndex

from aviso.domain.errors import Conflict
from aviso.domain.send_guards import Guards, Switches
from aviso.runtime import environment
from aviso.storage.tables import InstantAttribute, Meta, Table, condition_failed

HOUR = timedelta(hours=1)
BRAKE_RELEASED = timedelta(hours=12)  # how long a release raises what pulls the brake
PEOPLE_IMPORT = "IMPORT#people"
SWITCHES = "SWITCHES"
GAUGES = "GAUGES"  # the last look of `chase` at what is open, late or silent, for the dashboard
RECONCILED = "RECONCILED"  # what the last run of `reconcile` found missing
RECONCILED_NIGHT = "RECONCILED_NIGHT"  # what its last run by night did, over every case
KEEP_UNREAD = timedelta(days=90)  # a text that waits for a person
KEEP_START = KEEP_UNREAD + timedelta(days=10)  # so that no text read late undoes a START
LOOKS_KEPT = timedelta(days=2)  # an older look says nothing of now
REPLY_TASK = "REPLY"
EARLY_TASK = "EARLY_TASK"  # a sign-up before the report that a person must look at
MOST_BEHIND = 9  # sign-ups for one case behind the one that is shown
REJECTED_TASK = "REJECTED"  # rows of the feed, or whole files, that could not be imported
INBOX_TASKS = (REPLY_TASK, EARLY_TASK, REJECTED_TASK)
SEEN_TASK = "SEEN"  # what a person has seen to, and may open again
KEEP_SEEN = timedelta(days=7)


class TaskIndex(GlobalSecondaryIndex["GuardItem"]):  # type: ignore[no-untyped-call]
    """What waits for a person, or for the attempt it is a receipt of; the oldest first."""

    class Meta:
        index_name = "task_index"
        projection = AllProjection()

    task = UnicodeAttribute(hash_key=True)
    at = InstantAttribute(range_key=True)


class GuardItem(Table):
    """One guard; which attributes it has depends on what it guards."""

    class Meta(Meta):
        table_name = environment.name("GUARDS_TABLE", "Guards")

    pk = UnicodeAttribute(hash_key=True)
    at = InstantAttribute(null=True)
    until = InstantAttribute(null=True)
    source = UnicodeAttribute(null=True)
    sources = UnicodeSetAttribute(null=True)
    reason = UnicodeAttribute(null=True)
    notices = NumberAttribute(null=True)
    corrections = NumberAttribute(null=True)
    data = JSONAttribute(null=True)
    task = UnicodeAttribute(null=True)  # there while it waits for a person or an attempt
    owner = UnicodeAttribute(null=True)  # the member who took it, or who saw to it
    since = InstantAttribute(null=True)  # when it began to wait; `at` then says when it was seen to
    expires = TTLAttribute(null=True)
    by_task = TaskIndex()
    # the one SWITCHES item
    kill = BooleanAttribute(null=True)
    trial = BooleanAttribute(null=True)
    guests = ListAttribute[str](null=True)
    kinds_off = ListAttribute[str](null=True)
    brake = UnicodeAttribute(null=True)
    brake_released_until = InstantAttribute(null=True)
    usual_notices = NumberAttribute(null=True)
    usual_corrections = NumberAttribute(null=True)
    released_notices = NumberAttribute(null=True)
    released_corrections = NumberAttribute(null=True)
    turns = NumberAttribute(null=True)


def read(case_origin: str, keys: Mapping[str, str], known_as: Iterable[str] = ()) -> Guards:
    """Read every guard that bears on a hand-over, consistently and in one call.

    Args:
        case_origin: the case's origin number.
        keys: address -> its HMAC key, for every address on the case.
        known_as: the case's other numbers, since "not me" may have been said of any.
    """
    numbers = {case_origin, *known_as}
    wanted = [SWITCHES, PEOPLE_IMPORT]
    for key in set(keys.values()):
        wanted += [f"OPTOUT#{key}", f"BOUNCE#{key}", *(f"NOTME#{key}#{n}" for n in numbers)]
    found = {item.pk: item for item in GuardItem.batch_get(wanted, consistent_read=True)}
    importing = found.get(PEOPLE_IMPORT)
    return Guards(
        switches=_switches(found.get(SWITCHES)),
        opted_out=frozenset(a for a, k in keys.items() if f"OPTOUT#{k}" in found),
        bounced=frozenset(a for a, k in keys.items() if f"BOUNCE#{k}" in found),
        not_me=frozenset(
            a for a, k in keys.items() if any(f"NOTME#{k}#{n}" in found for n in numbers)
        ),
        importing_until=importing.until if importing and importing.sources else None,
        keys=keys,
    )


def _switches(item: GuardItem | None) -> Switches:
    if item is None:
        return Switches()
    return Switches(
        kill=bool(item.kill),
        trial=bool(item.trial),
        guests=frozenset(item.guests or ()),
        kinds_off=frozenset(item.kinds_off or ()),
        brake=item.brake or "",
        brake_released_until=item.brake_released_until,
        usual_notices=int(item.usual_notices or 0),
        usual_corrections=int(item.usual_corrections or 0),
        released_notices=int(item.released_notices or 0),
        released_corrections=int(item.released_corrections or 0),
        turns=int(item.turns or 0),
    )


def switches() -> Switches:
    """Read the switches alone."""
    return _switches(get(SWITCHES))


def turn(
    *,
    kill: bool | None = None,
    trial: bool | None = None,
    guests: list[str] | None = None,
    kinds_off: list[str] | None = None,
) -> None:
    """Turn the switches that are given; the others stay."""
    given = {"kill": kill, "trial": trial, "guests": guests, "kinds_off": kinds_off}
    GuardItem(SWITCHES).update(
        turning({n: value for n, value in given.items() if value is not None})
    )


def turning(changes: Mapping[str, Any]) -> list[Action]:
    """Return what turns these switches, and counts it; an empty value takes one away."""
    attributes = GuardItem.get_attributes()
    actions: list[Action] = [
        attributes[name].remove() if value in ("", None, []) else attributes[name].set(value)
        for name, value in changes.items()
    ]
    return [*actions, GuardItem.turns.add(1)]


def apply_brake(reason: str) -> None:
    """Pause all claims until a person releases them."""
    GuardItem(SWITCHES).update(turning({"brake": reason}))


def released(now: datetime) -> dict[str, Any]:
    """Return what a release of the brake writes: what of the past day was seen, and for how long.

    Until then only a multiple of that pulls it again, so that it is not pulled again at once.
    """
    day = planned_per_hour(now + HOUR, 24)  # the current hour too
    return {
        "brake": "",
        "brake_released_until": now + BRAKE_RELEASED,
        "released_notices": max(notices for notices, _ in day),
        "released_corrections": max(corrections for _, corrections in day),
    }


def release_brake(now: datetime) -> None:
    """Let claims go on."""
    GuardItem(SWITCHES).update(turning(released(now)))


def set_usual(notices: int, corrections: int) -> None:
    """Record what a usual hour brings."""
    GuardItem(SWITCHES).update(
        [GuardItem.usual_notices.set(notices), GuardItem.usual_corrections.set(corrections)]
    )


def count_planned(now: datetime, notices: int, corrections: int) -> tuple[int, int]:
    """Add to this hour's new notices and corrections; return the hour's counts so far."""
    item = GuardItem(_hour(now))
    item.update(
        [
            GuardItem.notices.add(notices),
            GuardItem.corrections.add(corrections),
            GuardItem.expires.set(now + timedelta(days=9)),
        ]
    )
    return int(item.notices), int(item.corrections)


def planned_per_hour(now: datetime, hours: int) -> list[tuple[int, int]]:
    """Return (notices, corrections) of each of the past hours, the current one left out."""
    keys = [_hour(now - HOUR * back) for back in range(1, hours + 1)]
    found = {item.pk: item for item in GuardItem.batch_get(keys)}
    return [
        (int(found[k].notices or 0), int(found[k].corrections or 0)) if k in found else (0, 0)
        for k in keys
    ]


def _hour(now: datetime) -> str:
    return f"HOUR#{now:%Y-%m-%dT%H}"


def opt_out(key: str, source: str, now: datetime) -> None:
    """Never write to this address again, until its owner says otherwise. Never expires.

    Texts come in any order and twice: an old STOP never undoes a newer START.
    """
    if not started_since(key, now):
        _save_latest(GuardItem(f"OPTOUT#{key}", at=now, source=source), now)


def started_since(key: str, at: datetime) -> bool:
    """Say whether an address's owner asked for messages at this time or later."""
    started = get(f"OPTIN#{key}")
    return started is not None and started.at is not None and started.at >= at


def opt_in(key: str, asked_at: datetime) -> None:
    """Undo an opt-out that is older than this; only the address's owner may cause this.

    Texts come in any order and twice: an old START never undoes a newer STOP.
    """
    item = GuardItem(f"OPTIN#{key}", at=asked_at, expires=asked_at + KEEP_START)
    _save_latest(item, asked_at)
    try:
        GuardItem(f"OPTOUT#{key}").delete(condition=GuardItem.at < asked_at)
    except PynamoDBException as error:
        if not condition_failed(error):
            raise


def older(at: datetime) -> Condition:
    """Return the condition that a guard is not there, or was put before a time."""
    condition: Condition = GuardItem.at.does_not_exist() | (GuardItem.at < at)
    return condition


def _save_latest(item: GuardItem, at: datetime) -> None:
    """Save what was said at a time, unless something was said since."""
    try:
        item.save(condition=older(at))
    except PynamoDBException as error:
        if not condition_failed(error):
            raise


def bounced(key: str, reason: str, now: datetime) -> None:
    """Record that an address is dead; it is tried again after a year."""
    expires = now + timedelta(days=365)
    GuardItem(f"BOUNCE#{key}", at=now, reason=reason, expires=expires).save()


def not_me(key: str, case_origin: str, now: datetime) -> None:
    """Record that an address's owner is not the victim of this case."""
    GuardItem(f"NOTME#{key}#{case_origin}", at=now).save()


def not_me_undone(key: str, case_origin: str) -> None:
    """Forget that an address's owner is not the victim of this case."""
    GuardItem(f"NOTME#{key}#{case_origin}").delete()


def begin_import(key: str, now: datetime, until: datetime) -> None:
    """Make sends wait while a people file is being read; `until` bounds a crashed import.

    Files whose time is over crashed while they were read: they leave the row, lest it grow.
    """
    over = GuardItem.pk.does_not_exist() | (GuardItem.until < now)
    try:
        GuardItem(PEOPLE_IMPORT, sources={key}, until=until).save(condition=over)
    except PynamoDBException as error:
        if not condition_failed(error):
            raise
        GuardItem(PEOPLE_IMPORT).update([GuardItem.sources.add({key}), GuardItem.until.set(until)])


def end_import(key: str) -> None:
    """Say that this file is read; sends go on when no other people file is being read."""
    GuardItem(PEOPLE_IMPORT).update([GuardItem.sources.delete({key})])


def first_time(event_id: str, now: datetime) -> bool:
    """Say whether this event id is seen for the first time, and remember it for two weeks."""
    return save_new(GuardItem(f"EVENT#{event_id}", at=now, expires=now + timedelta(days=14)))


def save_new(item: GuardItem) -> bool:
    """Save what is not there yet; say whether it was not."""
    try:
        item.save(condition=GuardItem.pk.does_not_exist())
    except PynamoDBException as error:
        if condition_failed(error):
            return False
        raise
    return True


def put_marker(
    pk: str, data: Mapping[str, object], now: datetime, keep: timedelta, task: str = ""
) -> None:
    """Keep a small record under a name (a checkpoint, a feed's last file).

    Args:
        pk: the name.
        data: the record.
        now: when it is put.
        keep: how long it is kept.
        task: what kind of task it is for the desk; empty when no person need see it.
    """
    GuardItem(pk, at=now, data=dict(data), expires=now + keep, task=task or None).save()


def put_reply(id: str, data: Mapping[str, object], now: datetime) -> None:
    """Give a text that somebody sent us to the desk; the same again changes nothing."""
    pk, expires = f"{REPLY_TASK}#{id}", now + KEEP_UNREAD
    save_new(GuardItem(pk, at=now, data=dict(data), expires=expires, task=REPLY_TASK))


def marker(pk: str) -> tuple[datetime, Mapping[str, object]] | None:
    """Return a marker and when it was put."""
    item = get(pk)
    return (item.at, item.data or {}) if item else None


def markers(names: Iterable[str]) -> dict[str, tuple[datetime, Mapping[str, object]]]:
    """Return those markers that there are, read in one call: name -> as `marker` has it."""
    found = GuardItem.batch_get(list(names), consistent_read=True)
    return {item.pk: (item.at, item.data or {}) for item in found}


def rejected_name(name: str) -> str:
    """Return the name of the task about a file's rejected rows."""
    return f"REJECTED#{name}"


def refused_name(name: str) -> str:
    """Return the name of the task about a file of which nothing could be imported."""
    return f"REFUSED#{name}"


def put_refused(name: str, file: str, reason: str, about: str, now: datetime) -> None:
    """Give a refused file to the desk, as `put_rejected` does.

    Args:
        name: what the task is known by.
        file: the file's key in the feed bucket.
        reason: a `FileRefused`'s code, for which the desk has words.
        about: what those words name: columns, a form of date.
        now: when.
    """
    _put_file(refused_name(name), {"file": file, "refused": reason, "about": about}, now)


def put_rejected(name: str, file: str, rows: int, now: datetime, doubtful: int = 0) -> None:
    """Give a file's rejected rows to the desk; the task stays until somebody has seen to it.

    Args:
        name: what the task is known by: the same again is the same task, due when it was, and with
            whoever took it.
        file: the file's key in the feed bucket.
        rows: how many were rejected.
        now: when.
        doubtful: how many were imported and need a person all the same.
    """
    data = {"file": file, "rows": rows} | ({"doubtful": doubtful} if doubtful else {})
    _put_file(rejected_name(name), data, now)


def _put_file(pk: str, data: Mapping[str, object], now: datetime) -> None:
    try:
        actions: list[Action] = [GuardItem.data.set(dict(data))]
        GuardItem(pk).update(actions, condition=GuardItem.task == REJECTED_TASK)
    except PynamoDBException as error:
        if not condition_failed(error):
            raise
        GuardItem(pk, at=now, data=dict(data), task=REJECTED_TASK).save()


def waiting(
    task: str, limit: int, since: datetime | None = None
) -> Iterator[tuple[str, datetime, Mapping[str, Any]]]:
    """Yield the markers of one kind of task, the oldest first: name, when it was put, record.

    Args:
        task: the kind.
        limit: how many at most.
        since: those put before it are passed over.
    """
    later = GuardItem.at >= since if since else None
    for item in GuardItem.by_task.query(task, later, limit=limit):
        yield item.pk, item.at, item.data or {}


def count_late(before: datetime) -> int:
    """Return how much in the desk's inbox began to wait for a person before a time."""
    earlier = GuardItem.at < before
    return sum(GuardItem.by_task.count(task, earlier) for task in INBOX_TASKS)


def make_task(pk: str, task: str, reason: str, now: datetime, keep: timedelta) -> None:
    """Give a marker to the desk, where it waits as of now, and for so long at most."""
    GuardItem(pk).update(
        [
            GuardItem.task.set(task),
            GuardItem.at.set(now),
            GuardItem.reason.set(reason),
            GuardItem.expires.set(now + keep),
        ],
        condition=GuardItem.pk.exists(),
    )


def put_early_task(name: str, data: Mapping[str, object], reason: str, now: datetime) -> None:
    """Give the desk a sign-up that no program may take; the same name again changes nothing."""
    save_new(GuardItem(f"EARLY#{name}", at=now, data=dict(data), task=EARLY_TASK, reason=reason))


def make_early_task(
    pk: str, data: Mapping[str, Any], reason: str, now: datetime, keep: timedelta
) -> None:
    """Give a sign-up to the desk: a task of its own, or behind the one that its case has already.

    Raises:
        Conflict: when somebody is seeing to that one at this moment.
    """
    index = f"EARLY#CASE#{data['number']}"
    known = marker(index)
    first = get(str(known[1]["task"])) if known else None
    if first is None or first.task != EARLY_TASK:
        put_marker(index, {"task": pk}, now, keep)
        make_task(pk, EARLY_TASK, reason, now, keep)
        return
    behind = list(first.data.get("more", ()))
    if len(behind) < MOST_BEHIND:
        more = [*behind, {**data, "reason": reason}]
        actions: list[Action] = [GuardItem.data.set({**first.data, "more": more})]
        try:
            GuardItem(first.pk).update(actions, condition=as_read(first.data))
        except PynamoDBException as error:
            if condition_failed(error):
                raise Conflict("somebody sees to the task of the same case") from None
            raise
    drop_marker(pk)


def as_read(data: Mapping[str, Any]) -> Condition:
    """Return the condition that a sign-up still waits for a person, as it was read."""
    condition: Condition = (GuardItem.task == EARLY_TASK) & (GuardItem.data == dict(data))
    return condition


def drop_marker(pk: str) -> None:
    """Forget a marker."""
    GuardItem(pk).delete()


def get(pk: str) -> GuardItem | None:
    """Return a guard, if there is one, as it is at this moment."""
    try:
        return GuardItem.get(pk, consistent_read=True)
    except GuardItem.DoesNotExist:
        return None

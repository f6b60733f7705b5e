"""Visits to the portal in the Guards table: counted attempts, open sessions, enrollments.

What belongs together is one transaction, so that every visit has its audit row.
"""

import secrets
import time
from collections.abc import Callable, Sequence
from datetime import datetime

from pynamodb.attributes import NumberAttribute, TTLAttribute, UnicodeAttribute, UnicodeSetAttribute
from pynamodb.constants import STRING
from pynamodb.exceptions import TransactWriteError
from pynamodb.expressions.update import Action
from pynamodb.transactions import TransactWrite

from aviso.domain.errors import Conflict, TooOften
from aviso.domain.session import Session
from aviso.domain.value import Frozen
from aviso.runtime import environment
from aviso.storage import access_codes, audit, enrollments, tables
from aviso.storage.audited_change import AuditRow
from aviso.storage.codec import Image, fields_of, instant, plain, value_of
from aviso.storage.enrollments import EnrollmentChange
from aviso.storage.model_calls import client, transaction
from aviso.storage.tables import (
    InstantAttribute,
    Table,
    collided,
    conflict_if_changed,
    ignore_if_changed,
)

TRIES = 5
PAUSE = 10  # milliseconds at most before the second attempt; each later maximum is twice as long


class SessionItem(Table):
    """An open visit."""

    class Meta(tables.Meta):
        """The table's settings."""

        table_name = environment.Variable("GUARDS_TABLE", "Guards")

    pk = UnicodeAttribute(hash_key=True)
    stores = Session
    created_at = InstantAttribute()
    enrolled = UnicodeSetAttribute(null=True)
    expires = TTLAttribute()


class CounterItem(Table):
    """Attempts counted in one time window."""

    class Meta(tables.Meta):
        """The table's settings."""

        table_name = environment.Variable("GUARDS_TABLE", "Guards")

    pk = UnicodeAttribute(hash_key=True)
    tries = NumberAttribute(null=True)
    expires = TTLAttribute(null=True)


class Limit(Frozen, frozen=True):
    """At most `most` attempts under this name until `until`; the name includes its window."""

    name: str
    most: int
    until: datetime
    count: int = 1


def reserve(limits: Sequence[Limit]) -> bool:
    """Count one attempt against every limit, or none and return False when any is used up.

    Counting before checking keeps a burst of parallel guesses within the limit. Collisions with
    other visitors are retried, then refused like a used-up limit.
    """
    try:
        _write(lambda write: _count(write, limits), "a limit is used up")
    except Conflict:
        return False
    return True


def open_session(
    session: Session, record: AuditRow, refunds: Sequence[Limit], ends: str, code: str = ""
) -> None:
    """Begin a visit, return the attempts it took, and end the visit it replaces.

    Args:
        refunds: the limits that `reserve` counted: a success is not a failed attempt.
        ends: the key of the browser's former session, or empty.
        code: the hash of the code it uses up, or empty.

    Raises:
        Conflict: when somebody else used the code up meanwhile.
    """

    def begin(write: TransactWrite) -> None:
        write.save(_item(session))
        write.save(audit.item_of(record.entry, record.keep_days))
        for limit in refunds:
            write.update(CounterItem(_counter(limit)), [CounterItem.tries.add(-limit.count)])
        if ends:
            write.delete(SessionItem(_pk(ends)))
        if code:
            access_codes.use_up(write, code)

    _write(begin, "the code was used up meanwhile")


def resume(key: str, now: datetime, idle_until: datetime) -> Session | None:
    """Return the open session under this key and keep it open until `idle_until`, in one call."""
    with ignore_if_changed():
        answer = client().update_item(
            TableName=SessionItem.Meta.table_name,
            Key=SessionItem.image_of({"pk": _pk(key)}),
            UpdateExpression="SET idle_until = :until",
            ConditionExpression="idle_until > :now AND max_until > :now",
            ExpressionAttributeValues={
                ":until": {STRING: instant(idle_until)},
                ":now": {STRING: instant(now)},
            },
            ReturnValues="ALL_NEW",
        )
        return _session(key, answer["Attributes"])
    return None


def _session(key: str, image: Image) -> Session:
    found = plain(image)
    return value_of(Session, found, key=key, enrolled=sorted(found.get("enrolled", ())))


def end_session(key: str) -> None:
    """End a visit on the server; ending an ended visit is not an error."""
    SessionItem.leave(_pk(key))


def save_enrollment(
    change: EnrollmentChange, session: Session, record: AuditRow, limits: Sequence[Limit] = ()
) -> None:
    """Store an enrollment, its audit row and the confirmation page's data, all or nothing.

    Raises:
        Conflict: when the enrollment changed since it was read, or the session has ended.
        TooOften: when one of the limits, which this call counts against, is used up.
    """
    saves, deletes = enrollments.writes(change)

    def store(write: TransactWrite) -> None:
        for item, condition in saves:
            write.save(item, condition=condition)
        for item, condition in deletes:
            write.delete(item, condition=condition)
        write.save(audit.item_of(record.entry, record.keep_days))
        # A visit that changes something counts as begun now: a change may end earlier visits.
        shown: list[Action] = [SessionItem.created_at.set(session.created_at)]
        if session.enrolled:
            shown.append(SessionItem.enrolled.set(set(session.enrolled)))
        write.update(SessionItem(_pk(session.key)), shown, condition=SessionItem.pk.exists())
        _count(write, limits)

    try:
        _write(store, "the enrollment changed since it was read")
    except Conflict:
        if full := _used_up(limits):
            raise TooOften([f.name for f in full], max(f.until for f in full)) from None
        raise


def _count(write: TransactWrite, limits: Sequence[Limit]) -> None:
    """Count against every limit, on the condition that none is used up."""
    for limit in limits:
        write.update(
            CounterItem(_counter(limit)),
            [CounterItem.tries.add(limit.count), CounterItem.expires.set(limit.until)],
            condition=CounterItem.tries.does_not_exist()
            | (CounterItem.tries <= limit.most - limit.count),
        )


def _used_up(limits: Sequence[Limit]) -> list[Limit]:
    """Return the limits that are used up: a transaction does not say which condition failed."""
    by_row = {_counter(limit): limit for limit in limits}
    found = CounterItem.batch_get(list(by_row), consistent_read=True) if by_row else ()
    tries = {item.pk: item.tries for item in found}
    return [of for row, of in by_row.items() if tries.get(row, 0) > of.most - of.count]


def _write(fill: Callable[[TransactWrite], None], changed: str) -> None:
    """Write a transaction; retry after a pause when others were writing the same rows.

    DynamoDB cancels a transaction at once when another one is using one of its rows. The pause is
    random, so that two transactions do not collide again.

    Raises:
        Conflict: with the text `changed`, when a condition fails or every attempt collided.
    """
    for left in reversed(range(TRIES)):
        try:
            with conflict_if_changed(changed), transaction() as write:
                fill(write)
            return
        except TransactWriteError as error:
            if not collided(error):
                raise
            if not left:
                raise Conflict(changed) from None
        time.sleep(secrets.randbelow(PAUSE * 2 ** (TRIES - 1 - left)) / 1000)


def _counter(limit: Limit) -> str:
    return f"FAILS#{limit.name}"


def _pk(key: str) -> str:
    return f"SESSION#{key}"


def _item(session: Session) -> SessionItem:
    stored = fields_of(session) | {"key": None, "enrolled": set(session.enrolled) or None}
    return SessionItem(_pk(session.key), **stored, expires=session.max_until)

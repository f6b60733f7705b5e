"""Entering a survey: the duty and the mark that its person was asked, in one transaction.

The mark is in Guards under the HMAC of each of the person's addresses, and of their name with
their birth date, so that spacing works across cases. Two people who share a phone count as one
person.
"""

from collections.abc import Collection
from datetime import datetime

from pynamodb.attributes import TTLAttribute, UnicodeAttribute
from pynamodb.exceptions import TransactWriteError

from aviso.domain.notice import Duty, State
from aviso.domain.notice_states import STUCK
from aviso.domain.reasons import WaitReason
from aviso.runtime import environment
from aviso.storage import notice_items, tables
from aviso.storage.model_calls import transaction
from aviso.storage.tables import InstantAttribute, Table, collided, condition_failed

MOST_KEYS = 20  # of one person; a transaction has room for more


class AskedItem(Table):
    """A record that a person was asked, and until when they are not asked again."""

    class Meta(tables.Meta):
        """The table's settings."""

        table_name = environment.Variable("GUARDS_TABLE", "Guards")

    pk = UnicodeAttribute(hash_key=True)
    duty = UnicodeAttribute()
    until = InstantAttribute()
    expires = TTLAttribute()


def in_peace(keys: Collection[str], now: datetime) -> set[str]:
    """Return those of these address keys whose owner was asked lately."""
    items = AskedItem.batch_get([_pk(key) for key in keys], consistent_read=True)
    return {item.pk.removeprefix("SURVEYED#") for item in items if item.until > now}


def enter(
    duty: Duty,
    keys: Collection[str],
    until: datetime,
    stamp: str,
    now: datetime,
) -> bool:
    """Enter a survey in the ledger and mark its person as asked, or neither.

    A survey that is sent later in the day waits for its time: then `chase` has it sent.

    Args:
        keys: the keys of all that identifies the person; none for a reminder.
        until: how long the person is asked nothing else.
        stamp: see `report_dimensions`.

    Returns:
        False when it is in the ledger already, or another run asked the person meanwhile.
    """
    later = duty.first_seen > now
    survey = notice_items.NewNotice(
        duty=duty,
        state=State.WAITING if later else State.PLANNED,
        due_at=duty.first_seen if later else now + STUCK,
        created_at=now,
        reason=WaitReason.QUIET_HOURS if later else "",
        stamp=stamp,
    )
    item = notice_items.item_of(survey)
    try:
        with transaction() as write:
            write.save(item, condition=notice_items.NoticeItem.pk.does_not_exist())
            for key in sorted(keys)[:MOST_KEYS]:
                asked = AskedItem(_pk(key), duty=duty.id, until=until, expires=until)
                free = AskedItem.pk.does_not_exist() | (AskedItem.until <= now)
                write.save(asked, condition=free)
    except TransactWriteError as error:
        if condition_failed(error) or collided(error):  # after a collision, the next night
            return False
        raise
    return True


def _pk(key: str) -> str:
    return f"SURVEYED#{key}"

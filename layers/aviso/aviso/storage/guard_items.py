"""The rows of the Guards table, and the names of the tasks in it."""

from datetime import timedelta

from pynamodb.attributes import (
    BooleanAttribute,
    JSONAttribute,
    ListAttribute,
    NumberAttribute,
    TTLAttribute,
    UnicodeAttribute,
)
from pynamodb.indexes import AllProjection, GlobalSecondaryIndex

from aviso.runtime import environment
from aviso.storage.tables import (
    InstantAttribute,
    InstantMapAttribute,
    Meta,
    Table,
    ignore_if_changed,
)

KEEP_UNREAD = timedelta(days=90)  # a text that waits for a person
REPLY_TASK = "REPLY"
UNPROVED_LINK = "unproved_link"  # reason of such a task that came by a link which proves nothing
ASKED = "asked"  # reason of such a task that a victim made on the portal
ANSWERS = ("asked_given", "asked_refused")  # how one ends, as the audit trail has it
EARLY_TASK = "EARLY_TASK"  # a sign-up before its report that a person must check
REJECTED_TASK = "REJECTED"  # rows of the feed, or whole files, that were not imported
INBOX_TASKS = (REPLY_TASK, EARLY_TASK, REJECTED_TASK)
SEEN_TASK = "SEEN"  # a closed task, which may be opened again
KEEP_SEEN = timedelta(days=7)


class GuardTaskIndex(GlobalSecondaryIndex["GuardItem"]):  # type: ignore[no-untyped-call]
    """Items that wait for a person, or receipts that wait for their attempt; oldest first."""

    class Meta:
        index_name = "task_index"
        projection = AllProjection()

    task = UnicodeAttribute(hash_key=True)
    at = InstantAttribute(range_key=True)


class GuardItem(Table):
    """One guard; its attributes depend on its kind."""

    class Meta(Meta):
        table_name = environment.Variable("GUARDS_TABLE", "Guards")

    pk = UnicodeAttribute(hash_key=True)
    at = InstantAttribute(null=True)
    until = InstantAttribute(null=True)
    source = UnicodeAttribute(null=True)
    imports = InstantMapAttribute(null=True)  # imports of people under way: each one's end
    reason = UnicodeAttribute(null=True)
    notices = NumberAttribute(null=True)
    corrections = NumberAttribute(null=True)
    words = NumberAttribute(null=True)
    data = JSONAttribute(null=True)
    task = UnicodeAttribute(null=True)  # present while it waits for a person or an attempt
    owner = UnicodeAttribute(null=True)  # the member who took it, or who closed it
    since = InstantAttribute(null=True)  # when it began to wait; `at` is then when it was closed
    expires = TTLAttribute(null=True)
    by_task = GuardTaskIndex()
    # the one SWITCHES item
    kill = BooleanAttribute(null=True)
    trial = BooleanAttribute(null=True)
    guests = ListAttribute[str](null=True)
    kinds_off = ListAttribute[str](null=True)
    brake = UnicodeAttribute(null=True)
    brake_released_until = InstantAttribute(null=True)
    usual_notices = NumberAttribute(null=True)
    usual_corrections = NumberAttribute(null=True)
    usual_words = NumberAttribute(null=True)
    released_notices = NumberAttribute(null=True)
    released_corrections = NumberAttribute(null=True)
    released_words = NumberAttribute(null=True)
    turns = NumberAttribute(null=True)


def save_new(item: GuardItem) -> bool:
    """Save an item unless there is one; return whether it was saved."""
    with ignore_if_changed():
        item.save(condition=GuardItem.pk.does_not_exist())
        return True
    return False


def get(pk: str) -> GuardItem | None:
    """Return a guard as it is now, if there is one."""
    try:
        return GuardItem.get(pk, consistent_read=True)
    except GuardItem.DoesNotExist:
        return None

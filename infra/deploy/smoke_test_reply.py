"""The deployment's test of replies: a text from the operator's phone must reach the desk's inbox.

A STOP that is lost breaks the law (47 CFR 64.1200), and only a real text proves the way. One proof
for each number is enough, so an upgrade does not ask again.
"""

import time
from collections.abc import Iterator
from datetime import datetime

from aviso.storage import markers
from aviso.storage.guard_items import REPLY_TASK
from aviso.storage.inbox_tasks import waiting
from infra.deploy.receipt_checks import NO_NUMBER, NOT_PROVED, THEN
from infra.deploy.smoke_test import FOR_EVER
from infra.deploy.smoke_test_rows import Operator

REPLY_SECONDS = 300.0  # for a person to find the phone; the text itself takes seconds
NEWEST = 1000  # a burst of texts since the test began would have fewer


def walk(operator: Operator, now: datetime, wait_seconds: float = REPLY_SECONDS) -> Iterator[str]:
    """Ask the operator to text the number, and wait for the text in the inbox."""
    if operator.texts_from == "none":
        yield f"reply: {NOT_PROVED}: {NO_NUMBER}, {THEN}"
        return
    proved = f"REPLY_PROVED#{operator.texts_from}"
    if markers.marker(proved):
        yield f"reply: one to {operator.texts_from} arrived at an earlier deployment"
        return
    yield f"reply: now text HELLO from your phone to {operator.texts_from}"
    end = time.monotonic() + wait_seconds
    while not _arrived(operator.phone, now):
        if time.monotonic() > end:
            yield (
                f"reply: {NOT_PROVED}: no text from your phone is in the inbox. If you sent one, a "
                "STOP would be lost too: look at the number's two-way settings in End User "
                f"Messaging, and at the log of record_receipt. If not, {THEN}, and text HELLO to "
                f"{operator.texts_from} when it asks"
            )
            return
        time.sleep(1)
    markers.put_marker(proved, {}, now, FOR_EVER)
    yield "reply: your text is in the inbox, under Replies"


def _arrived(phone: str, since: datetime) -> bool:
    found = waiting(REPLY_TASK, NEWEST, since)
    return any(record["address"] == phone for _, _, record in found)

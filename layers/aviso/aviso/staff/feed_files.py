"""A supervisor or an operator accepts or rejects a feed file that waits for a person.

The desk and `aviso feed accept` both decide by these functions. Accepting imports the very version
that was looked at; nobody puts a file.
"""

import json

from aviso.domain.errors import Conflict
from aviso.feed.upload_events import acceptance
from aviso.runtime import environment
from aviso.runtime.clients import client
from aviso.staff import acts
from aviso.staff.actor import Actor
from aviso.storage import inbox
from aviso.storage.inbox_entries import RejectedRows


def waiting(name: str) -> RejectedRows:
    """Return a file that waits, by its task's name.

    Raises:
        LookupError: when there is no such task, or its file cannot be accepted as it is.
    """
    found = inbox.one(name)
    if not isinstance(found, RejectedRows) or not found.waits:
        raise LookupError("no file waits under this name")
    return found


def waiting_as(key: str) -> RejectedRows:
    """Return a file that waits, by its key in the feed bucket.

    Raises:
        LookupError: when no file of this key waits.
    """
    for found in inbox.rejected():
        if found.file == key and found.waits:
            return found
    raise LookupError("no file of this name waits")


def accept(file: RejectedRows, actor: Actor) -> None:
    """Have a file imported as it is; its task ends when the import has ended.

    The task names who accepted it until then. If the call fails after that, the file can be
    accepted again.

    Raises:
        Conflict: when somebody rejected it, or another file came under its task.
    """
    record = actor.record(acts.ACCEPT_FILE.audit, "", subject=file.file)
    inbox.accept(file, actor.name, record)
    event = acceptance(
        environment.name("FEED_BUCKET"), file.file, file.acceptance, file.arrived, file.version
    )
    client("lambda").invoke(
        FunctionName=environment.name("IMPORT_FUNCTION"),
        InvocationType="Event",
        Payload=json.dumps(event).encode(),
    )


def reject(file: RejectedRows, actor: Actor) -> None:
    """End a file's task without importing the file; for some days it can be opened again.

    Raises:
        Conflict: when somebody accepted it, or ended its task.
    """
    if file.accepted_by:
        raise Conflict("it was accepted")
    inbox.see_to(
        file, actor.name, actor.now, actor.record(acts.REJECT_FILE.audit, "", subject=file.file)
    )

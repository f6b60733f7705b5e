"""Record that a run's letters were posted: each notice becomes `mailed`, once.

A module of its own, so that the desk can record it without the drawing library.
"""

from collections.abc import Callable, Iterator
from contextlib import suppress
from datetime import datetime

from msgspec.structs import replace

from aviso.domain.errors import Conflict
from aviso.domain.model import Channel
from aviso.domain.notice import Notice, State
from aviso.domain.notice_states import as_sent
from aviso.letters import bucket
from aviso.storage import notices, print_runs, tasks
from aviso.storage.audited_change import AuditRow


def mailed(run: str, now: datetime, record: Callable[[str], AuditRow]) -> Iterator[tuple[str, str]]:
    """Record that a run's letters were posted; yield each letter's notice id and its outcome.

    Only letters printed in this run count, and only once. The letters come from the manifest. If
    the manifest and the PDF are gone from the bucket, they come from the ledger. That reads all
    open notices, so it is done only for a run with unposted letters. `record` returns a letter's
    audit row by its case number.

    Raises:
        LookupError: when there is no such run.
    """
    rows = bucket.manifest(run)
    if rows is None:
        waits = print_runs.unposted_in(run) > 0
        letters = [(n.id, n.case) for n in notices.printed_in(run)] if waits else []
    else:
        letters = [(row.notice, row.case) for row in rows]
    if not letters:
        raise LookupError("no such run")
    for notice_id, case in letters:
        yield notice_id, _mailed(run, notice_id, now, record(case))
    print_runs.posted(run)


def _mailed(run: str, notice_id: str, now: datetime, record: AuditRow) -> str:
    notice = notices.read(notice_id)
    if notice is None or notice.run != run:
        return "not_in_this_run"
    outcome = "mailed_before"
    if notice.state is State.PRINTED:
        try:
            sent = as_sent(notice, now)
            tasks.move(notice, State.MAILED, due_at=None, record=record, **sent)
        except Conflict:
            return "moved_on"
        outcome = "mailed"
    elif notice.state is not State.MAILED:
        return "moved_on"
    _attempt_mailed(notice, now)
    return outcome


def _attempt_mailed(notice: Notice, now: datetime) -> None:
    letters = [a for a in notice.attempts if a.channel is Channel.LETTER]
    if letters and letters[-1].state is State.PRINTED:
        with suppress(Conflict):  # recorded twice at the same moment
            posted = replace(letters[-1], state=State.MAILED, at=now)
            notices.put_attempt(notice.id, posted, letters[-1])

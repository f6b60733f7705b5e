"""A print run: the queued letters that are still right become one PDF, then each is `printed`.

`print_letters` runs this, daily or when staff ask. The order makes a crash harmless: PDF, manifest,
marks. A run without a manifest has not happened, and its PDF is deleted. A run with a manifest is
marked by the next run. So no letter is lost, and no letter is in two runs' PDFs.
"""

import re
import tempfile
from collections import Counter
from collections.abc import Iterator
from dataclasses import dataclass, field
from datetime import datetime, timedelta

from msgspec.structs import replace

from aviso.domain.errors import Conflict
from aviso.domain.model import Channel
from aviso.domain.notice import Attempt, State
from aviso.domain.notice_states import WATCH_AGAIN, next_attempt
from aviso.letters import bucket, pdf
from aviso.letters.bucket import PrintedLetter
from aviso.letters.final_check import Ready, check
from aviso.runtime.invocation import Invocation
from aviso.runtime.logs import logger
from aviso.storage import notices, print_runs

A_RUN = 500  # letters in one run; the rest waits for the next run
TIME_NEEDED = 90.0  # seconds to store and mark a whole run
IN_MEMORY = 4 << 20  # bytes of PDF; a larger one goes to a temporary file


@dataclass(slots=True)
class PrintResult:
    """The result of a run: numbers only, safe to log."""

    run: str
    counts: Counter[str] = field(default_factory=Counter)


def print_letters(run: str, invocation: Invocation) -> PrintResult:
    """Print the queued letters under a run's id; the same id again gives the same letters.

    To reprint, use the run's PDF, or this function with the run's id: neither counts a letter
    twice.

    Raises:
        Conflict: when another run is under way.
        ValueError: when the id is not letters, digits and dashes, because it is part of file names.
    """
    if not re.fullmatch(r"[A-Za-z0-9-]{1,64}", run):
        raise ValueError("a run's id is of letters, digits and dashes")
    now = invocation.clock()
    until = now + timedelta(seconds=invocation.seconds_left())
    unfinished = print_runs.begin(run, invocation.token, now, until)
    try:
        outcome = PrintResult(run)
        if unfinished:
            _finish(unfinished, invocation)
        rows = bucket.manifest(run)
        if rows is None:
            rows = _print(run, outcome, invocation)
        _mark_all(run, rows, outcome, invocation)
    except BaseException:
        print_runs.pause(invocation.token, invocation.clock())
        raise
    print_runs.end(invocation.token)
    return outcome


def _finish(run: str, invocation: Invocation) -> None:
    """Finish an earlier run, or delete its PDF if it has no manifest."""
    rows = bucket.manifest(run)
    if rows is None:
        bucket.drop_letters(run)
    else:
        _mark_all(run, rows, PrintResult(run), invocation)


def _print(run: str, outcome: PrintResult, invocation: Invocation) -> list[PrintedLetter]:
    """Write the run's PDF and then its manifest; write nothing when there is no letter."""
    rows: list[PrintedLetter] = []
    with tempfile.SpooledTemporaryFile(IN_MEMORY) as file:
        mails = _mails(run, rows, outcome, invocation)
        pages = pdf.render(mails, invocation.settings, file)
        if not rows:
            return []
        rows = [replace(row, pages=n) for row, n in zip(rows, pages, strict=True)]
        bucket.put_letters(run, file)
    bucket.put_manifest(run, rows)
    return rows


def _mails(
    run: str, rows: list[PrintedLetter], outcome: PrintResult, invocation: Invocation
) -> Iterator[pdf.Mail]:
    """Yield the letters that may be printed, one at a time, and add each to `rows`."""
    for head in notices.queued_letters(A_RUN):
        if invocation.seconds_left() < TIME_NEEDED:
            outcome.counts["left_for_next_run"] += 1
            continue
        found = _checked(head.id, invocation)
        if not isinstance(found, Ready):
            outcome.counts[found] += 1
            continue
        name, *address = found.mail.address
        rows.append(
            PrintedLetter(
                run=run,
                notice=head.id,
                case=found.case,
                name=name,
                address=", ".join(address),
                pages=0,
                language=found.mail.language,
            )
        )
        yield found.mail


def _checked(notice_id: str, invocation: Invocation) -> Ready | str:
    """Check one letter; an error must not stop the other letters."""
    try:
        return check(notice_id, invocation)
    except Exception as error:
        logger.error("letter", extra={"notice": notice_id, "error": type(error).__name__})
        return "failed"


def _mark_all(
    run: str, rows: list[PrintedLetter], outcome: PrintResult, invocation: Invocation
) -> None:
    """Mark each letter of a run as printed; do not mail a letter whose notice moved on."""
    marked = [_marked(run, row, invocation.clock()) for row in rows]
    outcome.counts.update("printed" if row.mail == "yes" else "take_out" for row in marked)
    if marked != rows:
        bucket.put_manifest(run, marked)


def _marked(run: str, row: PrintedLetter, now: datetime) -> PrintedLetter:
    notice = notices.read(row.notice)
    if notice and notice.state is State.QUEUED:
        n = next_attempt(notice)
        attempt = Attempt(
            n=n,
            channel=Channel.LETTER,
            address_key="",  # guards have no postal addresses: one letter per notice
            state=State.PRINTED,
            at=now,
            source="report",
        )
        try:
            due = now + WATCH_AGAIN
            source = notice.source or attempt.source
            notices.mark(
                notice, attempt, State.PRINTED, due_at=due, run=run, source=source, reason=""
            )
        except Conflict:
            notice = notices.read(row.notice)
        else:
            return row
    ours = notice is not None and notice.run == run
    printed = notice is not None and notice.state in (State.PRINTED, State.MAILED)
    return row if ours and printed else replace(row, mail="no")

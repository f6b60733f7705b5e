"""A print run: the queued letters that are still right become one PDF, then each is `printed`.

`print_letters` runs this, daily or when staff ask. The order makes a crash harmless: PDF, manifest,
marks. A run without a manifest has not happened, and its PDF is deleted. A run with a manifest is
marked by the next run. So no letter is lost, and no letter is in two runs' PDFs.

Letters of one case to the same victim and address share an envelope: they follow each other, and
the first has the only code. Each stays a letter of its own, which can be pulled.
"""

import re
import tempfile
from collections import Counter, defaultdict
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from typing import Any

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
from aviso.victims import access_codes
from aviso.victims.access_codes import CodePurpose

A_RUN = 500  # letters in one run; the rest waits for the next run
TIME_NEEDED = 120.0  # seconds to draw, store and mark a whole run
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
    letters = [
        (
            id,
            replace(ready.mail, letter=n, letters=len(envelope), **_code(n, ready, invocation)),
            ready,
        )
        for envelope in _envelopes(outcome, invocation)
        for n, (id, ready) in enumerate(envelope, 1)
    ]
    if not letters:
        return []
    with tempfile.SpooledTemporaryFile(IN_MEMORY) as file:
        pages = pdf.render((mail for _, mail, _ in letters), invocation.settings, file)
        bucket.put_letters(run, file)
    rows = [
        PrintedLetter(
            run=run,
            notice=id,
            case=ready.case,
            name=mail.address[0],
            address=", ".join(mail.address[1:]),
            pages=count,
            language=mail.language,
        )
        for (id, mail, ready), count in zip(letters, pages, strict=True)
    ]
    bucket.put_manifest(run, rows)
    return rows


def _envelopes(outcome: PrintResult, invocation: Invocation) -> list[list[tuple[str, Ready]]]:
    """Return the letters that may be printed, with their notices, by the envelope they share."""
    found = defaultdict[tuple[object, ...], list[tuple[str, Ready]]](list)
    for head in notices.queued_letters(A_RUN):
        if invocation.seconds_left() < TIME_NEEDED:
            outcome.counts["left_for_next_run"] += 1
            continue
        ready = _checked(head.id, invocation)
        if not isinstance(ready, Ready):
            outcome.counts[ready] += 1
            continue
        mail = ready.mail
        found[ready.origin, ready.victim, mail.address, mail.language].append((head.id, ready))
    return [*found.values()]


def _code(letter: int, ready: Ready, invocation: Invocation) -> dict[str, Any]:
    """Return the code of an envelope's first letter, if a code opens the case."""
    if letter > 1 or not ready.opens:
        return {}
    settings, now, purpose = invocation.settings, invocation.clock(), CodePurpose.POST
    return {
        "code": access_codes.issue(ready.origin, ready.victim, purpose, now, settings),
        "code_until": settings.today(now + access_codes.lifetime(purpose, settings)),
    }


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

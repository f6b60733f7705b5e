"""Letters: how many wait, the print runs, their PDF, and recording that they were posted."""

import json
from collections.abc import Collection, Iterable, Sequence
from datetime import UTC, datetime

from aviso.content import dates
from aviso.domain.errors import NotTheirs
from aviso.domain.notice import State
from aviso.domain.reasons import HoldReason
from aviso.domain.value import Frozen
from aviso.letters import bucket
from aviso.letters.bucket import PrintedLetter
from aviso.runtime import environment
from aviso.runtime.clients import client
from aviso.staff import acts, notice_decisions, scene_cards
from aviso.staff.actor import Actor
from aviso.storage import cases, notices, print_runs, tasks
from aviso.web.request import Request
from aviso.web.response import Response, pdf_file, redirect
from aviso.web.staff import pages, work_queue
from aviso.web.staff.confirmation import Confirmation, ask, confirmed

RUNS = 10  # the latest runs, on one page
MOST_QUEUED = 500
LINK_SECONDS = 60
SHEETS = 2  # of cards for the scene, at a press
NAMES = "%Y%m%dT%H%M%SZ"  # the format of the run names that `print_letters` gives


class Run(Frozen, frozen=True, kw_only=True):
    """One print run."""

    id: str
    at: datetime | None  # when it was printed, if its name says so
    letters: int
    pages: int
    take_out: int  # letters whose notice changed while they were printed
    unposted: int


class Waiting(Frozen, frozen=True, kw_only=True):
    """A run older than the latest ones, with letters that nobody has posted."""

    id: str
    at: datetime | None
    unposted: int  # at the last count
    kept: bool  # its file is still in the bucket


def show(request: Request, actor: Actor) -> Response:
    """Return the page of letters."""
    return _page(request, actor)


def _page(request: Request, actor: Actor, link: str = "", take_out: Sequence[str] = ()) -> Response:
    kept = bucket.runs()
    latest = kept[-RUNS:]
    counted_at, waiting = _waiting(kept, latest)
    held = tasks.waiting()
    seen = (task.reason for task in work_queue.seen_by(held, actor))
    return pages.page(
        request,
        actor,
        "letters",
        held=held,
        unsafe=sum(reason == HoldReason.UNSAFE_FOR_ANOTHER for reason in seen),
        queued=len(notices.queued_letters(MOST_QUEUED)),
        runs=_runs(reversed(latest)),
        waiting=waiting,
        counted_at=counted_at,
        asked="asked" in request.query,
        link=link,
        take_out=take_out,
        seconds=LINK_SECONDS,
    )


def _waiting(
    kept: Collection[str], latest: Collection[str]
) -> tuple[datetime | None, list[Waiting]]:
    """Return when unposted letters were last counted, and the older runs that have some.

    This is one read, however many runs there are: each letter is checked only for the latest runs.
    """
    counted_at, letters = print_runs.unposted()
    return counted_at, [
        Waiting(id=run, at=_named_after(run), unposted=letters[run], kept=run in kept)
        for run in sorted(letters.keys() - latest)
    ]


def _runs(names: Iterable[str]) -> list[Run]:
    """Return print runs; the states of all their letters are read together."""
    manifests = {run: bucket.manifest(run) or [] for run in names}
    states = notices.states(row.notice for rows in manifests.values() for row in rows)
    return [
        Run(
            id=run,
            at=_named_after(run),
            letters=len(rows),
            pages=sum(row.pages for row in rows),
            take_out=sum(row.mail == "no" for row in rows),
            unposted=sum(states.get(id) is State.PRINTED for id in {row.notice for row in rows}),
        )
        for run, rows in manifests.items()
    ]


def _named_after(run: str) -> datetime | None:
    """Return the time in a run's name; None for a run with another kind of name."""
    try:
        return datetime.strptime(run, NAMES).replace(tzinfo=UTC)
    except ValueError:
        return None


def print_now(_request: Request, actor: Actor) -> Response:
    """Print the queued letters now, not tonight."""
    actor.note("letters_asked_for", "")
    client("lambda").invoke(
        FunctionName=environment.name("PRINT_FUNCTION"),
        InvocationType="Event",
        Payload=json.dumps({"time": actor.now.isoformat(timespec="seconds")}).encode(),
    )
    return redirect("letters?asked=1")


def pdf(request: Request, actor: Actor) -> Response:
    """Return a link to a run's PDF, valid for a minute, to a member who may see all its cases.

    Raises:
        NotTheirs: when one of them is restricted and the member may not see restricted cases.
    """
    run = _known(request)
    rows = bucket.manifest(run) or []
    if not actor.trusted:
        for number in sorted({row.case for row in rows}):
            if not actor.may_see(cases.read_case(number)):
                raise NotTheirs(number)
    for row in rows:
        actor.note("letter_viewed", row.case)
    take_out = _take_out(rows, request.language, actor)
    return _page(request, actor, bucket.link(run, LINK_SECONDS), take_out)


def mailed(request: Request, actor: Actor) -> Response:
    """Record that a run's letters were posted, after confirmation: this cannot be taken back."""
    run = request.form.get("run", "")
    if not confirmed(request):
        about, rows = _about(_one(run), request.language), bucket.manifest(run) or []
        for number in sorted({row.case for row in rows if row.mail == "no"}):
            if actor.may_see(cases.read_case(number)):
                actor.note("case_viewed", number)  # the page names a person
        about += _take_out(rows, request.language, actor)
        return ask(request, actor, Confirmation(act=acts.MAIL, fields={"run": run}, also=about))
    notice_decisions.mailed(run, actor)
    return redirect("letters")


def _one(run: str) -> Run:
    """Return a print run; when its file is gone from the bucket, as its letters were last counted.

    Raises:
        LookupError: when there is no run of this name.
    """
    if run in bucket.runs():
        (found,) = _runs([run])
        return found
    if not (letters := print_runs.unposted_in(run)):
        raise LookupError("no such run")
    at = _named_after(run)
    return Run(id=run, at=at, letters=letters, pages=0, take_out=0, unposted=letters)


def _about(run: Run, language: str) -> list[str]:
    """Return what a confirmation shows: the run, its time, the number of letters."""
    words = pages.strings(language)
    name = dates.written(run.at, "moment", language) if run.at else run.id
    about = [f"{words['desk_run']}: {name}"]
    unposted = words["desk_run_unposted"].format(n=run.unposted)
    about.append(f"{words['desk_run_letters']}: {run.letters} ({unposted})")
    if run.take_out:
        about.append(f"{words['desk_run_take_out']}: {run.take_out}")
    return about


def _take_out(rows: Iterable[PrintedLetter], language: str, actor: Actor) -> list[str]:
    """Return the letters to take out of the pile, and the position of each.

    The name is shown only to members who may see the case; the position is enough to find a letter.
    """
    words, page, found = pages.strings(language), 1, []
    for n, row in enumerate(rows, 1):
        if row.mail == "no":
            theirs = actor.may_see(cases.read_case(row.case))
            which = words["desk_take_out_which" if theirs else "desk_take_out_restricted"]
            found.append(which.format(n=n, page=page, name=row.name, number=row.case))
        page += row.pages
    return found


def _known(request: Request) -> str:
    run = request.form.get("run", "")
    if run not in bucket.runs():
        raise LookupError("no such run")
    return run


def cards(_request: Request, actor: Actor) -> Response:
    """Return sheets of cards for the scene, as a PDF."""
    return pdf_file(scene_cards.sheets(SHEETS, environment.name("PORTAL_URL"), actor), "cards.pdf")

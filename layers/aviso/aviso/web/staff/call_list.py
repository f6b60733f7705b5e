"""A page of the work queue to take away: as a file (CSV), or printed for telephoning."""

from collections.abc import Sequence

from aviso.content import dates
from aviso.domain import people
from aviso.domain.csv_text import spreadsheet
from aviso.domain.model import Case
from aviso.domain.text import shown
from aviso.domain.value import Frozen
from aviso.staff.actor import Actor
from aviso.storage import cases, guards, tasks
from aviso.web.request import Request
from aviso.web.response import Response
from aviso.web.staff import case_people, pages, queue_lines, task_filters, work_queue
from aviso.web.staff.queue_lines import QueueLine
from aviso.web.staff.tasks import page_of

COLUMNS = (
    *("person_and_case", "case", "offense", "language", "must_be_told", "why"),
    *("legal_deadline", "owner"),
)


class CallLine(Frozen, frozen=True, kw_only=True):
    """A person on the call list: whom to ask for, and the phones on file."""

    line: QueueLine
    speakers: tuple[str, ...]
    phones: tuple[tuple[str, str], ...]  # as people write it, and why it is not used


def _lines(request: Request, actor: Actor) -> Sequence[QueueLine]:
    """Return the lines of the page that the form names; each person has an audit row."""
    narrow = task_filters.narrowed(request.form)
    rows = work_queue.rows(tasks.waiting(), narrow, actor)
    found = page_of(rows, request.form.get("page", "")).rows
    return queue_lines.lines(found, narrow, request.language, actor)


def download(request: Request, actor: Actor) -> Response:
    """Return the page's rows as a file."""
    found = _lines(request, actor)
    actor.note_each("tasks_listed", [(line.number, line.victim) for line in found] or [("", "")])
    words = pages.strings(request.language)
    rows = [[words[f"desk_{name}"] for name in COLUMNS]]
    for line in found:
        kinds = ", ".join(words[f"desk_kind_{kind}"] for kind in line.kinds)
        due = dates.written(line.due.at, "short_moment", request.language)
        cells = (line.name, line.number, line.offense, line.language, kinds)
        rows.append([*cells, line.why, due, line.owner])
    return Response(
        status=200,
        body=spreadsheet(rows),
        content_type="text/csv; charset=utf-8",
        headers={"Content-Disposition": 'attachment; filename="tasks.csv"'},
    )


def show(request: Request, actor: Actor) -> Response:
    """Return the call list: a page to print, with phones and room for what came of each call."""
    found = _lines(request, actor)
    actor.note_each("call_listed", [(line.number, line.victim) for line in found] or [("", "")])
    known = {
        number: cases.read_case(number) for number in dict.fromkeys(line.number for line in found)
    }
    listed = [_call(line, known[line.number], actor) for line in found]
    return pages.page(request, actor, "call_list", lines=listed, at=actor.now)


def _call(line: QueueLine, case: Case, actor: Actor) -> CallLine:
    victim = queue_lines.victim_of(case, line.victim)
    if victim is None:
        return CallLine(line=line, speakers=(), phones=())
    person = case_people.person_of(case, victim, guards.read_for(case), actor)
    speakers = people.spoken_for(case, victim, actor.today)
    return CallLine(
        line=line,
        speakers=tuple(f"{p.first_name} {p.last_name}".strip() for p in speakers),
        phones=tuple((shown(c.address), c.trouble) for c in person.lines if c.channel == "sms"),
    )

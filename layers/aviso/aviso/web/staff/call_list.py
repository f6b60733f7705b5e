"""A page of the work queue to take away: as a file (CSV), or printed for telephoning."""

from collections.abc import Sequence

from msgspec.structs import replace

from aviso.content import dates
from aviso.domain import people
from aviso.domain.csv_text import spreadsheet
from aviso.domain.model import Case, Kind
from aviso.domain.notice import Notice
from aviso.domain.value import Frozen
from aviso.staff import notice_decisions
from aviso.staff.actor import Actor
from aviso.storage import cases, notices, tasks
from aviso.web.request import Request
from aviso.web.response import Response
from aviso.web.staff import case_people, pages, queue_lines, task_filters, what_to_say, work_queue
from aviso.web.staff.phone_lines import PhoneLine, phone_lines
from aviso.web.staff.queue_lines import QueueLine
from aviso.web.staff.tasks import QueuePage, page_of

COLUMNS = (
    *("person_and_case", "case", "offense", "language", "must_be_told", "why"),
    *("legal_deadline", "owner"),
)


class CallLine(Frozen, frozen=True, kw_only=True):
    """A person on the call list: whom to ask for, which phones to call, and what not to say."""

    line: QueueLine
    unsaid: tuple[str, ...]
    speakers: tuple[str, ...] = ()
    phones: tuple[PhoneLine, ...] = ()  # those to call first; of the others only the end is printed
    to_supervisor: bool  # only a supervisor tells the change, and the member is none
    twofold: bool  # the victim hears of the mark, others of all else: no phone is here


def _page(request: Request, actor: Actor) -> tuple[QueuePage, Sequence[QueueLine]]:
    """Return the page of the list that the form names, and its lines."""
    narrow = task_filters.narrowed(request.form)
    rows = work_queue.rows(tasks.waiting(), narrow, actor)
    found = page_of(rows, request.form.get("page", ""))
    return found, queue_lines.lines(found.rows, narrow, request.language, actor)


def download(request: Request, actor: Actor) -> Response:
    """Return the page's rows as a file."""
    _, found = _page(request, actor)
    actor.note_each("tasks_listed", [(line.number, line.victim) for line in found] or [("", "")])
    words = pages.strings(request.language)
    rows = [[words[f"desk_{name}"] for name in COLUMNS]]
    for line in found:
        kinds = ", ".join(words[f"desk_kind_{kind}"] for kind in line.kinds)
        due = dates.written(line.due.at, "short_moment", request.language)
        why = f"{', '.join(words[f'desk_why_{pill}'] for pill in line.pills)}: {line.why}"
        name = f"{line.name} ({words[f'desk_is_{line.mark}']})" if line.mark else line.name
        cells = (name, line.number, line.offense, line.language, kinds)
        rows.append([*cells, why, due, line.owner])
    return Response(
        status=200,
        body=spreadsheet(rows),
        content_type="text/csv; charset=utf-8",
        headers={"Content-Disposition": 'attachment; filename="tasks.csv"'},
    )


def show(request: Request, actor: Actor) -> Response:
    """Return the call list: a page to print, with phones and room for what came of each call."""
    page, found = _page(request, actor)
    actor.note_each("call_listed", [(line.number, line.victim) for line in found] or [("", "")])
    known = {
        number: cases.read_case(number) for number in dict.fromkeys(line.number for line in found)
    }
    listed = [_call(line, known[line.number], actor) for line in found]
    return pages.page(
        request,
        actor,
        "call_list",
        found=page,
        lines=listed,
        hidden=len(page.rows) - len(listed),
        at=actor.now,
    )


def _call(line: QueueLine, case: Case, actor: Actor) -> CallLine:
    victim = case.victim(line.victim)
    unsaid = tuple(what_to_say.unsaid(case, line.kinds, actor.settings))
    # Two people may have to be told: the case's page has a card for each.
    silenced = victim is not None and people.was_silenced(victim)
    twofold = silenced and Kind.CONTACT_CHANGED in line.kinds
    changes = _changes(line)
    found = CallLine(
        line=line,
        unsaid=unsaid,
        to_supervisor=not all(notice_decisions.is_theirs(n, actor) for n in changes),
        twofold=twofold,
    )
    if victim is None or twofold:
        return found
    at = case_people.guarded(case, actor)
    person = case_people.person_of(at, victim, actor)
    speakers = at.spoken_for(victim)
    return replace(
        found,
        speakers=tuple(map(people.name_of, speakers)),
        phones=phone_lines(
            at,
            person,
            line.kinds,
            [n.fact for n in changes],
            ask_first=line.in_danger,
        ),
    )


def _changes(line: QueueLine) -> list[Notice]:
    """Return the notices about changes that a person is called about."""
    if {Kind.CONTACT_CHANGED, Kind.ENROLLMENT_CONFIRMED}.isdisjoint(line.kinds):
        return []
    found = [notices.read(id) for id in line.ids.split()]
    return [n for n in found if n and n.fact.change]

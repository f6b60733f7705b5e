"""A supervisor says that a victim is incapacitated, or can act; both ask for a reason.

That the victim can act also overrules what the records system says: incapacitated, dead or a
minor.
"""

from collections.abc import Callable, Iterable, Mapping

from aviso.domain import people
from aviso.domain.model import Case, Victim
from aviso.staff import case_decisions
from aviso.staff.actor import Actor
from aviso.web.request import RefusedError, Request
from aviso.web.response import Response
from aviso.web.staff import case_people, pages
from aviso.web.staff.case_actions import confirm, victim_named
from aviso.web.staff.confirmation import why
from aviso.web.staff.task_return import back

SAYS: Mapping[str, Callable[[Case, Victim, str, Actor], None]] = {
    "incapacitated": case_decisions.incapacitated,
    "able_again": case_decisions.able_again,
}


def judge(request: Request, actor: Actor) -> Response:
    """Store what the form says, after a reason is given; a second click changes nothing.

    The form says which marks were read. If they differ by now, the question is asked again: an old
    tab must not overrule a death that nobody read.
    """
    case, victim = victim_named(request, actor)
    said = request.form.get("do", "")
    if said not in SAYS:
        raise RefusedError(400)
    if said not in case_people.judges(victim, actor.today):
        return back(request)  # it already is so
    marks = people.marks_that_count(victim, actor.today)
    read = as_read(victim, marks)
    if not (reason := why(request)) or request.form.get("read") != read:
        words = pages.strings(request.language)
        also = [words[f"desk_is_{mark}"] for mark in marks]
        return confirm(request, actor, said, {"read": read}, also=also)
    SAYS[said](case, victim, reason, actor)
    return back(request)


def as_read(victim: Victim, marks: Iterable[str]) -> str:
    """Return a victim's marks and their moments, as the form carries them."""
    moments = (
        victim.desk_incapacitated_at,
        victim.deceased_at,
        victim.incapacitated_at,
        victim.minor_at,
    )
    return " ".join([*marks, *(at.isoformat() if at else "-" for at in moments)])

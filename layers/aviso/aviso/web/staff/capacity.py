"""A supervisor says that a victim is incapacitated, or can act; both ask for a reason.

That the victim can act also overrules what the records system says: incapacitated, dead or a
minor.
"""

from collections.abc import Callable, Mapping

from aviso.domain.model import Case, Victim
from aviso.staff import case_decisions
from aviso.staff.actor import Actor
from aviso.web.request import RefusedError, Request
from aviso.web.response import Response
from aviso.web.staff import case_people
from aviso.web.staff.case_actions import confirm, victim_named
from aviso.web.staff.confirmation import why
from aviso.web.staff.task_return import back

SAYS: Mapping[str, Callable[[Case, Victim, str, Actor], None]] = {
    "incapacitated": case_decisions.incapacitated,
    "able_again": case_decisions.able_again,
}


def judge(request: Request, actor: Actor) -> Response:
    """Store what the form says, after a reason is given; a second click changes nothing."""
    case, victim = victim_named(request, actor)
    said = request.form.get("do", "")
    if said not in SAYS:
        raise RefusedError(400)
    if said not in case_people.judges(victim, actor.today):
        return back(request)  # it already is so
    if not (reason := why(request)):
        return confirm(request, actor, said)
    SAYS[said](case, victim, reason, actor)
    return back(request)

"""Recording at the desk what a caller asks for or gives up, after a reason is given.

For a victim who cannot act the page asks who answers. If nobody may, nothing is recorded. Only a
supervisor records that a home is no longer confidential, because the case's page then shows it.
"""

from aviso.domain.requests import Right, Rights
from aviso.domain.speakers import others_who_answer, who_answers
from aviso.staff import case_decisions
from aviso.staff.actor import Actor
from aviso.web.request import RefusedError, Request
from aviso.web.response import Response
from aviso.web.staff.case import case_page
from aviso.web.staff.case_actions import confirm, heard_by, victim_named
from aviso.web.staff.confirmation import speaker_of, why
from aviso.web.staff.permissions import may
from aviso.web.staff.task_return import back

ANSWERS = {
    "requested": (Right.NEWS, Rights.REQUESTED),
    "waived": (Right.NEWS, Rights.WAIVED),
    "hidden": (Right.ADDRESS, Rights.REQUESTED),
    "not_hidden": (Right.ADDRESS, Rights.WAIVED),
}


def answer(request: Request, actor: Actor) -> Response:
    """Record what a caller asks for or gives up, and who answered for a victim who cannot."""
    case, victim = victim_named(request, actor)
    word = request.form.get("answer", "")
    if word not in ANSWERS:
        raise RefusedError(400)
    if word == "not_hidden" and not may(actor.roles, "POST", "/reveal"):
        return case_page(request, case, actor, wrong="desk_not_hidden_supervisor")
    may_answer = who_answers(actor.at(case), victim)
    if not may_answer:
        return case_page(request, case, actor, wrong="desk_answer_nobody")
    others = others_who_answer(victim, may_answer)
    if not (said := why(request, others)):
        heard = heard_by(case, victim, actor) if word == "waived" else ""
        return confirm(request, actor, f"answer_{word}", speakers=others, heard=heard)
    speaker = speaker_of(request, others)
    record = case_decisions.record_of(victim, *ANSWERS[word], actor, speaker=speaker)
    case_decisions.answer(case, victim, record, said, actor)
    return back(request)

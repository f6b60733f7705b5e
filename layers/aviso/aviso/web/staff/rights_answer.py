"""Recording at the desk what a caller asks for or gives up, after a reason is given.

For a victim who cannot act the page asks who answers. If nobody may, nothing is recorded. Only a
supervisor records that a home is no longer confidential, because the case's page then shows it.
"""

from aviso.domain.speakers import others_who_answer, who_answers
from aviso.staff import acts, callers_answers
from aviso.staff.actor import Actor
from aviso.staff.callers_answers import Caller
from aviso.web.request import RefusedError, Request
from aviso.web.response import Response
from aviso.web.staff.act import heard_by, settle, victim_named
from aviso.web.staff.case import case_page
from aviso.web.staff.confirmation import Confirmation, speaker_of
from aviso.web.staff.permissions import may


def answer(request: Request, actor: Actor) -> Response:
    """Record what a caller asks for or gives up, and who answered for a victim who cannot."""
    case, victim = victim_named(request, actor)
    act = acts.ACTS.get(f"answer_{request.form.get('answer', '')}")
    if act not in callers_answers.ANSWERS:
        raise RefusedError(400)
    if act is acts.SHOW_HOME and not may(actor.roles, "POST", "/reveal"):
        return case_page(request, case, actor, wrong="desk_not_hidden_supervisor")
    may_answer = who_answers(actor.at(case), victim)
    if not may_answer:
        return case_page(request, case, actor, wrong="desk_answer_nobody")
    others = others_who_answer(victim, may_answer)
    heard = heard_by(case, victim, actor) if act is acts.WAIVE else ""

    def do(said: str, actor: Actor) -> None:
        caller = Caller(why=said, speaker=speaker_of(request, others))
        callers_answers.answer(act, case, victim, caller, actor)

    return settle(request, actor, Confirmation(act=act, speakers=others, heard=heard), do)

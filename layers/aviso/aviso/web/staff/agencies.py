"""Hand-offs to other agencies that wait for a person at the desk."""

from aviso.staff import acts, handed_requests
from aviso.staff.actor import Actor
from aviso.web.request import RefusedError, Request
from aviso.web.response import Response, redirect
from aviso.web.staff import pages, sealed_references
from aviso.web.staff.confirmation import Confirmation, ask, confirmed

DECISIONS = {"release": handed_requests.release, "telephoned": handed_requests.telephoned}


def show(request: Request, actor: Actor) -> Response:
    """Return the tasks that a member may see."""
    found = handed_requests.tasks(actor)
    for task in found:
        actor.note("hand_off_task_seen", task.case.number, task.hand_off.victim)
    words = pages.strings(request.language)
    return pages.page(
        request,
        actor,
        "agencies",
        tasks=found,
        names={r.id: r.name[request.language] for r in actor.settings.receivers},
        why={
            task.hand_off.reason: words.get(f"desk_hand_off_why_{task.hand_off.reason}")
            or words.get(f"desk_reason_{task.hand_off.reason}", task.hand_off.reason)
            for task in found
        },
        references={task.case.number: sealed_references.seal(task.case.number) for task in found},
        done=request.query.get("done", ""),
    )


def decide(request: Request, actor: Actor) -> Response:
    """Release a hand-off or record that it was done by telephone, after confirmation."""
    form = request.form
    decision = DECISIONS.get(form.get("do", ""))
    if decision is None:
        raise RefusedError(400)
    fields = {name: form.get(name, "") for name in ("do", "id", "reason")}
    if not confirmed(request):
        act = acts.ACTS[f"hand_off_{form['do']}"]
        return ask(request, actor, Confirmation(act=act, fields=fields))
    return redirect(f"agencies?done={decision(fields['id'], fields['reason'], actor)}")

"""Controls for all messages: the kill switch, trial mode, the brake, kinds of notices."""

from aviso.domain.model import Kind
from aviso.domain.settings import Settings
from aviso.staff import switch_decisions
from aviso.staff.actor import Actor
from aviso.staff.acts import YES, Act
from aviso.storage import sending_controls
from aviso.web.request import RefusedError, Request
from aviso.web.response import Response, redirect
from aviso.web.staff import pages
from aviso.web.staff.confirmation import Confirmation, ask, confirmed

OFFERED = frozenset(switch_decisions.ACTS) - {"guests"}  # the page changes guests with trial mode


def show(request: Request, actor: Actor) -> Response:
    """Return the page of switches."""
    return _page(request, actor)


def _page(request: Request, actor: Actor, wrong: str = "") -> Response:
    current, agency = sending_controls.switches(), Settings.current()
    kinds, until = agency.kinds, current.brake_released_until
    return pages.page(
        request,
        actor,
        "switches",
        status=400 if wrong else 200,
        switches=current,
        kinds=[kind for kind in Kind if kinds[kind].on and kind not in current.kinds_off],
        released_until=until if until and until > actor.now and not current.brake else None,
        most=[f"{n:,}" for n in current.most(agency.brake, actor.now)],
        wrong=wrong,
    )


def turn(request: Request, actor: Actor) -> Response:
    """Turn one switch, after confirmation."""
    does = request.form.get("do", "")
    kind = request.form.get("kind", "") if does.startswith("kind_") else ""
    if does not in OFFERED or (does.startswith("kind_") and kind not in set(Kind)):
        raise RefusedError(400)
    guests = switch_decisions.guests_of(request.form.get("guests", ""))
    if guests is None:
        return _page(request, actor, wrong=request.form["guests"])
    current = sending_controls.switches()
    if switch_decisions.is_done(does, current):
        return redirect("switches")  # a colleague was faster
    if not confirmed(request):
        seen = request.form.get("turns", str(current.turns))
        fields = {"do": does, "guests": " ".join(guests), "kind": kind, "turns": seen}
        about = [pages.strings(request.language)[f"desk_kind_{kind}"]] if kind else []
        act = Act(does, f"switch_{does}", YES)
        return ask(request, actor, Confirmation(act=act, fields=fields, about=about))
    switch_decisions.turn(does, actor, guests=guests, kind=kind, seen=_seen(request, does))
    return redirect("switches")


def _seen(request: Request, does: str) -> int | None:
    """Return how often switches were turned when a member saw them; None for an act that stops."""
    if does not in switch_decisions.LETS_GO:
        return None
    turns = request.form.get("turns", "")
    if not turns.isdecimal():
        raise RefusedError(400)
    return int(turns)

"""Controls for all messages: the kill switch, trial mode, the brake, kinds of notices."""

from datetime import datetime

from aviso.domain import addresses, settings
from aviso.domain.model import Kind
from aviso.staff.actor import Actor
from aviso.storage import case_decisions, sending_controls
from aviso.web.request import RefusedError, Request
from aviso.web.response import Response, redirect
from aviso.web.staff import pages
from aviso.web.staff.confirmation import ask, confirmed

ACTS = (
    *("kill_on", "kill_off", "trial_on", "trial_off", "brake_on", "brake_off"),
    *("kind_on", "kind_off"),
)
# Acts that let messages go again, and the switch each turns off. Such an act applies to the switch
# as the member saw it: one turned off and on again since is on for another reason. An act that
# stops messages always applies.
LETS_GO = {"kill_off": "kill", "trial_off": "trial", "brake_off": "brake"}


def show(request: Request, actor: Actor) -> Response:
    """Return the page of switches."""
    return _page(request, actor)


def _page(request: Request, actor: Actor, wrong: str = "") -> Response:
    current, agency = sending_controls.switches(), settings.current()
    kinds, until = agency.kinds, current.brake_released_until
    return pages.page(
        request,
        actor,
        "switches",
        status=400 if wrong else 200,
        switches=current,
        kinds=[kind for kind in Kind if kinds[kind].on and kind not in current.kinds_off],
        released_until=until if until and until > actor.now and not current.brake else None,
        most=current.most(agency.brake, actor.now),
        wrong=wrong,
    )


def turn(request: Request, actor: Actor) -> Response:
    """Turn one switch, after confirmation."""
    does = request.form.get("do", "")
    kind = request.form.get("kind", "") if does.startswith("kind_") else ""
    if does not in ACTS or (does.startswith("kind_") and kind not in set(Kind)):
        raise RefusedError(400)
    guests = _guests(request.form.get("guests", ""))
    if guests is None:
        return _page(request, actor, wrong=request.form["guests"])
    current = sending_controls.switches()
    if does in LETS_GO and not getattr(current, LETS_GO[does]):
        return redirect("switches")  # a colleague was faster
    if not confirmed(request):
        seen = request.form.get("turns", str(current.turns))
        fields = {"do": does, "guests": " ".join(guests), "kind": kind, "turns": seen}
        about = [pages.strings(request.language)[f"desk_kind_{kind}"]] if kind else []
        return ask(request, actor, does, fields, about=about)
    record = actor.record(f"switch_{does}", "", subject=kind)
    if kind:
        case_decisions.turn_kind(kind, does == "kind_on", record)
    else:
        case_decisions.turn(_changes(does, guests, actor.now), record, _seen(request, does))
    return redirect("switches")


def _seen(request: Request, does: str) -> int | None:
    """Return how often switches were turned when a member saw them; None for an act that stops."""
    if does not in LETS_GO:
        return None
    turns = request.form.get("turns", "")
    if not turns.isdecimal():
        raise RefusedError(400)
    return int(turns)


def _changes(does: str, guests: list[str], now: datetime) -> sending_controls.SwitchChanges:
    match does:
        case "kill_on" | "kill_off":
            return {"kill": does == "kill_on"}
        case "trial_on":
            return {"trial": True, "guests": guests}
        case "trial_off":
            return {"trial": False}
        case "brake_on":
            return {"brake": "desk"}
    return sending_controls.released(now)


def _guests(typed: str) -> list[str] | None:
    """Return the phones and emails that trial mode reaches; None when a word is neither."""
    found = [addresses.email(w) if "@" in w else addresses.phone(w) for w in typed.split()]
    return None if "" in found else found

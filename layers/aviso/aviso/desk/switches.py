"""What acts on everything at once: the kill switch, trial mode, the brake."""

from datetime import datetime, timedelta
from typing import Any

from aviso import addresses
from aviso.desk import pages
from aviso.desk.acting import By
from aviso.staff import Member
from aviso.store import desk, guards
from aviso.web.request import RefusedError, Request
from aviso.web.response import Response, redirect

BRAKE_STAYS_OFF = timedelta(hours=12)  # after a release, so that it is not pulled again at once
ACTS = ("kill_on", "kill_off", "trial_on", "trial_off", "brake_on", "brake_off")


def show(request: Request, member: Member, _now: datetime) -> Response:
    """Return the page of switches."""
    return pages.page(request, member, "switches", switches=guards.switches(), wrong="")


def turn(request: Request, member: Member, now: datetime) -> Response:
    """Turn one switch, once that is confirmed."""
    does = request.form.get("do", "")
    if does not in ACTS:
        raise RefusedError(400)
    guests = _guests(request.form.get("guests", ""))
    if guests is None:
        current, typed = guards.switches(), request.form.get("guests", "")
        return pages.page(request, member, "switches", status=400, switches=current, wrong=typed)
    if request.form.get("confirmed") != "yes":
        fields = {"do": does, "guests": " ".join(guests)}
        return pages.page(request, member, "confirm", what=does, fields=fields)
    desk.turn(_changes(does, guests, now), By.of(member, now).record(f"switch_{does}", ""))
    return redirect("switches")


def _changes(does: str, guests: list[str], now: datetime) -> dict[str, Any]:
    match does:
        case "kill_on" | "kill_off":
            return {"kill": does == "kill_on"}
        case "trial_on":
            return {"trial": True, "guests": guests}
        case "trial_off":
            return {"trial": False}
        case "brake_on":
            return {"brake": "desk"}
    return {"brake": "", "brake_released_until": now + BRAKE_STAYS_OFF}


def _guests(typed: str) -> list[str] | None:
    """Return the phones and emails that trial mode reaches, None when one is neither."""
    found = [addresses.email(w) if "@" in w else addresses.phone(w) for w in typed.split()]
    return None if "" in found else found

"""What acts on everything at once: the kill switch, trial mode, the brake, kinds of notices."""

from datetime import datetime
from typing import Any

from aviso import addresses
from aviso import settings as agency_settings
from aviso.desk import pages
from aviso.desk.acting import By
from aviso.desk.confirming import ask, confirmed
from aviso.models import Kind
from aviso.staff import Member
from aviso.store import desk, guards
from aviso.web.request import RefusedError, Request
from aviso.web.response import Response, redirect

ACTS = (
    *("kill_on", "kill_off", "trial_on", "trial_off", "brake_on", "brake_off"),
    *("kind_on", "kind_off"),
)


def show(request: Request, member: Member, now: datetime) -> Response:
    """Return the page of switches."""
    return _page(request, member, now)


def _page(request: Request, member: Member, now: datetime, wrong: str = "") -> Response:
    current, agency = guards.switches(), agency_settings.current()
    kinds, until = agency.kinds, current.brake_released_until
    return pages.page(
        request,
        member,
        "switches",
        status=400 if wrong else 200,
        switches=current,
        kinds=[kind for kind in Kind if kinds[kind].on and kind not in current.kinds_off],
        released_until=until if until and until > now and not current.brake else None,
        most=current.most(agency.brake, now),
        wrong=wrong,
    )


def turn(request: Request, member: Member, now: datetime) -> Response:
    """Turn one switch, once that is confirmed."""
    does = request.form.get("do", "")
    kind = request.form.get("kind", "") if does.startswith("kind_") else ""
    if does not in ACTS or (does.startswith("kind_") and kind not in set(Kind)):
        raise RefusedError(400)
    guests = _guests(request.form.get("guests", ""))
    if guests is None:
        return _page(request, member, now, wrong=request.form["guests"])
    if not confirmed(request):
        fields = {"do": does, "guests": " ".join(guests), "kind": kind}
        about = [pages.strings(request.language)[f"desk_kind_{kind}"]] if kind else []
        return ask(request, member, does, fields, about=about)
    record = By.of(member, now).record(f"switch_{does}", "", subject=kind)
    if kind:
        desk.turn_kind(kind, does == "kind_on", record)
    else:
        desk.turn(_changes(does, guests, now), record)
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
    return guards.released(now)


def _guests(typed: str) -> list[str] | None:
    """Return the phones and emails that trial mode reaches, None when one is neither."""
    found = [addresses.email(w) if "@" in w else addresses.phone(w) for w in typed.split()]
    return None if "" in found else found

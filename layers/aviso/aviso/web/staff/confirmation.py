"""Asking for confirmation, and for a reason where one is needed, before an act."""

from collections.abc import Mapping
from types import MappingProxyType
from typing import Any

from aviso.staff.actor import Actor
from aviso.staff.acts import WHY, Act
from aviso.web.request import Request
from aviso.web.response import Response
from aviso.web.staff import pages
from aviso.web.staff.permissions import ROUTES


def confirmed(request: Request) -> bool:
    """Whether a form comes from the page that asks for confirmation."""
    return request.form.get("confirmed") == "yes"


def why(request: Request, speakers: Mapping[str, str] = MappingProxyType({})) -> str:
    """Return the reason given on the confirmation page; empty before it was asked for.

    It is empty, too, while the page asks who answers for a victim, and none of these was chosen.

    Args:
        speakers: who may answer for a victim who cannot, by id; see `answering`.
    """
    if speakers and not speaker_of(request, speakers):
        return ""
    return request.form.get("why", "").strip() if confirmed(request) else ""


def speaker_of(request: Request, speakers: Mapping[str, str]) -> str:
    """Return the id of who answers for a victim, of those who may; empty if none was chosen."""
    chosen = request.form.get("speaker", "")
    return chosen if chosen in speakers else ""


def checked_home(request: Request, home: str) -> bool:
    """Whether a member said that a letter to this home is safe, not to one that it was before."""
    return bool(home) and request.form.get("home") == home


def carried(form: Mapping[str, str]) -> dict[str, str]:
    """Return the fields that a confirmation page sends along."""
    own = ("csrf", "lang", "confirmed", "why", "theirs", "home", "speaker")
    return {name: value for name, value in form.items() if name not in own}


def ask(
    request: Request,
    actor: Actor,
    act: Act,
    fields: Mapping[str, str],
    *,
    what: str = "",
    home: str = "",
    speakers: Mapping[str, str] = MappingProxyType({}),
    **values: Any,
) -> Response:
    """Return the page that asks for confirmation, and for the reason if the act needs one.

    Args:
        fields: what the answer brings back.
        what: the name of other words than the act's.
        home: the home to which the member must say that a letter is safe; empty for none.
        speakers: who may answer for a victim who cannot, by id: one must be chosen.
        values: what else the page shows.
    """
    asked = confirmed(request)
    chosen = speaker_of(request, speakers)
    missing = asked and act.asks is WHY and not why(request)
    home_missing = asked and bool(home)
    speaker_missing = asked and bool(speakers) and not chosen
    shown = {"back": ROUTES[request.path]["POST"].page or "./"} | values
    return pages.page(
        request,
        actor,
        "confirm",
        status=400 if missing or home_missing or speaker_missing else 200,
        what=what or act.name,
        to=request.path.removeprefix("/"),
        fields=fields,
        needs_why=act.asks is WHY,
        missing=missing,
        home=home,
        home_missing=home_missing,
        speakers=speakers,
        speaker=chosen,
        said=why(request),
        speaker_missing=speaker_missing,
        helped=act.help,
        **shown,
    )

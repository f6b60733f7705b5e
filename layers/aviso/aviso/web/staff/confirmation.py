"""Asking for confirmation, and for a reason where one is needed, before an act."""

from collections.abc import Mapping, Sequence
from types import MappingProxyType

from aviso.domain.value import Frozen
from aviso.staff.actor import Actor
from aviso.staff.acts import WHY, Act
from aviso.web.request import Request
from aviso.web.response import Response
from aviso.web.staff import pages, release_preview
from aviso.web.staff.permissions import ROUTES
from aviso.web.staff.release_preview import Foreseen

NO_FIELDS: Mapping[str, str] = MappingProxyType({})


class Confirmation(Frozen, frozen=True, kw_only=True):
    """What an act asks on its page before it is done."""

    act: Act
    words: str = ""  # the name of other words than the act's
    fields: Mapping[str, str] = NO_FIELDS  # what the answer brings back besides the form's own
    whose: str = ""  # a contact, for the question whether it ever was the victim's
    about: Sequence[str] = ()  # whose or which it is
    also: Sequence[str] = ()  # more lines that say what the act is about
    would: Sequence[Foreseen] = ()  # whom each of the selected notices would reach
    speakers: Mapping[str, str] = NO_FIELDS  # who may answer for a victim who cannot, by id
    heard: str = ""  # who is told of the act, a key of the words; empty: the page's text says it


def confirmed(request: Request) -> bool:
    """Whether a form comes from the page that asks for confirmation."""
    return request.form.get("confirmed") == "yes"


def why(request: Request, speakers: Mapping[str, str] = NO_FIELDS) -> str:
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


def ask(request: Request, actor: Actor, question: Confirmation, back: str = "") -> Response:
    """Return the page that asks for confirmation, and for the reason if the act needs one.

    Args:
        back: the address of the page to go back to; by default that of the form.
    """
    act, asked, home = question.act, confirmed(request), release_preview.homes(question.would)
    chosen = speaker_of(request, question.speakers)
    missing = asked and act.asks is WHY and not why(request)
    home_missing = asked and bool(home)
    speaker_missing = asked and bool(question.speakers) and not chosen
    return pages.page(
        request,
        actor,
        "confirm",
        status=400 if missing or home_missing or speaker_missing else 200,
        what=question.words or act.name,
        to=request.path.removeprefix("/"),
        fields=question.fields,
        about=question.about,
        lines=question.also,
        would=question.would,
        heard=question.heard,
        whose=question.whose,
        theirs=request.form.get("theirs", ""),
        back=back or ROUTES[request.path]["POST"].page or "./",
        needs_why=act.asks is WHY,
        missing=missing,
        home=home,
        home_missing=home_missing,
        speakers=question.speakers,
        speaker=chosen,
        said=why(request),
        speaker_missing=speaker_missing,
        helped=act.help,
    )

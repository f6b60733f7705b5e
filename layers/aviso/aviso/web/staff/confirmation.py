"""Asking for confirmation, and for a reason where one is needed, before an act."""

from collections.abc import Mapping
from types import MappingProxyType
from typing import Any

from aviso.staff.actor import Actor
from aviso.web.request import Request
from aviso.web.response import Response
from aviso.web.staff import pages

# The reason is kept as a note on the case.
NEEDS_WHY = frozenset(
    {"unsafe", "safe", "restore", "resume", "suspect_cleared", "suspect_again", "lift", "early_tie"}
    | {"unsafe_instead", "safe_instead", "restore_instead", "resume_instead"}
    | {"answer_hidden", "answer_not_hidden", "reveal"}
    | {"answer_requested", "answer_waived", "representative_name", "representative_end"}
    | {"representative_instead", "representative_end_instead"}
    | {"consent_give", "consent_end", "consent_end_agency", "standing"}
)

# The section of the help page that explains an act; of the others, what cannot be undone.
HELP_ON: Mapping[str, str] = {
    **dict.fromkeys(("mailed", "returned"), "letters"),
    **dict.fromkeys(("restrict", "lift"), "restricted"),
    **dict.fromkeys(("unsafe", "safe", "unsafe_instead", "safe_instead"), "unsafe"),
    **dict.fromkeys(("reply_stop", "link_stop", "early_tie"), "inbox"),
    **dict.fromkeys(("early_drop", "file_accept"), "inbox"),
    **dict.fromkeys(("answer_requested", "answer_waived"), "requests"),
    **dict.fromkeys(("answer_hidden", "answer_not_hidden", "reveal"), "requests"),
    **dict.fromkeys(("representative_name", "representative_end"), "requests"),
    **dict.fromkeys(("representative_instead", "representative_end_instead"), "requests"),
    "standing": "requests",
    **dict.fromkeys(("consent_give", "consent_end", "consent_end_agency"), "agencies"),
    **dict.fromkeys(("restore", "resume", "suspect_cleared", "suspect_again"), "corrections"),
    **dict.fromkeys(("restore_instead", "resume_instead"), "corrections"),
}


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
    what: str,
    fields: Mapping[str, str],
    *,
    home: str = "",
    speakers: Mapping[str, str] = MappingProxyType({}),
    **values: Any,
) -> Response:
    """Return the page that asks for confirmation.

    Args:
        what: the act, as the desk's words name it.
        fields: what the answer brings back.
        home: the home to which the member must say that a letter is safe; empty for none.
        speakers: who may answer for a victim who cannot, by id: one must be chosen.
        values: what else the page shows.
    """
    needs_why = what in NEEDS_WHY
    missing = needs_why and confirmed(request) and not why(request)
    home_missing = bool(home) and confirmed(request)
    chosen = speaker_of(request, speakers)
    speaker_missing = bool(speakers) and confirmed(request) and not chosen
    return pages.page(
        request,
        actor,
        "confirm",
        status=400 if missing or home_missing or speaker_missing else 200,
        what=what,
        fields=fields,
        needs_why=needs_why,
        missing=missing,
        home=home,
        home_missing=home_missing,
        speakers=speakers,
        speaker=chosen,
        said=why(request),
        speaker_missing=speaker_missing,
        helped=HELP_ON.get(what, "final"),
        **values,
    )

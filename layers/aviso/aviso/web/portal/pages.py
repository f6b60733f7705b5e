"""Renders a page: the common frame around a step's content."""

from typing import Any

from aviso.content import templates
from aviso.domain.settings import Localized, Settings
from aviso.domain.text import shown, tel
from aviso.web.request import Request
from aviso.web.response import Response
from aviso.web.site import UnsentForm

# Where "leave now" leads: a weather page in the browser's tab raises no question.
NEUTRAL = "https://www.weather.gov/"

LEFT_ALONE = "left-alone"  # in the address that an idle page loads by itself


def page(
    request: Request,
    name: str,
    *,
    status: int = 200,
    cookies: tuple[str, ...] = (),
    signed_in: bool = False,
    form: str = "",
    **values: Any,
) -> Response:
    """Return a page in the visitor's language.

    Args:
        name: the template under `pages/`, without its ending.
        signed_in: whether a visit is open, which "leave now" must first end on the server.
        form: the id of the form whose typed values a language switch must keep.
        values: what the template needs besides the frame's own.
    """
    settings = Settings.current()
    language = request.language
    body = templates.render_page(
        name,
        language,
        leave="leave" if signed_in else NEUTRAL,
        signed_in=signed_in,
        form=form,
        page=name,
        tel=tel,
        shown=shown,
        say=lambda text: say(text, language, settings),
        **values,
    )
    headers = {}
    if "csrf" in values:
        # After the visit ends, an open page must show nothing of it; `base.html` warned before.
        idle = settings.verification.session_idle
        headers = {"Refresh": f"{int(idle.total_seconds()) + 5}; url=status?{LEFT_ALONE}=yes"}
    return Response(status=status, body=body, cookies=cookies, headers=headers)


def with_unsent_form(unsent: UnsentForm | None) -> dict[str, Any]:
    """Return what a page needs besides its own that offers to send a form again.

    It is then a page of the same form: a language switch keeps what was typed, "leave now" ends the
    visit, and when the visit ends, the page goes too.
    """
    if unsent is None or unsent.has_code:
        return {"unsent": unsent}
    if csrf := unsent.fields.get("csrf"):
        return {"unsent": unsent, "form": "unsent", "signed_in": True, "csrf": csrf}
    return {"unsent": unsent, "form": "unsent"}


def say(text: Localized, language: str, settings: Settings) -> str:
    """Return the agency's text in this language, else in its first."""
    return text.get(language) or text[settings.agency.languages[0]]

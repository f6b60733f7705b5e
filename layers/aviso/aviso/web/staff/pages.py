"""Renders a page of the desk: the common frame around a view's content."""

import hashlib
from base64 import b64encode
from collections.abc import Mapping, Sequence
from functools import cache
from typing import Any
from urllib.parse import urlencode

from aviso_compiled.assets import ASSETS

from aviso.content import direction, templates
from aviso.domain.guards import Switches
from aviso.domain.settings import Settings, SurveyQuestion
from aviso.providers import cognito_sign_in
from aviso.runtime import environment
from aviso.staff.actor import Actor
from aviso.storage import sending_controls
from aviso.storage.tasks import WaitingNotice
from aviso.web.request import Request
from aviso.web.response import SECURITY, Response
from aviso.web.staff import task_return
from aviso.web.staff.navigation import rail
from aviso.web.staff.permissions import ROUTES, may

# The pages with a script, which their policy allows by its hash.
WITH_SCRIPT = ("tasks", "case")
SCRIPT, _, CODE = ASSETS["desk.js"]
CODE_HASH = f"sha256-{b64encode(hashlib.sha256(CODE.encode()).digest()).decode()}"


def page(
    request: Request,
    actor: Actor | None,
    name: str,
    *,
    status: int = 200,
    cookies: tuple[str, ...] = (),
    switches: Switches | None = None,
    held: Sequence[WaitingNotice] | None = None,
    pictures: str = "'self'",
    **values: Any,
) -> Response:
    """Return a page in the reader's language.

    Args:
        actor: who is signed in, None on the pages before that.
        name: the template under `desk/`, without its ending.
        switches: as the view has read them. None reads them for a signed-in member, because every
            page shows what stops messages.
        held: the held notices, as the view has read them. None reads them for the rail's counts.
        pictures: where its pictures may come from, for the content security policy.
        values: what the template needs besides the frame's own.
    """
    settings = Settings.current()
    language = request.language
    if switches is None and actor is not None and not actor.receiver:
        switches = sending_controls.switches()
    body = templates.render(
        f"desk/{name}.html",
        t=strings(language),
        lang=language,
        direction=direction.text_direction(language),
        others=[
            (code, strings(code)["language_name"], _here(request, code))
            for code in languages()
            if code != language
        ],
        agency=settings.agency.in_language(language),
        stylesheet=ASSETS["site.css"][0],
        desk_stylesheet=ASSETS["desk.css"][0],
        icon=ASSETS["icon.svg"][0],
        script=(SCRIPT, CODE_HASH) if name in WITH_SCRIPT else (),
        member=actor,
        csrf=actor.csrf if actor else "",
        rail=rail(actor, held) if actor else {},
        whose_here=_narrowed(request),
        may=lambda path: actor is not None and may(actor.roles, "GET", path),
        can=lambda path: actor is not None and may(actor.roles, "POST", path),
        page=name,
        switches=switches,
        version=environment.name("AVISO_VERSION", "none"),
        **values,
    )
    # Browsers apply form-action to a form's redirects too: signing in and out redirects to the
    # service.
    policy = SECURITY["Content-Security-Policy"].replace(
        "form-action 'self'", f"form-action 'self' {cognito_sign_in.sign_in_origin()}"
    )
    policy = policy.replace("img-src 'self'", f"img-src {pictures}")
    if name in WITH_SCRIPT:
        policy += f"; script-src '{CODE_HASH}'"
    headers = {"Content-Security-Policy": policy}
    return Response(status=status, body=body, headers=headers, cookies=cookies)


def _narrowed(request: Request) -> str:
    """Return which tasks the page lists, as the rail's links have it; empty for everybody's."""
    whose = request.query.get("whose", "")
    return f"?whose={whose}" if whose in ("mine", "nobody") else ""


def _here(request: Request, language: str) -> str:
    """Return the address of this page in another language, relative to the browser's address.

    For a form, it is the page that has the form: the case's page, when the form names a case. The
    list that the member came from is kept.
    """
    methods = ROUTES.get(request.path, {})
    query = {}
    if "GET" in methods:
        name, query = request.path.removeprefix("/"), dict(request.query)
    elif request.form.get("c"):
        name, query = "case", dict(task_return.carried(request.form))
    else:
        name = methods["POST"].page if "POST" in methods else ""
    if name == "callback":  # it answers only once
        name, query = "sign-in", {}
    return f"{name or './'}?{urlencode(query | {'lang': language})}"


@cache
def strings(language: str) -> Mapping[str, str]:
    """Return the desk's strings, and those it shares with the portal."""
    from aviso_compiled.desk_strings import STRINGS  # the build writes this module

    return {**templates.strings(language), **STRINGS[language]}


def languages() -> tuple[str, ...]:
    """Return the languages that the desk has words in, the agency's order kept.

    A victim's language may be another: docs/decisions/languages.md.
    """
    from aviso_compiled.desk_strings import STRINGS  # the build writes this module

    return tuple(STRINGS)


def words_of(question: SurveyQuestion, value: str, language: str) -> str:
    """Return an answer in words: a scale's step, a choice's text, or the text somebody wrote.

    An answer from before the agency changed the question is shown as it was stored.
    """
    if question.type == "scale":
        return strings(language).get(f"survey_scale_{value}", value)
    choices = {str(n): choice[language] for n, choice in enumerate(question.choices)}
    return choices.get(value, value)

"""A member's own account: name, roles, and whether the morning email comes."""

from aviso.staff.actor import Actor
from aviso.storage import digests
from aviso.web.request import Request
from aviso.web.response import Response, redirect
from aviso.web.staff import pages
from aviso.web.staff.permissions import may


def show(request: Request, actor: Actor) -> Response:
    """Return the member's own account."""
    digest = digests.read_digest(actor.id)
    return pages.page(
        request,
        actor,
        "me",
        roles=sorted(actor.roles),
        works=may(actor.roles, "GET", "/tasks"),
        asked=digest is not None,
        chosen=digest.language if digest else request.language,
        languages=[(code, pages.strings(code)["language_name"]) for code in pages.languages()],
        saved="saved" in request.query,
    )


def save(request: Request, actor: Actor) -> Response:
    """Store whether the member wants the morning email, and in which language."""
    language = request.form.get("language", "")
    if request.form.get("digest") == "yes":
        known = language in pages.languages()
        digests.ask(actor.id, language if known else request.language, actor.now)
    else:
        digests.stop(actor.id)
    return redirect("me?saved=yes")

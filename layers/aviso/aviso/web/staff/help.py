"""The help page, and the guide that each account reads once, after its first sign-in.

Their words are in templates/locales/*/desk_help.yaml.
"""

from msgspec.structs import replace

from aviso.content import markup
from aviso.staff.actor import Actor
from aviso.storage import staff_accounts
from aviso.web.request import Request
from aviso.web.response import Response, redirect
from aviso.web.staff import pages
from aviso.web.staff.permissions import may

# The sections, which are the anchors of the page in every language.
SECTIONS = (
    *("tasks", "find", "phone", "restricted", "unsafe", "requests"),
    *("letters", "inbox", "corrections", "final", "agencies", "ask"),
)
GUIDES = {"cases": "/tasks", "accounts": "/accounts"}  # each is for those who may use the page


def show(request: Request, actor: Actor) -> Response:
    """Show the help page."""
    said = pages.strings(request.language)
    sections = {name: markup.parse(said[f"desk_help_{name}"]) for name in SECTIONS}
    return pages.page(request, actor, "help", sections=sections)


def guide(request: Request, actor: Actor) -> Response:
    """Show the guide to a member's work."""
    said = pages.strings(request.language)
    guides = [
        markup.parse(said[f"desk_guide_{name}"])
        for name, path in GUIDES.items()
        if may(actor.roles, "GET", path)
    ]
    return pages.page(request, actor, "welcome", guides=guides)


def close_guide(_request: Request, actor: Actor) -> Response:
    """Record that a member has read the guide, and redirect to their first page."""
    account = staff_accounts.account(actor.id)
    if account.guided_at is None:
        record = actor.record("guide_read", "")
        read = replace(account, guided_at=actor.now)
        staff_accounts.save_account(read, actor.now, record.entry, record.keep_days)
    return redirect("./")

"""System health: how the flow is now, and the notices in every state; for who runs the system."""

from aviso.reporting.health import read_health
from aviso.staff.actor import Actor
from aviso.web.request import Request
from aviso.web.response import Response
from aviso.web.staff import pages


def show(request: Request, actor: Actor) -> Response:
    """Return what `chase` and `reconcile` last found, and when each kind of file last came."""
    health = read_health(actor.settings, actor.now)
    return pages.page(request, actor, "health", health=health)

"""Pages of information: help, rights, privacy, terms. They need no visit."""

from datetime import datetime

from aviso.domain.settings import Settings
from aviso.web.portal import pages
from aviso.web.request import Request
from aviso.web.response import Response


def show(request: Request, _now: datetime) -> Response:
    """Return the text named by the path."""
    settings = Settings.current()
    return pages.page(
        request,
        request.path.strip("/"),
        signed_in=bool(request.token),
        resources=settings.resources,
        prosecutor_phone=settings.prosecutor_phone,
        custody_phone=settings.custody_phone,
        retention=settings.retention,
        idle_minutes=int(settings.verification.session_idle.total_seconds() // 60),
    )

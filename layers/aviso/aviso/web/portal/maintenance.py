"""While people work on the portal: one page for everything, in every language.

The switch is a variable of the gateway's stage (`make maintenance`), which comes with each request:
so it acts at once, costs other pages no call, and works when the tables are what is worked on.
Nothing is read or written meanwhile: visits, contacts and what is owed stay as they are.
"""

from collections.abc import Mapping
from typing import Any

from msgspec.structs import replace

from aviso.content import templates
from aviso.domain import settings
from aviso.web.portal import pages
from aviso.web.portal.cookies import Request, Response

TRY_AGAIN = "600"  # seconds


def on(event: Mapping[str, Any]) -> bool:
    """Say whether the portal is closed for now, as an API Gateway event tells."""
    return (event.get("stageVariables") or {}).get("maintenance") == "on"


def page(request: Request) -> Response:
    """Return the page that says so, the visitor's language first."""
    languages = settings.current().agency.languages
    others = [(code, templates.strings(code)) for code in languages if code != request.language]
    shown = pages.page(request, "maintenance", status=503, also=others)
    return replace(shown, headers={**shown.headers, "Retry-After": TRY_AGAIN})

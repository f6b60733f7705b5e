"""While people work on the portal: one page for everything, in every language.

The switch is a variable of the function (`make maintenance`), so that it costs other pages nothing.
Nothing is read or written meanwhile: visits, contacts and what is owed stay as they are.
"""

from dataclasses import replace

from aviso import environment, templates
from aviso import settings as agency_settings
from aviso.portal import pages
from aviso.portal.request import Request
from aviso.portal.response import Response

TRY_AGAIN = "600"  # seconds


def on() -> bool:
    """Say whether the portal is closed for now."""
    return environment.name("MAINTENANCE", "off") == "on"


def page(request: Request) -> Response:
    """Return the page that says so, the visitor's language first."""
    languages = agency_settings.current().agency.languages
    others = [(code, templates.strings(code)) for code in languages if code != request.language]
    shown = pages.page(request, "maintenance", status=503, also=others)
    return replace(shown, headers={**shown.headers, "Retry-After": TRY_AGAIN})

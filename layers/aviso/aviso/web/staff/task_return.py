"""Where an act leads back to: the case or the list that its form was sent from, filters kept."""

from collections.abc import Mapping
from types import MappingProxyType

from aviso.web.request import Request
from aviso.web.response import Response, redirect
from aviso.web.staff import sealed_references, task_filters
from aviso.web.staff.selection import address

NOTHING: Mapping[str, int] = MappingProxyType({})


def carried(form: Mapping[str, str]) -> dict[str, str]:
    """Return what a form says of the list that it came from: filters, page, person of a case."""
    kept = {name: form[name] for name in ("c", "v", "page") if form.get(name)}
    at_inbox = {"list": "inbox"} if form.get("list") == "inbox" else {}
    return task_filters.narrowed(form) | kept | at_inbox


def where(form: Mapping[str, str], outcome: Mapping[str, int] = NOTHING) -> str:
    """Return the address of the page that a form was sent from: its case, or its list."""
    query = carried(form)
    listed = query.pop("list", "tasks")
    if sealed_references.unseal(query.get("c", "")):
        return address("case", outcome, **query)
    return address(listed, outcome, **{k: w for k, w in query.items() if k not in ("c", "v")})


def back(request: Request, outcome: Mapping[str, int] = NOTHING) -> Response:
    """Redirect to the page that a form was sent from, with the count of each outcome."""
    return redirect(where(request.form, outcome))

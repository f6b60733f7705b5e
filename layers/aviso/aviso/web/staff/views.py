"""Saving a view of the work queue under a name, and forgetting one."""

from aviso.staff.actor import Actor
from aviso.storage import saved_views
from aviso.web.request import RefusedError, Request
from aviso.web.response import Response
from aviso.web.staff import task_filters
from aviso.web.staff.task_return import back


def change(request: Request, actor: Actor) -> Response:
    """Save the filters that a form brings under a name, or forget a view."""
    actor.note("view_changed", "")
    name = request.form.get("name", "").strip()[: saved_views.LONGEST]
    match request.form.get("do", ""):
        case "save" if name:
            filters = task_filters.narrowed(request.form)
            saved = saved_views.save(actor.id, name, filters, actor.now)
            return back(request, {"view_saved" if saved else "views_full": 1})
        case "drop":
            saved_views.drop(actor.id, name, actor.now)
            return back(request, {"view_dropped": 1})
    raise RefusedError(400)

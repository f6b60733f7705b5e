"""Where a member begins: at the tasks, or where they have none, at the figures."""

from datetime import datetime

from aviso.desk.permissions import may
from aviso.staff import Member
from aviso.web.request import Request
from aviso.web.response import Response, redirect


def show(_request: Request, member: Member, _now: datetime) -> Response:
    """Send a member to the first page that is theirs."""
    return redirect("tasks" if may(member, "GET", "/tasks") else "figures")

"""Locked accounts, which only an administrator lets in again (CJIS Security Policy, AC-7)."""

from datetime import datetime

from aviso import accounts
from aviso.desk import pages
from aviso.desk.actions import By
from aviso.staff import Member
from aviso.store import members
from aviso.web.request import Request
from aviso.web.response import Response, redirect


def show(request: Request, member: Member, _now: datetime) -> Response:
    """Return the page of locked accounts."""
    return pages.page(request, member, "accounts", locked=members.locked_accounts())


def release(request: Request, member: Member, now: datetime) -> Response:
    """Let an account sign in again."""
    wanted = request.form.get("account", "")
    if wanted not in {account.id for account in members.locked_accounts()}:
        raise LookupError("no such locked account")
    accounts.release(wanted, member, By.of(member, now).settings.retention.audit, now)
    return redirect("accounts")

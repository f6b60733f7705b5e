"""Who may sign in to the desk: accounts, roles, locks (CJIS Security Policy 5.9.5, AC-2, AC-7)."""

import re
from collections.abc import Callable
from datetime import UTC, datetime

from aviso import accounts, addresses, directory, resets
from aviso import settings as agency_settings
from aviso.desk import announcing, pages
from aviso.desk.acting import By
from aviso.desk.confirming import ask, confirmed
from aviso.errors import Conflict
from aviso.frozen import Frozen
from aviso.staff import Account, Colleague, Member, Role
from aviso.store import members
from aviso.web.request import RefusedError, Request
from aviso.web.response import Response, redirect

NAME = re.compile(r"[a-z0-9][a-z0-9._-]{1,62}")
ROLE = "role-"  # the boxes to tick, one a role


class Line(Frozen, frozen=True, kw_only=True):
    """One account as the page shows it."""

    colleague: Colleague
    account: Account
    why: str  # why it cannot sign in, empty when it can
    since: datetime | None  # it cannot
    own: bool  # the member's own: another administrator's to change
    unfinished: bool  # it is being made again, and that was broken off


def show(request: Request, member: Member, now: datetime) -> Response:
    """Return the page of accounts."""
    return _page(request, member, now)


def _page(request: Request, member: Member, now: datetime, wrong: str = "") -> Response:
    By.of(member, now).note("accounts_viewed", "")
    broken_off = {reset.name: reset for reset in members.resets()}
    found = {name: reset.colleague for name, reset in broken_off.items()}
    found |= {colleague.name: colleague for colleague in directory.everyone()}
    known = members.accounts(c.id for c in found.values())
    lines = [
        _line(c, known.get(c.id, Account(id=c.id)), member, c.name in broken_off, now)
        for c in found.values()
    ]
    return pages.page(
        request,
        member,
        "accounts",
        status=400 if wrong else 200,
        lines=sorted(lines, key=lambda line: (not line.unfinished, not line.why)),
        roles=tuple(Role),
        role=ROLE,
        typed=request.form if wrong else {},
        wrong=wrong,
    )


def _line(
    colleague: Colleague, account: Account, member: Member, unfinished: bool, now: datetime
) -> Line:
    why = accounts.judge(account, now) or ("" if colleague.enabled else "disabled")
    return Line(
        colleague=colleague,
        account=account,
        why=why,
        since=accounts.locked_since(account),
        own=colleague.id == member.id,
        unfinished=unfinished,
    )


def invite(request: Request, member: Member, now: datetime) -> Response:
    """Make an account and have its owner invited by email."""
    by = By.of(member, now)
    name, email = (
        request.form.get("name", "").lower(),
        addresses.email(request.form.get("email", "")),
    )
    roles = _roles(request)
    if not NAME.fullmatch(name):
        return _page(request, member, now, "desk_account_name_wrong")
    if not email:
        return _page(request, member, now, "desk_account_email_wrong")
    if not roles:
        return _page(request, member, now, "desk_account_role_missing")
    if resets.of(name) or directory.get(name):
        return _page(request, member, now, "desk_account_taken")
    if not announcing.told("invited", member, name, email, roles):
        return _page(request, member, now, "desk_announce_failed")
    by.note("account_invited", "", subject=f"{name}: {_words(roles)}")
    try:
        directory.invite(name, email, roles)
    except Conflict:
        return _page(request, member, now, "desk_account_taken")
    return redirect("accounts")


def _now() -> datetime:
    return datetime.now(UTC)


def change(
    request: Request, member: Member, now: datetime, clock: Callable[[], datetime] = _now
) -> Response:
    """Change one account, never one's own: there is always an administrator left.

    Args:
        request: what was asked for.
        member: the administrator.
        now: when this began.
        clock: what time it is by the end, when all that the sign-in service was asked is done.
    """
    name, does = request.form.get("account", ""), request.form.get("do", "")
    reset = resets.of(name)
    colleague = directory.get(name) or (reset.colleague if reset else directory.find(name))
    if colleague.id == member.id:
        return _page(request, member, now, "desk_account_self")
    if does == "again":
        return _again(request, member, name, now)
    # Of a name that is being made again only what is there already can be closed or opened.
    if reset and (does == "roles" or colleague.id == reset.id):
        return _page(request, member, now, "desk_account_unfinished")
    keep = agency_settings.current().retention.audit
    match does:
        case "disable":
            accounts.lock(colleague.id, member, keep, now)
            directory.disable(name)
        case "release":
            directory.enable(name)
            accounts.release(colleague.id, member.actor, keep, now)
        case "roles":
            return _set_roles(request, member, colleague, now, clock)
        case _:
            raise RefusedError(400)
    return redirect("accounts")


def _again(request: Request, member: Member, name: str, now: datetime) -> Response:
    """Make an account again, whose owner lost password or authenticator, once that is confirmed."""
    if not confirmed(request):
        return ask(request, member, "again", {"do": "again", "account": name})
    try:
        resets.start_again(name, member.actor, agency_settings.current().retention.audit, now)
    except resets.NoEmailError:
        return _page(request, member, now, "desk_account_no_email")
    return redirect("accounts")


def _set_roles(
    request: Request,
    member: Member,
    colleague: Colleague,
    now: datetime,
    clock: Callable[[], datetime],
) -> Response:
    """Give an account these roles and no others; colleagues hear of those that are new."""
    roles = _roles(request)
    if not roles:
        return _page(request, member, now, "desk_account_role_missing")
    new = roles - colleague.roles
    if new and not announcing.told("roles", member, colleague.name, colleague.email, new):
        return _page(request, member, now, "desk_announce_failed")
    subject = f"{colleague.id}: {_words(roles)}"
    By.of(member, now).note("account_roles_changed", "", subject=subject)
    accounts.end_sessions(colleague.id, now)  # first: else nothing changes
    directory.set_roles(colleague, roles)
    accounts.end_sessions(colleague.id, clock())  # that began meanwhile, with the old roles
    return redirect("accounts")


def _words(roles: frozenset[Role]) -> str:
    return " ".join(sorted(roles))


def _roles(request: Request) -> frozenset[Role]:
    return frozenset(role for role in Role if request.form.get(f"{ROLE}{role}") == "yes")

"""Who may sign in to the desk: accounts, roles, locks (CJIS Security Policy 6.0, AC-2, AC-7)."""

import re
from collections.abc import Callable
from datetime import UTC, datetime

from aviso.domain import addresses
from aviso.domain.errors import Conflict
from aviso.domain.receiving_agencies import Receiver
from aviso.domain.staff import Account, Colleague, Role
from aviso.domain.value import Frozen
from aviso.providers import cognito_users
from aviso.staff import account_access, account_locks, account_resets, acts
from aviso.staff.actor import Actor
from aviso.storage import staff_accounts
from aviso.web.request import RefusedError, Request
from aviso.web.response import Response, redirect
from aviso.web.staff import access_announcements, pages
from aviso.web.staff.confirmation import Confirmation, ask, confirmed

NAME = re.compile(r"[a-z0-9][a-z0-9._-]{1,62}")
ROLE = "role-"  # the prefix of the checkboxes, one for each role
ROLES = tuple(role for role in Role if role is not Role.RECEIVER)


class AccountLine(Frozen, frozen=True, kw_only=True):
    """One account as the page shows it."""

    colleague: Colleague
    account: Account
    why: str  # why it cannot sign in, empty when it can
    since: datetime | None  # since when it cannot
    own: bool  # the member's own account: only another administrator may change it
    unfinished: bool  # a reset of it began and did not finish


def show(request: Request, actor: Actor) -> Response:
    """Return the page of accounts."""
    return _page(request, actor)


def _page(request: Request, actor: Actor, wrong: str = "") -> Response:
    actor.note("accounts_viewed", "")
    broken_off = {reset.name: reset for reset in staff_accounts.resets()}
    found = {name: reset.colleague for name, reset in broken_off.items()}
    found |= {colleague.name: colleague for colleague in cognito_users.everyone()}
    known = staff_accounts.accounts(c.id for c in found.values())
    lines = [
        _line(c, known.get(c.id, Account(id=c.id)), actor, c.name in broken_off)
        for c in found.values()
    ]
    return pages.page(
        request,
        actor,
        "accounts",
        status=400 if wrong else 200,
        lines=sorted(lines, key=lambda line: (not line.unfinished, not line.why)),
        roles=ROLES,
        role=ROLE,
        receivers={r.id: r.name[request.language] for r in actor.settings.receivers},
        typed=request.form if wrong else {},
        wrong=wrong,
    )


def _line(colleague: Colleague, account: Account, actor: Actor, unfinished: bool) -> AccountLine:
    why = account_locks.judge(account, actor.now) or ("" if colleague.enabled else "disabled")
    return AccountLine(
        colleague=colleague,
        account=account,
        why=why,
        since=account_locks.locked_since(account),
        own=colleague.id == actor.id,
        unfinished=unfinished,
    )


def invite(request: Request, actor: Actor) -> Response:
    """Make an account and invite its owner by email."""
    name, email = (
        request.form.get("name", "").lower(),
        addresses.email(request.form.get("email", "")),
    )
    receiver = _receiver(request, actor)
    roles = frozenset({Role.RECEIVER}) if receiver else _roles(request)
    if not NAME.fullmatch(name):
        return _page(request, actor, "desk_account_name_wrong")
    if not email:
        return _page(request, actor, "desk_account_email_wrong")
    if trouble := _trouble(roles):
        return _page(request, actor, trouble)
    if account_resets.find_reset(name) or cognito_users.get(name):
        return _page(request, actor, "desk_account_taken")
    if not access_announcements.told("invited", actor, name, email, roles):
        return _page(request, actor, "desk_announce_failed")
    of = f" {receiver.id}" if receiver else ""
    actor.note("account_invited", "", subject=f"{name}: {_words(roles)}{of}")

    def bind(id: str) -> None:
        if receiver:
            account_locks.bind(id, name, receiver.id, actor.now)

    try:
        cognito_users.invite(name, email, roles, bind)
    except Conflict:
        return _page(request, actor, "desk_account_taken")
    return redirect("accounts")


def _receiver(request: Request, actor: Actor) -> Receiver | None:
    """Return the receiving agency that a new account is for; None for the agency's own.

    An account of another agency gets no role besides, so that it never sees a page of the desk.

    Raises:
        RefusedError: when it is also given a role of the desk, or the settings lack the agency.
    """
    wanted = request.form.get("receiver", "")
    if not wanted:
        return None
    found = next((r for r in actor.settings.receivers if r.id == wanted), None)
    if found is None or _roles(request):
        raise RefusedError(400)
    return found


def _now() -> datetime:
    return datetime.now(UTC)


def change(request: Request, actor: Actor, clock: Callable[[], datetime] = _now) -> Response:
    """Change one account, never the member's own: so an administrator always remains.

    Args:
        clock: gives the time at the end, after all calls to the sign-in service.
    """
    name, does = request.form.get("account", ""), request.form.get("do", "")
    reset = account_resets.find_reset(name)
    colleague = cognito_users.get(name) or (reset.colleague if reset else cognito_users.find(name))
    if colleague.id == actor.id:
        return _page(request, actor, "desk_account_self")
    if does == "again":
        return _again(request, actor, name)
    # While a name is being made again, only its new account can be closed or opened.
    if reset and (does == "roles" or colleague.id == reset.id):
        return _page(request, actor, "desk_account_unfinished")
    match does:
        case "disable":
            _lock(actor, colleague)
        case "release":
            return _unlock(request, actor, colleague)
        case "roles":
            return _set_roles(request, actor, colleague, clock)
        case _:
            raise RefusedError(400)
    return redirect("accounts")


def _lock(actor: Actor, colleague: Colleague) -> None:
    """Lock an account; for a supervisor's or an administrator's, colleagues are told.

    It is locked even when nobody could be told: somebody else may be using it at this moment.
    """
    _announce("closed", actor, colleague, colleague.roles)
    account_access.lock(colleague, actor)


def _unlock(request: Request, actor: Actor, colleague: Colleague) -> Response:
    """Unlock an account; for a supervisor's or an administrator's, colleagues are told before."""
    if not _announce("opened", actor, colleague, colleague.roles):
        return _page(request, actor, "desk_announce_failed")
    account_access.unlock(colleague, actor)
    return redirect("accounts")


def _announce(what: str, actor: Actor, colleague: Colleague, roles: frozenset[Role]) -> bool:
    """Announce a change to a supervisor's or an administrator's account; False as in `told`."""
    if not roles & access_announcements.TOLD:
        return True
    return access_announcements.told(what, actor, colleague.name, colleague.email, roles)


def _again(request: Request, actor: Actor, name: str) -> Response:
    """Make an account again after confirmation: its owner lost the password or authenticator."""
    if not confirmed(request):
        fields = {"do": "again", "account": name}
        return ask(request, actor, Confirmation(act=acts.START_AGAIN, fields=fields))
    try:
        account_resets.start_again(
            name, actor.audit_name, actor.settings.retention.audit, actor.now
        )
    except account_resets.NoEmailError:
        return _page(request, actor, "desk_account_no_email")
    return redirect("accounts")


def _set_roles(
    request: Request, actor: Actor, colleague: Colleague, clock: Callable[[], datetime]
) -> Response:
    """Give an account exactly these roles; colleagues are told of new ones.

    Raises:
        RefusedError: when it is another agency's account.
    """
    if Role.RECEIVER in colleague.roles:
        raise RefusedError(400)
    roles = _roles(request)
    if trouble := _trouble(roles):
        return _page(request, actor, trouble)
    new = roles - colleague.roles
    if new and not access_announcements.told("roles", actor, colleague.name, colleague.email, new):
        return _page(request, actor, "desk_announce_failed")
    _announce("lost", actor, colleague, colleague.roles - roles)
    subject = f"{colleague.id}: {_words(roles)}"
    actor.note("account_roles_changed", "", subject=subject)
    account_locks.end_sessions(colleague.id, actor.now)  # first: if this fails, nothing changes
    cognito_users.set_roles(colleague, roles)
    account_locks.end_sessions(colleague.id, clock())  # those that began meanwhile, with old roles
    return redirect("accounts")


def _trouble(roles: frozenset[Role]) -> str:
    """Return what is wrong with an account's roles, a key of the desk's words."""
    if Role.OFFICER in roles and len(roles) > 1:
        return "desk_account_officer_alone"
    return "" if roles else "desk_account_role_missing"


def _words(roles: frozenset[Role]) -> str:
    return " ".join(sorted(roles))


def _roles(request: Request) -> frozenset[Role]:
    return frozenset(role for role in ROLES if request.form.get(f"{ROLE}{role}") == "yes")

"""Signing in to the desk: the banner, the sign-in service, the session, and signing out.

Each member starts at the tasks, or at the report when the tasks are not for them.
"""

import secrets
from datetime import datetime, timedelta
from hashlib import sha256
from hmac import compare_digest

from aviso.domain.errors import AccountLocked, SignInRefused
from aviso.domain.model import AuditEntry
from aviso.domain.settings import Settings
from aviso.domain.staff import Member, Role, SignIn
from aviso.providers import cognito_sign_in
from aviso.staff import account_locks
from aviso.staff.actor import Actor
from aviso.storage import audit, staff_accounts
from aviso.web.request import RefusedError, Request
from aviso.web.response import Response, redirect
from aviso.web.staff import pages
from aviso.web.staff.permissions import may


def show(_request: Request, actor: Actor) -> Response:
    """Redirect a member to their first page; before that, once, to the guide."""
    for alone in ("hand-offs", "officer"):
        if may(actor.roles, "GET", f"/{alone}"):
            return redirect(alone)
    if staff_accounts.account(actor.id).guided_at is None:
        return redirect("welcome")
    return redirect("tasks" if may(actor.roles, "GET", "/tasks") else "report")


SESSION = "__Host-staff"
PENDING = "__Host-signing-in"
# Lax, not Strict: when the sign-in service redirects back from its own site, the browser would not
# send a Strict cookie. Every change needs the session's own token besides the cookie.
COOKIE = "; Path=/; Secure; HttpOnly; SameSite=Lax"
IDLE = timedelta(minutes=30)  # CJIS Security Policy 6.0, AC-11
LONGEST = timedelta(hours=12)  # the same, IA-11
PATIENCE = timedelta(minutes=10)  # for a sign-in, from the banner back to the desk


def banner(request: Request, _now: datetime) -> Response:
    """Show the notice that must be accepted before signing in (CJIS policy, AC-8)."""
    return _banner(request)


def _banner(request: Request, status: int = 200, trouble: str = "") -> Response:
    ends = (_cookie(PENDING, ""), _cookie(SESSION, "")) if trouble else ()
    return pages.page(request, None, "sign_in", status=status, cookies=ends, trouble=trouble)


def begin(request: Request, now: datetime) -> Response:
    """Redirect to the sign-in service when the banner was accepted."""
    if request.form.get("accept") != "yes":
        return _banner(request, 400, "desk_accept_first")
    state, verifier, nonce = (secrets.token_urlsafe(32) for _ in range(3))
    key = _hash(state)
    staff_accounts.begin(SignIn(key=key, verifier=verifier, nonce=nonce, until=now + PATIENCE))
    address = cognito_sign_in.sign_in_address(state, verifier, nonce, request.language)
    return redirect(address, _cookie(PENDING, state))


def callback(request: Request, now: datetime) -> Response:
    """Return from the sign-in service: check everything, and open a session."""
    try:
        token, member = _admit(request, now)
    except SignInRefused as refused:
        audit.append(_entry("sign_in_refused", "nobody", now), _keep())
        return _banner(request, 403, f"desk_refused_{_word(refused.reason)}")
    except AccountLocked:
        audit.append(_entry("sign_in_locked", "nobody", now), _keep())
        return _banner(request, 403, "desk_refused_locked")
    former = _hash(request.token) if request.token else ""
    staff_accounts.open_session(
        member, _entry("signed_in", member.audit_name, now), _keep(), former
    )
    return redirect("./", _cookie(PENDING, ""), _cookie(SESSION, token))


def _admit(request: Request, now: datetime) -> tuple[str, Member]:
    state, code = request.query.get("state", ""), request.query.get("code", "")
    remembered = request.cookies.get(PENDING, "")
    if not state or not compare_digest(state.encode(), remembered.encode()):
        raise SignInRefused("state")
    pending = staff_accounts.take(_hash(state), now)
    if pending is None:
        raise SignInRefused("state")
    if not code:
        raise SignInRefused("code")
    begun = pending.until - PATIENCE
    who = cognito_sign_in.redeem(code, pending.verifier, pending.nonce, begun)
    if not who.roles:
        raise SignInRefused("no_role")
    if account_locks.judge(staff_accounts.account(who.id), now) == "idle":
        account_locks.before_sign_in(who.id, who.name, now)  # locks it and raises AccountLocked
    account_locks.after_sign_in(who.id, who.name, now)
    token = secrets.token_urlsafe(32)
    member = Member(
        key=_hash(token),
        id=who.id,
        name=who.name,
        roles=who.roles,
        csrf=secrets.token_urlsafe(16),
        created_at=now,
        idle_until=now + IDLE,
        max_until=now + LONGEST,
        email=who.email if Role.OFFICER in who.roles else "",
    )
    return token, member


def resume(request: Request, now: datetime) -> Actor | None:
    """Return the signed-in member, unless the session timed out or the account was locked."""
    if not request.token:
        return None
    member = staff_accounts.resume(_hash(request.token), now, now + IDLE)
    if member is None or not account_locks.may_work(member):
        return None
    bound = Role.RECEIVER in member.roles
    return Actor.member(member, now, staff_accounts.account(member.id).receiver if bound else "")


def sign_out(request: Request, actor: Actor) -> Response:
    """End the session here and at the sign-in service."""
    staff_accounts.end_session(_hash(request.token))
    actor.note("signed_out", "")
    return signed_out()


def signed_out() -> Response:
    """Redirect to the sign-in service's own end of the session, without the desk's cookie."""
    return redirect(cognito_sign_in.sign_out_address(), _cookie(SESSION, ""))


def require_token(request: Request, actor: Actor) -> None:
    """Refuse a form that does not carry the session's own token.

    Raises:
        RefusedError: 403.
    """
    if not compare_digest(actor.csrf.encode(), request.form.get("csrf", "").encode()):
        raise RefusedError(403)


def _word(reason: str) -> str:
    """Return the key of a refusal's sentence: a member can act on only some of the reasons."""
    return reason if reason in ("no_role", "state", "unreachable") else "token"


def _entry(action: str, actor: str, now: datetime) -> AuditEntry:
    return AuditEntry(at=now, actor=actor, action=action, case="")


def _keep() -> int:
    return Settings.current().retention.audit


def _hash(text: str) -> str:
    return sha256(text.encode()).hexdigest()


def _cookie(name: str, value: str) -> str:
    return f"{name}={value}{COOKIE}" + ("" if value else "; Max-Age=0")

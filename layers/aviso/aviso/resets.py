"""Makes an account of the desk again, for whoever lost password or authenticator.

Cognito takes no authenticator away where everybody must have one ("You can't turn off TOTP MFA for
any of your users when MFA is required": API reference, AdminSetUserMFAPreference). So the account
is deleted and made again, with its name, email and roles, and with what is held against it. How it
was is remembered first: whatever breaks off, an administrator sees it and asks for it again.
"""

from datetime import datetime

from aviso import accounts, directory
from aviso.errors import AvisoError
from aviso.models import AuditEntry
from aviso.staff import Reset
from aviso.store import members


class NoEmailError(AvisoError):
    """An account without an email: nobody could be invited to it."""

    code = "no_email"


def of(name: str) -> Reset | None:
    """Return how an account was that is being made again, if it is."""
    return next((reset for reset in members.resets() if reset.name == name), None)


def start_again(name: str, actor: str, keep_days: int, now: datetime) -> None:
    """Delete an account and make it again, or do what is left of that; invite its owner by email.

    Raises:
        LookupError: when there is no such account.
        NoEmailError: when nobody could be invited; nothing is changed.
        Conflict: when somebody else does the same at this moment.
    """
    reset = of(name) or _begin(name, actor, keep_days, now)
    accounts.end_sessions(reset.id, now)
    there = directory.get(name)
    if there and there.id == reset.id:
        directory.delete(name)
        there = None
    if there is None or there.invited:
        id = there.id if there else directory.create(name, reset.email)
        accounts.carry_over(reset.id, id, actor, keep_days, now)
        accounts.close_former(reset.id, name, now)
        directory.join(name, sorted(reset.roles))
        if not reset.enabled:
            directory.disable(name)
        directory.mail(name)
    members.drop_reset(name)


def _begin(name: str, actor: str, keep_days: int, now: datetime) -> Reset:
    found = directory.find(name)
    if not found.email:
        raise NoEmailError("the account has no email")
    reset = Reset(
        id=found.id, name=name, email=found.email, roles=found.roles, enabled=found.enabled
    )
    entry = AuditEntry(
        at=now, actor=actor, action="account_started_again", case="", subject=found.id
    )
    members.put_reset(reset, entry, keep_days)
    return reset

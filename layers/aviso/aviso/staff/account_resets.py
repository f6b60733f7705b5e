"""Makes a staff account again when its owner lost the password or authenticator.

Cognito removes no authenticator where everybody must have one ("You can't turn off TOTP MFA for
any of your users when MFA is required": API reference, AdminSetUserMFAPreference). So the account
is deleted and made again, with its name, email, roles and what counts against it. Its old state is
stored first: when a step fails, an administrator sees it and starts the reset again.
"""

from datetime import datetime

from aviso.domain.errors import AvisoError
from aviso.domain.model import AuditEntry
from aviso.domain.staff import Reset
from aviso.providers import cognito_users
from aviso.staff import account_locks, acts
from aviso.storage import staff_accounts


class NoEmailError(AvisoError):
    """An account without an email: nobody could be invited to it."""

    code = "no_email"


def find_reset(name: str) -> Reset | None:
    """Return the old state of an account that is being made again, if it is."""
    return next((reset for reset in staff_accounts.resets() if reset.name == name), None)


def start_again(name: str, actor: str, keep_days: int, now: datetime) -> None:
    """Delete an account and make it again, or finish an earlier try; invite its owner by email.

    Raises:
        LookupError: when there is no such account.
        NoEmailError: when nobody could be invited; nothing is changed.
        Conflict: when somebody else does the same at this moment.
    """
    reset = find_reset(name) or _begin(name, actor, keep_days, now)
    account_locks.end_sessions(reset.id, now)
    there = cognito_users.get(name)
    if there and there.id == reset.id:
        cognito_users.delete(name)
        there = None
    if there is None or there.invited:
        id = there.id if there else cognito_users.create(name, reset.email)
        account_locks.carry_over(reset.id, id, actor, keep_days, now)
        account_locks.close_former(reset.id, name, now)
        cognito_users.join(name, sorted(reset.roles))
        if not reset.enabled:
            cognito_users.disable(name)
        cognito_users.mail(name)
    staff_accounts.drop_reset(name)


def _begin(name: str, actor: str, keep_days: int, now: datetime) -> Reset:
    found = cognito_users.find(name)
    if not found.email:
        raise NoEmailError("the account has no email")
    reset = Reset(
        id=found.id, name=name, email=found.email, roles=found.roles, enabled=found.enabled
    )
    entry = AuditEntry(
        at=now, actor=actor, action=acts.START_AGAIN.audit, case="", subject=found.id
    )
    staff_accounts.put_reset(reset, entry, keep_days)
    return reset

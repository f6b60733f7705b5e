"""Closing an account of the desk and opening it again, for a person who acts."""

from aviso.domain.staff import Colleague
from aviso.providers import cognito_users
from aviso.staff import account_locks
from aviso.staff.actor import Actor


def close(colleague: Colleague, actor: Actor) -> None:
    """Close an account; its open sessions end at their next request."""
    keep_days = actor.settings.retention.audit
    account_locks.lock(colleague.id, actor.audit_name, keep_days, actor.now)
    cognito_users.disable(colleague.name)


def open_again(colleague: Colleague, actor: Actor) -> None:
    """Let an account sign in again, with its password and authenticator as before."""
    cognito_users.enable(colleague.name)
    keep_days = actor.settings.retention.audit
    account_locks.release(colleague.id, actor.audit_name, keep_days, actor.now)

"""Locking and unlocking an account of the desk, for a person who acts."""

from aviso.domain.staff import Colleague
from aviso.providers import cognito_users
from aviso.staff import account_locks
from aviso.staff.actor import Actor


def lock(colleague: Colleague, actor: Actor) -> None:
    """Lock an account; its open sessions end at their next request."""
    keep_days = actor.settings.retention.audit
    account_locks.lock(colleague.id, actor.audit_name, keep_days, actor.now)
    cognito_users.disable(colleague.name)


def unlock(colleague: Colleague, actor: Actor) -> None:
    """Let an account sign in again, with its password and authenticator as before."""
    cognito_users.enable(colleague.name)
    keep_days = actor.settings.retention.audit
    account_locks.release(colleague.id, actor.audit_name, keep_days, actor.now)

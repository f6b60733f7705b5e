"""Called by the sign-in service before and after each sign-in: failures lock an account."""

from datetime import UTC, datetime
from typing import Any

from aviso.domain.errors import AccountLocked
from aviso.runtime import metrics
from aviso.runtime.logs import logger
from aviso.staff import account_locks

ASKED = {
    "PreAuthentication_Authentication": account_locks.before_sign_in,
    "PostAuthentication_Authentication": account_locks.after_sign_in,
}
# What the sign-in page shows after its own words.
LOCKED = "This account is locked. Ask an administrator. / Cuenta bloqueada: avise al administrador."


@logger.inject_lambda_context
def handler(event: dict[str, Any], context: Any) -> dict[str, Any]:
    """Allow a sign-in by returning the event, or refuse it by raising."""
    act = ASKED[event["triggerSource"]]
    request = event["request"]
    if request.get("userNotFound"):
        return event  # the page says the same as for a wrong password
    account = request["userAttributes"]["sub"]
    try:
        act(account, event["userName"], datetime.now(UTC))
    except AccountLocked as locked:
        logger.warning("locked", extra={"account": account, "why": locked.reason})
        metrics.emit({"SignInsRefused": 1})
        raise PermissionError(LOCKED) from None
    return event

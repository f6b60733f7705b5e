"""The staff's accounts at the sign-in service, which only administrators change.

Amazon Cognito user pools API reference, the actions named `Admin...`. A pool's group is a role of
the desk. What else is stored about an account is in `staff_accounts`.
"""

import secrets
from collections.abc import Callable, Iterable
from contextlib import suppress
from typing import Any

from aviso.domain.errors import Conflict
from aviso.domain.staff import Colleague, Role
from aviso.runtime import environment
from aviso.runtime.clients import client

INVITED = "FORCE_CHANGE_PASSWORD"
LEGIBLE = "abcdefghjkmnpqrstuvwxyzABCDEFGHJKLMNPQRSTUVWXYZ23456789"  # no l for 1, no O for 0


def everyone() -> list[Colleague]:
    """Return every account, sorted by name."""
    roles: dict[str, set[Role]] = {}
    for role in Role:
        for user in _all("list_users_in_group", "Users", GroupName=role.value):
            roles.setdefault(user["Username"], set()).add(role)
    found = [_colleague(u, roles.get(u["Username"], set())) for u in _all("list_users", "Users")]
    return sorted(found, key=lambda colleague: colleague.name.casefold())


def get(name: str) -> Colleague | None:
    """Return one account, None when there is no such account."""
    return next((c for c in everyone() if c.name == name), None)


def find(name: str) -> Colleague:
    """Return one account.

    Raises:
        LookupError: when there is no such account.
    """
    found = get(name)
    if found is None:
        raise LookupError("no such account")
    return found


def invite(
    name: str, email: str, roles: Iterable[Role], ready: Callable[[str], None] | None = None
) -> None:
    """Make an account; the service emails a password that is valid for one sign-in.

    Args:
        ready: takes the new account's id, before the account has a role.

    Raises:
        Conflict: when the name is taken.
    """
    id = create(name, email)
    if ready:
        ready(id)
    join(name, roles)
    mail(name)


def create(name: str, email: str) -> str:
    """Make an account whose password nobody knows yet; return its id.

    Raises:
        Conflict: when the name is taken.
    """
    service = _service()
    try:
        made = service.admin_create_user(
            **_user(name),
            UserAttributes=[
                {"Name": "email", "Value": email},
                {"Name": "email_verified", "Value": "true"},
            ],
            TemporaryPassword=_one_time_password(),
            MessageAction="SUPPRESS",
        )
    except service.exceptions.UsernameExistsException:
        raise Conflict("the name is taken") from None
    return _colleague(made["User"], ()).id


def join(name: str, roles: Iterable[Role]) -> None:
    """Add an account to the groups of these roles; it stays in those it is in already."""
    for role in roles:
        _service().admin_add_user_to_group(**_user(name), GroupName=role.value)


def mail(name: str) -> None:
    """Email a password for one sign-in to an account that nobody has signed in with yet."""
    _service().admin_create_user(
        **_user(name),
        TemporaryPassword=_one_time_password(),
        MessageAction="RESEND",
        DesiredDeliveryMediums=["EMAIL"],
    )


def delete(name: str) -> None:
    """Delete an account with its password and authenticator; a missing account is not an error."""
    service = _service()
    with suppress(service.exceptions.UserNotFoundException):
        service.admin_delete_user(**_user(name))


def set_roles(colleague: Colleague, roles: frozenset[Role]) -> None:
    """Put an account into the groups of these roles and no others."""
    for role in sorted(colleague.roles - roles):
        _service().admin_remove_user_from_group(**_user(colleague.name), GroupName=role.value)
    join(colleague.name, sorted(roles - colleague.roles))


def disable(name: str) -> None:
    """Block sign-in to an account."""
    _service().admin_disable_user(**_user(name))


def enable(name: str) -> None:
    """Allow sign-in to an account again."""
    _service().admin_enable_user(**_user(name))


def _one_time_password() -> str:
    """Return a password that the pool accepts: long, with upper and lower case and digits."""
    return "".join(secrets.choice(LEGIBLE) for _ in range(16)) + "aA2"


def _colleague(user: dict[str, Any], roles: Iterable[Role]) -> Colleague:
    about = {a["Name"]: a["Value"] for a in user["Attributes"]}
    return Colleague(
        id=about["sub"],
        name=user["Username"],
        email=about.get("email", ""),
        roles=frozenset(roles),
        enabled=bool(user["Enabled"]),
        invited=user["UserStatus"] == INVITED,
    )


def _all(call: str, part: str, **arguments: str) -> list[dict[str, Any]]:
    pages = _service().get_paginator(call).paginate(UserPoolId=_pool(), **arguments)
    return [item for page in pages for item in page[part]]


def _user(name: str) -> dict[str, str]:
    return {"UserPoolId": _pool(), "Username": name}


def _pool() -> str:
    return environment.name("STAFF_POOL")


def _service() -> Any:
    return client("cognito-idp")

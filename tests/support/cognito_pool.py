"""A user pool of the sign-in service as `directory` asks it; local AWS has the whole of it."""

import os
from collections import Counter
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass, field
from typing import Any
from unittest.mock import patch

from aviso.domain.staff import Role


class UsernameExistsError(Exception):
    """The name is taken."""


class UserNotFoundError(Exception):
    """Nobody has the name."""


class _Exceptions:
    UsernameExistsException = UsernameExistsError
    UserNotFoundException = UserNotFoundError


@dataclass
class Pool:
    """Accounts by name, their groups, and the invitations that were mailed."""

    exceptions = _Exceptions()
    users: dict[str, dict[str, Any]] = field(default_factory=dict)
    groups: dict[str, set[str]] = field(default_factory=dict)
    mailed: list[str] = field(default_factory=list)
    made: Counter[str] = field(default_factory=Counter)

    def admin_create_user(self, **asked: Any) -> dict[str, Any]:
        """Make an account or, told to resend, mail its invitation again."""
        name, action = asked["Username"], asked.get("MessageAction")
        if action != "RESEND":
            if name in self.users:
                raise UsernameExistsError
            self.made[name] += 1
            sub = f"sub-{name}" if self.made[name] == 1 else f"sub-{name}-{self.made[name]}"
            self.users[name] = {
                "Username": name,
                "Attributes": [{"Name": "sub", "Value": sub}, *asked["UserAttributes"]],
                "Enabled": True,
                "UserStatus": "FORCE_CHANGE_PASSWORD",
                "Mfa": False,
            }
        if action != "SUPPRESS":
            self.mailed.append(name)
        return {"User": self._user(name)}

    def admin_delete_user(self, **asked: str) -> None:
        """Take an account away, and out of its groups."""
        self._user(asked["Username"])
        del self.users[asked["Username"]]
        for names in self.groups.values():
            names.discard(asked["Username"])

    def _user(self, name: str) -> dict[str, Any]:
        if name not in self.users:
            raise UserNotFoundError
        return self.users[name]

    def admin_add_user_to_group(self, **asked: str) -> None:
        """Give a role."""
        self._user(asked["Username"])
        self.groups.setdefault(asked["GroupName"], set()).add(asked["Username"])

    def admin_remove_user_from_group(self, **asked: str) -> None:
        """Take a role."""
        self.groups[asked["GroupName"]].remove(asked["Username"])

    def admin_disable_user(self, **asked: str) -> None:
        """Close an account."""
        self.users[asked["Username"]]["Enabled"] = False

    def admin_enable_user(self, **asked: str) -> None:
        """Open an account."""
        self.users[asked["Username"]]["Enabled"] = True

    def get_paginator(self, call: str) -> Any:
        """Return pages of one account each, so that code that reads one page alone is found out."""
        pool = self

        class Pages:
            def paginate(self, **asked: str) -> Any:
                names = (
                    pool.users if call == "list_users" else pool.groups.get(asked["GroupName"], ())
                )
                return [{"Users": [pool.users[name]]} for name in names] or [{"Users": []}]

        return Pages()


@contextmanager
def imitated(people: Mapping[str, Role]) -> Iterator[Pool]:
    """Let the desk ask a pool with these accounts, and give it."""
    from aviso.providers import cognito_users

    service = Pool()
    with (
        patch.object(cognito_users, "_service", lambda: service),
        patch.dict(os.environ, STAFF_POOL="pool-1"),
    ):
        for name, role in people.items():
            cognito_users.invite(name, f"{name}@example.org", [role])
        yield service

"""A user pool of the sign-in service as `directory` asks it; local AWS has the whole of it."""

from dataclasses import dataclass, field
from typing import Any


class UsernameExistsError(Exception):
    """The name is taken."""


class _Exceptions:
    UsernameExistsException = UsernameExistsError


@dataclass
class Pool:
    """Accounts by name, their groups, and the invitations that were mailed."""

    exceptions = _Exceptions()
    users: dict[str, dict[str, Any]] = field(default_factory=dict)
    groups: dict[str, set[str]] = field(default_factory=dict)
    mailed: list[str] = field(default_factory=list)

    def admin_create_user(self, **asked: Any) -> None:
        """Make an account or, told to resend, mail its invitation again."""
        name = asked["Username"]
        if asked.get("MessageAction") != "RESEND":
            if name in self.users:
                raise UsernameExistsError
            attributes = [{"Name": "sub", "Value": f"sub-{name}"}, *asked["UserAttributes"]]
            self.users[name] = {
                "Username": name,
                "Attributes": attributes,
                "Enabled": True,
                "UserStatus": "FORCE_CHANGE_PASSWORD",
            }
        self.mailed.append(name)

    def admin_add_user_to_group(self, **asked: str) -> None:
        """Give a role."""
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

    def admin_set_user_password(self, **asked: Any) -> None:
        """Set a password, for one sign-in unless it is permanent."""
        status = "CONFIRMED" if asked["Permanent"] else "FORCE_CHANGE_PASSWORD"
        self.users[asked["Username"]]["UserStatus"] = status

    def admin_set_user_mfa_preference(self, **asked: Any) -> None:
        """Set whether an authenticator is asked for."""
        self.users[asked["Username"]]["Mfa"] = asked["SoftwareTokenMfaSettings"]["Enabled"]

    def get_paginator(self, call: str) -> Any:
        """Return pages of one account each, so that whoever reads one page alone is found out."""
        pool = self

        class Pages:
            def paginate(self, **asked: str) -> Any:
                names = (
                    pool.users if call == "list_users" else pool.groups.get(asked["GroupName"], ())
                )
                return [{"Users": [pool.users[name]]} for name in names] or [{"Users": []}]

        return Pages()

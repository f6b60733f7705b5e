"""Sample accounts of the staff desk on the laptop: one for each role.

On AWS an administrator makes accounts in the Cognito console or with its commands, and each person
sets up an authenticator app at the first sign-in. Local AWS shows the same sign-in page and the
same flow, but never asks for the second factor.
"""

import secrets
from typing import Any

ROLES = ("records", "advocate", "supervisor", "administrator")


def make(client: Any, pool: str) -> dict[str, str]:
    """Make the sample accounts; return each one's password, by its name."""
    return {f"sample-{role}": make_one(client, pool, f"sample-{role}", role) for role in ROLES}


def make_one(client: Any, pool: str, name: str, role: str) -> str:
    """Make an account that need not change its password first; return the password."""
    password = f"Sample-{secrets.token_hex(6)}-9"
    client.admin_create_user(
        UserPoolId=pool, Username=name, TemporaryPassword=password, MessageAction="SUPPRESS"
    )
    client.admin_set_user_password(
        UserPoolId=pool, Username=name, Password=password, Permanent=True
    )
    client.admin_add_user_to_group(UserPoolId=pool, Username=name, GroupName=role)
    return password

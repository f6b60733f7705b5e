"""Who works at the desk: roles, a member's open session, and the account behind it.

Everything here is frozen and free of I/O, like `models`.
"""

from datetime import datetime, timedelta
from enum import StrEnum

from aviso.domain.value import Frozen

FAILURES = 5  # within this time lock an account
WINDOW = timedelta(minutes=15)


class Role(StrEnum):
    """What a person at the desk is; the names of the sign-in's groups."""

    RECORDS = "records"  # ordinary cases: contacts, letters, tasks, export
    ADVOCATE = "advocate"  # those, and restricted cases
    SUPERVISOR = "supervisor"  # those, lifting restrictions, and the switches
    ADMINISTRATOR = "administrator"  # accounts and switches; no case


# Who may see restricted cases and small counts, which may point at a person.
TRUSTED = frozenset({Role.ADVOCATE, Role.SUPERVISOR})


class Member(Frozen, frozen=True, kw_only=True):
    """A signed-in member of the agency, with the session the browser holds the token of."""

    key: str  # SHA-256 of the token
    id: str  # the account's id at the sign-in service, which never changes
    name: str  # as colleagues know it: the account's user name
    roles: frozenset[Role]
    csrf: str
    created_at: datetime
    idle_until: datetime
    max_until: datetime

    @property
    def actor(self) -> str:
        """How the audit trail names this member."""
        return f"staff:{self.id}"

    @property
    def trusted(self) -> bool:
        """Whether restricted cases and small counts are shown."""
        return bool(self.roles & TRUSTED)


class Colleague(Frozen, frozen=True, kw_only=True):
    """An account as the sign-in service keeps it."""

    id: str
    name: str
    email: str
    roles: frozenset[Role]
    enabled: bool
    invited: bool  # has not signed in with a password of their own yet

    @property
    def trusted(self) -> bool:
        """Whether restricted cases are shown to them."""
        return bool(self.roles & TRUSTED)

    @property
    def does_cases(self) -> bool:
        """Whether any case is shown to them."""
        return bool(self.roles - {Role.ADMINISTRATOR})


class Account(Frozen, frozen=True, kw_only=True):
    """What is remembered of an account besides what the sign-in service keeps."""

    id: str
    name: str = ""
    tries: tuple[datetime, ...] = ()  # begun and not yet succeeded, the oldest first
    locked_at: datetime | None = None
    locked_why: str = ""  # failures, idle, desk or replaced
    seen_at: datetime | None = None  # the last sign-in
    ended_at: datetime | None = None  # sessions begun before are over, since roles changed
    version: int = 0

    @property
    def guessed_at(self) -> datetime | None:
        """When the fifth of the attempts began that lock the account, whatever the time is now."""
        for first, last in zip(self.tries, self.tries[FAILURES - 1 :], strict=False):
            if last - first < WINDOW:
                return last
        return None


class Reset(Frozen, frozen=True, kw_only=True):
    """An account that is being deleted and made again, as it was before."""

    id: str
    name: str
    email: str
    roles: frozenset[Role]
    enabled: bool

    @property
    def colleague(self) -> Colleague:
        """The account as it was."""
        return Colleague(
            id=self.id,
            name=self.name,
            email=self.email,
            roles=self.roles,
            enabled=self.enabled,
            invited=False,
        )


class SignIn(Frozen, frozen=True, kw_only=True):
    """A sign-in under way, between leaving for the sign-in page and coming back from it."""

    key: str  # SHA-256 of the state
    verifier: str  # RFC 7636: proves that who began is who comes back
    nonce: str  # must be in the ID token
    until: datetime


class Remark(Frozen, frozen=True, kw_only=True):
    """What a member wrote on a case for colleagues."""

    at: datetime
    by: str
    text: str

"""The desk's staff: roles, a member's open session, and the account behind it.

Everything here is frozen and free of I/O, like `model`.
"""

from datetime import datetime, timedelta
from enum import StrEnum

from aviso.domain.value import Frozen

FAILURES = 5  # this many within `WINDOW` lock an account
WINDOW = timedelta(minutes=15)


class Role(StrEnum):
    """The role of a person at the desk; the values are the names of the sign-in's groups."""

    RECORDS = "records"  # ordinary cases: contacts, letters, tasks, export
    ADVOCATE = "advocate"  # as records, and restricted cases
    SUPERVISOR = "supervisor"  # as advocate, lifts restrictions, and uses the switches
    ADMINISTRATOR = "administrator"  # accounts and switches, no cases
    RECEIVER = "receiver"  # of another agency: what is handed on to it, and nothing else
    OFFICER = "officer"  # what the victims of their own cases were told, and nothing else


# Roles that may see restricted cases, and figures that may point at a person.
TRUSTED = frozenset({Role.ADVOCATE, Role.SUPERVISOR})
# An account has one of these alone, even if somebody gave it another.
ALONE = frozenset({Role.RECEIVER, Role.OFFICER})
STAFF = frozenset(Role) - ALONE


class Member(Frozen, frozen=True, kw_only=True):
    """A signed-in member of the agency and their session; the browser has its token."""

    key: str  # SHA-256 of the token
    id: str  # the account's id at the sign-in service, which never changes
    name: str  # the account's user name
    roles: frozenset[Role]
    csrf: str
    created_at: datetime
    idle_until: datetime
    max_until: datetime
    email: str = ""  # as the directory proved it: the records system assigns cases to it

    @property
    def audit_name(self) -> str:
        """The name of this member in the audit trail."""
        return f"{'receiver' if Role.RECEIVER in self.roles else 'staff'}:{self.id}"

    @property
    def trusted(self) -> bool:
        """Whether this member may see restricted cases, and figures that may point at a person."""
        return bool(self.roles & TRUSTED)


class Colleague(Frozen, frozen=True, kw_only=True):
    """An account in the sign-in service."""

    id: str
    name: str
    email: str
    roles: frozenset[Role]
    enabled: bool
    invited: bool  # has not signed in with a password of their own yet

    @property
    def trusted(self) -> bool:
        """Whether this colleague may see restricted cases."""
        return bool(self.roles & TRUSTED)

    @property
    def does_cases(self) -> bool:
        """Whether this colleague may see any case."""
        return bool(self.roles - {Role.ADMINISTRATOR} - ALONE)


class Account(Frozen, frozen=True, kw_only=True):
    """The data about an account that the sign-in service does not keep."""

    id: str
    name: str = ""
    tries: tuple[datetime, ...] = ()  # started, not yet successful; the oldest first
    locked_at: datetime | None = None
    locked_why: str = ""  # failures, idle, desk or replaced
    seen_at: datetime | None = None  # the last sign-in
    ended_at: datetime | None = None  # earlier sessions are over, because roles changed
    guided_at: datetime | None = None  # when its owner read the guide
    receiver: str = ""  # the receiving agency, by its id in the settings; empty: staff
    version: int = 0

    @property
    def guessed_at(self) -> datetime | None:
        """The start of the fifth attempt within `WINDOW`, which locks the account; else None."""
        for first, last in zip(self.tries, self.tries[FAILURES - 1 :], strict=False):
            if last - first < WINDOW:
                return last
        return None


class Reset(Frozen, frozen=True, kw_only=True):
    """An account that is being deleted and created again with the same values."""

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
    """A sign-in under way, between the redirect to the sign-in page and the return."""

    key: str  # SHA-256 of the state
    verifier: str  # RFC 7636: proves that the same browser returns
    nonce: str  # must be in the ID token
    until: datetime


class Remark(Frozen, frozen=True, kw_only=True):
    """A member's note on a case for colleagues."""

    at: datetime
    by: str
    text: str


class CallOutcome(StrEnum):
    """Why a call told nobody."""

    NO_ANSWER = "no_answer"
    VOICEMAIL = "voicemail"  # no message was left: it may be heard by somebody else
    SOMEBODY_ELSE = "somebody_else"
    WRONG_NUMBER = "wrong_number"
    LATER = "later"  # the victim could not talk


class Call(Frozen, frozen=True, kw_only=True):
    """A call to a victim, or to who speaks for them, by which nobody was told."""

    at: datetime
    by: str  # the member's name
    victim: str  # the victim's origin id
    outcome: str
    text: str = ""

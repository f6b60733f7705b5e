"""What the inbox holds: texts, early sign-ups and rejected rows, as rows of Guards keep them."""

from collections.abc import Mapping
from datetime import datetime
from typing import Any

from aviso.domain.value import Frozen
from aviso.storage.guard_items import (
    EARLY_TASK,
    REJECTED_TASK,
    REPLY_TASK,
    GuardItem,
)


class Entry(Frozen, frozen=True, kw_only=True):
    """What waits in the inbox, or was seen to lately."""

    name: str  # what forms call it by: its kind and its id
    task: str  # what it waits as
    since: datetime  # when it began to wait for a person
    owner: str  # who took it, or who saw to it; empty for nobody
    seen_at: datetime | None
    expires: datetime | None
    reason: str
    data: Mapping[str, Any]

    @property
    def id(self) -> str:
        """What it is among those of its kind."""
        return self.name.partition("#")[2]


class Reply(Entry, frozen=True, kw_only=True):
    """A text that somebody sent us, and that a person must read."""

    @property
    def at(self) -> datetime:
        """When it came to our number."""
        return datetime.fromisoformat(self.data["at"])

    @property
    def text(self) -> str:
        """What it says."""
        return str(self.data["text"])

    @property
    def address(self) -> str:
        """The phone it came from; empty for one that came before phones were kept."""
        return str(self.data.get("address", ""))

    @property
    def address_key(self) -> str:
        """The same, as guards know it."""
        return str(self.data["address_key"])

    @property
    def cases(self) -> tuple[str, ...]:
        """The cases on which the phone stood when it came, by their numbers of that day."""
        return tuple(self.data.get("cases", ()))

    @property
    def maybe_stop(self) -> bool:
        """Whether it perhaps asks us to stop."""
        return bool(self.data["maybe_stop"])


class EarlySignUp(Entry, frozen=True, kw_only=True):
    """Somebody who signed up before the report was in the system, and whom no program may tie.

    The reason is restricted, no_match, needs_code or too_many; the data as `early.leave` kept it.
    """

    @property
    def at(self) -> datetime:
        """When they signed up."""
        return datetime.fromisoformat(self.data["consent"]["at"])

    @property
    def behind(self) -> int:
        """How many more wait for the same case; one comes up when this one is seen to."""
        return len(self.data.get("more", ()))

    @property
    def number(self) -> str:
        """The case number as it was typed."""
        return str(self.data["number"])

    @property
    def last_name(self) -> str:
        """The last name as it was typed; of an old one, as it is compared."""
        return str(self.data.get("typed") or self.data["last_name"])


class RejectedRows(Entry, frozen=True, kw_only=True):
    """A feed file of which rows, or which as a whole, could not be imported."""

    @property
    def at(self) -> datetime:
        """When it came."""
        return self.since

    @property
    def file(self) -> str:
        """The file's key in the feed bucket."""
        return str(self.data["file"])

    @property
    def rows(self) -> int:
        """How many rows were rejected."""
        return int(self.data.get("rows", 0))

    @property
    def doubtful(self) -> int:
        """How many arrests name another suspect than before."""
        return int(self.data.get("doubtful", 0))

    @property
    def refused(self) -> str:
        """Why nothing of the file was imported: a code of `errors.REFUSALS`; empty if it was."""
        return str(self.data.get("refused", ""))

    @property
    def about(self) -> str:
        """What that reason names: columns, or a form of date."""
        return str(self.data.get("about", ""))


Kept = Reply | EarlySignUp | RejectedRows
# How the keys of each kind's rows begin, what its tasks are called, and what they are.
KINDS: Mapping[str, tuple[str, type[Kept]]] = {
    "REPLY": (REPLY_TASK, Reply),
    "EARLY": (EARLY_TASK, EarlySignUp),
    "REJECTED": (REJECTED_TASK, RejectedRows),
    "REFUSED": (REJECTED_TASK, RejectedRows),
}


def is_entry(name: str) -> bool:
    """Say whether a name is of an entry of the inbox, whatever became of it."""
    return name.partition("#")[0] in KINDS


def entry_of(item: GuardItem) -> Kept:
    """Return the entry that a row keeps, whatever became of it."""
    task, kind = KINDS[item.pk.partition("#")[0]]
    return kind(
        name=item.pk,
        task=task,
        since=item.since or item.at,
        owner=item.owner or "",
        seen_at=item.at if item.since else None,
        expires=item.expires,
        reason=item.reason or "",
        data=item.data,
    )

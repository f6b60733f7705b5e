"""The inbox's entries: texts, early sign-ups and rejected rows, as Guards stores them."""

from collections.abc import Mapping
from datetime import datetime
from typing import Any

from aviso.domain.errors import WAITS
from aviso.domain.value import Frozen
from aviso.storage.guard_items import (
    ASKED,
    EARLY_TASK,
    REJECTED_TASK,
    REPLY_TASK,
    UNPROVED_LINK,
    GuardItem,
)


class Entry(Frozen, frozen=True, kw_only=True):
    """An entry that waits in the inbox, or was closed lately."""

    name: str  # its name in forms: its kind and its id
    task: str  # its kind of task
    since: datetime  # when it began to wait for a person
    owner: str  # who took it, or who closed it; empty for nobody
    seen_at: datetime | None
    expires: datetime | None
    reason: str
    data: Mapping[str, Any]

    @property
    def id(self) -> str:
        """Its id within its kind."""
        return self.name.partition("#")[2]


class Reply(Entry, frozen=True, kw_only=True):
    """A text that a person must read; or a wish to stop by a link, or what a victim asks for."""

    @property
    def at(self) -> datetime:
        """When our number received it."""
        return datetime.fromisoformat(self.data["at"])

    @property
    def text(self) -> str:
        """Its words."""
        return str(self.data["text"])

    @property
    def address(self) -> str:
        """The phone it came from; empty for a text from before phones were stored."""
        return str(self.data.get("address", ""))

    @property
    def address_key(self) -> str:
        """The same phone as the key that guards use."""
        return str(self.data["address_key"])

    @property
    def cases(self) -> tuple[str, ...]:
        """The cases that had the phone when the text came, by their numbers of that day."""
        return tuple(self.data.get("cases", ()))

    @property
    def unproved(self) -> bool:
        """Whether it is not text but a wish to stop, by a link that no key of ours proves."""
        return self.reason == UNPROVED_LINK

    @property
    def asks_for(self) -> str:
        """What a victim asks for on the portal, one of `asking.WHAT`; empty for a text."""
        return self.text if self.reason == ASKED else ""

    @property
    def victim(self) -> str:
        """The victim who asks; empty for a text."""
        return str(self.data.get("victim", ""))

    @property
    def maybe_stop(self) -> bool:
        """Whether it may be a request to stop."""
        return bool(self.data["maybe_stop"])


class EarlySignUp(Entry, frozen=True, kw_only=True):
    """A sign-up before the report was in the system, which no program may tie to a case.

    Reason: restricted, no_match, needs_code, card_again or too_many. `early_sign_up.leave` wrote
    the data.
    """

    @property
    def at(self) -> datetime:
        """When they signed up."""
        return datetime.fromisoformat(self.data["consent"]["at"])

    @property
    def behind(self) -> int:
        """How many more wait for the same case; one comes up when this one is closed."""
        return len(self.data.get("more", ()))

    @property
    def number(self) -> str:
        """The case number as it was typed."""
        return str(self.data["number"])

    @property
    def last_name(self) -> str:
        """The last name as it was typed; for an old sign-up, in the form used for comparison."""
        return str(self.data.get("typed") or self.data["last_name"])


class RejectedRows(Entry, frozen=True, kw_only=True):
    """A feed file that was not imported, or that has rows that were not imported."""

    @property
    def at(self) -> datetime:
        """When the file came."""
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
    def first(self) -> tuple[Mapping[str, Any], ...]:
        """Line, column and code of the first rejected rows."""
        return tuple(self.data.get("first", ()))

    @property
    def refused(self) -> str:
        """Why nothing of the file was imported: a code of `errors.REFUSALS`; empty if it was."""
        return str(self.data.get("refused", ""))

    @property
    def about(self) -> str:
        """What that reason names: columns, or a date format."""
        return str(self.data.get("about", ""))

    @property
    def waits(self) -> bool:
        """Whether the file waits for a person who may accept it as it is."""
        return self.refused in WAITS and "etag" in self.data

    @property
    def etag(self) -> str:
        """The ETag of a file that waits."""
        return str(self.data.get("etag", ""))

    @property
    def acceptance(self) -> str:
        """What accepting says: the ETag, and the reasons for which the file waited so far."""
        return ":".join((self.etag, *self.data.get("accepted", ()), self.refused))

    @property
    def version(self) -> str:
        """S3's id of this version; empty if S3's event named none."""
        return str(self.data.get("version", ""))

    @property
    def arrived(self) -> str:
        """When a file that waits arrived, as S3's event said it; empty if there was none."""
        return str(self.data.get("arrived", ""))

    @property
    def numbers(self) -> Mapping[str, int]:
        """The rows of a file that waits: see `errors.FileWaits`."""
        return {name: int(n) for name, n in self.data.get("numbers", {}).items()}

    @property
    def accepted_by(self) -> str:
        """Who accepted a file that waited; its import has begun."""
        return str(self.data.get("accepted_by", ""))


Kept = Reply | EarlySignUp | RejectedRows
# Each kind's key prefix, task name and class.
KINDS: Mapping[str, tuple[str, type[Kept]]] = {
    "REPLY": (REPLY_TASK, Reply),
    "EARLY": (EARLY_TASK, EarlySignUp),
    "REJECTED": (REJECTED_TASK, RejectedRows),
    "REFUSED": (REJECTED_TASK, RejectedRows),
}


def is_entry(name: str) -> bool:
    """Whether a name is that of an inbox entry, in any state."""
    return name.partition("#")[0] in KINDS


def entry_of(item: GuardItem) -> Kept:
    """Return the entry of a row, in any state."""
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

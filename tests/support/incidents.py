"""A feed whose incidents go through the import, the plan and the sends, with one clock."""

from dataclasses import dataclass, field
from datetime import datetime, timedelta
from typing import Any

import pytest
from msgspec.structs import replace

from aviso.domain.model import Kind
from aviso.domain.notice import State
from aviso.domain.settings import Settings
from aviso.notices import overdue, planning, receipts
from aviso.notices.sending import send
from aviso.providers import sender
from aviso.providers.message import Handed
from aviso.providers.receipts import Outcome, Receipt
from aviso.storage import notices
from infra.harness.builders import NOW, NUMBER, an_invocation
from infra.harness.feed_drop import Feed, a_case_row, stored

TYPES = {
    "I": "person", "L": "person", "B": "organization", "F": "organization", "G": "organization",
    "R": "organization", "S": "public", "O": "unknown", "U": "unknown",
}  # fmt: skip


@dataclass
class Incidents:
    """The feed, the plan and the sends, with one clock and a provider that keeps what it takes."""

    feed: Feed
    now: datetime = NOW
    sent: list[Any] = field(default_factory=list)

    def send_message(self, message, seconds_left):
        """Take a message as a provider does."""
        self.sent.append(message)
        return Handed(f"id-{len(self.sent)}")

    def drop(self, kind, *rows):
        """Let a file come."""
        self.feed.now = self.now
        return self.feed.drop(kind, *rows, at=self.now)

    def incident(self, *people, case=None, arrests=()):
        """Let the files of a whole case come, and its notices be sent."""
        self.drop("cases", case or a_case_row())
        self.drop("people", *people)
        if arrests:
            self.drop("arrests", *arrests)
        self.go()

    def invocation(self):
        """Return an invocation on the feed's clock."""
        return an_invocation(self.feed.settings, lambda: self.now, token="t")

    def go(self, later=timedelta()):
        """Let time pass, then plan, send, deliver and chase, each twice."""
        self.now += later
        for _ in range(2):
            planning.plan(NUMBER, self.feed.settings, self.now)
            overdue.chase(self.invocation())
            for notice in self.ledger():
                if notice.state is State.PLANNED:
                    send(notice.id, self.invocation())

    def receipts(self):
        """Let the provider report every text and email as delivered."""
        for notice in self.ledger():
            for a in notice.attempts:
                if a.state is State.SENT:
                    found = Receipt(
                        channel=a.channel, outcome=Outcome.DELIVERED, provider_id=a.provider_id,
                        at=self.now, notice_id=notice.id, attempt=a.n,
                    )  # fmt: skip
                    receipts.record(found, self.now)

    def ledger(self, kind=None):
        """Return the notices of the case, perhaps of one kind."""
        found = [notices.read(n.id) for n in notices.list_notices(stored())]
        return [n for n in found if kind in (None, n.kind)]

    def states(self, kind):
        """Return the state and reason of each notice of a kind."""
        return [(n.state, n.reason) for n in self.ledger(kind)]

    @property
    def texts(self):
        """Return the texts that were sent."""
        return [m.text for m in self.sent if m.address.startswith("+")]


def incidents(settings: Settings, monkeypatch: pytest.MonkeyPatch) -> Incidents:
    """Return an empty feed with codes for a victim's type; four kinds of notices are on."""
    kinds = {
        k: replace(v, on=k in (Kind.ARREST, Kind.CASE_CLOSED, Kind.CORRECTION, Kind.FIRST_CONTACT))
        for k, v in settings.kinds.items()
    }
    world = Incidents(Feed(replace(settings, kinds=kinds)))
    people = world.feed.file("people")
    columns = {**people.columns, "victim_type": "VIC_TYPE", "age": "AGE"}
    people = replace(people, columns=columns, values={**people.values, "victim_type": TYPES})
    files = tuple(people if f.kind == "people" else f for f in world.feed.settings.feed)
    world.feed.settings = replace(world.feed.settings, feed=files)

    class Provider:
        send = staticmethod(world.send_message)

    monkeypatch.setattr(sender, "sender", lambda channel: Provider)
    return world

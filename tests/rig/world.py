"""AWS in memory with the product's functions on it: files, messages, switches and the ledger.

`make storm` and a bad day in memory play on it. Nothing here is the product's.
"""

import json
from collections.abc import Callable
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from infra.harness.dynamodb.indexes import Item
from infra.harness.services import FEED
from tests.rig.calls import Sent
from tests.rig.functions import Functions
from tests.rig.streams import HEAD, Streams

Done = Callable[[bool], None]  # gets whether a function took its event in the end


@dataclass
class World:
    """One run's AWS."""

    functions: Functions

    def __post_init__(self) -> None:
        self.cloud = self.functions.cloud
        self.streams = Streams(self.functions)
        self.cloud.wrote = self.look
        self.cloud.invoke_again = lambda name, body: self.give(name, json.loads(body))
        self._seen = 0

    @property
    def now(self) -> datetime:
        """The time on the rig's clock."""
        return self.cloud.time.utc

    def look(self) -> None:
        """See what a call has changed: stream records, and messages that somebody gets."""
        self.streams.read()
        while self._seen < len(self.cloud.sent):
            message = self.cloud.sent[self._seen]
            self._seen += 1
            if message.notice:
                self.arrive(message)

    def arrive(self, message: Sent) -> None:
        """Let come what follows a notice's message."""
        raise NotImplementedError

    def give(self, function: str, event: Any, done: Done = lambda _: None) -> None:
        """Give a function an event without waiting."""
        self.functions.send(function, event, done)

    def drop(self, name: str, body: bytes) -> dict[str, Any]:
        """Put a file into the feed bucket; return the event that says so."""
        key = f"incoming/{name}"
        self.cloud.services.files[FEED][key] = body
        return {"Records": [{"s3": {"bucket": {"name": FEED}, "object": {"key": key}}}]}

    @property
    def switches(self) -> Item:
        """The row of the switches of all messages, as the table has it."""
        return self.cloud.tables.leader.tables["Guards"].items.get(("SWITCHES", ""), {})

    def switch(self, expression: str, values: dict[str, Any] | None = None) -> None:
        """Change the switches of all messages by an update expression."""
        params = {
            "TableName": "Guards",
            "Key": {"pk": {"S": "SWITCHES"}},
            "UpdateExpression": expression,
        }
        self.cloud.tables.leader.answer(
            "UpdateItem", params | ({"ExpressionAttributeValues": values} if values else {})
        )
        self.look()

    def ledger(self) -> list[dict[str, str]]:
        """Return every notice as plain values."""
        rows = (row for row in self.cloud.tables.rows("Notices") if row["sk"] == HEAD)
        return [{k: v["S"] for k, v in row.items() if "S" in v} for row in rows]

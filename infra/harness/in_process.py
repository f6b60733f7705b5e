"""Runs the product's own functions on a simulated clock: tables, streams, providers, a printer.

Each function is called through its real handler with the events that AWS would send. Triggers are
read from `template.yaml`; records are delivered at least once, some twice (docs/rules.md#17).
"""

import io
import logging
import os
import uuid
from collections.abc import Callable, Iterator, Mapping
from contextlib import ExitStack, contextmanager, redirect_stdout
from dataclasses import dataclass, field
from datetime import UTC, datetime
from importlib import import_module
from pathlib import Path
from random import Random
from types import SimpleNamespace
from typing import Any
from unittest.mock import patch

import time_machine
from botocore.client import BaseClient

from infra.compiler.search_path import importable
from infra.harness.client_calls import Ask, every_call
from infra.harness.dynamodb.database import Database
from infra.harness.services import FEED, TRAIL, Message, Services
from infra.harness.staff_browser import DESK_ENVIRONMENT
from infra.harness.stream_triggers import Trigger, matches, record, table_properties, triggers

REGION = "us-west-2"
EMAIL_EVENTS, INBOUND_TEXTS = "topic:email-events", "topic:inbound-texts"
BATCH, TRIES = 10, 10
ENVIRONMENT = {
    **DESK_ENVIRONMENT,
    "AWS_REGION": REGION,
    "AWS_DEFAULT_REGION": REGION,
    "AWS_ACCESS_KEY_ID": "simulated",
    "AWS_SECRET_ACCESS_KEY": "simulated",
    "KEYS_SECRET": "keys",
    "OPTOUT_SECRET": "optout",
    "FEED_BUCKET": FEED,
    "AUDIT_BUCKET": TRAIL,
    "EMAIL_FROM": "notices@example.org",
    "EMAIL_CONFIGURATION_SET": "events",
    "EMAIL_EVENTS_TOPIC": EMAIL_EVENTS,
    "INBOUND_TEXTS_TOPIC": INBOUND_TEXTS,
    "PORTAL_URL": "https://portal.example.org",
    "POWERTOOLS_TRACE_DISABLED": "1",
    "POWERTOOLS_SERVICE_NAME": "simulated",
}


@dataclass(slots=True)
class Sent:
    """A message that a provider accepted."""

    id: str
    channel: str
    address: str
    words: str
    at: datetime
    tags: Mapping[str, str]
    unsubscribe: str = ""


class StageError(Exception):
    """A function failed repeatedly: the run cannot continue."""


@dataclass
class Stage:
    """The environment of the functions."""

    clock: Any
    seed: int
    database: Database
    triggers: list[Trigger]
    twice: float = 0.0  # share of stream batches that are delivered a second time
    sent: list[Sent] = field(default_factory=list)
    calls: int = 0
    delivered: int = 0  # stream records
    heard: Callable[[str], None] = lambda _: None
    _invocations: int = 0
    _messages: int = 0

    def __post_init__(self) -> None:
        self._dice = Random(f"stage {self.seed}")
        self._handlers: dict[str, Callable[[Any, Any], Any]] = {}
        self._services = Services(lambda: self.now, self._take)
        self.files = self._services.files

    @property
    def now(self) -> datetime:
        """The time on the stage's clock."""
        return datetime.now(UTC)

    def at(self, moment: datetime) -> None:
        """Set the clock."""
        self.clock.move_to(moment)

    def invoke(self, function: str, event: Mapping[str, Any]) -> Any:
        """Call a function as Lambda would; what it prints is a log, which `heard` gets."""
        if function not in self._handlers:
            self._handlers[function] = import_module(f"functions.{function}.handler").handler
        self._invocations += 1
        context = SimpleNamespace(
            function_name=function,
            memory_limit_in_mb=512,
            invoked_function_arn=f"arn:aws:lambda:{REGION}:123456789012:function:{function}",
            aws_request_id=f"request-{self._invocations}",
            get_remaining_time_in_millis=lambda: 900_000,
        )
        with redirect_stdout(io.StringIO()) as printed:
            try:
                return self._handlers[function](event, context)
            finally:
                self.heard(printed.getvalue())

    def schedule(self, function: str) -> Any:
        """Call a function as its schedule does, then deliver the stream records."""
        done = self.invoke(function, {"time": self.now.isoformat(timespec="seconds")})
        self.settle()
        return done

    def night(self) -> Any:
        """Have every case planned, as the state machine Nightly does in parts; then `settle`."""
        event = {"time": self.now.isoformat(timespec="seconds"), "which": "all"}
        done = self.invoke("reconcile", event)
        self.settle()
        return done

    def drop(self, name: str, body: bytes) -> None:
        """Put an export into the feed bucket, which starts the import."""
        key = f"incoming/{name}"
        self.files[FEED][key] = body
        record = {"s3": {"bucket": {"name": FEED}, "object": {"key": key}}}
        self.invoke("import_feed", {"Records": [record]})
        self.settle()

    def settle(self) -> None:
        """Deliver stream records to the functions they start, until there are no more."""
        while self.database.changes:
            changes, self.database.changes = self.database.changes, []
            for trigger in self.triggers:
                records = [record(c) for c in changes if c.table == trigger.table]
                wanted = [r for r in records if matches(trigger.pattern, r)]
                for at in range(0, len(wanted), BATCH):
                    batch = wanted[at : at + BATCH]
                    self._deliver(trigger.function, batch)
                    if self._dice.random() < self.twice:
                        self._deliver(trigger.function, batch)

    def _deliver(self, function: str, batch: list[dict[str, Any]]) -> None:
        left = batch
        for _ in range(TRIES):
            self.delivered += len(left)
            answer = self.invoke(function, {"Records": left})
            failed = {f["itemIdentifier"] for f in answer["batchItemFailures"]}
            left = [r for r in left if r["dynamodb"]["SequenceNumber"] in failed]
            if not left:
                return
        raise StageError(f"{function} failed {TRIES} times")

    def answer(self, client: BaseClient, operation: str, params: Mapping[str, Any]) -> Any:
        """Answer a call to AWS."""
        self.calls += 1
        if client.meta.service_model.service_name == "dynamodb":
            return self.database.call(client, operation, params)
        return self._services.answer(client, operation, params)

    def _take(self, message: Message) -> str:
        channel, address, words, tags, unsubscribe = message
        self._messages += 1
        taken = f"{channel}-{uuid.UUID(int=self._messages)}"
        self.sent.append(Sent(taken, channel, address, words, self.now, tags, unsubscribe))
        return taken


@contextmanager
def stage(settings_folder: str, start: datetime, seed: int, twice: float) -> Iterator[Stage]:
    """Set up the stage: no call leaves this process, and only the simulated clock runs.

    Trial mode is off, as a person has it who went live.

    Afterwards the process has its own environment and logs again.
    """
    importable(Path(settings_folder))
    from aviso.runtime import secrets
    from aviso.storage import name_key, sending_controls

    with ExitStack() as stack:
        stack.enter_context(patch.dict(os.environ, ENVIRONMENT))
        for kept in (secrets, name_key):  # a process begins without them
            kept.forget()
            stack.callback(kept.forget)
        stack.callback(logging.disable, logging.root.manager.disable)
        logging.disable(logging.CRITICAL)
        clock = stack.enter_context(time_machine.travel(start, tick=False))
        set_ = Stage(clock, seed, Database(table_properties()), triggers(), twice)

        def call(client: BaseClient, operation: str, params: dict[str, Any], _: Ask) -> Any:
            return set_.answer(client, operation, params)

        stack.enter_context(every_call(call))
        stack.enter_context(patch("aviso.web.constant_time.STEP", 0))  # no waiting in a simulation
        sending_controls.turn(trial=False)
        yield set_

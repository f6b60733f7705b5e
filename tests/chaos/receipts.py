"""What carriers and mailboxes answer: late, lost, twice and out of order, in AWS's own shapes.

Made from what local AWS recorded as sent. Emails' events go to the topic that SES publishes to,
texts' delivery lines into the log groups that SNS writes.
"""

import contextlib
import itertools
import json
import random
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from typing import Any

from infra.harness import provider_events
from infra.harness.in_process import Sent
from infra.local.stack import StackError
from tests.chaos.environment import World
from tests.rig.model.scenario import Scenario

LOST, LATE = 0.05, 0.25  # shares of receipts
BY_TOPIC = 0.1  # share of emails' events that come through the topic: each is a call of its own
TOGETHER = 40  # delivery lines in one call
EVENTS = 20  # emails' events in one call
FATES = {"delivered": "delivered", "failed": "dead"}
TRIES = 5  # of an event whose function failed, as AWS tries again


@dataclass(frozen=True, slots=True)
class Receipt:
    """One receipt to come."""

    send: Mapping[str, Any]
    outcome: str  # delivered or failed
    wave: int  # the wave it comes with
    again: bool  # it came before


@dataclass(slots=True)
class Carriers:
    """Decides each message's receipt once, and gives receipts wave by wave.

    The first time a receipt comes as the services bring it: through the topic, by the log groups'
    subscriptions. Local AWS gives up when the function fails, where AWS tries again. So the second
    time the same event goes to the function itself, and again as long as it fails.
    """

    scenario: Scenario
    waiting: list[Receipt] = field(default_factory=list)
    outcomes: dict[str, str] = field(default_factory=dict)  # message id -> receipt, "" for none
    late: set[str] = field(default_factory=set)  # ids of messages whose receipt comes late
    given: int = 0
    wave: int = 0
    _random: random.Random = field(init=False)

    def __post_init__(self) -> None:
        self._random = random.Random(self.scenario.seed + 2)

    def notice(self, sends: Iterable[Mapping[str, Any]]) -> None:
        """Decide what becomes of messages not seen before; each receipt is to come twice."""
        for send in sends:
            if send["id"] in self.outcomes or not send["notice"]:
                continue
            dice, to = self._random.random(), send["to"]
            lost = to in self.scenario.silent or dice < LOST
            outcome = "" if lost else "failed" if to in self.scenario.dead else "delivered"
            self.outcomes[send["id"]] = outcome
            if outcome:
                late = dice < LOST + LATE
                self.late |= {send["id"]} if late else set()
                wave = self.wave + 2 * late
                self.waiting.append(Receipt(send, outcome, wave, again=False))
                self.waiting.append(Receipt(send, outcome, wave + 1, again=True))

    def give(self, world: World) -> None:
        """Give the receipts whose wave has come, in random order."""
        now = [r for r in self.waiting if r.wave <= self.wave]
        self.waiting = [r for r in self.waiting if r.wave > self.wave]
        self.wave += 1
        self._random.shuffle(now)
        for outcome in ("delivered", "failed"):
            lines = [r for r in now if r.send["channel"] == "sms" and r.outcome == outcome]
            for again in (False, True):
                for part in itertools.batched(
                    [r for r in lines if r.again is again], TOGETHER, strict=False
                ):
                    _give_lines(world, outcome, part, again=again)
        events = [r for r in now if r.send["channel"] == "email"]
        through = [r for r in events if not r.again and self._random.random() < BY_TOPIC]
        for receipt in through:
            world.idle()
            _publish(world, "EmailEventsTopic", _email_event(receipt))
        for part in itertools.batched(
            [r for r in events if r not in through], EVENTS, strict=False
        ):
            _by_topic(world, "EmailEventsTopic", map(_email_event, part))
        self.given += len(now)


def _invoke(world: World, event: Mapping[str, Any]) -> None:
    """Give an event to the function until it takes it."""
    for _ in range(TRIES):
        world.idle()
        with contextlib.suppress(StackError):
            world.aws.invoke("record_receipt", event)
            return


def _give_lines(world: World, outcome: str, part: Iterable[Receipt], *, again: bool) -> None:
    """Write delivery lines into the log group of their outcome, or bring them to the function."""
    output = "TextsDeliveredLog" if outcome == "delivered" else "TextsFailedLog"
    group, stream = world.aws.outputs[output], f"chaos-{datetime.now(UTC).timestamp()}"
    lines = [provider_events.log_line(_sent(r), FATES[r.outcome]) for r in part]
    if again:
        _invoke(world, provider_events.log_batch(group, lines))
        return
    now = int(datetime.now(UTC).timestamp() * 1000)
    events = [{"timestamp": now, "message": line} for line in lines]
    logs = world.aws.client("logs")
    logs.create_log_stream(logGroupName=group, logStreamName=stream)
    world.idle()
    logs.put_log_events(logGroupName=group, logStreamName=stream, logEvents=events)


def _email_event(receipt: Receipt) -> dict[str, Any]:
    sent = _sent(receipt)
    return provider_events.email_event(sent, FATES[receipt.outcome], sent.at)


def _sent(receipt: Receipt) -> Sent:
    """Return the message of a receipt; the provider took it after the proxy passed it on."""
    send = receipt.send
    at = datetime.fromtimestamp(send["at"], UTC) + timedelta(milliseconds=1)
    tags = {"notice": send["notice"], "attempt": send["attempt"]}
    return Sent(send["id"], send["channel"], send["to"], "", at, tags)


def stop(world: World, phone: str, *, again: bool) -> None:
    """Text STOP from a phone."""
    text = provider_events.inbound_text(phone, "Stop", f"stop-{phone}")
    if again:
        _by_topic(world, "InboundTextsTopic", [text])
    else:
        world.idle()
        _publish(world, "InboundTextsTopic", text)


def _by_topic(world: World, topic: str, messages: Iterable[Any]) -> None:
    """Bring a topic's messages to the function."""
    arn = world.aws.outputs[topic]
    _invoke(world, provider_events.by_topic(arn, messages, datetime.now(UTC)))


def _publish(world: World, topic: str, message: Any) -> None:
    arn = world.aws.outputs[topic]
    world.aws.client("sns").publish(TopicArn=arn, Message=json.dumps(message))

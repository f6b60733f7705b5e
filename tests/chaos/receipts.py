"""What carriers and mailboxes answer: late, lost, twice and out of order, in AWS's own shapes.

Made from what local AWS recorded as sent. Emails' events go to the topic that SES publishes to,
texts' delivery lines into the log groups that SNS writes.
"""

import base64
import contextlib
import gzip
import itertools
import json
import random
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from typing import Any

from infra.local.stack import StackError
from tests.chaos.environment import World
from tests.chaos.scenario import Scenario

LOST, LATE = 0.05, 0.25  # shares of receipts
BY_TOPIC = 0.1  # share of emails' events that come through the topic: each is a call of its own
TOGETHER = 40  # delivery lines in one call
EVENTS = 20  # emails' events in one call
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
            world.aws.client("sns").publish(
                TopicArn=world.aws.outputs["EmailEventsTopic"], Message=_event(receipt)
            )
        for part in itertools.batched(
            [r for r in events if r not in through], EVENTS, strict=False
        ):
            _invoke(world, {"Records": [_record(world, r) for r in part]})
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
    lines = [_line(receipt) for receipt in part]
    if again:
        content = {"messageType": "DATA_MESSAGE", "logGroup": group, "logStream": stream}
        data = gzip.compress(json.dumps({**content, "logEvents": lines}).encode())
        _invoke(world, {"awslogs": {"data": base64.b64encode(data).decode()}})
        return
    logs = world.aws.client("logs")
    logs.create_log_stream(logGroupName=group, logStreamName=stream)
    world.idle()
    logs.put_log_events(logGroupName=group, logStreamName=stream, logEvents=lines)


def _line(receipt: Receipt) -> dict[str, Any]:
    """Return one line of an SMS delivery log.

    https://docs.aws.amazon.com/sns/latest/dg/sms_stats_cloudwatch.html
    """
    at = _at(receipt)
    good = receipt.outcome == "delivered"
    said = "Message has been accepted by phone carrier" if good else "Invalid phone number"
    content = {
        "notification": {
            "messageId": receipt.send["id"],
            "timestamp": at.strftime("%Y-%m-%d %H:%M:%S.%f")[:-3],
        },
        "delivery": {
            "numberOfMessageParts": 1,
            "destination": receipt.send["to"],
            "priceInUSD": 0.00645,
            "smsType": "Transactional",
            "providerResponse": said,
            "dwellTimeMs": 599,
        },
        "status": "SUCCESS" if good else "FAILURE",
    }
    now = int(datetime.now(UTC).timestamp() * 1000)
    return {"timestamp": now, "message": json.dumps(content)}


def _record(world: World, receipt: Receipt) -> dict[str, Any]:
    """Return a topic's record, as SNS gives it to a function."""
    sns = {
        "TopicArn": world.aws.outputs["EmailEventsTopic"],
        "Message": _event(receipt),
        "Timestamp": datetime.now(UTC).isoformat(),
    }
    return {"EventSource": "aws:sns", "Sns": sns}


def _event(receipt: Receipt) -> str:
    """Return one event of a configuration set.

    https://docs.aws.amazon.com/ses/latest/dg/event-publishing-retrieving-sns-contents.html
    """
    send, at = receipt.send, _at(receipt).isoformat().replace("+00:00", "Z")
    mail = {
        "timestamp": at,
        "messageId": send["id"],
        "destination": [send["to"]],
        "tags": {"notice": [send["notice"]], "attempt": [send["attempt"]]},
    }
    event: dict[str, Any] = {"eventType": "Delivery", "mail": mail}
    if receipt.outcome == "delivered":
        event["delivery"] = {"timestamp": at, "recipients": [send["to"]], "smtpResponse": "250 ok"}
    else:
        event["eventType"] = "Bounce"
        event["bounce"] = {
            "bounceType": "Permanent",
            "bounceSubType": "General",
            "bouncedRecipients": [{"emailAddress": send["to"], "status": "5.1.1"}],
            "timestamp": at,
        }
    return json.dumps(event)


def _at(receipt: Receipt) -> datetime:
    """Return the time the provider took the message, never before it did."""
    return datetime.fromtimestamp(receipt.send["at"], UTC) + timedelta(milliseconds=1)


def stop(world: World, phone: str, *, again: bool) -> None:
    """Text STOP from a phone, as the two-way number passes it on.

    https://docs.aws.amazon.com/sms-voice/latest/userguide/two-way-sms-payload.html
    """
    message = {
        "originationNumber": phone,
        "destinationNumber": "+15205550190",
        "messageKeyword": "KEYWORD",
        "messageBody": "Stop",
        "inboundMessageId": f"stop-{phone}",
    }
    topic, text = world.aws.outputs["InboundTextsTopic"], json.dumps(message)
    if again:
        sns = {"TopicArn": topic, "Message": text, "Timestamp": datetime.now(UTC).isoformat()}
        _invoke(world, {"Records": [{"EventSource": "aws:sns", "Sns": sns}]})
        return
    world.idle()
    world.aws.client("sns").publish(TopicArn=topic, Message=text)

"""What carriers and mailboxes answer: late, lost, twice and out of order, in AWS's own shapes.

Made from what local AWS recorded as sent. Emails' events go to the topic that SES publishes to,
texts' delivery lines into the log groups that SNS writes.
"""

import json
import random
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from typing import Any

from infra.chaos.scenario import Scenario
from infra.chaos.world import World

LOST, LATE = 0.05, 0.25  # shares of receipts
LINES = 20  # delivery lines in one call


@dataclass(frozen=True, slots=True)
class Receipt:
    """One receipt to come."""

    send: Mapping[str, Any]
    outcome: str  # delivered or failed
    wave: int  # the wave it comes with


@dataclass(slots=True)
class Carriers:
    """Decides each message's receipt once, and gives receipts wave by wave."""

    scenario: Scenario
    waiting: list[Receipt] = field(default_factory=list)
    outcomes: dict[str, str] = field(default_factory=dict)  # message id -> receipt, "" for none
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
                wave = self.wave + (0 if dice > LOST + LATE else 2)
                self.waiting += [Receipt(send, outcome, wave), Receipt(send, outcome, wave + 1)]

    def give(self, world: World, *, everything: bool = False) -> int:
        """Give the receipts whose wave has come, in random order; return how many."""
        now = [r for r in self.waiting if everything or r.wave <= self.wave]
        self.waiting = [r for r in self.waiting if r not in now]
        self.wave += 1
        self._random.shuffle(now)
        _give_texts(world, [r for r in now if r.send["channel"] == "sms"])
        for receipt in now:
            if receipt.send["channel"] == "email":
                _give_email(world, receipt)
        self.given += len(now)
        return len(now)


def _give_texts(world: World, receipts: list[Receipt]) -> None:
    logs = world.aws.client("logs")
    for outcome, group in (("delivered", "TextsDeliveredLog"), ("failed", "TextsFailedLog")):
        lines = [_line(r) for r in receipts if r.outcome == outcome]
        name = world.aws.outputs[group]
        for start in range(0, len(lines), LINES):
            stream = f"chaos-{datetime.now(UTC).timestamp()}"
            logs.create_log_stream(logGroupName=name, logStreamName=stream)
            world.idle()
            logs.put_log_events(
                logGroupName=name, logStreamName=stream, logEvents=lines[start : start + LINES]
            )


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


def _give_email(world: World, receipt: Receipt) -> None:
    """Publish one event of a configuration set.

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
    world.idle()
    world.aws.client("sns").publish(
        TopicArn=world.aws.outputs["EmailEventsTopic"], Message=json.dumps(event)
    )


def _at(receipt: Receipt) -> datetime:
    """Return the time the provider took the message, never before it did."""
    return datetime.fromtimestamp(receipt.send["at"], UTC) + timedelta(milliseconds=1)


def stop(world: World, phone: str) -> None:
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
    world.idle()
    world.aws.client("sns").publish(
        TopicArn=world.aws.outputs["InboundTextsTopic"], Message=json.dumps(message)
    )

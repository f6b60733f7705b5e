"""Providers' events about a message's outcome, in their services' own form."""

import base64
import gzip
import json
from collections.abc import Iterable
from datetime import datetime, timedelta
from typing import Any

from infra.harness.in_process import EMAIL_EVENTS, INBOUND_TEXTS, Sent

# Fate -> the carrier's response: https://docs.aws.amazon.com/sns/latest/dg/sms_stats_cloudwatch.html
CARRIER = {
    "delivered": "Message has been accepted by phone carrier",
    "failed": "Phone is currently unreachable/unavailable",
    "dead": "Invalid phone number",
}
# Fate -> type and subtype of the bounce.
BOUNCE = {"failed": ("Transient", "MailboxFull"), "dead": ("Permanent", "General")}


def event(sent: Sent, fate: str, at: datetime) -> dict[str, Any]:
    """Return the event of a message's fate: delivered, failed, dead or complaint."""
    if sent.channel == "sms":
        return log_batch("sms", [log_line(sent, fate)])
    return by_topic(EMAIL_EVENTS, [email_event(sent, fate, at)], at)


def log_batch(group: str, lines: Iterable[str]) -> dict[str, Any]:
    """Return the event by which a log group brings lines to a function."""
    events = [{"timestamp": 0, "message": line} for line in lines]
    batch = {"messageType": "DATA_MESSAGE", "logGroup": group, "logEvents": events}
    data = gzip.compress(json.dumps(batch).encode())
    return {"awslogs": {"data": base64.b64encode(data).decode()}}


def log_line(sent: Sent, fate: str) -> str:
    """Return a line of a log group of deliveries of texts."""
    taken = sent.at + timedelta(milliseconds=1)
    content = {
        "notification": {
            "messageId": sent.id,
            "timestamp": taken.strftime("%Y-%m-%d %H:%M:%S.%f")[:-3],
        },
        "delivery": {
            "numberOfMessageParts": 1,
            "destination": sent.address,
            "priceInUSD": 0.00645,
            "smsType": "Transactional",
            "providerResponse": CARRIER[fate],
            "dwellTimeMs": 599,
        },
        "status": "SUCCESS" if fate == "delivered" else "FAILURE",
    }
    return json.dumps(content)


def email_event(sent: Sent, fate: str, at: datetime) -> dict[str, Any]:
    """Return an event of a configuration set.

    https://docs.aws.amazon.com/ses/latest/dg/event-publishing-retrieving-sns-contents.html
    """
    said = at.isoformat().replace("+00:00", "Z")
    mail = {
        "timestamp": sent.at.isoformat().replace("+00:00", "Z"),
        "messageId": sent.id,
        "destination": [sent.address],
        "tags": {name: [value] for name, value in sent.tags.items()},
    }
    if fate == "delivered":
        delivery = {"timestamp": said, "recipients": [sent.address], "smtpResponse": "250 ok"}
        return {"eventType": "Delivery", "mail": mail, "delivery": delivery}
    if fate == "complaint":
        whose = [{"emailAddress": sent.address}]
        complaint = {"timestamp": said, "complainedRecipients": whose}
        return {"eventType": "Complaint", "mail": mail, "complaint": complaint}
    kind, subtype = BOUNCE[fate]
    bounce = {
        "bounceType": kind,
        "bounceSubType": subtype,
        "bouncedRecipients": [{"emailAddress": sent.address}],
        "timestamp": said,
    }
    return {"eventType": "Bounce", "mail": mail, "bounce": bounce}


def text_from(phone: str, words: str, n: int, at: datetime) -> dict[str, Any]:
    """Return the event of a text that somebody sends us."""
    return by_topic(INBOUND_TEXTS, [inbound_text(phone, words, f"inbound-{n}")], at)


def inbound_text(phone: str, words: str, id: str) -> dict[str, str]:
    """Return a text as the two-way number passes it on.

    https://docs.aws.amazon.com/sms-voice/latest/userguide/two-way-sms-payload.html
    """
    return {
        "originationNumber": phone,
        "destinationNumber": "+15205550190",
        "messageKeyword": "KEYWORD",
        "messageBody": words,
        "inboundMessageId": id,
    }


def by_topic(topic: str, messages: Iterable[Any], at: datetime) -> dict[str, Any]:
    """Return the event by which a topic brings messages to a function."""
    about = {"TopicArn": topic, "Timestamp": at.isoformat()}
    sent = ({**about, "Message": json.dumps(message)} for message in messages)
    return {"Records": [{"EventSource": "aws:sns", "Sns": one} for one in sent]}

"""Providers' events about a message's outcome, in their services' own form."""

import base64
import gzip
import json
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
    return (
        _line(sent, fate)
        if sent.channel == "sms"
        else _topic(EMAIL_EVENTS, _ses(sent, fate, at), at)
    )


def _line(sent: Sent, fate: str) -> dict[str, Any]:
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
    lines = [{"timestamp": 0, "message": json.dumps(content)}]
    batch = {"messageType": "DATA_MESSAGE", "logGroup": "sms", "logEvents": lines}
    data = gzip.compress(json.dumps(batch).encode())
    return {"awslogs": {"data": base64.b64encode(data).decode()}}


def _ses(sent: Sent, fate: str, at: datetime) -> dict[str, Any]:
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
    message = {
        "originationNumber": phone,
        "destinationNumber": "+15205550190",
        "messageKeyword": "KEYWORD",
        "messageBody": words,
        "inboundMessageId": f"inbound-{n}",
    }
    return _topic(INBOUND_TEXTS, message, at)


def _topic(topic: str, message: dict[str, Any], at: datetime) -> dict[str, Any]:
    sns = {"TopicArn": topic, "Message": json.dumps(message), "Timestamp": at.isoformat()}
    return {"Records": [{"EventSource": "aws:sns", "Sns": sns}]}

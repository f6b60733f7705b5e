"""SES events, as a configuration set publishes them to SNS.

Shapes: https://docs.aws.amazon.com/ses/latest/dg/event-publishing-retrieving-sns-contents.html
"""

import json
from collections.abc import Iterable, Mapping
from datetime import datetime
from typing import Any

from aviso.domain.errors import ReceiptUnreadable
from aviso.domain.model import Channel
from aviso.providers.receipts import Outcome, Receipt

Verdict = tuple[Outcome, bool, str]  # outcome, is the address dead, reason

# By type and subtype, then by type alone. SES sends transient and undetermined bounces after it
# has given up, so they are failures; the address may still work another day.
BOUNCES: Mapping[tuple[str, str], Verdict] = {
    ("Permanent", "General"): (Outcome.FAILED, True, "hard_bounce"),
    ("Permanent", "NoEmail"): (Outcome.FAILED, True, "hard_bounce"),
    ("Permanent", "Suppressed"): (Outcome.FAILED, True, "suppressed_by_provider"),
    ("Permanent", "OnAccountSuppressionList"): (Outcome.FAILED, True, "suppressed_by_provider"),
    ("Permanent", "UnsubscribedRecipient"): (Outcome.OPTED_OUT, False, "unsubscribed"),
    ("Permanent", ""): (Outcome.FAILED, True, "hard_bounce"),
    ("Transient", "General"): (Outcome.FAILED, False, "soft_bounce"),
    ("Transient", "MailboxFull"): (Outcome.FAILED, False, "mailbox_full"),
    ("Transient", "MessageTooLarge"): (Outcome.FAILED, False, "content_refused"),
    ("Transient", "ContentRejected"): (Outcome.FAILED, False, "content_refused"),
    ("Transient", "AttachmentRejected"): (Outcome.FAILED, False, "content_refused"),
    ("Transient", "CustomTimeoutExceeded"): (Outcome.FAILED, False, "timed_out"),
    ("Transient", ""): (Outcome.FAILED, False, "soft_bounce"),
    ("Undetermined", ""): (Outcome.FAILED, False, "unknown_bounce"),
}
# Complaints that no reader made: https://www.iana.org/assignments/marf-parameters
NO_COMPLAINT = frozenset({"not-spam", "auth-failure"})
# What SES publishes, as plain text, when a configuration set is connected to the topic.
GREETING = "Successfully validated SNS topic for Amazon SES event publishing"


def parse(message: str) -> list[Receipt]:
    """Return the receipts in an SES event; none for opens, clicks and similar events.

    Args:
        message: the topic's message, JSON, or the greeting that SES sends to a new topic.

    Raises:
        ReceiptUnreadable: when it is not an SES event, or lacks a documented field.
    """
    if message.startswith(GREETING):
        return []
    try:
        return list(_parse(json.loads(message)))
    except (KeyError, TypeError, ValueError, AttributeError):
        raise ReceiptUnreadable("ses event") from None


def _parse(event: Mapping[str, Any]) -> Iterable[Receipt]:
    kind = event.get("eventType") or event["notificationType"]
    mail = event["mail"]
    if kind == "Send":
        yield _receipt(mail, mail["timestamp"], (Outcome.SENT, False, ""))
    elif kind == "Delivery":
        at = event["delivery"]["timestamp"]
        yield _receipt(mail, at, (Outcome.DELIVERED, False, ""))
    elif kind == "DeliveryDelay":
        delay = event["deliveryDelay"]
        yield _receipt(mail, delay["timestamp"], (Outcome.DELAYED, False, "delayed"))
    elif kind == "Bounce":
        bounce = event["bounce"]
        for recipient in bounce["bouncedRecipients"]:
            address = recipient["emailAddress"]
            yield _receipt(mail, bounce["timestamp"], _bounce(bounce), address)
    elif kind == "Complaint":
        yield from _complaints(mail, event["complaint"])
    elif kind == "Reject":  # SES found malware in it, and sent nothing
        yield _receipt(mail, mail["timestamp"], (Outcome.FAILED, False, "rejected"))
    elif kind == "Rendering Failure":
        yield _receipt(mail, mail["timestamp"], (Outcome.FAILED, False, "rendering_failed"))


def _bounce(bounce: Mapping[str, Any]) -> Verdict:
    kind, subtype = bounce["bounceType"], bounce.get("bounceSubType") or ""
    return BOUNCES.get((kind, subtype)) or BOUNCES.get((kind, "")) or BOUNCES["Undetermined", ""]


def _complaints(mail: Mapping[str, Any], complaint: Mapping[str, Any]) -> Iterable[Receipt]:
    verdict = (Outcome.COMPLAINT, False, "complaint")
    if complaint.get("complaintSubType") == "OnAccountSuppressionList":
        verdict = (Outcome.OPTED_OUT, False, "complained_before")  # accepted by SES, and not sent
    elif complaint.get("complaintFeedbackType") in NO_COMPLAINT:
        return
    for recipient in complaint["complainedRecipients"]:
        yield _receipt(mail, complaint["timestamp"], verdict, recipient["emailAddress"])


def _receipt(mail: Mapping[str, Any], at: str, verdict: Verdict, address: str = "") -> Receipt:
    """Make the receipt of an email, which has one recipient."""
    tags = mail.get("tags", {})
    attempt = (tags.get("attempt") or ["0"])[0]
    outcome, permanent, reason = verdict
    return Receipt(
        channel=Channel.EMAIL,
        outcome=outcome,
        provider_id=mail["messageId"],
        at=datetime.fromisoformat(at),
        notice_id=(tags.get("notice") or [""])[0],
        attempt=int(attempt) if attempt.isdigit() else 0,
        address=_bare(address or mail["destination"][0]),
        permanent=permanent,
        reason=reason,
    )


def _bare(address: str) -> str:
    """Return only the address, lower case, of `Name <address>`."""
    return address.rpartition("<")[2].rstrip(">").strip().lower()

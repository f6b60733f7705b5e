"""SNS delivery logs of texts, from a CloudWatch Logs subscription.

Shapes and failure reasons: https://docs.aws.amazon.com/sns/latest/dg/sms_stats_cloudwatch.html
and https://docs.aws.amazon.com/AmazonCloudWatch/latest/logs/SubscriptionFilters.html
"""

import base64
import binascii
import gzip
import json
import zlib
from collections.abc import Mapping
from datetime import UTC, datetime
from typing import Any

from aviso.domain.errors import ReceiptUnreadable
from aviso.domain.model import Channel
from aviso.providers.receipts import Outcome, Receipt

Verdict = tuple[Outcome, bool, str]  # outcome, is the number dead for texts, reason

# The first entry whose words are in the response decides. Only what is true of the number itself
# is permanent: a filter, a price or an outage says nothing about the next text.
FAILURES: tuple[tuple[str, Verdict], ...] = (
    ("opted out", (Outcome.OPTED_OUT, False, "opted_out")),
    ("invalid phone number", (Outcome.FAILED, True, "invalid_address")),
    ("phone has blocked sms", (Outcome.FAILED, True, "takes_no_texts")),
    ("landline", (Outcome.FAILED, True, "takes_no_texts")),
    ("blocked list", (Outcome.FAILED, True, "blocked_number")),
    ("blacklisted", (Outcome.FAILED, True, "blocked_number")),  # the wording until 2021
    ("blocked as spam", (Outcome.FAILED, False, "carrier_filter")),
    ("carrier has blocked", (Outcome.FAILED, False, "carrier_filter")),
    ("carrier is currently", (Outcome.FAILED, False, "carrier_unreachable")),
    ("currently unreachable", (Outcome.FAILED, False, "phone_unreachable")),
    ("message body is invalid", (Outcome.FAILED, False, "invalid_message")),
    ("exceed max price", (Outcome.FAILED, False, "price_limit")),
    ("no quota left", (Outcome.FAILED, False, "account_quota")),
    ("rate exceeded", (Outcome.FAILED, False, "throttled")),
    ("sandbox", (Outcome.FAILED, False, "account_sandbox")),
    ("", (Outcome.FAILED, False, "unknown_error")),
)


def parse(event: Mapping[str, Any]) -> tuple[list[Receipt], int]:
    """Return the receipts in a log subscription's event, and how many lines were not receipts.

    Raises:
        ReceiptUnreadable: when the event is not a log subscription's.
    """
    try:
        batch = json.loads(gzip.decompress(base64.b64decode(event["awslogs"]["data"])))
        lines = batch["logEvents"] if batch["messageType"] == "DATA_MESSAGE" else []
    except (KeyError, TypeError, ValueError, EOFError, OSError, zlib.error, binascii.Error):
        raise ReceiptUnreadable("log subscription") from None
    receipts = [receipt for line in lines if (receipt := _receipt(line.get("message", "")))]
    return receipts, len(lines) - len(receipts)


def _receipt(line: str) -> Receipt | None:
    try:
        entry = json.loads(line)
        notification, delivery = entry["notification"], entry["delivery"]
        outcome, permanent, reason = _verdict(entry["status"], delivery["providerResponse"])
        return Receipt(
            channel=Channel.SMS,
            outcome=outcome,
            provider_id=notification["messageId"],
            at=datetime.fromisoformat(notification["timestamp"]).replace(tzinfo=UTC),
            address=delivery["destination"],
            permanent=permanent,
            reason=reason,
        )
    except (KeyError, TypeError, ValueError):
        return None


def _verdict(status: str, response: str) -> Verdict:
    """Return what a response means: a success is the carrier's acceptance (docs/rules.md#5)."""
    if status == "SUCCESS":
        return Outcome.DELIVERED, False, ""
    text = response.lower()
    return next(verdict for part, verdict in FAILURES if part in text)

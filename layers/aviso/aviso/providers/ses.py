"""Emails through Amazon SES v2.

SES's responses: https://docs.aws.amazon.com/ses/latest/APIReference-V2/API_SendEmail.html. An
email's outcome comes later as events of the configuration set, which carry the tags.
"""

import re
from typing import Any

from aviso.domain.errors import SendDeferred, SendFailed
from aviso.providers import errors, pacing
from aviso.providers.message import Handed, OutgoingMessage
from aviso.runtime import environment
from aviso.runtime.clients import client

ERRORS: errors.Table = {
    "MessageRejected": (
        ("not verified", (SendDeferred, "account_sandbox")),
        ("sending suspended", (SendDeferred, "account_blocked")),
        ("sending paused", (SendDeferred, "account_paused")),
        ("", (SendFailed, "message_rejected")),
    ),
    "BadRequestException": (
        ("not verified", (SendDeferred, "account_sandbox")),
        ("domain name", (SendFailed, "invalid_address")),
        ("local address", (SendFailed, "invalid_address")),
        ("missing final", (SendFailed, "invalid_address")),
        ("illegal address", (SendFailed, "invalid_address")),
        ("", (SendFailed, "invalid_message")),
    ),
    "LimitExceededException": (("", (SendDeferred, "account_quota")),),
    "TooManyRequestsException": (
        ("daily", (SendDeferred, "account_quota")),
        ("", (SendDeferred, "throttled")),
    ),
    "SendingPausedException": (("", (SendDeferred, "account_paused")),),
    "AccountSuspendedException": (("", (SendDeferred, "account_blocked")),),
    "MailFromDomainNotVerifiedException": (("", (SendDeferred, "sender_not_set_up")),),
    "NotFoundException": (("", (SendDeferred, "sender_not_set_up")),),
}
_TAG = re.compile(r"[A-Za-z0-9_-]{1,256}")


class SesSender:
    """Sends emails; satisfies `Sender`."""

    def __init__(self) -> None:
        self._pace = pacing.share("EMAIL_PER_SECOND")

    def send(self, message: OutgoingMessage, seconds_left: float) -> Handed:
        """Hand one email over; see `Sender.send`."""
        if seconds_left < errors.SECONDS_NEEDED:
            raise SendDeferred("no_time_left")
        self._pace.take(1, seconds_left - errors.SECONDS_NEEDED)
        answer = errors.call(ERRORS, client("sesv2", attempts=1).send_email, **_request(message))
        return Handed(str(answer.get("MessageId", "")))


def _request(message: OutgoingMessage) -> dict[str, Any]:
    body = {"Text": _utf8(message.text)} | ({"Html": _utf8(message.html)} if message.html else {})
    simple: dict[str, Any] = {"Subject": _utf8(message.subject), "Body": body}
    if message.unsubscribe:
        simple["Headers"] = _one_click(message.unsubscribe)
    return {
        "FromEmailAddress": environment.name("EMAIL_FROM"),
        "Destination": {"ToAddresses": [message.address]},
        "ConfigurationSetName": environment.name("EMAIL_CONFIGURATION_SET"),
        "EmailTags": _tags(message),
        "Content": {"Simple": simple},
    }


def _utf8(text: str) -> dict[str, str]:
    return {"Data": text, "Charset": "UTF-8"}


def _tags(message: OutgoingMessage) -> list[dict[str, str]]:
    """Name the notice and the attempt, so that every later event identifies them."""
    values = {"notice": message.notice, "attempt": str(message.attempt)}
    if not all(_TAG.fullmatch(value) for value in values.values()):
        raise SendFailed("invalid_message")
    return [{"Name": name, "Value": value} for name, value in values.items()]


def _one_click(url: str) -> list[dict[str, str]]:
    """Let a mail program unsubscribe by one POST without a login (RFC 8058, section 3.1)."""
    return [
        {"Name": "List-Unsubscribe", "Value": f"<{url}>"},
        {"Name": "List-Unsubscribe-Post", "Value": "List-Unsubscribe=One-Click"},
    ]

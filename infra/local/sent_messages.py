"""The messages that local AWS accepted for delivery, as MiniStack lists them."""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

# Where MiniStack lists them.
TEXTS = "/_ministack/sns/sms-messages"
EMAILS = "/_ministack/ses/messages"


@dataclass(frozen=True, slots=True)
class Text:
    """A text message that local AWS accepted for delivery."""

    id: str
    phone: str
    body: str


@dataclass(frozen=True, slots=True)
class SentEmail:
    """An email that local AWS accepted for delivery."""

    id: str
    sender: str
    to: tuple[str, ...]
    subject: str
    text: str
    html: str


def texts(listed: Mapping[str, Any]) -> list[Text]:
    """Return the texts of MiniStack's list, oldest first."""
    rows = [(row, phone) for phone, rows in listed["sms_messages"].items() for row in rows]
    rows.sort(key=lambda pair: str(pair[0].get("Timestamp", "")))
    return [Text(row["MessageId"], phone, row["Message"]) for row, phone in rows]


def emails(listed: Mapping[str, Any]) -> list[SentEmail]:
    """Return the emails of MiniStack's list, oldest first."""
    return [
        SentEmail(
            id=row["MessageId"],
            sender=row["Source"],
            to=tuple(row["To"]),
            subject=row["Subject"],
            text=row["BodyText"] or "",
            html=row["BodyHtml"] or "",
        )
        for rows in listed["messages"].values()
        for row in rows
    ]

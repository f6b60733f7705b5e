"""What comes in and waits at the desk, left there as the functions leave it."""

import json
from collections.abc import Mapping
from datetime import UTC, datetime, timedelta

from playwright.sync_api import Locator

from infra.local.stack import LocalAws
from tests.browser.staff_page import Desk

HERS, STRANGE = "+15055550121", "+15055550188"


def put_in_the_inbox(
    aws: LocalAws,
    pk: str,
    task: str,
    data: Mapping[str, object],
    *,
    reason: str = "no_match",
    hours: int = 0,
) -> None:
    """Leave a task as the functions leave it, so many hours ago."""
    at = datetime.now(UTC) - timedelta(hours=hours)
    written = at.isoformat(timespec="microseconds").replace("+00:00", "Z")
    item = {"pk": pk, "at": written, "task": task, "reason": reason, "data": json.dumps(data)}
    aws.client("dynamodb").put_item(
        TableName=aws.outputs["GuardsTable"], Item={k: {"S": v} for k, v in item.items()}
    )


def a_text(
    aws: LocalAws,
    id: str,
    text: str,
    phone: str = HERS,
    *,
    maybe_stop: bool = False,
    hours: int = 0,
) -> str:
    """Leave a text; return what forms call it by."""
    at = (datetime.now(UTC) - timedelta(hours=hours)).isoformat()
    data: dict[str, object] = {"text": text, "address": phone, "address_key": f"key-{id}", "at": at}
    data["maybe_stop"] = maybe_stop
    put_in_the_inbox(aws, f"REPLY#{id}", "REPLY", data, hours=hours)
    return f"REPLY#{id}"


def an_early_sign_up(aws: LocalAws, name: str, number: str) -> str:
    """Leave a sign-up that no program may tie; return what forms call it by."""
    consent = {"version": "1", "at": datetime.now(UTC).isoformat(), "language": "en"}
    asked = {"channel": "email", "address": f"{name}@example.org", "language": "en", "safe": True}
    data = {
        "number": number,
        "last_name": "smithreyes",
        "typed": "Smith Reyes",
        "birth_dates": ["1985-04-12"],
        "asked": [asked],
        "consent": consent | {"source": "portal"},
    }
    put_in_the_inbox(aws, f"EARLY#{name}", "EARLY_TASK", data)
    return f"EARLY#{name}"


def row(desk: Desk, text: str) -> Locator:
    """Return the line of a table with these words."""
    return desk.page.locator("tr", has_text=text)

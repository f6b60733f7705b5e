"""Victims who let agencies have their request, and take it back; and what agencies confirm.

Consents and their ends are written into the run's tables; agencies confirm on their page.
"""

import re
from collections.abc import Callable, Collection, Iterable
from datetime import UTC, datetime, timedelta
from typing import Any

from tests.chaos.environment import World
from tests.rig.model.hand_offs import LATE, MAILBOXES, Agreement, Email, Key

COUNTED = re.compile(r"new: (\d+), taken back: (\d+)")  # what an email says
LONG_AGO = timedelta(days=700)  # before the service began: no notice announces the contact


def agree(world: World, agreed: Iterable[Agreement]) -> None:
    """Store a contact and a consent for each, as a visit to the portal leaves them."""
    now = datetime.now(UTC)
    for one in agreed:
        contact = {
            **texts(
                id=f"c-{one.victim}", channel="sms", address=one.phone, language="en", level="code"
            ),
            **texts(consent_version="1", consent_language="en", consent_source="portal"),
            "consent_at": moment(now - LONG_AGO),
            "tied_at": moment(now - LONG_AGO),
            "safe": {"BOOL": True},
            "new_to_agency": {"BOOL": False},
        }
        consent = {
            **texts(id=f"consent-{one.victim}", contact=f"c-{one.victim}"),
            **texts(version="1", language="en"),
            "purposes": {"L": [{"S": purpose} for purpose in one.purposes]},
            "at": moment(now),
        }
        enrollment = {
            **texts(pk=f"CASE#{one.case}", sk=f"ENROLLMENT#{one.victim}"),
            **texts(type="enrollment", victim=one.victim, rights="unanswered"),
            "contacts": {"L": [{"M": contact}]},
            "version": {"N": "1"},
        }
        choices = {**_key(one), **texts(type="choices", victim=one.victim)}
        choices["hand_off"] = {"M": consent}
        table = {"TableName": world.aws.outputs["CasesTable"]}
        world.aws.client("dynamodb").transact_write_items(
            TransactItems=[{"Put": {**table, "Item": item}} for item in (enrollment, choices)]
        )


def take_back(world: World, agreed: Iterable[Agreement], when: str) -> None:
    """End the consents of those who take them back now."""
    for one in agreed:
        if one.taken_back == when:
            world.aws.client("dynamodb").update_item(
                TableName=world.aws.outputs["CasesTable"],
                Key=_key(one),
                UpdateExpression="SET hand_off.ended_at = :now",
                ExpressionAttributeValues={":now": moment(datetime.now(UTC))},
            )


def confirm(
    world: World,
    agreed: Iterable[Agreement],
    shown: Collection[str],
    press: Callable[[str, str], bool],
) -> set[str]:
    """Confirm requests that wait for it, as an agency does; return the ids of their hand-offs.

    Every second is confirmed, and all that are taken back later.

    Args:
        shown: the ids that an agency's page lists.
        press: confirms one on that page, by its agency and id; returns whether the page took it.
    """
    late = {(one.case, one.victim) for one in agreed if one.taken_back == LATE}
    waiting = [
        (key, row)
        for key, found in sorted(rows(world).items())
        for row in found
        if row["state"] == "owed" and row["pk"] in shown
    ]
    sure = [row for key, row in waiting if key[:2] in late]
    others = [row for key, row in waiting if key[:2] not in late]
    chosen = sure + others[::2]
    return {row["pk"] for row in chosen if press(row["receiver"], row["pk"])}


def rows(world: World) -> dict[Key, list[dict[str, str]]]:
    """Return every hand-off in the ledger: one for each contact and name that it has shown."""
    found: dict[Key, list[dict[str, str]]] = {}
    for row in world.ledger("HANDOFF"):
        key = (row["case"], row["victim"], row["receiver"], row["fact"])
        found.setdefault(key, []).append(row)
    return found


def unfinished(row: dict[str, str]) -> bool:
    """Whether a hand-off waits for its agency, and for no person."""
    return "unsaid" in row or (row["state"] == "owed" and "reason" not in row)


def emails(world: World) -> list[Email]:
    """Return every email that an agency got, with the time at which it left."""
    left = {s["id"]: datetime.fromtimestamp(s["at"], UTC) for s in world.journal()["sends"]}
    mailboxes = set(MAILBOXES.values())
    return [
        Email(to, left[email.id], f"{email.subject} {email.text}", *_counted(email.subject))
        for email in world.aws.sent_emails()
        for to in mailboxes.intersection(email.to)
        if email.id in left  # any other is counted as one that nothing accounts for
    ]


def _counted(subject: str) -> tuple[int, int]:
    found = COUNTED.search(subject)
    return (int(found[1]), int(found[2])) if found else (0, 0)


def _key(one: Agreement) -> dict[str, Any]:
    return texts(pk=f"CASE#{one.case}", sk=f"CHOICES#{one.victim}")


def texts(**values: str) -> dict[str, Any]:
    """Return text attributes as a table has them."""
    return {name: {"S": value} for name, value in values.items()}


def moment(when: datetime) -> dict[str, str]:
    """Return a time as a table has it."""
    return {"S": when.replace(tzinfo=None).isoformat(timespec="microseconds") + "Z"}

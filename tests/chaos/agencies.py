"""Requests to other agencies on local AWS: consents in its tables, clerks at its deployed desk."""

import time
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from datetime import UTC, datetime
from typing import Any

from infra.harness.web_page import Page, answer, request
from infra.local.stack import StackError
from tests.chaos.environment import World
from tests.rig import agencies
from tests.rig.agencies import HAND_OFF, Requests, Rows
from tests.rig.model.hand_off_pages import Shown
from tests.rig.model.hand_offs import MAILBOXES, Agreement, Email

TRIES = 8  # for one page
CONFIRMED, GONE = 303, 409  # what the page answers to a press: it is confirmed, or taken back


def agree(world: World, agreed: Iterable[Agreement]) -> None:
    """Store a contact and a consent for each."""
    now, table = datetime.now(UTC), world.aws.outputs["CasesTable"]
    for one in agreed:
        items = agencies.consent(one, table, now)
        world.aws.client("dynamodb").transact_write_items(TransactItems=items)


def take_back(world: World, agreed: Iterable[Agreement], when: str) -> None:
    """End the consents of those who take them back now."""
    now, table = datetime.now(UTC), world.aws.outputs["CasesTable"]
    for one in agreed:
        if one.taken_back == when:
            world.aws.client("dynamodb").update_item(**agencies.end_of_consent(one, table, now))


def rows(world: World) -> Rows:
    """Return every request in the ledger."""
    return agencies.by_key(world.ledger(HAND_OFF))


def emails(world: World) -> list[Email]:
    """Return every email that an agency got, with the time at which it left."""
    left = {s["id"]: datetime.fromtimestamp(s["at"], UTC) for s in world.journal()["sends"]}
    mailboxes = set(MAILBOXES.values())
    return [
        agencies.email(to, left[email.id], email.subject, email.text)
        for email in world.aws.sent_emails()
        for to in mailboxes.intersection(email.to)
        if email.id in left  # any other is counted as one that nothing accounts for
    ]


@dataclass(slots=True)
class Clerks:
    """A clerk of each agency, who reads and confirms what waits."""

    world: World
    requests: Requests

    def read(self) -> list[Shown]:
        """Return what all agencies' pages show now, asked for while calls fail."""
        found = [one for agency in MAILBOXES for one in self._page(agency)[1]]
        self.requests.shown += found
        return found

    def confirm(self) -> None:
        """Confirm some of what waits.

        It is not confirmed when it was taken back at this moment. The page is asked again after a
        death, as people do, because the same press twice confirms once.
        """
        self.requests.confirmed_from = datetime.now(UTC)
        shown = {one.id for one in self.read()}
        for row in agencies.to_confirm(rows(self.world), self.requests.agreed, shown):
            page, beside = self._page(row["receiver"], row["pk"])
            self.requests.shown += beside  # the word that it was taken back
            if page.status == CONFIRMED:
                self.requests.confirmed.add(row["pk"])

    def _page(self, agency: str, confirms: str = "") -> tuple[Page, list[Shown]]:
        opened, jar, csrf = agencies.clerk(agency, datetime.now(UTC))
        table = self.world.aws.outputs["MembersTable"]
        for row in opened:
            self.world.aws.client("dynamodb").put_item(TableName=table, Item=row)
        form = {"csrf": csrf, "id": confirms} if confirms else None
        method = "POST" if confirms else "GET"
        event = request(method, "/hand-offs", "desk.example.org", "203.0.113.21")
        for _ in range(TRIES):
            asked = datetime.now(UTC)
            try:
                page = answer(self._staff, jar, event, form)
            except StackError:
                continue  # it died over it; people ask again
            if page.status in ((CONFIRMED, GONE) if confirms else (200,)):
                return page, agencies.on_page(agency, page, asked, datetime.now(UTC))
            time.sleep(1)
        raise StackError(f"the page of {agency} did not come")

    def _staff(self, event: Mapping[str, Any], _context: object) -> dict[str, Any]:
        page: dict[str, Any] = self.world.aws.invoke("staff", event)
        return page

"""What each agency reads and confirms on its page at the desk: the deployed function's own answer.

Its clerk's account and session are stored as the sign-in leaves them. The page is asked for while
calls fail. What it may show says `hand_off_pages`.
"""

import secrets
import time
from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from hashlib import sha256
from typing import Any

from lxml.html import HtmlElement

from infra.harness.web_page import Page, answer, request
from infra.local.stack import StackError
from tests.chaos.agencies import moment, texts
from tests.chaos.environment import World
from tests.rig.model.hand_off_pages import NAMED, Shown
from tests.rig.model.hand_offs import MAILBOXES

TRIES = 8  # for one page
CONFIRMED, GONE = 303, 409  # what the page answers to a press: it is confirmed, or taken back


@dataclass(slots=True)
class Clerks:
    """A clerk of each agency, who reads and confirms what waits."""

    world: World
    shown: list[Shown] = field(default_factory=list)  # everything that was ever on a page

    def read(self) -> list[Shown]:
        """Return what all agencies' pages show now.

        Raises:
            StackError: when a page did not come, however often it was asked for.
        """
        found = [one for agency in MAILBOXES for one in self._page(agency)[1]]
        self.shown += found
        return found

    def confirm(self, agency: str, id: str) -> bool:
        """Press the button of a request; return whether it is confirmed.

        It is not when it was taken back at this moment. The page is asked again after a death, as
        people do, because the same press twice confirms once.

        Raises:
            StackError: when no answer came, however often it was asked for.
        """
        page, shown = self._page(agency, id)
        self.shown += shown  # beside the word that it was taken back
        return page.status == CONFIRMED

    def _page(self, agency: str, confirms: str = "") -> tuple[Page, list[Shown]]:
        jar, csrf = self._sign_in(agency)
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
                came = datetime.now(UTC)
                every = page.root.xpath("//article")
                return page, [_shown(agency, one, asked, came) for one in every]
            time.sleep(1)
        raise StackError(f"the page of {agency} did not come")

    def _staff(self, event: Mapping[str, Any], _context: object) -> dict[str, Any]:
        page: dict[str, Any] = self.world.aws.invoke("staff", event)
        return page

    def _sign_in(self, agency: str) -> tuple[dict[str, str], str]:
        """Open a session of the agency's clerk; return their cookies and the forms' token."""
        clerk, token, now = f"clerk-of-{agency}", secrets.token_urlsafe(8), datetime.now(UTC)
        csrf = secrets.token_urlsafe(8)
        soon = moment(now + timedelta(minutes=30))
        account = texts(pk=f"ACCOUNT#{clerk}", name=clerk, receiver=agency)
        session = {
            **texts(pk=f"STAFF#{sha256(token.encode()).hexdigest()}", id=clerk, name=clerk),
            **texts(csrf=csrf),
            "roles": {"SS": ["receiver"]},
            "created_at": moment(now),
            "idle_until": soon,
            "max_until": soon,
            "expires": {"N": str(int(now.timestamp()) + 86400)},
        }
        table = self.world.aws.outputs["MembersTable"]
        for row in (account, session):
            self.world.aws.client("dynamodb").put_item(TableName=table, Item=row)
        return {"__Host-staff": token}, csrf


def _shown(agency: str, article: HtmlElement, asked: datetime, came: datetime) -> Shown:
    facts = [" ".join(dd.text_content().split()) for dd in article.xpath(".//dd")]
    return Shown(
        agency=agency,
        id=str(article.xpath('.//input[@name="id"]/@value')[0]),
        victim=facts[0],
        speaker=next((fact for fact in facts if NAMED in fact), ""),
        words=" ".join(facts),
        asked=asked,
        came=came,
    )

"""What each agency reads on its page at the desk, in a run: the deployed function's own answer.

Its clerk's account and session are stored as the sign-in leaves them. The page is asked for while
calls fail. What it may show says `hand_off_pages`.
"""

import secrets
import time
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from hashlib import sha256
from typing import Any

from lxml.html import HtmlElement

from infra.harness.web_page import Page, answer
from infra.local.stack import StackError
from tests.chaos.agencies import moment, texts
from tests.chaos.environment import World
from tests.chaos.hand_off_pages import NAMED, Shown
from tests.chaos.hand_offs import MAILBOXES

TRIES = 8  # for one page
EVENT = {
    "httpMethod": "GET",
    "path": "/hand-offs",
    "headers": {"Host": "desk.example.org", "Accept-Language": "en"},
    "queryStringParameters": None,
    "stageVariables": None,
    "requestContext": {"identity": {"sourceIp": "203.0.113.21"}},
}


@dataclass(slots=True)
class Clerks:
    """A clerk of each agency, who reads what waits."""

    world: World
    shown: list[Shown] = field(default_factory=list)  # everything that was ever on a page

    def read(self) -> list[Shown]:
        """Return what all agencies' pages show now.

        Raises:
            StackError: when a page did not come, however often it was asked for.
        """
        found = [one for agency in MAILBOXES for one in self._requests(agency)]
        self.shown += found
        return found

    def _requests(self, agency: str) -> Iterator[Shown]:
        asked, page = self._page(agency)
        came = datetime.now(UTC)
        for article in page.root.xpath("//article"):
            yield _shown(agency, article, asked, came)

    def _page(self, agency: str) -> tuple[datetime, Page]:
        jar = self._sign_in(agency)
        for _ in range(TRIES):
            asked = datetime.now(UTC)
            try:
                page = answer(self._staff, jar, EVENT)
            except StackError:
                continue  # it died over it; people ask again
            if page.status == 200:
                return asked, page
            time.sleep(1)
        raise StackError(f"the page of {agency} did not come")

    def _staff(self, event: Mapping[str, Any], _context: object) -> dict[str, Any]:
        page: dict[str, Any] = self.world.aws.invoke("staff", event)
        return page

    def _sign_in(self, agency: str) -> dict[str, str]:
        """Open a session of the agency's clerk; return the cookies of their browser."""
        clerk, token, now = f"clerk-of-{agency}", secrets.token_urlsafe(8), datetime.now(UTC)
        soon = moment(now + timedelta(minutes=30))
        account = texts(pk=f"ACCOUNT#{clerk}", name=clerk, receiver=agency)
        session = {
            **texts(pk=f"STAFF#{sha256(token.encode()).hexdigest()}", id=clerk, name=clerk),
            **texts(csrf=secrets.token_urlsafe(8)),
            "roles": {"SS": ["receiver"]},
            "created_at": moment(now),
            "idle_until": soon,
            "max_until": soon,
            "expires": {"N": str(int(now.timestamp()) + 86400)},
        }
        table = self.world.aws.outputs["MembersTable"]
        for row in (account, session):
            self.world.aws.client("dynamodb").put_item(TableName=table, Item=row)
        return {"__Host-staff": token}


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

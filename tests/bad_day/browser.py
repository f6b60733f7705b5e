"""A browser in a day in memory: it keeps cookies and follows redirects, on the clock of the rig.

A person is a greenlet of the scheduler. It gives its turn away until its page has come.
"""

import html
import re
from collections.abc import Callable
from dataclasses import dataclass, field
from functools import cache
from typing import Any
from urllib.parse import urljoin, urlsplit

from greenlet import getcurrent

from infra.harness import cloudformation
from infra.harness.web_page import complete, keep_cookies, request
from tests.bad_day.alarms import DESK, PAGES
from tests.bad_day.answers import Answer
from tests.rig.functions import Functions

HIDDEN = re.compile(r'<input type="hidden" name="([^"]+)" value="([^"]*)"')
HEADING = re.compile(r"<h1[^>]*>(.*?)</h1>", re.DOTALL)
REDIRECTS = (301, 302, 303)
FAILED = 502  # what the gateway answers when a function failed, with the template's own page
GATEWAYS = {"portal": PAGES, "staff": DESK}
Keep = Callable[[Answer], None]


@dataclass
class Browser:
    """One person's browser at the portal or at the desk.

    Attributes:
        function: that answers.
        base: the site's address; every path of the site lies below it.
        who: in the answers.
        source: the address it asks from.
        keep: gets each answer.
    """

    functions: Functions
    function: str
    base: str
    who: str
    source: str
    keep: Keep
    jar: dict[str, str] = field(default_factory=dict)
    url: str = ""
    _by_gateway: bool = False  # the last answer

    def ask(
        self, name: str, method: str, path: str, form: dict[str, str] | None = None
    ) -> str | None:
        """Ask for a page and wait for it; return its text, None for an error's."""
        time = self.functions.cloud.time
        began = time.now
        self.url = urljoin(f"{self.base}/", path)
        status, headers, body = self._request(method, form)
        while status in REDIRECTS:
            self.url = urljoin(self.url, headers["location"])
            status, headers, body = self._request("GET", None)
        heading = HEADING.search(body)
        words = html.unescape(re.sub(r"<[^>]+>", "", heading[1])).strip() if heading else ""
        good = status == 200
        self.keep(
            Answer(
                at=began,
                who=self.who,
                page=name,
                status=status,
                ms=(time.now - began) * 1000,
                heading="" if good else words,
                polite=good or (bool(words) and "<a " in body),
                says_when=bool(headers.get("retry-after")),
                by_gateway=self._by_gateway,
            )
        )
        return body if good else None

    def _request(self, method: str, form: dict[str, str] | None) -> tuple[int, dict[str, str], str]:
        me: Any = getcurrent()

        def ended(page: Any, failed: bool) -> None:
            me.switch((page, failed))

        self.functions.invoke(self.function, self._event(method, form), ended)
        page, failed = me.parent.switch()
        self._by_gateway = failed
        if failed:
            page = _own_page(GATEWAYS[self.function])
        keep_cookies(self.jar, page)
        headers = {name.lower(): value for name, value in page["headers"].items()}
        return page["statusCode"], headers, page.get("body") or ""

    def _event(self, method: str, form: dict[str, str] | None) -> dict[str, Any]:
        """Return the request as API Gateway passes it on."""
        at, home = urlsplit(self.url), urlsplit(self.base)
        path = at.path.removeprefix(home.path) or "/"
        event = request(method, path, home.netloc, self.source, query=at.query)
        return complete(event, self.jar, form)


@cache
def _own_page(gateway: str) -> dict[str, Any]:
    """Return what the template lets a gateway answer when its function has failed."""
    headers, body = cloudformation.gateway_response(gateway, "DEFAULT_5XX")
    return {"statusCode": FAILED, "headers": headers, "body": body}


def form(page: str, **values: str) -> dict[str, str]:
    """Return what a page's form sends: its hidden fields, and what a person types."""
    return {name: html.unescape(value) for name, value in HIDDEN.findall(page)} | values

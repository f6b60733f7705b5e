"""A browser in memory: a person is a greenlet, which gives its turn away until a page has come."""

import html
import re
from dataclasses import dataclass, field
from functools import cache
from typing import Any
from urllib.parse import urljoin, urlsplit

from greenlet import getcurrent

from infra.harness import cloudformation
from infra.harness.in_process import ENVIRONMENT
from infra.harness.web_page import Page, complete, keep_cookies, request
from tests.rig.functions import Functions

PORTAL, DESK = "portal", "staff"  # functions
BASES = {PORTAL: ENVIRONMENT["PORTAL_URL"], DESK: ENVIRONMENT["STAFF_URL"]}
GATEWAYS = {PORTAL: "PortalApi", DESK: "StaffApi"}
HIDDEN = re.compile(r'<input type="hidden" name="([^"]+)" value="([^"]*)"')
REDIRECTS = (301, 302, 303)
FAILED = 502  # what the gateway answers when a function failed, with the template's own page


@dataclass
class Browser:
    """One person's browser at the portal or at the desk."""

    functions: Functions
    function: str  # that answers
    source: str  # the network address
    jar: dict[str, str] = field(default_factory=dict)
    url: str = ""
    failed: bool = False  # the last answer was the gateway's own, because the function had failed

    def get(self, path: str) -> Page:
        """Ask for a page, and follow where it sends."""
        return self.ask("GET", path)

    def post(self, path: str, **form: str) -> Page:
        """Send a form, and follow where it sends."""
        return self.ask("POST", path, form)

    def ask(self, method: str, path: str, form: dict[str, str] | None = None) -> Page:
        """Ask for a page and wait for it, and for that to which it sends."""
        self.url = urljoin(f"{BASES[self.function]}/", path)
        page = self._once(method, form)
        while page.status in REDIRECTS:
            self.url = urljoin(self.url, page.headers["Location"])
            page = self._once("GET", None)
        return page

    def _once(self, method: str, form: dict[str, str] | None) -> Page:
        at, home = urlsplit(self.url), urlsplit(BASES[self.function])
        path = at.path.removeprefix(home.path) or "/"
        event = request(method, path, home.netloc, self.source, query=at.query)
        me: Any = getcurrent()

        def ended(found: Any, failed: bool) -> None:
            me.switch((found, failed))

        self.functions.invoke(self.function, complete(event, self.jar, form), ended)
        found, self.failed = me.parent.switch()
        if self.failed:
            found = own_page(GATEWAYS[self.function])
        cookies = keep_cookies(self.jar, found)
        return Page(found["statusCode"], found.get("body") or "", found["headers"], cookies)


@cache
def own_page(gateway: str) -> dict[str, Any]:
    """Return what the template lets a gateway answer when its function has failed."""
    headers, body = cloudformation.gateway_response(gateway, "DEFAULT_5XX")
    return {"statusCode": FAILED, "headers": headers, "body": body}


def member(functions: Functions, role: str, source: str) -> Browser:
    """Return the browser of a member of the desk who has signed in."""
    from aviso.domain.staff import Role
    from infra.harness.staff_browser import StaffBrowser

    signed_in = StaffBrowser()
    signed_in.sign_in(Role(role), now=functions.cloud.time.utc)
    return Browser(functions, DESK, source, jar=signed_in.jar)


def form_of(page: Page, **values: str) -> dict[str, str]:
    """Return what a page's form sends: its hidden fields, and what a person types."""
    return {name: html.unescape(value) for name, value in HIDDEN.findall(page.body)} | values

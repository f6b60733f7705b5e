"""`make pages`: each page's bytes on the wire and calls to AWS against its budget, and its HTML.

Bytes are those of an answer as API Gateway sends it: the body compressed, and the headers in plain
HTTP/1.1, of which HTTP/2 makes less. A first visit brings the stylesheet and the icon along, which
browsers then keep for a year. The pages are in Spanish, the longer of the two, and calls are
counted in process, on an imitation of AWS in memory.
"""

from __future__ import annotations

import gzip
import sys
from collections import Counter
from collections.abc import Callable
from dataclasses import dataclass
from typing import TYPE_CHECKING

from infra.cost.journey import NOW, imitation
from infra.repository import ROOT
from tests.performance import html_errors

if TYPE_CHECKING:
    from infra.harness.portal_browser import Visitor
    from infra.harness.web_page import Page

FIRST_BYTES = 14 * 1024  # one initial TCP window
LATER_BYTES = 6 * 1024
NAME, BORN = "munoz v1", "4/12/1985"
# What API Gateway adds by itself.
GATEWAY = (
    "HTTP/1.1 200 OK\r\nDate: Tue, 24 Nov 2026 19:00:00 GMT\r\nContent-Length: 4096\r\n"
    "Connection: keep-alive\r\nx-amzn-RequestId: 00000000-0000-0000-0000-000000000000\r\n"
    "x-amz-apigw-id: 0123456789abcde=\r\nContent-Encoding: gzip\r\n"
    "X-Amzn-Trace-Id: Root=1-00000000-000000000000000000000000;Sampled=0;lineage=0:00000000:0\r\n"
)


@dataclass(frozen=True)
class Row:
    """A page and what it took."""

    name: str
    body: str
    size: int
    most_bytes: int
    calls: Counter[str]
    most_calls: int | None

    @property
    def over(self) -> bool:
        """Whether it is over a budget."""
        calls = self.calls.total()
        return self.size > self.most_bytes or (
            self.most_calls is not None and calls > self.most_calls
        )


def wire(page: Page) -> int:
    """Return the bytes of an answer on the wire."""
    lines = [f"{name}: {value}" for name, value in page.headers.items()]
    lines += [f"set-cookie: {cookie}" for cookie in page.cookies]
    body = gzip.compress(page.body.encode(), 6) if page.body else b""
    return len(GATEWAY) + len("\r\n".join(lines)) + 4 + len(body)


def rows() -> list[Row]:
    """Walk through the portal and return what each page took; must be called in an imitation."""
    from aviso.web.assets import NAMED
    from infra.harness.builders import NUMBER, a_case
    from infra.harness.portal_browser import Visitor, store

    report = {"assigned": "Det. Quintero", "division": "Midtown", "assigned_phone": "+15205550131"}
    built = a_case().with_report(**report).with_victim("v1", phone="", email="")
    store(built.with_suspect().with_arrest(appearance_place="Justice Court").case)
    visitor = Visitor(language="es")
    form = {"phone": "520-555-0142", "phone_safe": "yes", "email": "ana@example.com"}
    form |= {"email_safe": "yes", "consent": "yes", "lang": ""}
    assets = sum(wire(visitor.get(f"/assets/{name}")) for name in NAMED)
    found = [_row("find, first visit", lambda: visitor.get("/"), FIRST_BYTES, 0, more=assets)]

    def later(name: str, ask: Callable[[], Page], most_calls: int | None = None) -> Page:
        pages: list[Page] = []

        def once() -> Page:
            pages.append(ask())
            return pages[0]

        found.append(_row(name, once, LATER_BYTES, most_calls))
        return pages[0]

    def read(path: str, most_calls: int | None = None) -> Page:
        return later(path, lambda: visitor.get(f"/{path}"), most_calls)

    later("find", lambda: visitor.get("/"), 0)
    later("find, mistyped", lambda: visitor.post("/find", number="1"), 0)
    later("who is asking", lambda: visitor.post("/find", number=NUMBER), 0)
    later("verify, refused", lambda: visitor.verify(NUMBER, NAME, "1/1/1999"), 4)
    later("verify", lambda: visitor.verify(NUMBER, NAME, BORN), 4)
    page = later("status", lambda: visitor.get("/status"), 4)
    csrf = page.value("csrf")
    later("enroll, mistyped", lambda: visitor.post("/enroll", csrf=csrf, phone="1"))
    later("enroll", lambda: visitor.post("/enroll", csrf=csrf, **form))
    later("done", lambda: visitor.get("/done"))
    later("status, signed up", lambda: visitor.get("/status"), 4)
    for path in ("code", "choice"):
        read(path)
    _with_code(visitor, later)
    for path in ("help", "rights", "privacy", "terms", "real"):
        read(path, 0)
    later("leave", lambda: visitor.get("/leave"))
    return found


def _with_code(visitor: Visitor, later: Callable[..., Page]) -> None:
    """Open the case with a code from a card, and look at what only a code shows."""
    from aviso.domain.settings import Settings
    from aviso.victims import access_codes
    from infra.harness.builders import NUMBER

    code = access_codes.issue(NUMBER, "v1", access_codes.CodePurpose.CARD, NOW, Settings.current())
    typed = {"number": NUMBER, "last_name": "", "birth_date": "", "code": code}
    later("verify by code", lambda: visitor.post("/verify", **typed), 4)
    later("status, by code", lambda: visitor.get("/status"), 4)
    later("manage", lambda: visitor.get("/manage"))
    later("record", lambda: visitor.get("/record"))


def _row(
    name: str, ask: Callable[[], Page], most_bytes: int, most_calls: int | None, more: int = 0
) -> Row:
    from infra.harness.portal_browser import aws_calls

    with aws_calls() as calls:
        page = ask()
    if page.status >= 500 or page.status == 404:
        raise RuntimeError(f"{name} answered {page.status}")
    return Row(name, page.body, wire(page) + more, most_bytes, Counter(calls), most_calls)


def main() -> int:
    """Print the pages; return 1 when one is over its budget or is not valid HTML."""
    import time_machine

    from infra.compiler.kept import folder_of

    folder = folder_of(ROOT / "infra/agency/sample.yaml", ROOT / "templates")
    with imitation(str(folder)), time_machine.travel(NOW, tick=False):
        from aviso.web import constant_time

        constant_time.STEP = 0
        found = rows()
    print(f"{'page':20} {'bytes':>6} {'at most':>8} {'calls':>6} {'at most':>8}")
    for row in found:
        most = "" if row.most_calls is None else row.most_calls
        made = ", ".join(f"{n} {call}" for call, n in row.calls.items())
        over = "  OVER BUDGET" if row.over else ""
        print(
            f"{row.name:20} {row.size:6} {row.most_bytes:8} {row.calls.total():6} {most:>8}"
            f"  {made}{over}"
        )
    (enroll,) = (row for row in found if row.name == "enroll")
    transactions = enroll.calls["TransactWriteItems"]
    print(f"Enrolling is {transactions} transaction; budget 1.")
    invalid = html_errors.errors({row.name: row.body for row in found if row.body})
    print("\n".join(invalid) or "Every page is valid HTML.")
    return int(transactions != 1 or bool(invalid) or any(row.over for row in found))


if __name__ == "__main__":
    sys.exit(main())

"""Arabic pages in a browser: rules of WCAG, narrow screens, and numbers in their order.

`PICTURES=yes` also writes each page, at the width of a phone and of a desk, and the pages of an
Arabic letter to build/screens/.
"""

import io
import os
import re
from collections.abc import Iterator
from typing import Any

import time_machine
from playwright import sync_api
from playwright.sync_api import Browser

from aviso.domain.settings import Settings
from aviso.letters import pdf
from infra.harness.builders import NOW, NUMBER, a_consenting_case, an_arrest_case
from infra.harness.portal_browser import Visitor, store
from infra.harness.web_page import Page
from tests.browser import axe
from tests.support import arabic_agency
from tests.support.visitor import put, with_code

# Where the digits of the first telephone number in a sentence are, from left to right.
DIGITS = """() => {
  const walk = document.createTreeWalker(document.querySelector("main"), NodeFilter.SHOW_TEXT);
  while (walk.nextNode()) {
    const at = walk.currentNode.data.search(/\\d{3}-\\d{3}-\\d{4}/);
    if (at < 0 || !/[\\u0600-\\u06ff]/.test(walk.currentNode.parentElement.textContent)) continue;
    return [0, 4, 8].map(n => {
      const one = document.createRange();
      one.setStart(walk.currentNode, at + n);
      one.setEnd(walk.currentNode, at + n + 1);
      return one.getBoundingClientRect().left;
    });
  }
}"""


def visited(visitor: Visitor) -> Iterator[tuple[str, Page]]:
    """Yield the pages of a visit, by what the victim does."""
    for path in ("/", "/help", "/rights", "/privacy", "/terms", "/real"):
        yield path.strip("/") or "find", visitor.get(path)
    yield "find-mistake", visitor.post("/find", number="12")
    yield "verify", visitor.post("/find", number=NUMBER)
    yield "refused", visitor.verify(NUMBER, "nobody", "1/1/1999")
    visitor.verify(NUMBER, "munoz v1", "4/12/1985")
    for path in ("/status", "/alerts", "/choice", "/code", "/print"):
        yield path.strip("/"), visitor.get(path)


def opened_by_code(visitor: Visitor) -> Iterator[tuple[str, Page]]:
    """Yield the pages that only a code opens, with what a victim does there."""
    for path in ("/status", "/manage", "/record", "/choice", "/alerts", "/speaks"):
        yield f"{path.strip('/')}-by-code", visitor.get(path)
    csrf = visitor.get("/speaks").value("csrf")
    yield "speaks-empty", visitor.post("/speaks", csrf=csrf)
    named = {"first_name": "Alma", "last_name": "Quiroz", "email": "alma@example.com"}
    boxes = dict.fromkeys(("adult", "apart", "consent"), "yes")
    visitor.post("/speaks", csrf=csrf, language="ar", **named, **boxes)
    yield "speaks-asked", visitor.get("/speaks")
    yield "share-agreed", visitor.get("/share")
    yield "share-wrong", visitor.post("/share", csrf=csrf, until="2020-01-01")
    visitor.post("/share", csrf=csrf, do="end")
    yield "share", visitor.get("/share")
    visitor.post("/manage", csrf=csrf, lock="on")
    yield "manage-locked", visitor.get("/manage")
    yield "record-of-all", visitor.get("/record")


def looked_at(window: sync_api.Page, pages: dict[str, str]) -> list[str]:
    """Return what is wrong with pages in the state that each name says."""
    wrong = []
    for name, html in pages.items():
        window.set_content(html)
        wrong += axe.look(window, f"arabic-{name}", "ar")
        window.set_viewport_size({"width": 360, "height": 740})
        leave = window.locator(".leave").bounding_box()
        if not leave or leave["x"] >= 180:
            wrong.append(f"{name}: the way out is not at the end of the line")
    return wrong


def styled(page: Page, visitor: Visitor) -> str:
    """Return a page with its stylesheet in it, so that it needs no address."""
    found = re.search(r'<link rel="stylesheet" href="([^"]+)">', page.body)
    assert found
    style = f"<style>{visitor.get(f'/{found[1]}').body}</style>"
    return re.sub(r'<link rel="icon"[^>]*>', "", page.body.replace(found[0], style))


def photograph(mail: pdf.Mail, settings: Settings) -> None:
    """Write the pages of a letter to build/screens/."""
    import pypdfium2

    out = io.BytesIO()
    pdf.render([mail], settings, out)
    document: Any = pypdfium2.PdfDocument(out)
    axe.SCREENS.mkdir(parents=True, exist_ok=True)
    for number, page in enumerate(document, 1):
        page.render(scale=1.5).to_pil().save(axe.SCREENS / f"arabic-letter-{number}.png")


class TestArabicPages:
    def test_can_be_read_by_everyone(self, arabic: Settings, chromium: Browser) -> None:
        visitor = Visitor(language="ar")
        with time_machine.travel(NOW, tick=False):
            store(an_arrest_case().with_report(status="ACTIVE", assigned="Det. Reed").case)
            pages = {name: styled(page, visitor) for name, page in visited(visitor)}
        window = chromium.new_page(viewport={"width": 360, "height": 740})
        try:
            assert looked_at(window, pages) == []
        finally:
            window.close()
        if os.environ.get("PICTURES"):
            photograph(arabic_agency.letter(arabic), arabic)

    def test_can_be_read_where_a_code_is_needed(self, arabic: Settings, chromium: Browser) -> None:
        with time_machine.travel(NOW, tick=False):
            put(a_consenting_case().with_arrest().case)
            visitor = with_code(arabic, language="ar")
            opened = dict(opened_by_code(visitor))
            pages = {name: styled(page, visitor) for name, page in opened.items()}
        refused = {name: page.status for name, page in opened.items() if page.status >= 300}
        assert refused == {"speaks-empty": 400}
        window = chromium.new_page(viewport={"width": 360, "height": 740})
        try:
            assert looked_at(window, pages) == []
        finally:
            window.close()

    def test_show_the_digits_of_a_telephone_in_order(
        self, arabic: Settings, chromium: Browser
    ) -> None:
        visitor = Visitor(language="ar")
        html = styled(visitor.get("/"), visitor)
        window = chromium.new_page(viewport={"width": 360, "height": 740})
        try:
            window.set_content(html)
            here: list[float] = window.evaluate(DIGITS)
            window.set_content(html.replace("\u200e", ""))
            turned: list[float] = window.evaluate(DIGITS)
        finally:
            window.close()
        assert here == sorted(here)
        assert turned == sorted(turned, reverse=True), "the mark is not needed any more"

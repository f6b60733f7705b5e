"""The browser without script, on a small server of its own."""

from collections.abc import Iterator
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from threading import Thread
from urllib.parse import parse_qs

import pytest

from infra.local.http_browser import Browser, PageError, text_of

FORM = (
    '<form id="step" method="post" action="find"><input type="hidden" name="csrf" value="c">'
    '<input name="number" value="1"><select name="lang"><option value="en"><option value="es" '
    'selected></select><input type="checkbox" name="consent" value="yes"></form>'
)


class Site(BaseHTTPRequestHandler):
    """A start page with a form, the page it leads to, and bad redirects."""

    def do_GET(self) -> None:
        redirects = {"/portal/circle": "circle", "/portal/leave": "https://www.weather.gov/"}
        if to := redirects.get(self.path):
            self.reply(303, "", Location=to)
        elif self.path == "/portal/":
            cookie = "__Host-visit=v1; Path=/; Secure; HttpOnly"
            self.reply(200, FORM, **{"Set-Cookie": cookie})
        elif self.path == "/portal/status":
            self.reply(200, f'<p class="cookie">{self.headers.get("Cookie", "none")}</p>')
        else:
            self.reply(404, "<h1>Not here</h1>")

    def do_POST(self) -> None:
        sent = self.rfile.read(int(self.headers["Content-Length"])).decode()
        self.server.posted = (parse_qs(sent), self.headers["Origin"])  # type: ignore[attr-defined]
        ends = "__Host-visit=; Path=/; Secure; Max-Age=0"
        more = {"Set-Cookie": ends} if "number=9" in sent else {}
        self.reply(303, "", Location="status", **more)

    def reply(self, status: int, body: str, **headers: str) -> None:
        self.send_response(status)
        for name, value in headers.items():
            self.send_header(name, value)
        self.send_header("Content-Length", str(len(body)))
        self.end_headers()
        self.wfile.write(body.encode())

    def log_message(self, *_: object) -> None:
        pass


@pytest.fixture
def site() -> Iterator[ThreadingHTTPServer]:
    server = ThreadingHTTPServer(("127.0.0.1", 0), Site)
    thread = Thread(target=server.serve_forever, kwargs={"poll_interval": 0.01})
    thread.start()
    yield server
    server.shutdown()
    thread.join()
    server.server_close()


@pytest.fixture
def browser(site: ThreadingHTTPServer) -> Browser:
    return Browser(f"http://localhost:{site.server_port}/portal")


class TestBrowser:
    def test_sends_a_form_with_its_values_and_follows_the_answer(self, site, browser) -> None:
        page = browser.submit(browser.open(), "step", number="2")
        sent = {"csrf": ["c"], "number": ["2"], "lang": ["es"]}
        assert site.posted == (sent, browser.start.removesuffix("/portal"))
        assert (page.status, page.url) == (200, f"{browser.start}/status")

    def test_returns_secure_cookies_until_they_end(self, browser) -> None:
        start = browser.open()
        assert text_of(browser.submit(start, "step"), "cookie") == "__Host-visit=v1"
        assert text_of(browser.submit(start, "step", number="9"), "cookie") == "none"

    def test_does_not_follow_to_another_site(self, browser) -> None:
        assert browser.open("leave").url == "https://www.weather.gov/"

    def test_gives_up_in_a_circle(self, browser) -> None:
        assert browser.open("circle").status == 303

    def test_returns_the_page_of_an_error(self, browser) -> None:
        page = browser.open("nowhere")
        assert (page.status, page.heading) == (404, "Not here")

    def test_says_which_form_or_text_is_missing(self, browser) -> None:
        page = browser.open("nowhere")
        with pytest.raises(PageError, match="'Not here' \\(404\\) has no form 'step'"):
            browser.submit(page, "step")
        with pytest.raises(PageError, match="shows no state"):
            text_of(page, "state")

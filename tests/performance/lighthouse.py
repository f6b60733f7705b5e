"""`make lighthouse`: what Lighthouse, pa11y and html-validate say of the portal's and desk's pages.

The pages are those of `tests.pictures.album`: the real functions answered them. A small server
on this machine gives them to both tools with the headers and the compression that a browser gets
on AWS.
It writes `build/lighthouse.json`: page -> `{"performance", "accessibility", "best_practices",
"pa11y"}`, the first three of 100, the last a count of errors. It is written after each page; a page
that could not be judged has no figures. It fails below the TARGETS, for such a page, and for HTML
that is not valid.
"""

import gzip
import json
import os
import subprocess
import sys
from collections.abc import Iterator, Mapping
from contextlib import contextmanager, suppress
from functools import partial
from http import HTTPStatus
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from threading import Thread
from typing import Any
from urllib.parse import urlsplit

from infra.harness.web_page import Page
from infra.local import chromium, downloads, nodejs
from infra.local.run import say
from infra.repository import ROOT
from tests.performance import html_errors
from tests.pictures import album

CHECKERS = downloads.TOOLS / "pages"
OUT = ROOT / "build" / "lighthouse.json"
CATEGORIES = {
    "performance": "performance",
    "accessibility": "accessibility",
    "best-practices": "best_practices",
}
TARGETS = {"portal": 100, "desk": 95}  # of 100, in each category; pa11y finds nothing
SECONDS = 180
TRIES = 3  # a busy machine loses a browser's trace now and then


class UnjudgedError(Exception):
    """A tool gave no verdict on a page, however often it was tried."""


class Handler(BaseHTTPRequestHandler):
    """Answers with the pages of an album."""

    def __init__(self, pages: Mapping[str, Page], *given: Any) -> None:
        self.pages = pages
        super().__init__(*given)

    def do_GET(self) -> None:
        """Send a page, compressed as API Gateway compresses it.

        A page about a mistake has the status of any other: Lighthouse refuses to look at a 400.
        """
        parts = urlsplit(self.path)
        key = parts.path.removeprefix("/")
        page = self.pages.get(f"{key}?{parts.query}") or self.pages.get(key)
        body = gzip.compress(page.body.encode()) if page else b""
        self.send_response(HTTPStatus.OK if page else HTTPStatus.NOT_FOUND)
        headers = dict(page.headers) if page else {}
        # The pages are kept for one run: without a visit there is nothing to refresh.
        for name in headers.keys() - {"Refresh", "Content-Length", "Location"}:
            self.send_header(name, headers[name])
        self.send_header("Content-Encoding", "gzip")
        self.send_header("Content-Length", str(len(body)))
        self.end_headers()
        self.wfile.write(body)

    def log_message(self, format: str, *args: Any) -> None:
        """Write no line for each request."""


@contextmanager
def served(pages: Mapping[str, Page]) -> Iterator[str]:
    """Serve pages on this machine, and give their address."""
    server = ThreadingHTTPServer(("127.0.0.1", 0), partial(Handler, pages))
    thread = Thread(target=server.serve_forever, daemon=True)
    thread.start()
    try:
        yield f"http://127.0.0.1:{server.server_port}"
    finally:
        server.shutdown()
        server.server_close()
        thread.join()


def judged(address: str) -> dict[str, int]:
    """Return what both tools say of a page.

    Raises:
        UnjudgedError: when one of them says nothing.
    """
    report = json.loads(
        _run(
            "lighthouse/cli/index.js", address, "--output=json", "--quiet",
            "--chrome-flags=--headless=new --no-sandbox", "--disable-full-page-screenshot",
            f"--only-categories={','.join(CATEGORIES)}",
        )
    )  # fmt: skip
    scores = report["categories"]
    found = {ours: round(100 * (scores[name]["score"] or 0)) for name, ours in CATEGORIES.items()}
    for name, audit in report["audits"].items():
        if audit.get("score") is not None and audit["score"] < 1 and _counts(report, name):
            say(f"lighthouse:   {name}: {audit.get('displayValue') or audit['title']}")
    settings = CHECKERS / "pa11y.json"
    settings.write_text(
        json.dumps(
            {
                "standard": "WCAG2AA",
                "chromeLaunchConfig": {
                    "executablePath": str(chromium.browser()),
                    "args": ["--no-sandbox"],
                },
            }
        )
    )
    words = _run("pa11y/bin/pa11y.js", address, "--reporter", "json", "--config", str(settings))
    problems = json.loads(words or "[]")
    for problem in problems:
        say(f"lighthouse:   pa11y: {problem['code']} {problem['selector']}")
    return {**found, "pa11y": len(problems)}


def _counts(report: Mapping[str, Any], audit: str) -> bool:
    """Whether an audit has a weight in one of the categories."""
    found = (ref for c in report["categories"].values() for ref in c["auditRefs"])
    return any(ref["id"] == audit and ref["weight"] for ref in found)


def _run(program: str, *arguments: str) -> str:
    command = [str(nodejs.node()), str(CHECKERS / "node_modules" / program), *arguments]
    environment = {**os.environ, "CHROME_PATH": str(chromium.browser())}
    said = ""
    for _ in range(TRIES):
        with suppress(subprocess.TimeoutExpired):
            done = subprocess.run(
                command, capture_output=True, text=True, env=environment, timeout=SECONDS,
                check=False,
            )  # fmt: skip
            if done.returncode in (0, 2):  # pa11y ends with 2 when it finds an error
                return done.stdout
            said = done.stderr[-2000:]
    raise UnjudgedError(f"{Path(program).name} failed: {said or 'no answer in time'}")


def missed(results: Mapping[str, Mapping[str, int]]) -> list[str]:
    """Return a sentence for each figure below its target, and for each page without figures."""
    found = []
    for page, figures in results.items():
        if not figures:
            found.append(f"{page}: could not be judged")
            continue
        target = TARGETS["desk" if page.startswith("desk") else "portal"]
        found += [
            f"{page}: {name} is {figures[name]}, below {target}"
            for name in CATEGORIES.values()
            if figures[name] < target
        ]
        if figures["pa11y"]:
            found.append(f"{page}: pa11y found {figures['pa11y']} errors")
    return found


def main() -> int:
    """Return the exit code."""
    if not nodejs.is_installed(nodejs.PAGES_PINS, CHECKERS):
        say("lighthouse: fetching Lighthouse and pa11y into .tools/pages (190 MB)")
        nodejs.install(nodejs.PAGES_PINS, CHECKERS)
    pages = album.play(ROOT / "build" / "pictures").pages
    shown = [p for p in pages if "assets/" not in p and "chart" not in p and "text-" not in p]
    results = dict[str, dict[str, int]]()
    with served(pages) as start:
        for page in sorted(shown):
            try:
                results[page] = judged(f"{start}/{page}")
            except UnjudgedError as error:
                results[page] = {}
                say(f"lighthouse: {error}")
            say(f"lighthouse: {page} {results[page]}")
            OUT.write_text(json.dumps(results, indent=2) + "\n")
    wrong = missed(results) + html_errors.errors({name: pages[name].body for name in shown})
    for sentence in wrong:
        say(f"lighthouse: {sentence}")
    return 1 if wrong else 0


if __name__ == "__main__":
    sys.exit(main())

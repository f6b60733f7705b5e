"""Chromium before the deployed template, and the cases that the visitors in these tests know."""

import os
import shutil
from collections.abc import Callable, Iterator
from datetime import UTC, datetime
from pathlib import Path
from urllib.request import urlopen

import pytest
from playwright.sync_api import Browser, BrowserContext, Page, sync_playwright

from infra.local import feed
from infra.local.stack import LocalAws
from tests.browser import cases
from tests.exports import complete

NO_BROWSER = (
    "The browser tests need Chromium: install it with 'apt-get install chromium' (or your "
    "system's own way), or set CHROMIUM to where it is."
)
# Nothing but this machine is found from the browser.
ARGUMENTS = [
    "--no-sandbox",
    "--host-resolver-rules=MAP * ~NOTFOUND, EXCLUDE localhost, EXCLUDE 127.0.0.1",
]
Visit = Callable[..., Page]


@pytest.fixture(scope="session")
def portal_url(deployed: LocalAws, tmp_path_factory: pytest.TempPathFactory) -> str:
    """Give the deployed portal's address, with the cases of these tests imported."""
    folder = tmp_path_factory.mktemp("browser")
    dropped = datetime.now(UTC)
    keys = []
    for name, text in cases.files(dropped).items():
        (folder / name).write_text(complete(name, text), encoding="utf-8-sig")
        keys.append(feed.drop(deployed, folder / name, f"incoming/browser_{name}"))
    for key in keys:
        feed.wait_for_import(deployed, key, dropped)
    with urlopen(f"{deployed.portal_url}/", timeout=120):  # a cold start is no page's fault here
        return deployed.portal_url


@pytest.fixture(scope="module")
def chromium() -> Iterator[Browser]:
    """Start a browser for the tests of a module; without one they fail, they are not skipped."""
    found = os.environ.get("CHROMIUM") or shutil.which("chromium") or shutil.which("google-chrome")
    if not found or not Path(found).exists():
        pytest.fail(NO_BROWSER)
    with sync_playwright() as playwright:
        browser = playwright.chromium.launch(executable_path=found, args=ARGUMENTS)
        yield browser
        browser.close()


@pytest.fixture
def visit(chromium: Browser) -> Iterator[Visit]:
    """Give a function that opens a visitor's browser; nothing but the portal is reached from it."""
    opened: list[BrowserContext] = []

    def open_page(language: str = "en", script: bool = True, width: int = 360) -> Page:
        context = chromium.new_context(
            locale={"en": "en-US", "es": "es-MX"}[language],
            java_script_enabled=script,
            viewport={"width": width, "height": 740},
        )
        context.set_default_timeout(30_000)  # a page may start several functions cold
        opened.append(context)
        return context.new_page()

    yield open_page
    for context in opened:
        context.close()


@pytest.fixture(autouse=True)
def fresh_attempts(deployed: LocalAws) -> None:
    """Forget failed attempts, since all tests come from one address."""
    table = deployed.outputs["GuardsTable"]
    database = deployed.client("dynamodb")
    for item in database.scan(TableName=table)["Items"]:
        if item["pk"]["S"].startswith("FAILS#"):
            database.delete_item(TableName=table, Key={"pk": item["pk"]})

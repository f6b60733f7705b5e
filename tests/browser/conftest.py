"""Chromium before the deployed template; the cases that visitors know; people at the desk."""

from collections.abc import Callable, Iterator
from datetime import UTC, datetime
from urllib.request import urlopen

import pytest
from playwright.sync_api import Browser, BrowserContext, Page, StorageState, expect

from infra.harness.feed_files import complete
from infra.local import drop_feed, staff_accounts
from infra.local.stack import PATIENCE, LocalAws, wait_for
from tests.browser import feed_cases, staff_page
from tests.browser.staff_page import Desk, held

Visit = Callable[..., Page]
SignIn = Callable[..., Desk]
A_PAGE = 60_000  # milliseconds: a page may start several functions cold
expect.set_options(timeout=A_PAGE)


@pytest.fixture(scope="session")
def portal_url(deployed: LocalAws, tmp_path_factory: pytest.TempPathFactory) -> str:
    """Give the deployed portal's address, with the cases of these tests imported."""
    folder = tmp_path_factory.mktemp("browser")
    dropped = datetime.now(UTC)
    keys = []
    for name, text in feed_cases.files(dropped).items():
        (folder / name).write_text(complete(name, text), encoding="utf-8-sig")
        keys.append(drop_feed.drop(deployed, folder / name, f"incoming/browser_{name}"))
    for key in keys:
        drop_feed.wait_for_import(deployed, key, dropped)
    with urlopen(f"{deployed.portal_url}/", timeout=120):  # a page is not judged by a cold start
        return deployed.portal_url


@pytest.fixture
def visit(chromium: Browser) -> Iterator[Visit]:
    """Give a function that opens a visitor's browser; nothing but the portal is reached from it."""
    opened: list[BrowserContext] = []

    def open_page(
        language: str = "en",
        script: bool = True,
        width: int = 360,
        state: StorageState | None = None,
    ) -> Page:
        context = chromium.new_context(
            storage_state=state,
            locale={"en": "en-US", "es": "es-MX"}[language],
            java_script_enabled=script,
            viewport={"width": width, "height": 740},
        )
        context.set_default_timeout(A_PAGE)
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
    failed = database.scan(
        TableName=table,
        FilterExpression="begins_with(pk, :failed)",
        ExpressionAttributeValues={":failed": {"S": "FAILS#"}},
        ProjectionExpression="pk",
    )
    for item in failed["Items"]:
        database.delete_item(TableName=table, Key=item)


@pytest.fixture(scope="session")
def accounts(deployed: LocalAws, tmp_path_factory: pytest.TempPathFactory) -> dict[str, str]:
    """Give the sample accounts, with the desk's cases imported and their notices held."""
    folder = tmp_path_factory.mktemp("desk")
    dropped = datetime.now(UTC)
    keys = []
    for name, text in staff_page.files(dropped).items():
        (folder / name).write_text(complete(name, text), encoding="utf-8-sig")
        keys.append(drop_feed.drop(deployed, folder / name, f"incoming/desk_{name}"))
    for key in keys:
        drop_feed.wait_for_import(deployed, key, dropped)
    made = staff_accounts.make(deployed.client("cognito-idp"), deployed.outputs["StaffPool"])
    waiting = {staff_page.RESTRICTED, staff_page.UNREACHED}
    wait_for(lambda: waiting <= held(deployed), PATIENCE, "the notices to be held")
    return made


@pytest.fixture(scope="session")
def sessions() -> dict[tuple[str, str], StorageState]:
    """Give the cookies of those who signed in before, by role and language."""
    return {}


@pytest.fixture
def at(
    deployed: LocalAws,
    accounts: dict[str, str],
    visit: Visit,
    sessions: dict[tuple[str, str], StorageState],
) -> SignIn:
    """Give a function that opens the desk for somebody, by role.

    It continues their last session while that is open, with no page in the browser yet; `fresh`
    signs them in with the password.
    """

    def sign_in(role: str, language: str = "en", width: int = 1280, fresh: bool = False) -> Desk:
        state = None if fresh else sessions.get((role, language))
        desk = Desk(visit(language, width=width, state=state), deployed.staff_url, language)
        if not state or not desk.goes_on():
            desk.sign_in(f"sample-{role}", accounts[f"sample-{role}"])
            sessions[role, language] = desk.page.context.storage_state()
        return desk

    return sign_in

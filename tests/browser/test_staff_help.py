"""The desk's help page, and the guide that a new account reads once, in a real browser."""

import pytest
from playwright.sync_api import expect

from infra.local.stack import LocalAws
from tests.browser.axe import look
from tests.browser.conftest import SignIn, Visit
from tests.browser.staff_page import Desk

LANGUAGES = ("en", "es")


def forget_the_guide(aws: LocalAws) -> None:
    """Make every account one that has not read the guide yet."""
    table, database = aws.outputs["MembersTable"], aws.client("dynamodb")
    for item in database.scan(TableName=table)["Items"]:
        if "guided_at" in item:
            database.update_item(
                TableName=table, Key={"pk": item["pk"]}, UpdateExpression="REMOVE guided_at"
            )


class TestHelp:
    @pytest.mark.parametrize("language", LANGUAGES)
    def test_can_be_read_and_each_link_leads_to_its_section(
        self, at: SignIn, language: str
    ) -> None:
        desk = at("records", language)
        desk.open("tasks")
        desk.page.locator(".rail a[href=help]").click()
        desk.sees(desk.says("desk_menu_help"))
        assert look(desk.page, "desk-help", language) == []
        links = desk.page.locator("nav[aria-labelledby=contents] a")
        assert links.count() > 5
        for link in links.all():
            heading = link.inner_text()
            link.click()
            expect(desk.page.locator("h2:target")).to_have_text(heading)


class TestGuide:
    @pytest.mark.parametrize("language", LANGUAGES)
    def test_is_read_once_by_each_account_without_script(
        self, deployed: LocalAws, accounts: dict[str, str], visit: Visit, language: str
    ) -> None:
        forget_the_guide(deployed)
        desk = Desk(visit(language, script=False, width=1280), deployed.staff_url, language)
        desk.sign_in("sample-records", accounts["sample-records"])
        desk.sees(desk.says("desk_guide_heading"))
        desk.open()
        desk.sees(desk.says("desk_guide_heading"))
        desk.press("desk_guide_done")
        desk.sees(desk.says("desk_queue_all"))
        desk.open()
        desk.sees(desk.says("desk_queue_all"))

    @pytest.mark.parametrize("language", LANGUAGES)
    @pytest.mark.parametrize("role", ["advocate", "administrator"])
    def test_can_be_read_by_everyone(self, at: SignIn, role: str, language: str) -> None:
        desk = at(role, language)
        desk.open("welcome")
        assert look(desk.page, f"desk-welcome-{role}", language) == []

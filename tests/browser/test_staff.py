"""The staff desk's pages in a real browser, by role, allowed and refused; axe is content."""

from functools import partial

import pytest
from playwright.sync_api import expect

from infra.local.stack import PATIENCE, wait_for
from tests.browser.axe import carry, look
from tests.browser.inbox_entries import put_in_the_inbox
from tests.browser.staff_page import ORDINARY, RESTRICTED, Desk

OF_ALL = ("report", "health", "help")
OF_CASE_WORK = (*OF_ALL, "tasks", "inbox", "find", "letters", "agencies")
PAGES = {
    "records": (*OF_CASE_WORK, "contacts"),
    "advocate": (*OF_CASE_WORK, "answers", "figures"),
    "supervisor": (*OF_CASE_WORK, "contacts", "answers", "figures", "switches", "trail"),
    "administrator": (*OF_ALL, "switches", "accounts"),
}
EVERY = sorted({name for names in PAGES.values() for name in names})


class TestSignIn:
    @pytest.mark.parametrize("language", ["en", "es"])
    def test_begins_with_a_banner_everyone_can_read(self, deployed, visit, language):
        desk = Desk(visit(language=language), deployed.staff_url, language)
        desk.open()
        desk.sees(desk.says("desk_sign_in"))
        assert look(desk.page, "desk-banner", language) == []

    def test_with_a_wrong_password_opens_nothing(self, deployed, accounts, visit):
        desk = Desk(visit(width=1280), deployed.staff_url)
        desk.open("sign-in")
        desk.page.check("[name=accept]")
        desk.page.click("main button")
        desk.page.fill("[name=username]", "sample-records")
        desk.page.fill("[name=password]", "Not-the-password-1")
        desk.page.click("[type=submit]")
        desk.open("tasks")
        desk.sees(desk.says("desk_sign_in"))


class TestRole:
    @pytest.mark.parametrize("role", PAGES)
    def test_opens_its_own_pages_and_no_others(self, at, role):
        desk = at(role)
        for name in EVERY:
            page = desk.ask("GET", name)
            assert page.status == (200 if name in PAGES[role] else 403), name
            if name not in PAGES[role]:
                assert page.heading == desk.says("desk_error_403")
        desk.open("report")
        links = [link.get_attribute("href") for link in desk.page.locator("nav.rail a").all()]
        shown = {link.partition("?")[0] for link in links}
        trail = {"trail"} if role == "supervisor" else set()
        assert shown | {"find"} == {*PAGES[role], *trail, "find"}  # the search is above the menu

    @pytest.mark.parametrize("role", PAGES)
    @pytest.mark.usefixtures("compiled")
    def test_is_refused_acts_that_are_not_its_own(self, at, role):
        from aviso.web.staff.permissions import ROUTES

        acts = {path.removeprefix("/"): methods.get("POST") for path, methods in ROUTES.items()}
        others = {
            a for a, route in acts.items() if route and route.roles and role not in route.roles
        }
        assert others
        desk = at(role)
        page = desk.ask("GET", "report")
        for act in sorted(others):  # the page of each refusal has the token that the next one uses
            page = desk.ask("POST", act, csrf=page.value("csrf"))
            assert (page.status, page.heading) == (403, desk.says("desk_error_403")), act


class TestDesk:
    @pytest.mark.parametrize("language", ["en", "es"])
    def test_passes_the_rules_in_both_languages(self, at, language):
        desk = at("supervisor", language)
        carry(desk.page)
        wrong = []
        for name in PAGES["supervisor"]:
            desk.open(name)
            wrong += look(desk.page, f"desk-{name}", language)
        desk.find(RESTRICTED)
        desk.sees(desk.says("desk_case_number", number=RESTRICTED))
        wrong += look(desk.page, "desk-case", language)
        desk.press("desk_suspect_wrong")
        desk.sees(desk.says("desk_confirm_suspect_cleared"))
        wrong += look(desk.page, "desk-confirm-why", language)
        desk.find(RESTRICTED)
        desk.press("desk_lift")
        desk.sees(desk.says("desk_confirm_lift"))
        wrong += look(desk.page, "desk-confirm", language)
        desk.find("Ana Tolano")
        wrong += look(desk.page, "desk-find-name", language)
        desk.open("accounts")
        wrong += look(desk.page, "desk-refused", language)
        desk.open("tasks?all=yes")
        desk.press("desk_assign_picked")
        wrong += look(desk.page, "desk-assign", language)
        desk.open("tasks?held_for=no_safe_contact&all=yes")
        wrong += look(desk.page, "desk-tasks-picked", language)
        desk.press("desk_release_picked")
        wrong += look(desk.page, "desk-release", language)
        desk.open("tasks")
        desk.press("desk_call_list")
        wrong += look(desk.page, "desk-call-list", language)
        boss = at("administrator", language)
        for name in ("switches", "accounts"):
            boss.open(name)
            wrong += look(boss.page, f"desk-{name}", language)
        boss.page.locator("details").first.locator("summary").click()
        boss.press("desk_account_invite")
        wrong += look(boss.page, "desk-invite-wrong", language)
        assert wrong == []

    @pytest.mark.parametrize("what", [ORDINARY, "(505) 555-0121", "DESK-01@example.com"])
    def test_finds_a_case_and_no_address_says_so(self, at, what):
        desk = at("records")
        desk.find(what)
        desk.sees(desk.says("desk_case_number", number=ORDINARY))
        for said in (ORDINARY, "555", "example.com"):
            assert said not in desk.page.url.removeprefix(desk.url)  # its port may have a 555

    def test_finds_a_name_from_the_box_at_the_top(self, at):
        desk = at("records")
        desk.open("tasks")
        desk.page.fill(".seek input[name=what]", "tolano, ana")
        desk.press("desk_find_go")
        found = desk.page.locator(".found li")
        expect(found.filter(has_text=ORDINARY)).to_have_count(1)
        expect(found.filter(has_text=RESTRICTED)).to_have_count(0)
        assert desk.page.url.endswith("/find")


class TestFigures:
    def test_have_charts_and_tables_of_the_same_numbers(self, at):
        desk = at("advocate")
        desk.open("figures")
        charts = desk.page.locator("figure img")
        charts.first.wait_for()
        for chart in charts.all():
            wait_for(partial(chart.evaluate, "i => i.naturalWidth"), PATIENCE, "a chart")
        chart = desk.page.locator(".charts details").last
        # By the keyboard: a picture that comes late moves the summary away from under a click.
        chart.locator("summary").press("Enter")
        expect(chart.locator("table")).to_be_visible()
        with desk.page.expect_download() as started:
            desk.page.locator("a[href^='figures-csv?table=all']").click()
        text = started.value.path().read_text(encoding="utf-8-sig")
        assert text.startswith("By,Number\nLogins,")

    @pytest.mark.parametrize("language", ["en", "es"])
    def test_say_not_for_publication_in_print_too(self, at, language):
        desk = at("supervisor", language)
        desk.open("figures")
        said = desk.page.get_by_text(desk.says("desk_not_published"))
        assert said.is_visible()
        assert look(desk.page, "desk-figures", language) == []
        desk.page.emulate_media(media="print")
        assert said.is_visible()
        assert desk.page.locator(".tiles").first.is_visible()

    @pytest.mark.parametrize("language", ["en", "es"])
    def test_show_what_the_last_comparison_of_all_cases_found(self, at, deployed, language):
        found = {"cases": 120, "missing": 7, "failed": 0, "go_on_at": ""}
        put_in_the_inbox(deployed, "RECONCILED_NIGHT", "none", found, hours=6)
        desk = at("supervisor", language=language)
        desk.open("health")
        tile = desk.page.locator(".tiles div", has_text=desk.says("desk_night_missing"))
        assert tile.locator("dd").inner_text() == "7"
        assert desk.says("desk_night", at="|", n=7).rpartition("|")[2] in desk.text
        assert look(desk.page, "desk-health-night", language) == []


class TestGatewayPages:
    @pytest.mark.parametrize("language", ["en", "es"])
    def test_can_be_read_by_everyone(self, deployed, visit, language):
        page = visit(language=language)
        response = page.goto(f"{deployed.staff_url}/no/such/page")
        assert response.status == 404
        assert response.headers["x-frame-options"] == "DENY"
        assert look(page, "desk-gateway-404", "en", only=True) == []


class TestKeyboard:
    def test_alone_signs_out(self, at):
        desk = at("records", fresh=True)
        desk.page.get_by_role("button", name=desk.says("desk_sign_out")).focus()
        with desk.page.expect_navigation():
            desk.page.keyboard.press("Enter")
        desk.open("tasks")
        desk.sees(desk.says("desk_sign_in"))

"""What waits at the desk, in a real browser: tasks, letters, contacts, switches."""

from datetime import datetime
from zoneinfo import ZoneInfo

import pytest
from playwright.sync_api import expect

from tests.browser.axe import look
from tests.browser.staff_page import BY_POST, GUARDED, ORDINARY, RESTRICTED, UNREACHED, notices


class TestRelease:
    @pytest.mark.parametrize("language", ["en", "es"])
    def test_of_several_people_names_them_and_is_refused(self, at, deployed, language):
        desk = at("advocate", language)
        desk.open("tasks")
        both = [n["pk"] for number in (RESTRICTED, UNREACHED) for n in notices(deployed, number)]
        desk.send("release", **{f"pick-{id}": "yes" for id in both})
        desk.sees(desk.says("desk_apart_heading"))
        assert desk.text.count("Ana Tolano") >= 2
        assert desk.page.locator("#why").count() == 0
        assert look(desk.page, "desk-release-apart", language) == []
        desk.page.get_by_role("link", name=desk.says("desk_apart_back")).click()
        assert RESTRICTED in desk.text
        assert look(desk.page, "desk-tasks", language) == []

    @pytest.mark.parametrize("language", ["en", "es"])
    def test_names_whom_it_reaches_and_where(self, at, language):
        desk = at("advocate", language)
        desk.find(RESTRICTED)
        desk.press("desk_release")
        desk.sees(desk.says("desk_release_heading"))
        for said in ("Ana Tolano", "505-555-0122", "desk-02@example.com"):
            assert said in desk.text
        assert desk.says("desk_release_overrules") in desk.text
        assert desk.says("desk_reason_restricted_offense") in desk.text
        assert look(desk.page, "desk-release", language) == []

    @pytest.mark.parametrize("language", ["en", "es"])
    def test_calls_no_restricted_contact_used(self, at, language):
        desk = at("advocate", language)
        desk.find(RESTRICTED)
        contact = desk.page.locator(".contact", has_text="505-555-0122")
        expect(contact.locator(".pill.warn")).to_have_text(desk.says("desk_unused_restricted"))
        assert desk.says("desk_reason_restricted_offense") in desk.text
        assert desk.page.locator(".contact .pill.good").count() == 0
        assert look(desk.page, "desk-case-held", language) == []


class TestTasks:
    def test_show_the_legal_deadline(self, at, deployed):
        desk = at("records")
        desk.open("tasks")
        found = [n for n in notices(deployed, UNREACHED) if n["state"] == "held"]
        deadline = datetime.fromisoformat(min(n["deadline"] for n in found))
        local = deadline.astimezone(ZoneInfo("America/Phoenix"))
        row = desk.page.locator("tr", has_text=UNREACHED).first
        expect(row).to_contain_text(f"{local:%b} {local.day}")
        expect(row).to_contain_text(f"{local:%-I:%M}")

    def test_of_a_restricted_case_are_an_advocates(self, at):
        desk = at("advocate")
        desk.find(RESTRICTED)
        desk.press("desk_release")
        desk.sees(desk.says("desk_release_heading"))
        desk.page.get_by_label(desk.says("desk_release_how")).fill("She gave us a safe number.")
        with desk.page.expect_navigation():
            desk.page.locator("form[action=release] button").click()
        assert desk.says("desk_done_released", n="#").partition("#")[0] in desk.text

    def test_of_restricted_cases_are_only_counted(self, at):
        desk = at("records")
        desk.open("tasks")
        assert RESTRICTED not in desk.text
        assert UNREACHED in desk.text
        desk.find(RESTRICTED)
        assert desk.says("desk_find_hidden") in desk.text

    def test_are_taken_and_given_back(self, at):
        desk = at("records")
        desk.open("tasks")
        bulk = desk.page.locator(".bulk")
        desk.pick(UNREACHED)
        desk.press("desk_take", bulk)
        assert desk.says("desk_done_taken", n="").strip() in desk.text
        assert "sample-records" in desk.page.locator("table").inner_text()
        desk.page.locator(".rail").get_by_role("link", name=desk.says("desk_menu_mine")).click()
        assert desk.page.locator("tbody tr").count() == 1
        desk.pick(UNREACHED)
        desk.press("desk_give_back", bulk)
        assert desk.says("desk_held_none") in desk.text

    def test_say_so_when_nothing_is_picked(self, at):
        desk = at("records")
        desk.open("tasks")
        desk.press("desk_take", desk.page.locator(".bulk"))
        expect(desk.page.locator("[role=alert]")).to_have_text(desk.says("desk_done_none_picked"))

    def test_are_given_to_a_colleague_by_a_supervisor(self, at):
        boss = at("supervisor")
        boss.open("tasks?cases=restricted")
        boss.page.locator("thead .pick a").click()
        boss.press("desk_assign_picked")
        boss.page.get_by_label("sample-advocate").check()
        boss.press("desk_assign_picked")
        assert "sample-advocate" in boss.page.locator("table").inner_text()
        desk = at("advocate")
        desk.open("tasks?whose=mine")
        assert GUARDED in desk.text
        desk.page.locator("thead .pick a").click()
        desk.press("desk_give_back", desk.page.locator(".bulk"))
        assert desk.says("desk_held_none") in desk.text

    def test_end_when_somebody_was_told_by_telephone(self, at):
        desk = at("advocate")
        desk.open("tasks")
        desk.pick(GUARDED)
        desk.press("desk_mark_told")
        desk.sees(desk.says("desk_telephoned_heading"))
        assert look(desk.page, "desk-telephoned", "en", only=True) == []
        desk.page.get_by_label(desk.says("desk_how"), exact=True).select_option("person")
        desk.page.get_by_label(desk.says("desk_telephoned_how")).fill("Herself.")
        with desk.page.expect_navigation():
            desk.page.locator("form[action=telephoned] button").click()
        assert desk.says("desk_done_told", n="").strip() in desk.text
        desk.find(GUARDED)
        desk.press("desk_untell")
        assert desk.says("desk_done_told_undone", n="").strip() in desk.text
        desk.press("desk_give_back")  # as it was, for the tests of who may see it

    def test_are_given_away_by_no_advocate_or_records(self, at):
        for role in ("advocate", "records"):
            desk = at(role)
            desk.open("tasks")
            name = desk.says("desk_assign_picked")
            assert desk.page.get_by_role("button", name=name).count() == 0


class TestNewContacts:
    def test_are_downloaded_and_entered(self, at):
        desk = at("records")
        desk.find(ORDINARY)
        desk.correct("desk-01@example.com", "new@example.com")
        desk.open("contacts")
        with desk.page.expect_download() as started:
            desk.page.get_by_role("button", name=desk.says("desk_export_download")).click()
        text = started.value.path().read_text(encoding="utf-8-sig")
        assert text.startswith("case,victim,channel,contact")
        assert "new@example.com" in text
        desk.press("desk_export_done")
        desk.confirm()
        assert desk.says("desk_export_none") in desk.text


class TestLetters:
    def test_are_printed_opened_and_posted(self, at, deployed):
        desk = at("records")
        desk.post_letters(deployed, BY_POST)
        desk.open("letters")
        assert look(desk.page, "desk-letters-run", "en", only=True) == []
        desk.press("desk_pdf", desk.batch(notices(deployed, BY_POST)[0]["run"]))
        link = desk.page.get_by_role("link", name=desk.says("desk_pdf_open"))
        file = desk.page.request.get(link.get_attribute("href"))
        assert file.body().startswith(b"%PDF")

"""What waits at the desk, in a real browser: tasks, letters, contacts, switches."""

from datetime import datetime
from zoneinfo import ZoneInfo

import pytest
from playwright.sync_api import expect

from tests.browser.axe import look
from tests.browser.inbox_entries import row
from tests.browser.staff_page import BY_POST, ORDINARY, RESTRICTED, UNREACHED, notices


@pytest.mark.parametrize("language", ["en", "es"])
def test_notices_of_several_people_are_not_released_together_and_are_named(at, language):
    desk = at("advocate", language)
    desk.open("tasks")
    for number in (RESTRICTED, UNREACHED):
        desk.page.locator("tr", has_text=number).first.locator("input[type=checkbox]").check()
    desk.press("desk_release_picked")
    desk.sees(desk.says("desk_apart_heading"))
    assert desk.text.count("Ana Tolano") == 2
    assert desk.page.locator("#why").count() == 0
    assert look(desk.page, "desk-release-apart", language) == []
    desk.page.get_by_role("link", name=desk.says("desk_apart_back")).click()
    assert RESTRICTED in desk.text
    assert look(desk.page, "desk-tasks", language) == []


@pytest.mark.parametrize("language", ["en", "es"])
def test_a_release_names_whom_it_reaches_and_where(at, language):
    desk = at("advocate", language)
    desk.open("tasks")
    row = desk.page.locator("tr", has_text=RESTRICTED).first
    row.locator("input[type=checkbox]").check()
    desk.press("desk_release_picked")
    desk.sees(desk.says("desk_release_heading"))
    for said in ("Ana Tolano", "505-555-0122", "desk-02@example.com"):
        assert said in desk.text
    assert desk.says("desk_release_overrules") in desk.text
    assert desk.says("desk_reason_restricted_offense") in desk.text
    assert look(desk.page, "desk-release", language) == []


@pytest.mark.parametrize("language", ["en", "es"])
def test_no_contact_on_a_restricted_case_is_called_used(at, language):
    desk = at("advocate", language)
    desk.find(RESTRICTED)
    contact = desk.page.locator("tr", has_text="505-555-0122")
    expect(contact.locator(".tag.no")).to_have_text(desk.says("desk_used_no"))
    expect(contact).to_contain_text(desk.says("desk_reason_restricted_offense"))
    assert desk.page.locator(".tag.yes").count() == 0
    assert look(desk.page, "desk-case-held", language) == []


def test_the_list_shows_the_legal_deadline_of_a_notice(at, deployed):
    desk = at("records")
    desk.open("tasks")
    found = [n for n in notices(deployed, UNREACHED) if n["state"] == "held"]
    deadline = datetime.fromisoformat(min(n["deadline"] for n in found))
    local = deadline.astimezone(ZoneInfo("America/Phoenix"))
    row = desk.page.locator("tr", has_text=UNREACHED).first
    expect(row).to_contain_text(f"{local:%b} {local.day}")
    expect(row).to_contain_text(f"{local:%-I:%M}")


def test_an_advocate_releases_a_held_notice_of_a_restricted_case(at, deployed):
    desk = at("advocate")
    desk.open("tasks")
    row = desk.page.locator("tr", has_text=RESTRICTED).first
    row.locator("input[type=checkbox]").check()
    desk.press("desk_release_picked")
    desk.sees(desk.says("desk_release_heading"))
    desk.page.get_by_label(desk.says("desk_release_how")).fill("She gave us a safe number.")
    desk.page.get_by_role("button", name=desk.says("desk_release_yes", n=1)).click()
    assert desk.says("desk_done_released", n=1) in desk.text


def test_records_sees_that_there_are_restricted_tasks_and_none_of_them(at):
    desk = at("records")
    desk.open("tasks")
    assert RESTRICTED not in desk.text
    assert UNREACHED in desk.text
    desk.find(RESTRICTED)
    assert desk.says("desk_find_hidden") in desk.text


def test_records_takes_a_task_and_gives_it_back(at):
    desk = at("records")
    desk.open("tasks")
    desk.press("desk_take")
    assert desk.says("desk_done_taken", n=1) in desk.text
    assert "sample-records" in desk.page.locator("table").inner_text()
    desk.page.select_option("#whose", "mine")
    desk.press("desk_show")
    assert desk.page.locator("tbody tr").count() == 1
    desk.press("desk_give_back")
    assert desk.says("desk_held_none") in desk.text


def test_a_supervisor_gives_all_picked_tasks_to_a_colleague(at):
    boss = at("supervisor")
    boss.open("tasks?cases=restricted")
    boss.page.get_by_role("link", name="Select all").click()
    boss.press("desk_assign_picked")
    boss.page.get_by_label("sample-advocate").check()
    boss.press("desk_assign_picked")
    assert "sample-advocate" in boss.page.locator("table").inner_text()
    desk = at("advocate")
    desk.open("tasks?whose=mine")
    assert RESTRICTED in desk.text
    desk.page.get_by_role("link", name="Select all").click()
    desk.press("desk_give_back_picked")
    assert desk.says("desk_held_none") in desk.text


def test_an_advocate_says_that_she_told_somebody_by_telephone(at, deployed):
    desk = at("advocate")
    desk.open("tasks")
    row = desk.page.locator("tr", has_text=RESTRICTED).first
    row.locator("input[type=checkbox]").check()
    desk.press("desk_telephoned_picked")
    desk.sees(desk.says("desk_telephoned_heading"))
    assert look(desk.page, "desk-telephoned", "en", only=True) == []
    desk.page.get_by_label(desk.says("desk_telephoned_how")).fill("By telephone, herself.")
    desk.page.get_by_role("button", name=desk.says("desk_telephoned_yes", n=1)).click()
    assert desk.says("desk_done_told", n=1) in desk.text


def test_advocates_and_records_give_no_tasks_away(at):
    for role in ("advocate", "records"):
        desk = at(role)
        desk.open("tasks")
        name = desk.says("desk_assign_picked")
        assert desk.page.get_by_role("button", name=name).count() == 0


def test_records_downloads_new_contacts_and_says_that_they_are_entered(at):
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


def test_records_prints_letters_opens_their_file_and_says_that_they_were_posted(at, deployed):
    desk = at("records")
    desk.post_letters(deployed, BY_POST)
    desk.open("letters")
    assert look(desk.page, "desk-letters-run", "en", only=True) == []
    desk.press("desk_pdf", row(desk, notices(deployed, BY_POST)[0]["run"]))
    link = desk.page.get_by_role("link", name=desk.says("desk_pdf_open"))
    file = desk.page.request.get(link.get_attribute("href"))
    assert file.body().startswith(b"%PDF")

"""What waits at the desk, in a real browser: tasks, letters, contacts, switches."""

from tests.browser.came_in import row
from tests.browser.looking import look
from tests.browser.staff import BY_POST, ORDINARY, RESTRICTED, UNREACHED, notices


def test_an_advocate_releases_a_held_notice_of_a_restricted_case(at, deployed):
    desk = at("advocate")
    desk.open("tasks")
    row = desk.page.locator("tr", has_text=RESTRICTED).first
    row.locator("input[type=checkbox]").check()
    desk.press("desk_release_picked")
    desk.sees(desk.says("desk_release_heading"))
    assert look(desk.page, "desk-release", "en") == []
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
    boss.page.get_by_role("link", name="Pick all").click()
    boss.press("desk_assign_picked")
    boss.page.get_by_label("sample-advocate").check()
    boss.press("desk_assign_picked")
    assert "sample-advocate" in boss.page.locator("table").inner_text()
    desk = at("advocate")
    desk.open("tasks?whose=mine")
    assert RESTRICTED in desk.text
    desk.page.get_by_role("link", name="Pick all").click()
    desk.press("desk_give_back_picked")
    assert desk.says("desk_held_none") in desk.text


def test_an_advocate_says_that_she_told_somebody_by_telephone(at, deployed):
    desk = at("advocate")
    desk.open("tasks")
    row = desk.page.locator("tr", has_text=RESTRICTED).first
    row.locator("input[type=checkbox]").check()
    desk.press("desk_telephoned_picked")
    desk.sees(desk.says("desk_telephoned_heading"))
    assert look(desk.page, "desk-telephoned", "en") == []
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
    assert look(desk.page, "desk-letters-run", "en") == []
    desk.press("desk_pdf", row(desk, notices(deployed, BY_POST)[0]["run"]))
    link = desk.page.get_by_role("link", name=desk.says("desk_pdf_open"))
    file = desk.page.request.get(link.get_attribute("href"))
    assert file.body().startswith(b"%PDF")

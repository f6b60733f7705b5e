"""What waits at the desk, in a real browser: tasks, inbox, letters, contacts, switches."""

import json
from datetime import UTC, datetime

import pytest
from playwright.sync_api import expect

from tests.browser.looking import look
from tests.browser.staff import BY_POST, ORDINARY, RESTRICTED, UNREACHED


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


def put_in_the_inbox(deployed, pk, task, data, reason="no_match"):
    """Leave a task as the functions leave it."""
    at = datetime.now(UTC).isoformat(timespec="microseconds").replace("+00:00", "Z")
    item = {"pk": pk, "at": at, "task": task, "reason": reason, "data": json.dumps(data)}
    deployed.client("dynamodb").put_item(
        TableName=deployed.outputs["GuardsTable"], Item={k: {"S": v} for k, v in item.items()}
    )


def an_early_sign_up(deployed, name, number):
    consent = {"version": "1", "at": datetime.now(UTC).isoformat(), "language": "en"}
    asked = {"channel": "email", "address": f"{name}@example.org", "language": "en", "safe": True}
    data = {
        "number": number,
        "last_name": "smith",
        "birth_dates": ["1985-04-12"],
        "asked": [asked],
        "consent": consent | {"source": "portal"},
    }
    put_in_the_inbox(deployed, f"EARLY#{name}", "EARLY_TASK", data)


@pytest.mark.parametrize("language", ["en", "es"])
def test_records_signs_up_an_early_visitor_turns_one_down_and_reads_a_text(at, deployed, language):
    for name in ("early-yes", "early-no"):
        an_early_sign_up(deployed, f"{name}-{language}", ORDINARY)
    an_early_sign_up(deployed, "early-restricted", RESTRICTED)
    reply = {
        "text": "Who is this?",
        "address_key": "key-browser",
        "maybe_stop": False,
        "at": datetime.now(UTC).isoformat(),
    }
    put_in_the_inbox(deployed, f"REPLY#browser-{language}", "REPLY", reply)
    stop = reply | {"text": "Leave me alone", "maybe_stop": True}
    put_in_the_inbox(deployed, f"REPLY#stop-{language}", "REPLY", stop)
    rejected = {"file": "browser_cases.csv", "rows": 3}
    put_in_the_inbox(deployed, f"REJECTED#browser-{language}", "REJECTED", rejected)
    desk = at("records", language)
    desk.open("inbox")
    assert look(desk.page, "desk-inbox-full", language) == []
    assert "early-restricted" not in desk.text
    assert desk.says("desk_held_hidden", n=1) in desk.text
    row = desk.page.locator("article", has_text=f"early-yes-{language}")
    row.locator("select").select_option(
        label="Ana Tolano, April 12, 1985"
        if language == "en"
        else "Ana Tolano, 12 de abril de 1985"
    )
    row.get_by_role("button", name=desk.says("desk_early_tie")).click()
    desk.sees(desk.says("desk_confirm_early_tie"))
    desk.confirm()
    row = desk.page.locator("article", has_text=f"early-no-{language}")
    row.get_by_role("button", name=desk.says("desk_early_drop")).click()
    desk.sees(desk.says("desk_confirm_early_drop"))
    desk.confirm()
    assert "early-" not in desk.text
    row = desk.page.locator("article", has_text="Who is this?")
    row.get_by_role("button", name=desk.says("desk_reply_read")).click()
    expect(desk.page.locator("body")).not_to_contain_text("Who is this?")
    row = desk.page.locator("article", has_text="Leave me alone")
    row.get_by_role("button", name=desk.says("desk_reply_stop")).click()
    desk.sees(desk.says("desk_confirm_reply_stop"))
    desk.confirm()
    assert "Leave me alone" not in desk.text
    row = desk.page.locator("article", has_text="browser_cases.csv")
    row.get_by_role("button", name=desk.says("desk_reply_read")).click()
    expect(desk.page.locator("body")).not_to_contain_text("browser_cases.csv")
    desk.find(f"early-yes-{language}@example.org")
    desk.sees(desk.says("desk_case_number", number=ORDINARY))


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
    desk.press("desk_pdf")
    link = desk.page.get_by_role("link", name=desk.says("desk_pdf_open"))
    file = desk.page.request.get(link.get_attribute("href"))
    assert file.body().startswith(b"%PDF")


def test_a_supervisor_turns_the_kill_switch_and_sees_what_it_does_first(at):
    desk = at("supervisor")
    desk.open("switches")
    desk.press("desk_turn_on")
    desk.sees(desk.says("desk_confirm_kill_on"))
    desk.confirm()
    assert desk.page.locator(".card").first.locator(".tag").inner_text() == desk.says("desk_on")
    desk.press("desk_turn_off")
    desk.confirm()
    assert desk.page.locator(".card").first.locator(".tag").inner_text() == desk.says("desk_off")

"""Each task of the staff desk in a real browser, by role, allowed and refused; axe is content."""

import json
from collections.abc import Callable
from datetime import UTC, datetime
from functools import partial

import pytest
from playwright.sync_api import expect

from infra.local import feed, people
from infra.local.stack import LocalAws, StackError, wait_for
from tests.browser.conftest import Visit
from tests.browser.looking import look
from tests.browser.staff import BY_POST, ORDINARY, RESTRICTED, UNREACHED, Desk, files
from tests.exports import complete

PAGES = {
    "records": ("tasks", "inbox", "find", "letters", "contacts", "figures"),
    "advocate": ("tasks", "inbox", "find", "letters", "figures"),
    "supervisor": ("tasks", "inbox", "find", "letters", "contacts", "figures", "switches"),
    "administrator": ("figures", "switches", "accounts"),
}
EVERY = sorted({name for names in PAGES.values() for name in names})
SignIn = Callable[..., Desk]


@pytest.fixture(scope="module")
def accounts(deployed: LocalAws, tmp_path_factory: pytest.TempPathFactory) -> dict[str, str]:
    """Give the sample accounts, with the desk's cases imported and their notices held."""
    folder = tmp_path_factory.mktemp("desk")
    dropped = datetime.now(UTC)
    keys = []
    for name, text in files(dropped).items():
        (folder / name).write_text(complete(name, text), encoding="utf-8-sig")
        keys.append(feed.drop(deployed, folder / name, f"incoming/desk_{name}"))
    for key in keys:
        feed.wait_for_import(deployed, key, dropped)
    made = people.make(deployed.client("cognito-idp"), deployed.outputs["StaffPool"])
    wait_for(lambda: {RESTRICTED, UNREACHED} <= held(deployed), 60, "the notices to be held")
    return made


def held(deployed: LocalAws, state: str = "held") -> set[str]:
    """Return the cases of the notices that stand in a state now."""
    rows = deployed.client("dynamodb").scan(TableName=deployed.outputs["NoticesTable"])["Items"]
    return {row["case"]["S"] for row in rows if "case" in row and row["state"]["S"] == state}


@pytest.fixture
def at(deployed: LocalAws, accounts: dict[str, str], visit: Visit) -> SignIn:
    """Give a function that signs somebody in, by role."""

    def sign_in(role: str, language: str = "en", width: int = 1280) -> Desk:
        desk = Desk(visit(language=language, width=width), deployed.staff_url, language)
        desk.sign_in(f"sample-{role}", accounts[f"sample-{role}"])
        return desk

    return sign_in


@pytest.mark.parametrize("language", ["en", "es"])
def test_the_banner_comes_first_and_can_be_read_by_everyone(deployed, visit, language):
    desk = Desk(visit(language=language), deployed.staff_url, language)
    desk.open()
    desk.sees(desk.says("desk_sign_in"))
    assert look(desk.page, "desk-banner", language) == []


def test_a_wrong_password_opens_nothing(deployed, accounts, visit):
    desk = Desk(visit(width=1280), deployed.staff_url)
    desk.open("sign-in")
    desk.page.check("[name=accept]")
    desk.page.click("main button")
    desk.page.fill("[name=username]", "sample-records")
    desk.page.fill("[name=password]", "Not-the-password-1")
    desk.page.click("[type=submit]")
    desk.open("tasks")
    desk.sees(desk.says("desk_sign_in"))


@pytest.mark.parametrize("role", PAGES)
def test_each_role_opens_its_own_pages_and_is_refused_all_others(at, role):
    desk = at(role)
    for name in EVERY:
        assert desk.open(name) == (200 if name in PAGES[role] else 403), name
        if name not in PAGES[role]:
            desk.sees(desk.says("desk_error_403"))
    links = [link.get_attribute("href") for link in desk.page.locator(".menu a").all()]
    assert sorted(links) == sorted(PAGES[role])


@pytest.mark.parametrize("language", ["en", "es"])
def test_every_page_passes_the_rules_in_both_languages(at, language):
    desk = at("supervisor", language)
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
    desk.open("accounts")
    wrong += look(desk.page, "desk-refused", language)
    desk.open("tasks?all=yes")
    desk.press("desk_assign_picked")
    wrong += look(desk.page, "desk-assign", language)
    desk.open("tasks?all=yes")
    desk.press("desk_release_picked")
    wrong += look(desk.page, "desk-release", language)
    boss = at("administrator", language)
    for name in ("switches", "accounts"):
        boss.open(name)
        wrong += look(boss.page, f"desk-{name}", language)
    boss.page.locator("details").first.locator("summary").click()
    boss.press("desk_account_invite")
    wrong += look(boss.page, "desk-invite-wrong", language)
    assert wrong == []


def test_an_advocate_releases_a_held_notice_of_a_restricted_case(at, deployed):
    desk = at("advocate")
    desk.open("tasks")
    row = desk.page.locator("tr", has_text=RESTRICTED).first
    row.locator("input[type=checkbox]").check()
    desk.press("desk_release_picked")
    desk.sees(desk.says("desk_release_heading"))
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
    at_once = datetime.now(UTC).isoformat()
    reply = {
        "text": "Who is this?",
        "address_key": "key-browser",
        "maybe_stop": False,
        "at": at_once,
    }
    put_in_the_inbox(deployed, f"REPLY#browser-{language}", "REPLY", reply)
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
    row = desk.page.locator("article", has_text="No more please")
    row.get_by_role("button", name=desk.says("desk_reply_stop")).click()
    desk.sees(desk.says("desk_confirm_reply_stop"))
    desk.confirm()
    expect(desk.page.locator("body")).not_to_contain_text("No more please")
    desk.find(f"early-yes-{language}@example.org")
    desk.sees(desk.says("desk_case_number", number=ORDINARY))


@pytest.mark.parametrize("what", [ORDINARY, "(505) 555-0121", "DESK-01@example.com"])
def test_a_case_is_found_by_number_phone_or_email_and_no_address_says_so(at, what):
    desk = at("records")
    desk.find(what)
    desk.sees(desk.says("desk_case_number", number=ORDINARY))
    for said in (ORDINARY, "555", "example.com"):
        assert said not in desk.page.url


def test_records_corrects_a_contact_writes_a_note_and_marks_one_unsafe(at):
    desk = at("records")
    desk.find(ORDINARY)
    row = desk.page.locator("tr", has_text="desk-01@example.com")
    row.locator("summary").click()
    row.locator("input[name=typed]").fill("right@example.com")
    row.get_by_role("button", name=desk.says("desk_correct_yes")).click()
    assert "right@example.com" in desk.text
    desk.page.fill("#text", "Spoke with her on the phone.")
    desk.press("desk_note_add")
    assert "Spoke with her on the phone." in desk.text
    desk.press("desk_mark_unsafe")
    desk.sees(desk.says("desk_confirm_unsafe"))
    desk.confirm()
    assert desk.says("desk_trouble_unsafe") in desk.text
    marked = desk.page.locator("tr", has_text=desk.says("desk_trouble_unsafe"))
    before = marked.count()
    desk.press("desk_mark_safe")
    desk.page.fill("#why", "I picked the wrong line.")
    desk.confirm()
    expect(marked).to_have_count(before - 1)
    assert "I picked the wrong line." in desk.text


def test_a_supervisor_calls_a_suspects_entry_wrong_with_a_reason_and_takes_it_back(at):
    for role in ("records", "advocate"):
        desk = at(role)
        desk.find(ORDINARY)
        name = desk.says("desk_suspect_wrong")
        assert desk.page.get_by_role("button", name=name).count() == 0
    boss = at("supervisor")
    boss.find(ORDINARY)
    boss.press("desk_suspect_wrong")
    boss.page.fill("#why", "He is a witness.")
    boss.confirm()
    assert boss.says("desk_cleared") in boss.text
    boss.press("desk_suspect_again")
    boss.page.fill("#why", "No, he is not.")
    boss.confirm()
    assert boss.says("desk_cleared") not in boss.text


def test_whoever_restricts_a_case_needs_a_supervisor_to_lift_it(at):
    desk = at("records")
    desk.find(UNREACHED)
    desk.press("desk_restrict")
    desk.confirm()
    desk.find(UNREACHED)
    assert desk.says("desk_find_hidden") in desk.text
    boss = at("supervisor")
    boss.find(UNREACHED)
    boss.press("desk_lift")
    boss.confirm()
    desk.find(UNREACHED)
    desk.sees(desk.says("desk_case_number", number=UNREACHED))


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


def test_records_downloads_new_contacts_and_says_that_they_are_entered(at):
    desk = at("records")
    desk.open("contacts")
    with desk.page.expect_download() as started:
        desk.page.get_by_role("button", name=desk.says("desk_export_download")).click()
    text = started.value.path().read_text(encoding="utf-8-sig")
    assert text.startswith("case,victim,channel,contact")
    assert "right@example.com" in text
    desk.press("desk_export_done")
    desk.confirm()
    assert desk.says("desk_export_none") in desk.text


def test_records_prints_letters_opens_their_file_and_says_that_they_were_posted(at, deployed):
    wait_for(lambda: BY_POST in held(deployed, "queued"), 60, "a letter to be queued")
    desk = at("records")
    desk.open("letters")
    desk.press("desk_print_now")
    wait_for(lambda: BY_POST in held(deployed, "printed"), 60, "the letters to be printed")
    desk.open("letters")
    desk.press("desk_pdf")
    link = desk.page.get_by_role("link", name=desk.says("desk_pdf_open"))
    file = desk.page.request.get(link.get_attribute("href"))
    assert file.body().startswith(b"%PDF")
    for _ in range(3):  # other tests' runs may wait for the post as well, oldest first
        desk.open("letters")
        desk.press("desk_mailed")
        desk.sees(desk.says("desk_confirm_mailed"))
        desk.confirm()
        if BY_POST in held(deployed, "mailed"):
            return
    pytest.fail("the letters are printed, and nobody could say that they were posted")


def test_five_failures_lock_an_account_until_an_administrator_releases_it(at, deployed, visit):
    """The laptop's sign-in page asks no trigger: the function is called with Cognito's events."""
    name, pool = "sample-advocate", deployed.outputs["StaffPool"]
    found = deployed.client("cognito-idp").admin_get_user(UserPoolId=pool, Username=name)
    who = {a["Name"]: a["Value"] for a in found["UserAttributes"]}
    event = {
        "version": "1",
        "triggerSource": "PreAuthentication_Authentication",
        "userPoolId": pool,
        "userName": name,
        "request": {"userAttributes": who, "validationData": {}},
        "response": {},
    }
    at("advocate")
    for _ in range(5):
        deployed.invoke("sign_in_guard", event)
    with pytest.raises(StackError, match="locked"):
        deployed.invoke("sign_in_guard", event)
    with pytest.raises(AssertionError):
        at("advocate")
    boss = at("administrator")
    boss.open("accounts")
    row = boss.page.locator("article", has_text=name)
    expect(row).to_contain_text(boss.says("desk_account_closed"))
    row.get_by_role("button", name=boss.says("desk_account_release")).click()
    expect(row).not_to_contain_text(boss.says("desk_account_closed"))
    at("advocate")


def test_an_administrator_invites_somebody_who_signs_in_changes_roles_and_closes_the_account(
    at, deployed, visit
):
    boss = at("administrator")
    boss.open("accounts")
    boss.page.locator("summary").first.click()
    boss.page.fill("#name", "luz")
    boss.page.fill("#email", "luz@example.org")
    boss.page.locator("details").first.get_by_label(boss.says("desk_role_records")).check()
    boss.press("desk_account_invite")
    row = boss.page.locator("article", has_text="luz@example.org")
    expect(row).to_contain_text(boss.says("desk_account_invited"))
    # She chooses her own password on the sign-in page; here it is set for her.
    service, pool = deployed.client("cognito-idp"), deployed.outputs["StaffPool"]
    password = "Not-a-secret-12345"
    service.admin_set_user_password(
        UserPoolId=pool, Username="luz", Password=password, Permanent=True
    )
    luz = Desk(visit(width=1280), deployed.staff_url)
    luz.sign_in("luz", password)
    assert luz.open("switches") == 403
    row.locator("summary").click()
    row.get_by_label(boss.says("desk_role_records")).uncheck()
    row.get_by_label(boss.says("desk_role_supervisor")).check()
    row.get_by_role("button", name=boss.says("desk_account_set_roles")).click()
    expect(row).to_contain_text(boss.says("desk_role_supervisor"))
    luz.open("switches")
    luz.sees(luz.says("desk_sign_in"))  # her session ended with her old role
    luz.sign_in("luz", password)
    assert luz.open("switches") == 200
    row.get_by_role("button", name=boss.says("desk_account_again")).click()
    boss.sees(boss.says("desk_confirm_again"))
    boss.confirm()
    expect(row).to_contain_text(boss.says("desk_account_invited"))
    row.get_by_role("button", name=boss.says("desk_account_disable")).click()
    expect(row).to_contain_text(boss.says("desk_account_closed"))
    user = service.admin_get_user(UserPoolId=pool, Username="luz")
    assert user["Enabled"] is False
    own = boss.page.locator("article", has_text="sample-administrator")
    assert own.get_by_role("button").count() == 0


@pytest.mark.parametrize("language", ["en", "es"])
def test_what_the_gateway_answers_by_itself_can_be_read_by_everyone(deployed, visit, language):
    page = visit(language=language)
    response = page.goto(f"{deployed.staff_url}/no/such/page")
    assert response.status == 404
    assert response.headers["x-frame-options"] == "DENY"
    assert look(page, "desk-gateway-404", "en") == []


def test_the_user_pool_asks_the_guard_before_and_after_each_sign_in(deployed):
    pool = deployed.client("cognito-idp").describe_user_pool(
        UserPoolId=deployed.outputs["StaffPool"]
    )["UserPool"]
    guard = deployed.outputs["SignInGuardFunction"]
    asked = pool["LambdaConfig"]
    for trigger in ("PreAuthentication", "PostAuthentication"):
        assert asked[trigger].rpartition(":")[2] == guard
    assert pool["MfaConfiguration"] == "ON"


def test_figures_have_charts_and_tables_of_the_same_numbers(at):
    desk = at("advocate")
    desk.open("figures")
    charts = desk.page.locator("figure img")
    charts.first.wait_for()
    for chart in charts.all():
        wait_for(partial(chart.evaluate, "i => i.naturalWidth"), 10, "a chart")
    desk.page.locator("details summary").first.click()
    assert desk.page.locator("details table").first.is_visible()


def test_the_keyboard_alone_signs_out(at):
    desk = at("records")
    desk.page.get_by_role("button", name=desk.says("desk_sign_out")).focus()
    with desk.page.expect_navigation():
        desk.page.keyboard.press("Enter")
    desk.open("tasks")
    desk.sees(desk.says("desk_sign_in"))

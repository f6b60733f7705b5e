"""Each task of the staff desk in a real browser, by role, allowed and refused; axe is content."""

from collections.abc import Callable
from datetime import UTC, datetime
from functools import partial

import pytest

from infra.local import feed, people
from infra.local.stack import LocalAws, StackError, wait_for
from tests.browser.conftest import Visit
from tests.browser.looking import look
from tests.browser.staff import BY_POST, ORDINARY, RESTRICTED, UNREACHED, Desk, files
from tests.exports import complete

PAGES = {
    "records": ("tasks", "find", "letters", "contacts", "figures"),
    "advocate": ("tasks", "find", "letters", "figures"),
    "supervisor": ("tasks", "find", "letters", "contacts", "figures", "switches"),
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
    desk.press("desk_lift")
    desk.sees(desk.says("desk_confirm_lift"))
    wrong += look(desk.page, "desk-confirm", language)
    desk.open("accounts")
    wrong += look(desk.page, "desk-refused", language)
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
    assert desk.says("desk_find_hidden", n=1) in desk.text


def test_records_takes_a_task_and_gives_it_back(at):
    desk = at("records")
    desk.open("tasks")
    desk.press("desk_take")
    assert "sample-records" in desk.page.locator("table").inner_text()
    desk.press("desk_give_back")
    assert "sample-records" not in desk.page.locator("table").inner_text()


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


def test_whoever_restricts_a_case_needs_a_supervisor_to_lift_it(at):
    desk = at("records")
    desk.find(UNREACHED)
    desk.press("desk_restrict")
    desk.confirm()
    desk.find(UNREACHED)
    assert desk.says("desk_find_hidden", n=1) in desk.text
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
    assert name in boss.text
    boss.press("desk_account_release")
    assert boss.says("desk_accounts_none") in boss.text
    at("advocate")


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

"""Restricted cases in a real browser: hidden from Records, worked on by whom they are for."""

from collections.abc import Iterator, Mapping
from typing import Any

import pytest
from playwright.sync_api import expect

from infra.local.stack import PATIENCE, LocalAws, wait_for
from tests.browser.conftest import SignIn
from tests.browser.inbox_entries import a_text, an_early_sign_up, row
from tests.browser.staff_page import BY_POST, GUARDED, HIS_OF_GUARDED, ORDINARY, notices

WORDS = "Tell her that I am sorry"
NOTICE, TEXT, SIGN_UP = "a notice", "a text", "a sign-up"  # what a form is about
WHY = {"confirmed": "yes", "how": "phone", "why": "They asked me to."}
BY_ITSELF = "desk_error_restricted"  # a page that says so
AMONG_OTHERS = (
    "desk_done_not_yours"  # a line on the list, or on the case, that the form led back to
)


# What Records may not do to a restricted case: name -> where the form goes, the field that names
# what it is about, its other fields, and the words of the refusal.
REFUSED: Mapping[str, tuple[str, str, str, Mapping[str, str], str]] = {
    "hold": ("hold", NOTICE, "pick-", {}, AMONG_OTHERS),
    "resend": ("resend", NOTICE, "pick-", {"confirmed": "yes"}, AMONG_OTHERS),
    "letter returned": ("returned", NOTICE, "notice", {"confirmed": "yes"}, BY_ITSELF),
    "take": ("take", NOTICE, "pick-", {"do": "take"}, AMONG_OTHERS),
    "take over": ("take", NOTICE, "pick-", {"do": "take_over"}, AMONG_OTHERS),
    "release": ("release", NOTICE, "pick-", WHY, AMONG_OTHERS),
    "telephoned": ("telephoned", NOTICE, "pick-", WHY, AMONG_OTHERS),
    "take a text": ("take", TEXT, "pick-", {"do": "take", "list": "inbox"}, AMONG_OTHERS),
    "seen": ("seen", TEXT, "pick-", {"list": "inbox"}, AMONG_OTHERS),
    "stop texts": ("stop-texts", TEXT, "reply", {"confirmed": "yes"}, BY_ITSELF),
    "tie a sign-up": (
        *("early", SIGN_UP, "sign_up"),
        {"do": "early_tie", "victim": f"V{GUARDED}", "confirmed": "yes"},
        BY_ITSELF,
    ),
    "turn a sign-up down": (
        *("early", SIGN_UP, "sign_up"),
        {"do": "early_drop", "confirmed": "yes"},
        BY_ITSELF,
    ),
}


BUTTONS = (
    "desk_take",
    "desk_release",
    "desk_i_told_by_phone",
)  # of a held notice, on its case's page


@pytest.fixture
def ids(deployed: LocalAws, accounts: dict[str, str]) -> Iterator[dict[str, str]]:
    """Give what waits on the restricted case: its notice, a text and a sign-up."""
    wait_for(lambda: notices(deployed, GUARDED), PATIENCE, "the restricted case's notice")
    found = {
        NOTICE: notices(deployed, GUARDED)[0]["pk"],
        TEXT: a_text(deployed, "guarded", WORDS, "+1" + HIS_OF_GUARDED.replace("-", "")),
        SIGN_UP: an_early_sign_up(deployed, "guarded", GUARDED),
    }
    yield found
    for entry in (found[TEXT], found[SIGN_UP]):
        deployed.client("dynamodb").delete_item(**at_entry(deployed, entry))


def at_entry(aws: LocalAws, name: str) -> dict[str, Any]:
    """Return where an entry of the inbox is."""
    return {"TableName": aws.outputs["GuardsTable"], "Key": {"pk": {"S": name}}}


def rows_now(aws: LocalAws, ids: Mapping[str, str]) -> list[object]:
    """Return all that the desk could change about the case."""
    database = aws.client("dynamodb")
    entries = [database.get_item(**at_entry(aws, ids[what]))["Item"] for what in (TEXT, SIGN_UP)]
    whole = database.query(
        TableName=aws.outputs["CasesTable"],
        KeyConditionExpression="pk = :pk",
        ExpressionAttributeValues={":pk": {"S": f"CASE#{GUARDED}"}},
    )["Items"]
    return [notices(aws, GUARDED), *entries, *whole]


class TestRestrictedCase:
    @pytest.mark.parametrize(
        ("role", "theirs"), [("records", False), ("advocate", True), ("supervisor", True)]
    )
    def test_waits_only_for_those_who_may_see_it(
        self, at: SignIn, ids: dict[str, str], role: str, theirs: bool
    ) -> None:
        desk = at(role)
        desk.open("tasks?cases=restricted")
        assert (GUARDED in desk.text) == theirs
        desk.open("inbox")
        assert (WORDS in desk.text) == theirs
        assert ("guarded@example.org" in desk.text) == theirs
        desk.find(GUARDED)
        for button in BUTTONS:
            found = desk.page.get_by_role("button", name=desk.says(button), exact=True)
            assert (found.count() > 0) == theirs, button

    @pytest.mark.parametrize("task", REFUSED)
    def test_refuses_records_each_task_in_words(
        self, at: SignIn, deployed: LocalAws, ids: dict[str, str], task: str
    ) -> None:
        act, what, field, others, words = REFUSED[task]
        desk = at("records")
        desk.find(ORDINARY)
        case = desk.page.locator("form[action=note] [name=c]").get_attribute("value") or ""
        before = rows_now(deployed, ids)
        name, value = (field + ids[what], "yes") if field == "pick-" else (field, ids[what])
        desk.send(act, **{name: value, "c": case, **others})
        if words == BY_ITSELF:
            desk.sees(desk.says(words))
            assert desk.says(f"{words}_text") in desk.text
        else:
            expect(desk.page.locator("[role=status]")).to_have_text(desk.says(words, n=1))
        assert rows_now(deployed, ids) == before

    def test_is_the_advocates_and_its_letter_not_records(
        self, at: SignIn, deployed: LocalAws, ids: dict[str, str]
    ) -> None:
        desk = at("advocate")
        card = desk.page.locator(".todo").first
        notice = desk.page.locator(
            ".knows li", has=desk.page.locator(f"[name='pick-{ids[NOTICE]}']")
        )

        def becomes(state: str, reason: str = "") -> None:
            """Wait until the notice has this state, and open its case."""

            def does() -> bool:
                (found,) = (n for n in notices(deployed, GUARDED) if n["pk"] == ids[NOTICE])
                return found["state"] == state and found.get("reason", "").startswith(reason)

            wait_for(does, PATIENCE, f"the notice to be {state} {reason}")
            desk.find(GUARDED)

        def release(n: int = 1, *, letter: bool = True) -> None:
            desk.press("desk_release", card)
            desk.page.fill("#why", "She has a safe address.")
            if letter:
                desk.page.check("[name=home]")
            desk.press("desk_release_yes", n=n)

        desk.post_letters(deployed, BY_POST)  # so that no other test's letter is in the next run
        becomes("held", "restricted")
        desk.press("desk_take", card)
        expect(card).to_contain_text(f"{desk.says('desk_owner')}: sample-advocate.")
        release(2)  # the rights and a change of status
        becomes("queued")
        desk.press("desk_hold", notice)
        becomes("held", "desk")
        release(letter=False)
        becomes("held", "restricted")  # holding it took the first word back
        release()
        desk.post_letters(deployed, GUARDED)
        run = next(n["run"] for n in notices(deployed, GUARDED) if n["pk"] == ids[NOTICE])
        for colleague, opens in ((at("records"), False), (desk, True)):
            colleague.open("letters")
            colleague.press("desk_pdf", colleague.batch(run))
            colleague.sees(colleague.says("desk_menu_letters" if opens else BY_ITSELF))
            assert (colleague.says("desk_pdf_open") in colleague.text) == opens
        becomes("mailed")
        desk.press("desk_returned", notice)
        desk.confirm()
        becomes("held", "letter_returned")
        desk.tell(card)
        becomes("suppressed", "told_by_person")
        desk.press("desk_resend", notice)
        desk.confirm()
        becomes("held", "restricted")  # what was overruled counts for the past alone

    def test_lets_an_advocate_heed_a_stop_and_correct(
        self, at: SignIn, ids: dict[str, str]
    ) -> None:
        desk = at("advocate")
        desk.open("inbox")
        row(desk, WORDS).get_by_role("button", name=desk.says("desk_reply_stop")).click()
        desk.confirm()
        assert WORDS not in desk.text
        entry = row(desk, "guarded@example.org")
        expect(entry).to_contain_text(desk.says("desk_early_is_restricted"))
        assert (
            entry.get_by_role("button", name=desk.says("desk_early_tie"), exact=True).count() == 0
        )
        entry.get_by_role("button", name=desk.says("desk_early_drop"), exact=True).click()
        desk.confirm()
        assert "guarded@example.org" not in desk.text
        desk.find(GUARDED)
        adding = desk.page.locator("details", has_text=desk.says("desk_add_contact")).first
        adding.locator("summary").click()
        adding.locator("input[name=typed]").fill("guarded@example.org")
        adding.get_by_role("button", name=desk.says("desk_correct_look")).click()
        desk.page.fill("#why", "She came in with her passport.")
        desk.press("desk_correct_add")
        desk.find("guarded@example.org")
        desk.sees(desk.says("desk_case_number", number=GUARDED))
        for role, theirs in (("records", False), ("supervisor", True)):
            colleague = at(role)
            colleague.open("contacts")
            button = colleague.page.get_by_role(
                "button", name=colleague.says("desk_export_download")
            )
            if not theirs and not button.count():  # nothing else waits for Records either
                continue
            with colleague.page.expect_download() as started:
                button.click()
            file = started.value.path().read_text(encoding="utf-8-sig")
            assert ("guarded@example.org" in file) == theirs
        colleague.press("desk_export_done")
        colleague.confirm()
        assert colleague.says("desk_export_none") in colleague.text

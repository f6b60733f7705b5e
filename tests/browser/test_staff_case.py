"""What is done on a case from its page, in a real browser, by role, allowed and refused."""

from functools import partial

import pytest
from playwright.sync_api import expect

from infra.local.stack import PATIENCE, LocalAws, wait_for
from tests.browser.axe import look
from tests.browser.conftest import SignIn
from tests.browser.staff_page import (
    BOTH,
    CAREFUL,
    MOVED,
    ORDINARY,
    RESENT,
    RESTRICTED,
    RETURNED,
    SUSPECTS,
    UNREACHED,
    held,
    notices,
)


class TestContacts:
    def test_are_corrected_noted_and_marked_unsafe(self, at):
        desk = at("records")
        desk.find(ORDINARY)
        desk.correct("desk-01@example.com", "right@example.com")
        assert "right@example.com" in desk.text
        desk.page.fill("#text", "Spoke with her on the phone.")
        desk.press("desk_note_add")
        assert "Spoke with her on the phone." in desk.text
        desk.page.locator(".contact summary").first.click()
        desk.press("desk_mark_unsafe")
        desk.sees(desk.says("desk_confirm_unsafe"))
        desk.page.fill("#why", "Somebody else answers there.")
        desk.confirm()
        assert desk.says("desk_trouble_unsafe") in desk.text
        marked = desk.page.locator(".contact", has_text=desk.says("desk_trouble_unsafe"))
        before = marked.count()
        marked.first.locator("summary").click()
        desk.press("desk_mark_safe", marked.first)
        desk.page.fill("#why", "I picked the wrong line.")
        desk.confirm()
        expect(marked).to_have_count(before - 1)
        assert "I picked the wrong line." in (desk.page.locator(".knows").text_content() or "")

    @pytest.mark.parametrize("language", ["en", "es"])
    def test_of_a_suspect_or_half_written_are_refused(self, at: SignIn, language: str) -> None:
        desk = at("records", language)
        desk.find(MOVED)
        desk.type_instead("18 E Pima St", street="20 W Fir Rd", postal_code="857")
        desk.sees(desk.says("desk_correct_wrong"))
        expect(desk.page.locator("#city")).to_have_value("Sonora Wells")
        wrong = look(desk.page, "desk-correct-half", language)
        desk.page.fill("#postal_code", "85702")
        desk.press("desk_correct_look")
        desk.sees(desk.says("desk_correct_confirm"))
        assert "20 W Fir Rd" in desk.text
        wrong += look(desk.page, "desk-correct", language)
        desk.find(MOVED)  # it was not confirmed: nothing has changed
        desk.type_instead("505-555-0124", typed=SUSPECTS)
        assert desk.says("desk_correct_of_suspect") in desk.text
        wrong += look(desk.page, "desk-correct-suspect", language)
        desk.find(MOVED)
        wrong += look(desk.page, "desk-case-contacts", language)
        assert wrong == []

    def test_corrected_are_used_and_the_old_phone_hears(
        self, at: SignIn, deployed: LocalAws
    ) -> None:
        desk = at("records")
        desk.find(MOVED)
        desk.type_instead("18 E Pima St", street="20 W Fir Rd", postal_code="85702")
        expect(desk.page.locator("#why")).to_have_attribute("required", "")
        desk.page.fill("#why", "She moved in with her sister.")
        desk.press("desk_correct_yes")
        assert "She moved in with her sister." in desk.text
        used = desk.page.locator(".contact", has_text="20 W Fir Rd")
        expect(used).to_contain_text(desk.says("desk_in_use"))
        expect(desk.page.locator(".contact", has_text="18 E Pima St")).to_contain_text(
            desk.says("desk_trouble_unsafe")
        )

        def told() -> bool:
            texts = [text.body for text in deployed.sent_texts() if text.phone == "+15055550124"]
            return any(
                "The way we reach you about your case was changed." in text for text in texts
            )

        wait_for(told, PATIENCE, "the text about the change")


class TestTask:
    def test_on_a_case_shows_due_time_and_owner(self, at: SignIn) -> None:
        desk = at("records")
        desk.find(UNREACHED)
        assert f"{desk.says('desk_whose_nobody')}." in desk.text
        desk.press("desk_take")
        assert f"{desk.says('desk_owner')}: sample-records." in desk.text
        desk.press("desk_give_back")
        assert f"{desk.says('desk_whose_nobody')}." in desk.text

    def test_of_a_colleague_is_taken_over(self, at: SignIn) -> None:
        clerk, advocate = at("records"), at("advocate")
        clerk.find(UNREACHED)
        clerk.press("desk_take")
        advocate.find(UNREACHED)
        advocate.press("desk_take_over")
        assert f"{advocate.says('desk_owner')}: sample-advocate." in advocate.text
        clerk.press("desk_give_back")  # the page is still open
        expect(clerk.page.locator("[role=status]")).to_contain_text("Assigned to a colleague")
        assert f"{clerk.says('desk_owner')}: sample-advocate." in clerk.text
        advocate.press("desk_give_back")
        assert f"{advocate.says('desk_whose_nobody')}." in advocate.text


class TestTrail:
    def test_shows_who_saw_a_case_and_what_was_done(self, at: SignIn) -> None:
        desk = at("records")
        desk.find(ORDINARY)
        assert desk.page.get_by_role("link", name=desk.says("desk_trail_of_case")).count() == 0
        assert desk.open("trail") == 403
        wrong = []
        for language in ("en", "es"):
            boss = at("supervisor", language, fresh=True)
            boss.find(ORDINARY)
            boss.page.get_by_role("link", name=boss.says("desk_trail_of_case")).click()
            seen = boss.page.locator("tr", has_text="sample-records")
            expect(seen.first).to_contain_text(boss.says("desk_did_case_viewed"))
            wrong += look(boss.page, "desk-trail-case", language)
            boss.open("trail")
            assert boss.says("desk_did_signed_in") in boss.text
            wrong += look(boss.page, "desk-trail-day", language)
            boss.page.fill("#number", ORDINARY)
            with boss.page.expect_navigation():
                boss.page.locator("form[method=post][action=trail] button").click()
            expect(boss.page.locator("h2").first).to_contain_text(ORDINARY)
            assert ORDINARY not in boss.page.url
        assert wrong == []


class TestSuspectsEntry:
    def test_is_called_wrong_with_a_reason_and_back(self, at):
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


class TestRestriction:
    def test_is_lifted_by_a_supervisor_only(self, at):
        desk = at("records")
        desk.find(CAREFUL)
        desk.press("desk_restrict")
        desk.confirm()
        desk.find(CAREFUL)
        assert desk.says("desk_find_hidden") in desk.text
        boss = at("supervisor")
        boss.find(CAREFUL)
        boss.press("desk_lift")
        assert boss.says("desk_restricted_desk") in boss.text
        expect(boss.page.locator("#why")).to_have_attribute("required", "")
        boss.page.fill("#why", "The report named the wrong offense.")
        boss.confirm()
        assert "The report named the wrong offense." in boss.text
        desk.find(CAREFUL)
        desk.sees(desk.says("desk_case_number", number=CAREFUL))


class TestNotices:
    def test_of_a_case_are_held_and_sent_again_together(
        self, at: SignIn, deployed: LocalAws
    ) -> None:
        def both(state: str) -> bool:
            return [notice["state"] for notice in notices(deployed, BOTH)] == [state, state]

        wait_for(partial(both, "queued"), PATIENCE, "two letters to be queued")
        desk = at("records")
        came = desk.page.locator("[role=status]")
        knows = desk.page.locator(".knows")
        for done in range(2):
            desk.find(BOTH)
            if done:  # a task is first on the page, and what the victim knows is folded
                knows.locator("summary").first.click()
            desk.press("desk_hold", knows)
            expect(came).to_have_text(desk.says("desk_done_held", n=1))
        assert both("held")
        desk.tell()
        expect(came).to_contain_text(desk.says("desk_done_told", n=2))
        desk.find(BOTH)
        desk.press("desk_resend", knows)
        desk.sees(desk.says("desk_confirm_resend"))
        kinds = [desk.says(f"desk_kind_{kind}") for kind in ("first_contact", "status_changed")]
        listed = desk.page.locator("main article h2").all_inner_texts()
        assert sorted(listed) == sorted(f"{kind}: Ana Tolano" for kind in kinds)
        desk.confirm()
        expect(came).to_have_text(desk.says("desk_done_resent", n=2))
        wait_for(partial(both, "queued"), PATIENCE, "both letters to be queued once more")

    def test_by_letter_are_held_released_and_come_back(
        self, at: SignIn, deployed: LocalAws
    ) -> None:
        wait_for(
            lambda: {RETURNED, RESENT} <= held(deployed, "queued"), PATIENCE, "letters to be queued"
        )
        desk = at("records")
        desk.find(RETURNED)
        desk.press("desk_hold")
        assert desk.state() == desk.says("desk_state_held")
        assert desk.says("desk_reason_desk") in desk.text
        desk.press("desk_release")
        desk.page.get_by_label(desk.says("desk_release_how")).fill("It may go after all.")
        desk.press("desk_release_yes", n=1)
        desk.post_letters(deployed, RETURNED)
        desk.find(RETURNED)
        desk.press("desk_returned")
        desk.sees(desk.says("desk_confirm_returned"))
        desk.confirm()

        def is_held() -> bool:  # once its last rung has been looked for
            desk.find(RETURNED)
            return desk.says("desk_reason_letter_returned") in desk.text

        wait_for(is_held, PATIENCE, "the notice to be held")
        assert desk.state() == desk.says("desk_state_held")

        desk.find(RESENT)  # posted in the same run
        desk.press("desk_resend")
        desk.sees(desk.says("desk_confirm_resend"))
        desk.confirm()
        wait_for(
            lambda: RESENT in held(deployed, "queued"), PATIENCE, "the letter to be queued again"
        )


class TestRestrictedCase:
    def test_opens_by_no_link_or_form_for_records(self, at: SignIn) -> None:
        advocate, desk = at("advocate"), at("records")
        advocate.find(RESTRICTED)
        restricted = advocate.page.url.partition("c=")[2]
        assert desk.open(f"case?c={restricted}") == 403
        desk.sees(desk.says("desk_error_restricted"))
        desk.find(ORDINARY)
        for act in ("note", "unsafe", "safe", "restore", "resume", "correct", "restrict"):
            desk.send(act, c=restricted)
            desk.sees(desk.says("desk_error_restricted"))

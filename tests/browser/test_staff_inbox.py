"""The desk's inbox in a real browser: who wrote, who handles it, many at once, and back again."""

import re

import pytest
from playwright.sync_api import expect

from tests.browser.axe import look
from tests.browser.inbox_entries import STRANGE, a_text, an_early_sign_up, put_in_the_inbox, row
from tests.browser.staff_page import ORDINARY, RESTRICTED

RESTRICTED_HERS = "+15055550122"
LANGUAGES = pytest.mark.parametrize("language", ["en", "es"])


class TestInbox:
    @LANGUAGES
    def test_is_read_taken_done_and_undone(self, at, deployed, language):
        said = f"Please call me ({language})"
        a_text(deployed, f"hers-{language}", said, hours=50)
        desk = at("records", language)
        desk.open("inbox")
        line = row(desk, said)
        expect(line).to_contain_text("505-555-0121")
        expect(line).to_contain_text("Ana Tolano")
        expect(line).to_contain_text(desk.says("desk_late"))
        line.get_by_role("button", name=desk.says("desk_take"), exact=True).click()
        expect(row(desk, said)).to_contain_text("sample-records")
        desk.page.select_option("#whose", "mine")
        desk.press("desk_show")
        row(desk, said).get_by_role("button", name=desk.says("desk_reply_read")).click()
        expect(desk.page.locator("[role=status]")).to_contain_text(desk.says("desk_done_seen", n=1))
        assert said not in desk.text
        desk.page.get_by_role("link", name=desk.says("desk_seen_heading")).click()
        desk.sees(desk.says("desk_seen_heading"))
        expect(row(desk, said)).to_contain_text("sample-records")
        assert look(desk.page, "desk-seen", language) == []
        row(desk, said).get_by_role("button", name=desk.says("desk_open_again")).click()
        done = desk.says("desk_done_opened_again", n=1)
        expect(desk.page.locator("[role=status]")).to_have_text(done)
        assert said not in desk.text
        desk.open("inbox")
        row(desk, said).get_by_role("link").first.click()
        desk.sees(desk.says("desk_case_number", number=ORDINARY))
        desk.open("inbox")
        row(desk, said).get_by_role("button", name=desk.says("desk_reply_read")).click()
        expect(desk.page.locator("body")).not_to_contain_text(said)

    @LANGUAGES
    def test_is_done_all_at_once(self, at, deployed, language):
        for n in range(3):
            a_text(deployed, f"many-{n}-{language}", f"Thank you {n}", STRANGE)
            file = {"file": f"incoming/many_{n}.csv", "rows": n + 1}
            put_in_the_inbox(deployed, f"REJECTED#many-{n}-{language}", "REJECTED", file)
        desk = at("records", language)
        for kind, what in (("replies", "Thank you"), ("rejected", "many_")):
            desk.open("inbox")
            assert desk.page.locator("tr", has_text=what).count() == 3
            desk.page.locator(f"a[href*='all={kind}']").click()
            desk.page.wait_for_url(re.compile(f"all={kind}"))
            picked = desk.page.locator(f"input[form=picked-{kind}]:checked").count()
            assert picked >= 3  # what other tests left waits there too
            button = desk.page.locator(f"button[form=picked-{kind}]").first
            expect(button).to_have_text(desk.says("desk_seen_picked"))
            button.click()
            expect(desk.page.locator("[role=status]")).to_contain_text(
                desk.says("desk_done_seen", n=picked)
            )
            assert what not in desk.text

    def test_text_of_a_restricted_case_needs_an_advocate(self, at, deployed):
        said = "He reads my phone"
        a_text(deployed, "restricted", said, RESTRICTED_HERS)
        clerk = at("records")
        clerk.open("inbox")
        assert said not in clerk.text
        assert clerk.says("desk_held_hidden", n=1) in clerk.text
        boss = at("supervisor")
        boss.open("inbox")
        row(boss, said).locator("input[type=checkbox]").check()
        boss.page.locator("button[form=picked-replies][formaction=assign]").click()
        boss.page.get_by_label("sample-advocate").check()
        boss.press("desk_assign_picked")
        expect(row(boss, said)).to_contain_text("sample-advocate")
        advocate = at("advocate")
        advocate.open("inbox?whose=mine")
        expect(row(advocate, said)).to_contain_text(RESTRICTED)
        row(advocate, said).get_by_role("button", name=advocate.says("desk_reply_read")).click()
        expect(advocate.page.locator("body")).not_to_contain_text(said)

    @LANGUAGES
    def test_signs_up_turns_down_and_heeds_a_stop(self, at, deployed, language):
        for name in ("early-yes", "early-no"):
            an_early_sign_up(deployed, f"{name}-{language}", ORDINARY)
        an_early_sign_up(deployed, "early-restricted", RESTRICTED)
        stop = f"Leave me alone ({language})"
        a_text(deployed, f"stop-{language}", stop, STRANGE, maybe_stop=True, hours=30)
        a_text(
            deployed, f"ask-{language}", "When is the hearing? I could not come to the last one."
        )
        file = {"file": f"incoming/cases_{language}.csv", "rows": 3}
        put_in_the_inbox(deployed, f"REJECTED#full-{language}", "REJECTED", file)
        desk = at("records", language)
        desk.open("inbox")
        assert look(desk.page, "desk-inbox-full", language) == []
        assert "early-restricted" not in desk.text
        assert desk.says("desk_held_hidden", n=1) in desk.text
        entry = row(desk, f"early-yes-{language}")
        entry.locator("select").select_option(
            label="Ana Tolano, April 12, 1985"
            if language == "en"
            else "Ana Tolano, 12 de abril de 1985"
        )
        entry.get_by_role("button", name=desk.says("desk_early_tie"), exact=True).click()
        desk.sees(desk.says("desk_confirm_early_tie"))
        for named in (ORDINARY, "Smith Reyes", f"early-yes-{language}@example.org", "Ana Tolano"):
            assert named in desk.text
        assert look(desk.page, "desk-confirm-early", language) == []
        desk.page.fill("#why", "She came in with her passport.")
        desk.confirm()
        entry = row(desk, f"early-no-{language}")
        entry.get_by_role("button", name=desk.says("desk_early_drop")).click()
        desk.sees(desk.says("desk_confirm_early_drop"))
        desk.confirm()
        assert "early-" not in desk.text
        row(desk, stop).get_by_role("button", name=desk.says("desk_reply_stop")).click()
        desk.sees(desk.says("desk_confirm_reply_stop"))
        assert "505-555-0188" in desk.text
        assert stop in desk.text
        assert look(desk.page, "desk-confirm-stop", language) == []
        desk.confirm()
        assert stop not in desk.text
        for left in ("When is the hearing?", f"cases_{language}.csv"):
            row(desk, left).get_by_role("button", name=desk.says("desk_reply_read")).click()
            expect(desk.page.locator("body")).not_to_contain_text(left)
        desk.find(f"early-yes-{language}@example.org")
        desk.sees(desk.says("desk_case_number", number=ORDINARY))

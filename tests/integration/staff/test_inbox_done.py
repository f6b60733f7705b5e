"""Entries of the inbox that are done: opened again, listed, forgotten."""

import re
from datetime import timedelta

from aviso.domain.staff import Role
from aviso.staff.actor import Actor
from aviso.storage import inbox, inbox_tasks
from infra.harness.builders import STALKING
from infra.harness.staff_browser import audited, subjects
from tests.integration.staff.conftest import (
    NOW,
    ORDINARY,
    PHONE,
    RESTRICTED,
    a_stored_case,
    at_work,
)
from tests.integration.staff.inbox import LEFT, a_reply, an_early_sign_up, picked


class TestDone:
    def test_marks_many_at_once(self, desk):

        for n in (1, 2):
            inbox_tasks.put_rejected(f"people_{n}", f"incoming/people_{n}.csv", 3, NOW)
        names = [a_reply("r1"), a_reply("r2"), "REJECTED#people_1"]
        clerk = at_work(desk, Role.RECORDS)
        assert "Inbox 4" in clerk.get("tasks").text
        a_reply("stop", "no more", stop=True)
        page = clerk.get("inbox?all=replies")
        assert page.body.count(" checked") == 2
        assert "Texts that may ask to stop messages are not selected" in page.text
        assert "Select all 2" in clerk.get("inbox").text
        done = clerk.post("seen", list="inbox", **picked(*names))
        assert done.headers["Location"] == "inbox?seen=3"
        text = clerk.get("inbox").text
        assert "please call me" not in text
        assert ("people_1.csv" in text, "people_2.csv" in text) == (False, True)
        assert {("reply_read", "r1"), ("reply_read", "r2"), ("rejected_rows_seen", "people_1")} <= {
            (action, about) for _, action, about in subjects()
        }
        again = clerk.post("seen", list="inbox", **picked(*names))
        assert again.headers["Location"] == "inbox?held_no_more=3"

    def test_is_undone_with_the_old_due_time(self, desk):
        a_stored_case()
        inbox_tasks.put_rejected("people_1", "incoming/people_1.csv", 3, NOW)
        names = [a_reply("r1", came=NOW - timedelta(days=5)), "REJECTED#people_1"]
        before = [inbox.one(name) for name in names]
        clerk = at_work(desk, Role.RECORDS)
        clerk.post("seen", **picked(*names))
        page = clerk.get("seen")
        assert "please call me" in page.text
        assert "incoming/people_1.csv" in page.text
        assert ("staff:id-records", "inbox_seen_viewed", ORDINARY) in audited()
        done = clerk.post("open-again", **picked(*names))
        assert done.headers["Location"] == "seen?opened_again=2"
        assert [inbox.one(name) for name in names] == before
        assert ("staff:id-records", "inbox_opened_again", names[0]) in subjects()
        again = clerk.post("open-again", **picked(*names))
        assert again.headers["Location"] == "seen?held_no_more=2"

    def test_lists_the_latest_first_with_who(self, desk):
        names = [a_reply("r1", "the first"), a_reply("r2", "the second")]
        at_work(desk, Role.RECORDS).post("seen", **picked(names[1]))
        at_work(desk).post("seen", **picked(names[0]))
        text = desk.get("seen").text
        assert text.index("the first") < text.index("the second")
        assert text.index("advocate", text.index("the first")) < text.index("the second")

    def test_has_pages_without_repeats(self, desk, monkeypatch):
        monkeypatch.setattr("aviso.web.staff.inbox.MOST", 2)
        a_stored_case(RESTRICTED, offense=STALKING)
        at_work(desk)
        for n in range(5):
            phone = PHONE if n == 2 else "+15205550177"  # one on the restricted case
            desk.post("seen", **picked(a_reply(f"r{n}", f"text {n}", phone=phone)))
        first = at_work(desk, Role.RECORDS).get("seen")
        assert "Select all" in first.text
        (after,) = first.links("seen?after=")
        second = desk.get(after)
        assert "Select all" not in second.text
        assert "Next page" not in second.text
        found = [re.findall(r"text (\d)", page.text) for page in (first, second)]
        assert found == [["4", "3"], ["1", "0"]]

    def test_forgets_after_a_week(self, desk, settings):
        actor = Actor.member(desk.sign_in(Role.RECORDS), NOW)
        for name, seen_at, gone in (
            (a_reply("soon"), NOW + timedelta(days=1), NOW + timedelta(days=8)),
            (a_reply("late"), NOW + timedelta(days=88), NOW + timedelta(days=90)),
        ):
            inbox.see_to(inbox.one(name), "records", seen_at, actor.record("reply_read", ""))
            assert abs(inbox.one_seen(name).expires - gone) < timedelta(seconds=2)
            assert name in {entry.name for entry in inbox.seen(gone - timedelta(seconds=5), {})}
            assert name not in {entry.name for entry in inbox.seen(gone, {})}

    def test_is_not_undone_by_who_may_not_see_it(self, desk):
        a_stored_case(RESTRICTED, offense=STALKING)
        name = a_reply("r1")
        at_work(desk).post("seen", **picked(name))
        clerk = at_work(desk, Role.RECORDS)
        assert "please call me" not in clerk.get("seen").text
        refused = clerk.post("open-again", **picked(name))
        assert refused.headers["Location"] == "seen?not_yours=1"

    def test_is_refused_for_an_early_sign_up(self, desk, settings):
        a_stored_case()
        name = an_early_sign_up(settings)
        assert at_work(desk).post("seen", list="inbox", **picked(name)).status == 400
        assert LEFT in desk.get("inbox").text

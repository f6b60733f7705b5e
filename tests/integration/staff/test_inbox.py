"""Texts in the inbox, and how inbox tasks are taken and given back."""

from collections import Counter
from datetime import timedelta

import pytest

from aviso.domain.errors import Conflict
from aviso.domain.staff import Role
from aviso.runtime import hashing
from aviso.staff.actor import Actor
from aviso.storage import (
    case_decisions,
    cases,
    guard_items,
    guards,
    inbox,
    inbox_tasks,
    markers,
    suppressions,
)
from infra.harness.builders import STALKING
from infra.harness.staff_browser import audited, subjects
from tests.integration.staff.conftest import (
    EMAIL,
    NOW,
    ORDINARY,
    PHONE,
    RESTRICTED,
    a_stored_case,
    at_work,
)
from tests.integration.staff.inbox import a_reply, an_early_sign_up, opted_out, owner, picked


class TestText:
    def test_says_who_wrote_and_on_which_cases(self, desk):
        a_stored_case()
        a_reply("r1")
        page = at_work(desk, Role.RECORDS).get("inbox")
        assert "520-555-0118" in page.text
        assert f"Case {ORDINARY} , Ana Muñoz-v1" in page.text
        (address,) = page.links("case?c=")
        assert ORDINARY not in address
        assert desk.get(address).status == 200
        assert ("staff:id-records", "inbox_viewed", ORDINARY) in audited()

    def test_says_that_a_suspect_has_the_number(self, desk):
        a_stored_case()
        a_reply("r1", phone="+15205550166")
        text = at_work(desk).get("inbox").text
        assert f"Case {ORDINARY} A suspect has this number" in text
        assert "Ana" not in text

    def test_of_a_restricted_case_is_closed_to_records(self, desk):
        a_stored_case()
        a_stored_case(RESTRICTED, offense=STALKING)  # the same number is on both
        name = a_reply("r1")
        clerk = at_work(desk, Role.RECORDS)
        page = clerk.get("inbox")
        assert "please call me" not in page.text
        assert "520-555-0118" not in page.text
        assert "1 more are on restricted cases" in page.text
        assert RESTRICTED not in {case for _, _, case in audited()}
        assert clerk.post("stop-texts", reply=name, confirmed="yes").status == 403
        for act in ("seen", "take"):
            refused = clerk.post(act, do="take", list="inbox", **picked(name))
            assert refused.headers["Location"] == "inbox?not_yours=1"
        assert "please call me" in at_work(desk, Role.ADVOCATE).get("inbox").text
        assert ("staff:id-advocate", "inbox_viewed", RESTRICTED) in audited()

    def test_keeps_the_case_its_phone_had_when_it_came(self, desk):
        a_stored_case(RESTRICTED, offense=STALKING)
        gone = "2611240009"  # a case that was forgotten meanwhile
        name = a_reply("r1", phone="+15205550177", cases=[RESTRICTED, gone])
        clerk = at_work(desk, Role.RECORDS)
        assert "please call me" not in clerk.get("inbox").text
        refused = clerk.post("seen", list="inbox", **picked(name))
        assert refused.headers["Location"] == "inbox?not_yours=1"
        text = at_work(desk, Role.ADVOCATE).get("inbox").text
        assert f"Case {RESTRICTED} The number was on this case when the text came" in text
        assert gone not in text
        assert desk.post("seen", list="inbox", **picked(name)).headers["Location"] == "inbox?seen=1"
        assert ("staff:id-advocate", "reply_read", RESTRICTED) in audited()

    def test_leaves_its_acts_in_each_cases_trail(self, desk):
        numbers = {f"261124000{n}" for n in range(1, 4)}
        for number in numbers:
            a_stored_case(number)  # all with the same phone
        name = a_reply("r1")
        at_work(desk, Role.RECORDS).post("take", do="take", list="inbox", **picked(name))
        desk.post("seen", list="inbox", **picked(name))
        desk.post("open-again", **picked(name))
        desk.confirm("stop-texts", reply=name)
        acts = ("task_taken", "reply_read", "inbox_opened_again", "reply_stopped")
        for action in acts:
            assert {case for _, did, case in audited() if did == action} == numbers, action

    def test_costs_one_read_for_each_phone_and_case(self, desk, monkeypatch):
        a_stored_case()
        for n in range(5):
            a_reply(f"r{n}")
        asked: Counter[str] = Counter()

        def counted(name, real):
            def call(*of):
                asked[name] += 1
                return real(*of)

            return call

        monkeypatch.setattr(cases, "read_case", counted("case", cases.read_case))
        monkeypatch.setattr(
            case_decisions, "cases_with", counted("phone", case_decisions.cases_with)
        )
        at_work(desk, Role.RECORDS).get("inbox")
        assert asked == {"case": 1, "phone": 1}

    def test_that_is_hidden_pushes_out_no_other(self, desk, monkeypatch):
        monkeypatch.setattr("aviso.web.staff.inbox.MOST", 2)
        a_stored_case(RESTRICTED, offense=STALKING)
        for n in range(201):
            a_reply(f"hidden-{n}", came=NOW - timedelta(hours=2))
        for n in range(3):
            a_reply(f"own-{n}", f"text {n} of ours", phone="+15205550177")
        text = at_work(desk, Role.RECORDS).get("inbox").text
        assert ["text 0" in text, "text 1" in text, "text 2" in text] == [True, True, False]
        assert "201 more are on restricted cases" in text


def a_wish_to_stop():
    """Leave a wish to stop by a link that a replaced key had signed; return its task's name."""
    key = hashing.address_key(EMAIL)
    asked = {"text": "", "address_key": key, "at": NOW.isoformat(), "maybe_stop": True}
    inbox_tasks.put_reply("link", asked | {"cases": [ORDINARY]}, NOW, guard_items.UNPROVED_LINK)
    return "REPLY#link"


class TestUnprovedStop:
    @pytest.fixture
    def name(self, desk):
        a_stored_case()
        return a_wish_to_stop()

    def test_says_whose_address_and_that_nothing_proves_it(self, desk, name):
        text = at_work(desk, Role.RECORDS).get("inbox").text
        assert f"{EMAIL} Case {ORDINARY} , Ana Muñoz-v1" in text
        assert "nothing proves that the owner of the address did it" in text

    def test_stops_once_a_person_confirms(self, desk, name):
        asked = at_work(desk, Role.RECORDS).post("stop-texts", reply=name)
        assert "Stop all messages to this address?" in asked.text
        assert EMAIL in asked.text
        assert "nothing proves" in asked.text
        desk.confirm("stop-texts", reply=name)
        key = hashing.address_key(EMAIL)
        assert guards.read("", {EMAIL: key}).opted_out == {EMAIL}
        assert "nothing proves" in desk.get("seen").text

    def test_of_a_restricted_case_is_closed_to_records(self, desk):
        a_stored_case(offense=STALKING)
        name = a_wish_to_stop()
        clerk = at_work(desk, Role.RECORDS)
        assert EMAIL not in clerk.get("inbox").text
        assert clerk.post("stop-texts", reply=name, confirmed="yes").status == 403


class TestInbox:
    def test_records_every_case_it_shows(self, desk, monkeypatch):
        monkeypatch.setattr("aviso.web.staff.inbox.AT_ONCE", 2)
        numbers = {f"26112400{n:02}" for n in range(1, 6)}
        for number in numbers:
            a_stored_case(number)  # all with the same phone
        a_reply("r1")
        at_work(desk, Role.RECORDS).get("inbox")
        assert {case for _, action, case in audited() if action == "inbox_viewed"} == numbers

    def test_lists_the_late_first(self, desk):
        a_reply("new", "of today")
        a_reply("old", "of last week", came=NOW - timedelta(days=5))
        at_work(desk)
        text = desk.get("inbox").text
        assert text.index("of last week") < text.index("of today")
        assert text.count("Past deadline") == 2  # once among the choices
        late = desk.get("inbox?due=late").text
        assert "Unread replies (1)" in late
        assert "of today" not in late

    def test_counts_an_early_sign_up_from_its_task(self, desk, settings):
        a_stored_case()
        name = an_early_sign_up(settings)
        entry = inbox.one(name)
        assert entry.at == NOW - timedelta(days=2)
        assert entry.since > NOW - timedelta(hours=1)
        assert 'class="tag late"' not in at_work(desk).get("inbox").body

    @pytest.mark.parametrize("name", ["SWITCHES", "OPTOUT#key-1", "REPLY#none", "EARLY#none"])
    def test_takes_only_what_waits(self, desk, name):

        markers.put_marker(name.replace("none", "other"), {}, NOW, timedelta(days=1))
        for act in ("take", "seen"):
            page = at_work(desk).post(act, do="take", list="inbox", **picked(name))
            assert page.headers["Location"] == "inbox?held_no_more=1"

    @pytest.mark.parametrize("does", ["", "early_made_up"])
    def test_ignores_an_unknown_act(self, desk, settings, does):
        a_stored_case()
        id = an_early_sign_up(settings)
        assert at_work(desk).post("early", sign_up=id, do=does, confirmed="yes").status == 400


class TestOwner:
    def test_takes_gives_back_and_takes_over(self, desk, settings):

        a_stored_case()
        inbox_tasks.put_rejected("people_1", "incoming/people_1.csv", 3, NOW)
        names = [a_reply("r1"), "REJECTED#people_1", an_early_sign_up(settings)]
        clerk = at_work(desk, Role.RECORDS)
        done = clerk.post("take", do="take", list="inbox", due="late", **picked(*names))
        assert done.headers["Location"] == "inbox?due=late&taken=3"
        assert [owner(name) for name in names] == ["records"] * 3
        assert "Assigned to you: 3" in clerk.get("inbox?taken=3").text
        assert "In the inbox, assigned to you: 3" in clerk.get("tasks?whose=mine").text
        assert clerk.get("tasks?whose=mine").links("inbox?") == ["inbox?whose=mine"]
        mine = clerk.get("inbox?whose=mine").body
        assert mine.count('type="hidden" name="do" value="give_back"') == 3
        assert clerk.get("inbox?whose=nobody").text.count("Nothing is waiting here.") == 3
        refused = at_work(desk).post("take", do="take", list="inbox", **picked(*names))
        assert refused.headers["Location"] == "inbox?a_colleagues=3"
        desk.post("take", do="take_over", list="inbox", **picked(names[0]))
        assert owner(names[0]) == "advocate"
        desk.post("take", do="give_back", list="inbox", **picked(names[0]))
        assert owner(names[0]) == ""
        acts = {(action, about) for _, action, about in subjects()}
        assert {("task_taken", name) for name in names} <= acts
        assert ("task_given_back", names[0]) in acts

    def test_is_given_by_a_supervisor(self, desk, pool):
        a_stored_case(RESTRICTED, offense=STALKING)
        names = [a_reply("r1"), a_reply("r2", phone="+15205550177")]
        boss = at_work(desk, Role.SUPERVISOR)
        asked = boss.post("assign", list="inbox", **picked(*names))
        assert 'name="list" value="inbox"' in asked.body
        done = boss.post("assign", list="inbox", to="rosa", **picked(*names))
        assert done.headers["Location"] == "inbox?assigned=1&not_the_colleagues=1"
        assert [owner(name) for name in names] == ["", "rosa"]

    def test_is_one_of_two_who_take_at_once(self, desk):
        entry = inbox.one(a_reply("r1"))
        actor = Actor.member(desk.sign_in(Role.RECORDS), NOW)
        inbox.assign(entry, "first", actor.record("task_taken", ""))
        with pytest.raises(Conflict):
            inbox.assign(entry, "second", actor.record("task_taken", ""))

    def test_of_unreadable_dates_says_line_and_way_out(self, desk):
        row = {"line": 7, "column": "DOB", "code": "bad_date", "rows": 2, "about": "01/02/2019"}
        inbox_tasks.put_rejected("people-dates", "incoming/people_1.csv", 0, NOW, {"first": [row]})
        shown = at_work(desk, Role.RECORDS).get("inbox").text
        assert "incoming/people_1.csv, line 7, column DOB: Dates of this column" in shown
        assert "cannot be read: 2." in shown
        assert "Send dates like 01/02/2019, from" in shown
        assert "rows not imported" not in shown

    def test_stays_when_rows_are_rejected_again(self, desk):
        inbox_tasks.put_rejected("people", "incoming/people_1.csv", 3, NOW - timedelta(days=3))
        at_work(desk).post("take", do="take", list="inbox", **picked("REJECTED#people"))
        inbox_tasks.put_rejected("people", "incoming/people_2.csv", 4, NOW)
        (task,) = inbox.rejected()
        assert (task.file, task.rows, task.owner) == ("incoming/people_2.csv", 4, "advocate")
        assert task.since == NOW - timedelta(days=3)
        desk.post("seen", **picked(task.name))
        inbox_tasks.put_rejected("people", "incoming/people_3.csv", 5, NOW)
        (task,) = inbox.rejected()
        assert (task.file, task.owner, task.since, task.expires) == (
            "incoming/people_3.csv",
            "",
            NOW,
            None,
        )


class TestStop:
    def test_is_confirmed_by_number_and_words(self, desk):
        a_stored_case()
        name = a_reply("r1", "leave me be")
        asked = at_work(desk).post("stop-texts", reply=name)
        assert "520-555-0118" in asked.text
        assert "leave me be" in asked.text
        assert f"Case {ORDINARY}" in asked.text
        assert not opted_out()
        done = desk.confirm("stop-texts", reply=name, list="inbox", whose="mine")
        assert done.headers["Location"] == "inbox?whose=mine&seen=1"
        assert opted_out()
        assert "leave me be" not in desk.get("inbox").text
        assert ("reply_stopped", f"r1: {hashing.address_key(PHONE)}") in {
            (action, about) for _, action, about in subjects()
        }
        assert ("staff:id-advocate", "reply_stopped", ORDINARY) in audited()
        assert desk.post("stop-texts", reply=name).status == 404

    def test_read_late_undoes_no_later_start(self, desk):

        name = a_reply("r1", "no more please", NOW - timedelta(days=2))
        suppressions.opt_in(hashing.address_key(PHONE), NOW - timedelta(days=1))
        page = at_work(desk).post("stop-texts", reply=name, confirmed="yes")
        assert (page.status, "by texting START" in page.text) == (400, True)
        assert not opted_out()
        desk.post("seen", **picked(name))
        assert "no more please" in desk.get("seen").text
        assert "no more please" not in desk.get("inbox").body

    def test_lets_a_start_during_the_decision_hold(self, desk, monkeypatch):

        name = a_reply("r1", "no more please", NOW - timedelta(days=2))
        suppressions.opt_in(hashing.address_key(PHONE), NOW - timedelta(days=1))
        monkeypatch.setattr(
            suppressions, "started_since", lambda key, at: False
        )  # as it was a moment ago
        page = at_work(desk).post("stop-texts", reply=name, confirmed="yes")
        assert page.status == 409
        assert not opted_out()

    def test_counts_from_when_the_text_came(self, desk):

        key = hashing.address_key(PHONE)
        for id, came in (("r1", NOW - timedelta(days=3)), ("r2", NOW - timedelta(days=5))):
            name = a_reply(id, "no more please", came)
            at_work(desk).confirm("stop-texts", reply=name)
            at, _ = markers.marker(f"OPTOUT#{key}")
            assert at == NOW - timedelta(days=3)
        suppressions.opt_in(key, NOW - timedelta(days=1))
        assert not opted_out()

"""The desk's inbox: text messages nobody has read, early sign-ups, rejected rows of the feed."""

import re
from collections import Counter
from datetime import UTC, date, datetime, timedelta

import pytest

from aviso.domain.model import Channel
from aviso.domain.staff import Role
from aviso.runtime import hashing
from aviso.storage import inbox_tasks, markers, suppressions
from aviso.victims import early_sign_up
from aviso.victims.sign_up_form import Asked
from aviso.victims.verification import Claim
from infra.harness.builders import STALKING
from infra.harness.staff_browser import audited, case_address, subjects
from tests.integration.staff.conftest import (
    NOW,
    ORDINARY,
    PHONE,
    RESTRICTED,
    a_stored_case,
    at_work,
)

LEFT = "early@example.org"
SAFE = (Asked(channel=Channel.EMAIL, address=LEFT, language="es", safe=True),)
WHY = "She came in with her passport."


def a_reply(id, text="please call me", at=NOW, phone=PHONE, came=NOW, cases=(), stop=False):
    """Leave a text as `record_receipt` does, and return its name."""
    key = hashing.address_key(phone)
    data = {"text": text, "address": phone, "address_key": key, "maybe_stop": stop}
    data["cases"] = list(cases)
    inbox_tasks.put_reply(id, data | {"at": at.isoformat()}, came)
    return f"REPLY#{id}"


def picked(*names):
    return {f"pick-{name}": "yes" for name in names}


def opted_out():
    from aviso.storage import guards

    return PHONE in guards.read("", {PHONE: hashing.address_key(PHONE)}).opted_out


def owner(name):
    from aviso.storage import inbox

    return inbox.one(name).owner


# Who wrote


def test_a_text_says_who_wrote_and_on_which_cases_the_number_stands(desk):
    a_stored_case()
    a_reply("r1")
    page = at_work(desk, Role.RECORDS).get("inbox")
    assert "520-555-0118" in page.text
    assert f"Case {ORDINARY} , Ana Muñoz-v1" in page.text
    (address,) = page.links("case?c=")
    assert ORDINARY not in address
    assert desk.get(address).status == 200
    assert ("staff:id-records", "inbox_viewed", ORDINARY) in audited()


def test_a_text_from_a_number_that_a_suspect_has_says_so(desk):
    a_stored_case()
    a_reply("r1", phone="+15205550166")
    text = at_work(desk).get("inbox").text
    assert f"Case {ORDINARY} A suspect has this number" in text
    assert "Ana" not in text


def test_a_text_from_a_number_on_no_case_says_that(desk):
    a_reply("r1")
    text = at_work(desk).get("inbox").text
    assert "520-555-0118 On no case" in text


def test_a_text_from_a_number_on_a_restricted_case_is_not_for_records(desk):
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


def test_a_text_is_still_about_the_case_on_which_its_phone_stood_when_it_came(desk):
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


def test_what_is_done_to_a_text_is_in_the_trail_of_each_case_it_is_about(desk):
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


def test_a_page_reads_each_phone_and_each_case_once_however_many_texts_there_are(desk, monkeypatch):
    from aviso.storage import case_decisions, cases

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
    monkeypatch.setattr(case_decisions, "cases_with", counted("phone", case_decisions.cases_with))
    at_work(desk, Role.RECORDS).get("inbox")
    assert asked == {"case": 1, "phone": 1}


def test_texts_that_a_member_may_not_see_do_not_push_out_those_that_they_may(desk, monkeypatch):
    monkeypatch.setattr("aviso.web.staff.inbox.MOST", 2)
    a_stored_case(RESTRICTED, offense=STALKING)
    for n in range(201):
        a_reply(f"hidden-{n}", came=NOW - timedelta(hours=2))
    for n in range(3):
        a_reply(f"own-{n}", f"text {n} of ours", phone="+15205550177")
    text = at_work(desk, Role.RECORDS).get("inbox").text
    assert ["text 0" in text, "text 1" in text, "text 2" in text] == [True, True, False]
    assert "201 more are on restricted cases" in text


def test_every_case_on_the_page_is_in_the_trail_however_many_they_are(desk, monkeypatch):
    monkeypatch.setattr("aviso.web.staff.inbox.AT_ONCE", 2)
    numbers = {f"26112400{n:02}" for n in range(1, 6)}
    for number in numbers:
        a_stored_case(number)  # all with the same phone
    a_reply("r1")
    at_work(desk, Role.RECORDS).get("inbox")
    assert {case for _, action, case in audited() if action == "inbox_viewed"} == numbers


# Due, and who handles it


def test_what_waits_is_due_within_a_day_and_the_late_ones_come_first(desk):
    a_reply("new", "of today")
    a_reply("old", "of last week", came=NOW - timedelta(days=5))
    at_work(desk)
    text = desk.get("inbox").text
    assert text.index("of last week") < text.index("of today")
    assert text.count("Past deadline") == 2  # once among the choices
    late = desk.get("inbox?due=late").text
    assert "Unread replies (1)" in late
    assert "of today" not in late


def test_an_early_sign_up_is_due_a_day_after_it_became_a_task_not_after_it_was_left(desk, settings):
    from aviso.storage import inbox

    a_stored_case()
    name = an_early_sign_up(settings)
    entry = inbox.one(name)
    assert entry.at == NOW - timedelta(days=2)
    assert entry.since > NOW - timedelta(hours=1)
    assert 'class="tag late"' not in at_work(desk).get("inbox").body


def test_texts_sign_ups_and_files_are_taken_given_back_and_taken_over(desk, settings):

    a_stored_case()
    inbox_tasks.put_rejected("people_1", "incoming/people_1.csv", 3, NOW)
    names = [a_reply("r1"), "REJECTED#people_1", an_early_sign_up(settings)]
    clerk = at_work(desk, Role.RECORDS)
    done = clerk.post("take", do="take", list="inbox", due="late", **picked(*names))
    assert done.headers["Location"] == "inbox?due=late&taken=3"
    assert [owner(name) for name in names] == ["records"] * 3
    assert "Assigned to you: 3" in clerk.get("inbox?taken=3").text
    assert "Assigned to you: 3" in clerk.get("tasks").text
    assert clerk.get("tasks").links("inbox?") == ["inbox?whose=mine"]
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


def test_a_supervisor_gives_a_text_to_a_colleague_who_may_see_its_cases(desk, pool):
    a_stored_case(RESTRICTED, offense=STALKING)
    names = [a_reply("r1"), a_reply("r2", phone="+15205550177")]
    boss = at_work(desk, Role.SUPERVISOR)
    asked = boss.post("assign", list="inbox", **picked(*names))
    assert 'name="list" value="inbox"' in asked.body
    done = boss.post("assign", list="inbox", to="rosa", **picked(*names))
    assert done.headers["Location"] == "inbox?assigned=1&not_the_colleagues=1"
    assert [owner(name) for name in names] == ["", "rosa"]


def test_of_two_who_take_a_text_at_once_one_is_told(desk):
    from aviso.domain.errors import Conflict
    from aviso.staff.actor import Actor
    from aviso.storage import inbox

    entry = inbox.one(a_reply("r1"))
    actor = Actor.member(desk.sign_in(Role.RECORDS), NOW)
    inbox.assign(entry, "first", actor.record("task_taken", ""))
    with pytest.raises(Conflict):
        inbox.assign(entry, "second", actor.record("task_taken", ""))


@pytest.mark.parametrize("name", ["SWITCHES", "OPTOUT#key-1", "REPLY#none", "EARLY#none"])
def test_nothing_but_what_waits_in_the_inbox_is_taken_or_seen_to(desk, name):

    markers.put_marker(name.replace("none", "other"), {}, NOW, timedelta(days=1))
    for act in ("take", "seen"):
        page = at_work(desk).post(act, do="take", list="inbox", **picked(name))
        assert page.headers["Location"] == "inbox?held_no_more=1"


def test_rows_rejected_again_keep_task_due_time_and_owner(desk):
    from aviso.storage import inbox

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


# Handled, and put back


def test_many_texts_and_files_are_seen_to_at_once(desk):

    for n in (1, 2):
        inbox_tasks.put_rejected(f"people_{n}", f"incoming/people_{n}.csv", 3, NOW)
    names = [a_reply("r1"), a_reply("r2"), "REJECTED#people_1"]
    clerk = at_work(desk, Role.RECORDS)
    assert "unread replies: 2" in clerk.get("tasks").text
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


def test_what_was_seen_to_by_mistake_is_opened_again_due_when_it_was(desk):
    from aviso.storage import inbox

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


def test_the_latest_seen_to_comes_first_with_who_it_was(desk):
    names = [a_reply("r1", "the first"), a_reply("r2", "the second")]
    at_work(desk, Role.RECORDS).post("seen", **picked(names[1]))
    at_work(desk).post("seen", **picked(names[0]))
    text = desk.get("seen").text
    assert text.index("the first") < text.index("the second")
    assert text.index("advocate", text.index("the first")) < text.index("the second")


def test_what_was_seen_to_comes_in_pages_and_each_entry_is_on_one_of_them(desk, monkeypatch):
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


def test_what_was_seen_to_goes_after_a_week_and_no_text_outlives_the_time_it_had(desk, settings):
    from aviso.staff.actor import Actor
    from aviso.storage import inbox

    actor = Actor.member(desk.sign_in(Role.RECORDS), NOW)
    for name, seen_at, gone in (
        (a_reply("soon"), NOW + timedelta(days=1), NOW + timedelta(days=8)),
        (a_reply("late"), NOW + timedelta(days=88), NOW + timedelta(days=90)),
    ):
        inbox.see_to(inbox.one(name), "records", seen_at, actor.record("reply_read", ""))
        assert abs(inbox.one_seen(name).expires - gone) < timedelta(seconds=2)
        assert name in {entry.name for entry in inbox.seen(gone - timedelta(seconds=5), {})}
        assert name not in {entry.name for entry in inbox.seen(gone, {})}


def test_what_records_may_not_see_is_not_opened_again_by_them_either(desk):
    a_stored_case(RESTRICTED, offense=STALKING)
    name = a_reply("r1")
    at_work(desk).post("seen", **picked(name))
    clerk = at_work(desk, Role.RECORDS)
    assert "please call me" not in clerk.get("seen").text
    refused = clerk.post("open-again", **picked(name))
    assert refused.headers["Location"] == "seen?not_yours=1"


def test_an_early_sign_up_is_not_merely_seen_to(desk, settings):
    a_stored_case()
    name = an_early_sign_up(settings)
    assert at_work(desk).post("seen", list="inbox", **picked(name)).status == 400
    assert LEFT in desk.get("inbox").text


def test_the_inbox_that_was_looked_at_is_recorded(desk):
    at_work(desk, Role.RECORDS).get("inbox")
    assert ("staff:id-records", "inbox_viewed", "") in audited()


# Texts that ask to stop


def test_a_stop_is_confirmed_by_number_and_words_and_leaves_the_inbox(desk):
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


def test_an_old_text_that_is_read_late_undoes_no_start_sent_since(desk):

    name = a_reply("r1", "no more please", NOW - timedelta(days=2))
    suppressions.opt_in(hashing.address_key(PHONE), NOW - timedelta(days=1))
    page = at_work(desk).post("stop-texts", reply=name, confirmed="yes")
    assert (page.status, "by texting START" in page.text) == (400, True)
    assert not opted_out()
    desk.post("seen", **picked(name))
    assert "no more please" not in desk.get("inbox").text


def test_a_start_that_comes_while_a_clerk_decides_holds(desk, monkeypatch):

    name = a_reply("r1", "no more please", NOW - timedelta(days=2))
    suppressions.opt_in(hashing.address_key(PHONE), NOW - timedelta(days=1))
    monkeypatch.setattr(
        suppressions, "started_since", lambda key, at: False
    )  # as it was a moment ago
    page = at_work(desk).post("stop-texts", reply=name, confirmed="yes")
    assert page.status == 409
    assert not opted_out()


def test_a_text_taken_as_a_stop_counts_from_when_it_came(desk):

    key = hashing.address_key(PHONE)
    for id, came in (("r1", NOW - timedelta(days=3)), ("r2", NOW - timedelta(days=5))):
        name = a_reply(id, "no more please", came)
        at_work(desk).confirm("stop-texts", reply=name)
        at, _ = markers.marker(f"OPTOUT#{key}")
        assert at == NOW - timedelta(days=3)
    suppressions.opt_in(key, NOW - timedelta(days=1))
    assert not opted_out()


# Sign-ups before the report


def tie(id, victim="v1"):
    return {"sign_up": id, "do": "early_tie", "victim": victim}


def an_early_sign_up(settings, number=ORDINARY, last_name="Muñoz-v1", asked=SAFE):
    """Leave an early sign-up that no program may tie, and return its name."""
    from aviso.storage import inbox

    day = date(1985, 4, 13)
    claim = Claim(number=number, last_name=last_name, birth_dates=(day,), source="203.0.113.9")
    early_sign_up.leave(claim, asked, "es", settings, NOW - timedelta(days=2))
    early_sign_up.tie_all(settings, datetime.now(UTC))
    (waiting,) = inbox.early()
    return waiting.name


def enrolled(number):
    from aviso.storage import cases

    return [c.address for e in cases.read_case(number).enrollments for c in e.contacts]


def test_an_early_sign_up_that_matches_nobody_is_tied_to_a_victim_by_a_person(desk, settings):
    from aviso.storage import inbox

    a_stored_case()
    id = an_early_sign_up(settings)
    page = at_work(desk, Role.RECORDS).get("inbox")
    assert "No victim of the case has this last name" in page.text
    assert LEFT in page.text
    assert ("staff:id-records", "inbox_viewed", ORDINARY) in audited()
    asked = desk.post("early", **tie(id))
    for said in (f"Case {ORDINARY}", "Muñoz-v1, April 13, 1985", LEFT, "Ana Muñoz-v1"):
        assert said in asked.text
    assert desk.post("early", **tie(id), confirmed="yes").status == 400
    assert enrolled(ORDINARY) == []
    desk.confirm("early", **tie(id), why=WHY)
    assert enrolled(ORDINARY) == [LEFT]
    assert WHY in desk.get(case_address(ORDINARY)).text
    assert list(inbox.early()) == []
    assert ("staff:id-records", "early_sign_up_tied", ORDINARY) in audited()
    again = desk.post("early", **tie(id), confirmed="yes", why=WHY)
    assert again.status == 404


def test_what_was_tied_can_be_found_and_exported(desk, settings):
    a_stored_case()
    id = an_early_sign_up(settings)
    at_work(desk, Role.RECORDS).confirm("early", **tie(id), why=WHY)
    assert desk.post("find", what=LEFT).status == 303
    assert LEFT in desk.post("contacts-csv").body


def test_an_early_sign_up_is_tied_to_nobody_without_saying_to_whom(desk, settings):
    a_stored_case()
    id = an_early_sign_up(settings)
    page = at_work(desk).post("early", **tie(id, ""), confirmed="yes", why=WHY)
    assert page.status == 400
    assert "which victim" in page.text
    assert enrolled(ORDINARY) == []


def test_an_early_sign_up_is_turned_down_once_confirmed_and_then_forgotten(desk, settings):
    from aviso.storage import inbox

    a_stored_case()
    id = an_early_sign_up(settings)
    at_work(desk).confirm("early", sign_up=id, do="early_drop")
    assert list(inbox.early()) == []
    assert markers.marker(id) is None
    assert enrolled(ORDINARY) == []
    assert ("staff:id-advocate", "early_sign_up_dropped", ORDINARY) in audited()


def test_an_early_sign_up_for_a_restricted_case_is_not_for_records(desk, settings):
    a_stored_case(RESTRICTED, offense=STALKING)
    id = an_early_sign_up(settings, RESTRICTED, "Muñoz-v1")
    page = at_work(desk, Role.RECORDS).get("inbox")
    assert LEFT not in page.body
    assert ("staff:id-records", "inbox_viewed", RESTRICTED) not in audited()
    assert "1 more are on restricted cases" in page.text
    assert desk.post("early", sign_up=id, do="early_drop", confirmed="yes").status == 403
    assert LEFT in at_work(desk, Role.ADVOCATE).get("inbox").text


@pytest.mark.parametrize("does", ["", "early_made_up"])
def test_what_is_no_act_does_nothing(desk, settings, does):
    a_stored_case()
    id = an_early_sign_up(settings)
    assert at_work(desk).post("early", sign_up=id, do=does, confirmed="yes").status == 400

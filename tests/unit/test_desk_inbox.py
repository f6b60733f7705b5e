"""The desk's inbox: text messages nobody has read, early sign-ups, rejected rows of the feed."""

from datetime import UTC, date, datetime, timedelta

import pytest

from aviso import early
from aviso.access import Claim
from aviso.enrollment import Asked
from aviso.models import Channel
from aviso.staff import Role
from tests.builders import STALKING
from tests.colleague import audited, subjects
from tests.waiting import NOW, ORDINARY, RESTRICTED, a_stored_case, at_work

LEFT = "early@example.org"


def a_reply(id, text="please call me", at=NOW):
    from aviso.store import guards

    data = {"text": text, "address_key": "key-1", "maybe_stop": True, "at": at.isoformat()}
    guards.put_marker(f"REPLY#{id}", data, NOW, timedelta(days=90), guards.REPLY_TASK)


def test_an_unread_reply_waits_until_somebody_saw_to_it(desk):
    from aviso.store import guards

    a_reply("r1")
    a_reply("r2")
    at_work(desk)
    assert desk.get("inbox").text.count("please call me") == 2
    assert "unread replies: 2" in desk.get("tasks").text
    desk.post("reply", reply="r1", do="read")
    assert desk.get("inbox").text.count("please call me") == 1
    desk.confirm("reply", reply="r2", do="stop")
    assert "please call me" not in desk.get("inbox").text
    known = guards.read("", {"a": "key-1"})
    assert known.opted_out == {"a"}
    assert {(a, about) for _, a, about in subjects() if a.startswith("reply_")} == {
        ("reply_read", "r1"),
        ("reply_stopped", "r2: key-1"),
    }
    assert desk.post("reply", reply="r1", do="read").status == 404


def test_an_old_text_that_is_read_late_undoes_no_start_sent_since(desk):
    from aviso.store import guards

    a_reply("r1", "no more please", NOW - timedelta(days=2))
    guards.opt_in("key-1", NOW - timedelta(days=1))
    page = at_work(desk).post("reply", reply="r1", do="stop", confirmed="yes")
    assert (page.status, "by texting START" in page.text) == (400, True)
    assert guards.read("", {"a": "key-1"}).opted_out == frozenset()
    desk.post("reply", reply="r1", do="read")
    assert "no more please" not in desk.get("inbox").text


def test_a_start_that_comes_while_a_clerk_decides_holds(desk, monkeypatch):
    from aviso.store import guards

    a_reply("r1", "no more please", NOW - timedelta(days=2))
    guards.opt_in("key-1", NOW - timedelta(days=1))
    monkeypatch.setattr(guards, "started_since", lambda key, at: False)  # as it was a moment ago
    page = at_work(desk).post("reply", reply="r1", do="stop", confirmed="yes")
    assert page.status == 409
    assert guards.read("", {"a": "key-1"}).opted_out == frozenset()


def test_a_text_taken_as_a_stop_counts_from_when_it_came(desk):
    from aviso.store import guards

    for id, came in (("r1", NOW - timedelta(days=3)), ("r2", NOW - timedelta(days=5))):
        a_reply(id, "no more please", came)
        at_work(desk).confirm("reply", reply=id, do="stop")
        at, _ = guards.marker("OPTOUT#key-1")
        assert at == NOW - timedelta(days=3)
    guards.opt_in("key-1", NOW - timedelta(days=1))
    assert guards.read("", {"a": "key-1"}).opted_out == frozenset()


def test_the_inbox_that_was_looked_at_is_recorded(desk):
    at_work(desk, Role.RECORDS).get("inbox")
    assert ("staff:id-records", "inbox_viewed", "") in audited()


def test_rejected_feed_rows_wait_until_somebody_saw_to_them(desk):
    from aviso.store import guards

    guards.put_rejected("people_1", "incoming/people_1.csv", 3, NOW)
    at_work(desk)
    assert "incoming/people_1.csv" in desk.get("inbox").text
    desk.post("rejected", file="people_1")
    assert "people_1" not in desk.get("inbox").text
    assert "rejected_rows_seen" in [a for _, a, _ in audited()]


def an_early_sign_up(settings, number=ORDINARY, last_name="Somebody Else"):
    """Leave an early sign-up that no program may tie, and return its id."""
    from aviso.store import inbox

    day = date(1985, 4, 12)
    claim = Claim(number=number, last_name=last_name, birth_dates=(day,), source="203.0.113.9")
    asked = [Asked(channel=Channel.EMAIL, address=LEFT, language="es", safe=True)]
    early.leave(claim, asked, "es", settings, NOW - timedelta(days=2))
    early.tie_all(settings, datetime.now(UTC))
    (waiting,) = inbox.early(10)
    return waiting.id


def enrolled(number):
    from aviso.store import cases

    return [c.address for e in cases.read_case(number).enrollments for c in e.contacts]


def test_an_early_sign_up_that_matches_nobody_is_tied_to_a_victim_by_a_person(desk, settings):
    from aviso.store import inbox

    a_stored_case()
    id = an_early_sign_up(settings)
    page = at_work(desk, Role.RECORDS).get("inbox")
    assert "No victim of the case has this last name" in page.text
    assert LEFT in page.text
    assert ("staff:id-records", "inbox_viewed", ORDINARY) in audited()
    desk.confirm("early", sign_up=id, do="early_tie", victim="v1")
    assert enrolled(ORDINARY) == [LEFT]
    assert inbox.early(10) == []
    assert ("staff:id-records", "early_sign_up_tied", ORDINARY) in audited()
    again = desk.post("early", sign_up=id, do="early_tie", victim="v1", confirmed="yes")
    assert again.status == 404


def test_what_was_tied_can_be_found_and_exported(desk, settings):
    a_stored_case()
    id = an_early_sign_up(settings)
    at_work(desk, Role.RECORDS).confirm("early", sign_up=id, do="early_tie", victim="v1")
    assert desk.post("find", what=LEFT).status == 303
    assert LEFT in desk.post("contacts-csv").body


def test_an_early_sign_up_is_tied_to_nobody_without_saying_to_whom(desk, settings):
    a_stored_case()
    id = an_early_sign_up(settings)
    page = at_work(desk).post("early", sign_up=id, do="early_tie", victim="", confirmed="yes")
    assert page.status == 400
    assert "which victim" in page.text
    assert enrolled(ORDINARY) == []


def test_an_early_sign_up_is_turned_down_once_confirmed_and_then_forgotten(desk, settings):
    from aviso.store import guards, inbox

    a_stored_case()
    id = an_early_sign_up(settings)
    at_work(desk).confirm("early", sign_up=id, do="early_drop")
    assert inbox.early(10) == []
    assert guards.marker(f"EARLY#{id}") is None
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

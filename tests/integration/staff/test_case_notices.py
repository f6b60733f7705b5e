"""What the desk does with notices of a case: hold, send again, letters that came back."""

from datetime import timedelta

from msgspec.structs import replace

from aviso.domain.model import Channel, Kind
from aviso.domain.notice import Attempt, State
from aviso.domain.staff import Role
from aviso.domain.text import shown
from aviso.notices import monitoring
from aviso.runtime import hashing
from aviso.storage import cases, notices
from infra.harness.builders import STALKING
from infra.harness.staff_browser import audited, button, case_address, fields
from tests.integration.staff.conftest import (
    NOW,
    ORDINARY,
    PHONE,
    RESTRICTED,
    a_held_notice,
    a_posted_letter,
    a_stored_case,
    at_work,
    notice,
)


def a_stored_victim():
    return cases.read_case(ORDINARY).victims[0]


class TestNotice:
    def test_says_whom_it_told_and_where(self, desk):
        a_stored_case()
        id = a_held_notice(state=State.PLANNED, reason="")
        key = hashing.address_key(PHONE)
        tried = Attempt(n=1, channel=Channel.SMS, address_key=key, state=State.SENT, at=NOW)
        notices.put_attempt(id, tried, None)
        victim = a_stored_victim()
        page = at_work(desk, Role.RECORDS).get(case_address(ORDINARY))
        assert f"{victim.first_name} {victim.last_name} was told nothing yet" in page.text
        assert f"{shown(PHONE)}, Sent" in page.text

    def test_of_a_restricted_case_is_closed_to_records(self, desk):
        a_stored_case(RESTRICTED, offense=STALKING)
        id = a_held_notice(RESTRICTED, "restricted_offense")
        form = {"c": case_address(ORDINARY).removeprefix("case?c="), f"pick-{id}": "yes"}
        for act in ("hold", "resend"):
            page = at_work(desk, Role.RECORDS).post(act, confirmed="yes", **form)
            assert page.headers["Location"].endswith("&not_yours=1"), act
            assert notice(id).reason == "restricted_offense"
        assert desk.post("returned", confirmed="yes", c=form["c"], notice=id).status == 403


class TestHold:
    def test_of_several_counts_what_cannot_be_held(self, desk):
        a_stored_case()
        a_stored_case(RESTRICTED, offense=STALKING)
        ids = [a_held_notice(reason="", state=State.PLANNED, fact=f"arrest:a{n}") for n in range(2)]
        over = a_held_notice(reason="", state=State.SUPPRESSED, fact="arrest:a9")
        theirs = a_held_notice(RESTRICTED, "", state=State.PLANNED)
        form = {f"pick-{id}": "yes" for id in (*ids, over, theirs)}
        reference = case_address(ORDINARY).removeprefix("case?c=")
        page = at_work(desk, Role.RECORDS).post("hold", c=reference, **form)
        outcome = page.headers["Location"].partition("&")[2]
        assert outcome == "already_underway=1&held=2&not_yours=1"
        assert {(notice(id).state, notice(id).reason) for id in ids} == {(State.HELD, "desk")}
        assert (notice(over).state, notice(theirs).state) == (State.SUPPRESSED, State.PLANNED)
        assert desk.get(page.headers["Location"]).status == 200


class TestResend:
    def test_confirmed_twice_goes_once(self, desk):
        a_stored_case()
        id = a_held_notice(reason="", state=State.PLANNED)
        form = {"c": case_address(ORDINARY).removeprefix("case?c="), f"pick-{id}": "yes"}
        notices.move(notice(id), State.DELIVERED, due_at=None, told_at=NOW)
        for _ in range(2):  # what was sent again once may be sent again, from a new page
            asked = fields(at_work(desk).post("resend", **form))
            assert desk.post("resend", **asked).headers["Location"].endswith("&resent=1")
            notices.move(notice(id), State.DELIVERED, due_at=None)  # so fast that it is over again
            page = desk.get(desk.post("resend", **asked).headers["Location"])
            assert "Already being sent again, not changed: 1" in page.text
            assert notice(id).state is State.DELIVERED
        assert [action for _, action, _ in audited()].count("notice_resent") == 2

    def test_has_its_whole_time_again(self, desk, settings):
        a_stored_case()
        id = a_held_notice(reason="", state=State.PLANNED, deadline=NOW - timedelta(days=20))
        notices.move(notice(id), State.DELIVERED, due_at=None, told_at=NOW - timedelta(days=21))
        form = {f"pick-{id}": "yes", "c": case_address(ORDINARY).removeprefix("case?c=")}
        at_work(desk).confirm("resend", **form)
        again = notice(id)
        until = again.resent_at + settings.kinds[Kind.ARREST].deadline
        assert again.deadline == until
        assert monitoring.watch(settings, until)["Overdue"] == 0
        assert monitoring.watch(settings, until + timedelta(seconds=1))["Overdue"] == 1


class TestPickedNotices:
    def test_are_needed_to_hold_or_send(self, desk):
        a_stored_case()
        reference = case_address(ORDINARY).removeprefix("case?c=")
        for act in ("hold", "resend"):
            assert at_work(desk).post(act, c=reference).headers["Location"].startswith("case?c=")


class TestReturnedLetter:
    def test_told_nobody_once_confirmed(self, desk):
        a_stored_case()
        id = a_posted_letter()
        form = {"c": case_address(ORDINARY).removeprefix("case?c="), "notice": id, "letter": "1"}
        at_work(desk, Role.RECORDS)
        assert "The letter was returned" in desk.get(case_address(ORDINARY)).text
        desk.confirm("returned", **form)
        assert (notice(id).told_at, notice(id).attempts[-1].reason) == (None, "returned")
        assert "The letter was returned" not in desk.get(case_address(ORDINARY)).text
        assert ("staff:id-records", "letter_returned", ORDINARY) in audited()
        assert (
            desk.post("returned", confirmed="yes", **(form | {"notice": "no-such"})).status == 404
        )

    def test_changes_nothing_after_a_text_arrived(self, desk):
        a_stored_case()
        id = a_posted_letter()
        text = Attempt(n=2, channel=Channel.SMS, address_key="key-8", state=State.DELIVERED, at=NOW)
        notices.put_attempt(id, text, None)
        form = {"c": case_address(ORDINARY).removeprefix("case?c="), "notice": id, "letter": "1"}
        at_work(desk, Role.RECORDS)
        for _ in range(2):
            page = desk.post("returned", confirmed="yes", **form)
            assert "Another message of this notice arrived" in page.text
        assert notice(id).state is State.MAILED

    def test_is_the_one_that_was_confirmed(self, desk):
        a_stored_case()
        id = a_posted_letter()
        at_work(desk, Role.RECORDS)
        shown = button(desk.get(case_address(ORDINARY)), "returned")
        asked = fields(desk.post("returned", **shown))
        again = replace(notice(id).attempts[-1], n=2)
        notices.put_attempt(id, again, None)
        for stale in (asked, shown | {"confirmed": "yes"}):
            assert desk.post("returned", **stale | {"csrf": desk.csrf}).status == 409
            assert notice(id).state is State.MAILED
        desk.confirm("returned", **button(desk.get(case_address(ORDINARY)), "returned"))
        assert notice(id).attempts[-1].reason == "returned"

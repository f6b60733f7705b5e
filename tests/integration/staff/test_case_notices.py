"""What the desk does with notices of a case: hold, send again, letters that came back."""

from datetime import timedelta

from msgspec.structs import replace

from aviso.domain.model import Channel
from aviso.domain.notice import Attempt, State
from aviso.domain.staff import Role
from aviso.runtime import hashing
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
    from aviso.storage import cases

    return cases.read_case(ORDINARY).victims[0]


class TestNotice:
    def test_says_whom_it_told_and_where(self, desk):
        from aviso.domain.model import Channel
        from aviso.domain.notice import Attempt
        from aviso.domain.text import shown
        from aviso.storage import notices

        a_stored_case()
        id = a_held_notice(state=State.PLANNED, reason="")
        key = hashing.address_key(PHONE)
        tried = Attempt(n=1, channel=Channel.SMS, address_key=key, state=State.SENT, at=NOW)
        notices.put_attempt(id, tried, None)
        victim = a_stored_victim()
        page = at_work(desk, Role.RECORDS).get(case_address(ORDINARY))
        assert f"Arrest, {victim.first_name} {victim.last_name}" in page.text
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
    def test_by_a_person_stays(self, desk):
        a_stored_case()
        id = a_held_notice(reason="", state=State.PLANNED)
        form = {"c": case_address(ORDINARY).removeprefix("case?c="), f"pick-{id}": "yes"}
        at_work(desk).post("hold", **form)
        assert (notice(id).state, notice(id).reason) == (State.HELD, "desk")
        assert ("staff:id-advocate", "notice_held", ORDINARY) in audited()

    def test_is_refused_when_the_notice_is_over(self, desk):
        a_stored_case()
        id = a_held_notice(reason="", state=State.SUPPRESSED)
        form = {"c": case_address(ORDINARY).removeprefix("case?c="), f"pick-{id}": "yes"}
        page = desk.get(at_work(desk).post("hold", **form).headers["Location"])
        assert "Already being sent or finished, not changed: 1" in page.text
        assert notice(id).state is State.SUPPRESSED

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
    def test_goes_once_confirmed(self, desk):
        from aviso.storage import notices

        a_stored_case()
        id = a_held_notice(reason="", state=State.PLANNED)
        notices.move(notice(id), State.DELIVERED, due_at=None, told_at=NOW)
        form = {"c": case_address(ORDINARY).removeprefix("case?c="), f"pick-{id}": "yes"}
        at_work(desk).confirm("resend", **form)
        assert notice(id).state is State.PLANNED
        assert notice(id).resent_at is not None
        assert ("staff:id-advocate", "notice_resent", ORDINARY) in audited()

    def test_confirmed_twice_goes_once(self, desk):
        from aviso.storage import notices

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

    def test_of_several_names_each_first(self, desk):
        from aviso.storage import notices

        a_stored_case()
        ids = [a_held_notice(reason="", state=State.PLANNED, fact=f"arrest:a{n}") for n in range(2)]
        for id in ids:
            notices.move(notice(id), State.DELIVERED, due_at=None, told_at=NOW)
        form = {f"pick-{id}": "yes" for id in ids}
        form["c"] = case_address(ORDINARY).removeprefix("case?c=")
        asked = at_work(desk).post("resend", **form)
        assert asked.text.count("Arrest: Ana Muñoz-v1") == 2
        assert {notice(id).state for id in ids} == {State.DELIVERED}
        page = desk.confirm("resend", **form)
        assert page.headers["Location"].endswith("&resent=2")
        assert {notice(id).state for id in ids} == {State.PLANNED}

    def test_has_its_whole_time_again(self, desk, settings):
        from aviso.domain.model import Kind
        from aviso.notices import monitoring
        from aviso.storage import notices

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

    def test_of_a_case_say_what_came_of_them(self, desk):
        a_stored_case()
        two = [a_held_notice(fact=f"arrest:a{n}", state=State.PLANNED, reason="") for n in range(2)]
        clerk = at_work(desk, Role.RECORDS)
        page = clerk.get(case_address(ORDINARY))
        assert all(f'form="picked" name="pick-{id}"' in page.body for id in two)
        form = {"c": case_address(ORDINARY).removeprefix("case?c=")} | dict.fromkeys(
            [f"pick-{id}" for id in two], "yes"
        )
        page = clerk.get(clerk.post("hold", **form).headers["Location"])
        assert "Held: 2" in page.text


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
        from aviso.storage import notices

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
        from aviso.storage import notices

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

"""Calls that reached nobody: logged once, counted, and after three days another way to tell."""

from datetime import timedelta

import pytest
from msgspec.structs import replace

from aviso.domain.notice import State
from aviso.domain.staff import Role
from aviso.storage import calls, cases
from infra.harness.builders import BURGLARY, STALKING
from infra.harness.staff_browser import audited, case_address
from tests.integration.staff.conftest import (
    ORDINARY,
    THREE,
    a_held_notice,
    a_stored_case,
    at_work,
    notice,
)
from tests.integration.staff.task_forms import follow, form_of, to_first


class TestCall:
    def test_that_reached_nobody_is_logged_and_the_task_stays(self, desk, three):
        page = to_first(desk)
        form = form_of(page, "call")
        went = desk.post("call", outcome="voicemail", text="Again at 5.", **form)
        assert f"Case {THREE[1]}" in follow(desk, went).text
        assert notice(three[0]).state is State.HELD
        assert ("staff:id-records", "call_not_reached", THREE[0]) in audited()
        again = to_first(desk)
        assert "Voicemail, left no message" in again.text
        assert "Again at 5." in again.text

    def test_that_is_logged_by_a_double_click_is_one(self, desk, three, clock):
        form = form_of(to_first(desk), "call")
        for seconds in (50, 1, 20, 70):  # the last is a call of its own
            clock.shift(timedelta(seconds=seconds))
            desk.post("call", outcome="no_answer", text="Again at 5.", **form)
        desk.post("call", outcome="no_answer", text="Again at 6.", **form)
        assert len(calls.list_calls(cases.read_case(THREE[0]))) == 3
        assert [action for _, action, _ in audited()].count("call_not_reached") == 3

    def test_on_three_days_suggests_a_letter(self, desk, three, clock):
        for _ in range(3):
            at_work(desk, Role.RECORDS)
            page = to_first(desk)
            assert "Send a letter" not in page.text
            for _ in range(2):
                desk.post("call", outcome="no_answer", **form_of(page, "call"))
            clock.shift(timedelta(days=1))
        at_work(desk, Role.RECORDS)
        assert "Nobody answered on three days. Send a letter" in to_first(desk).text

    @pytest.mark.parametrize("outcome", ["later", "wrong_number", "somebody_else"])
    def test_that_somebody_took_suggests_no_letter(self, desk, three, clock, outcome):
        for _ in range(3):
            at_work(desk, Role.RECORDS)
            desk.post("call", outcome=outcome, **form_of(to_first(desk), "call"))
            clock.shift(timedelta(days=1))
        at_work(desk, Role.RECORDS)
        assert "Send a letter" not in to_first(desk).text

    @pytest.mark.parametrize(
        ("reason", "offense", "safe"),
        [
            ("not_safe_to_contact", BURGLARY, True),
            ("trial_mode", STALKING, True),
            ("trial_mode", BURGLARY, False),
        ],
    )
    def test_suggests_an_advocate_where_a_letter_may_harm(self, desk, clock, reason, offense, safe):
        victim = a_stored_case(offense=offense).victims[0]
        cases.write_row(ORDINARY, replace(victim, safe_to_contact=safe, digest="2"), victim)
        a_held_notice(reason=reason)
        for _ in range(3):
            page = at_work(desk).get(case_address(ORDINARY))
            desk.post("call", outcome="no_answer", **form_of(page, "call"))
            clock.shift(timedelta(days=1))
        said = at_work(desk).get(case_address(ORDINARY)).text
        assert "Send a letter" not in said
        assert "Do not send a letter. Ask an advocate." in said

    def test_before_the_notice_is_owed_is_not_on_the_card(self, desk, clock):
        a_stored_case()
        case = {"c": case_address(ORDINARY).removeprefix("case?c="), "victim": "v1"}
        clock.shift(-timedelta(days=9))
        at_work(desk).post("call", outcome="no_answer", **case)
        clock.shift(timedelta(days=9))
        a_held_notice()
        assert "Calls that reached nobody" not in at_work(desk).get(case_address(ORDINARY)).text

    @pytest.mark.parametrize("outcome", ["", "made_up"])
    def test_needs_an_outcome(self, desk, three, outcome):
        page = desk.post("call", outcome=outcome, **form_of(to_first(desk), "call"))
        assert page.status == 400

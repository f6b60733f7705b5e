"""Taking back, on the case page, that somebody was told."""

from datetime import timedelta

import pytest

from aviso.domain.notice import State
from aviso.domain.reasons import HoldReason
from aviso.domain.staff import Role
from aviso.storage import notices
from infra.harness.staff_browser import audited
from tests.integration.staff.conftest import NOW, THREE, at_work, notice
from tests.integration.staff.task_forms import follow, form_of, owner, picked, tell, to_first


class TestUntell:
    def test_brings_back_the_task_as_it_was(self, desk, three):
        before = notice(three[0])
        tell(desk, to_first(desk))
        back = follow(desk, desk.post("untell", **picked(three[0])))
        assert "These notices are yours again: 1" in back.text
        again = notice(three[0])
        assert (again.state, again.reason) == (State.HELD, before.reason)
        assert (again.told_at, again.told_by, again.deadline) == (None, "", before.deadline)
        assert owner(three[0]) == "records"
        assert ("staff:id-records", "notice_untold", THREE[0]) in audited()

    def test_leaves_who_was_told_before(self, desk, three):
        earlier = NOW - timedelta(days=2)
        notices.move(notice(three[0]), State.PLANNED, due_at=None, told_at=earlier)
        notices.move(notice(three[0]), State.HELD, due_at=None, reason=HoldReason.NO_SAFE_CONTACT)
        tell(desk, to_first(desk))
        desk.post("untell", **picked(three[0]))
        assert (notice(three[0]).state, notice(three[0]).told_at) == (State.SUPPRESSED, earlier)

    def test_is_for_who_said_it_or_a_supervisor(self, desk, three):
        tell(desk, to_first(desk))
        at_work(desk, Role.ADVOCATE).post("untell", **picked(three[0]))
        assert notice(three[0]).state is State.SUPPRESSED
        at_work(desk, Role.SUPERVISOR).post("untell", **picked(three[0]))
        assert notice(three[0]).state is State.HELD

    def test_is_too_late_after_a_day(self, desk, three, clock):
        tell(desk, to_first(desk))
        clock.shift(timedelta(days=1, minutes=1))
        page = at_work(desk, Role.SUPERVISOR).post("untell", **picked(three[0]))
        assert "too_late=1" in page.headers["Location"]
        assert notice(three[0]).state is State.SUPPRESSED


WORD = {
    "officer": "Ofc. Ruiz",
    "way": "paper",
    "date": "2026-11-26",
    "time": "09:00",
    "how": "officer",
}


class TestOfficersWord:
    """An officer told them, and the desk records it."""

    def test_ends_the_task_with_who_how_and_when(self, desk, three):
        card = to_first(desk)
        page = follow(desk, desk.post("telephoned", **form_of(card, "telephoned") | WORD))
        told = notice(three[0])
        assert (told.state, told.officer, told.told_how) == (State.SUPPRESSED, "Ofc. Ruiz", "paper")
        assert told.called_at is None
        assert "Recorded as told: 1" in page.text

    @pytest.mark.parametrize(
        ("wrong", "answer"),
        [
            ({"officer": ""}, "Enter the officer, how, and when"),
            ({"date": "yesterday"}, "Enter the officer, how, and when"),
            ({"way": "dream"}, "Enter the officer, how, and when"),
            ({"date": "2036-11-24"}, "Not recorded"),
            ({"officer": "Poole"}, "Not recorded"),
        ],
    )
    def test_in_doubt_is_not_recorded(self, desk, three, wrong, answer):
        fields = form_of(to_first(desk), "telephoned") | WORD | wrong
        page = desk.post("telephoned", **fields)
        shown = follow(desk, page) if page.status == 303 else page
        assert answer in shown.text
        assert notice(three[0]).state is State.HELD

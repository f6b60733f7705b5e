"""What an undo takes back: only what its own act did, by the same member, and not for ever."""

from datetime import timedelta

from aviso.domain.notice import State
from aviso.domain.reasons import HoldReason
from aviso.domain.staff import Role
from tests.integration.staff.conftest import NOW, at_work, notice
from tests.integration.staff.task_forms import WHY, follow, owner, picked, undo_of


def tell(desk, *ids):
    """Mark notices as told; return the page after it."""
    return follow(desk, desk.post("telephoned", **WHY, **picked(*ids)))


class TestUndoOfTold:
    def test_leaves_what_was_told_in_another_tab(self, desk, three):
        tell(desk, three[0])
        page = tell(desk, *three[:2])
        assert "No longer waiting, not changed: 1" in page.text
        desk.post("undo", **undo_of(page))
        assert [notice(id).state for id in three[:2]] == [State.SUPPRESSED, State.HELD]

    def test_by_a_supervisor_leaves_what_a_clerk_told(self, desk, three):
        tell(desk, three[0])
        at_work(desk, Role.SUPERVISOR)
        desk.post("undo", **undo_of(tell(desk, *three[:2])))
        assert [notice(id).state for id in three[:2]] == [State.SUPPRESSED, State.HELD]

    def test_leaves_what_was_told_after_it(self, desk, three, clock):
        undo = undo_of(tell(desk, three[0]))
        desk.post("undo", **undo)
        clock.shift(timedelta(minutes=10))
        tell(desk, three[0])
        again = desk.post("undo", **undo)
        assert "held_no_more=1" in again.headers["Location"]
        assert notice(three[0]).state is State.SUPPRESSED

    def test_is_not_offered_for_who_was_told_before(self, desk, three):
        from aviso.storage import notices

        earlier = NOW - timedelta(days=2)
        notices.move(notice(three[0]), State.PLANNED, due_at=None, told_at=earlier)
        notices.move(notice(three[0]), State.HELD, due_at=None, reason=HoldReason.NO_SAFE_CONTACT)
        page = tell(desk, three[0])
        assert notice(three[0]).told_at == earlier
        assert "Recorded as told" in page.text
        assert 'action="undo"' not in page.body

    def test_is_refused_to_anybody_else(self, desk, three):
        undo = undo_of(tell(desk, three[0]))
        assert at_work(desk, Role.SUPERVISOR).post("undo", **undo).status == 403
        assert notice(three[0]).state is State.SUPPRESSED


class TestUndoOfAssigning:
    def test_is_too_late_after_an_hour(self, desk, three, pool, clock):
        at_work(desk, Role.SUPERVISOR)
        page = follow(desk, desk.post("assign", to="rosa", **picked(*three)))
        clock.shift(timedelta(minutes=61))
        late = at_work(desk, Role.SUPERVISOR).post("undo", **undo_of(page))
        assert "too_late=3" in late.headers["Location"]
        assert {owner(id) for id in three} == {"rosa"}

    def test_leaves_what_a_colleague_has_by_now(self, desk, three, pool):
        at_work(desk, Role.SUPERVISOR)
        page = follow(desk, desk.post("assign", to="rosa", **picked(*three)))
        at_work(desk, Role.ADVOCATE).post("take", do="take_over", **picked(three[0]))
        at_work(desk, Role.SUPERVISOR).post("undo", **undo_of(page))
        assert [owner(id) for id in three] == ["advocate", "", ""]

    def test_leaves_out_a_task_that_is_gone(self, desk, three, pool):
        at_work(desk, Role.SUPERVISOR)
        ids = ("a-notice-that-is-gone", *three)
        page = follow(desk, desk.post("assign", to="rosa", **picked(*ids)))
        assert "Assigned to a colleague: 3" in page.text
        assert "No longer waiting, not changed: 1" in page.text
        desk.post("undo", **undo_of(page))
        assert {owner(id) for id in three} == {""}

    def test_of_my_own_is_too_late_after_an_hour(self, desk, three, clock):
        page = follow(desk, desk.post("take", do="take", **picked(three[0])))
        clock.shift(timedelta(minutes=61))
        at_work(desk, Role.RECORDS).post("undo", **undo_of(page))
        assert owner(three[0]) == "records"

    def test_leaves_what_i_took_back_myself(self, desk, three):
        desk.post("take", do="take", **picked(three[0]))
        page = follow(desk, desk.post("take", do="give_back", **picked(three[0])))
        desk.post("take", do="take", **picked(three[0]))
        again = desk.post("undo", **undo_of(page))
        assert "taken=1" in again.headers["Location"]
        assert owner(three[0]) == "records"

"""Taking an act on tasks back: what was told, assigned or unassigned is as it was before."""

from datetime import timedelta

import pytest

from aviso.domain.notice import State
from aviso.domain.staff import Role
from infra.harness.staff_browser import audited
from tests.integration.staff.conftest import THREE, at_work, notice
from tests.integration.staff.task_forms import (
    follow,
    form_of,
    owner,
    picked,
    tell,
    to_first,
    undo_of,
)


class TestUndo:
    def test_brings_back_the_task_as_it_was(self, desk, three):
        before = notice(three[0])
        page = follow(desk, tell(desk, to_first(desk)))
        undo = undo_of(page)
        back = follow(desk, desk.post("undo", **undo))
        assert "These notices are yours again: 1" in back.text
        again = notice(three[0])
        assert (again.state, again.reason) == (State.HELD, before.reason)
        assert (again.told_at, again.told_by, again.deadline) == (None, "", before.deadline)
        assert owner(three[0]) == "records"
        assert ("staff:id-records", "notice_untold", THREE[0]) in audited()
        desk.post("undo", **undo)
        assert notice(three[0]).state is State.HELD

    def test_of_taking_gives_back(self, desk, three):
        page = follow(desk, desk.post("take", do="take", **picked(*three)))
        desk.post("undo", **undo_of(page))
        assert [owner(id) for id in three] == ["", "", ""]

    def test_of_taking_over_is_not_offered(self, desk, three):
        at_work(desk, Role.ADVOCATE).post("take", do="take", **picked(three[0]))
        at_work(desk, Role.RECORDS)
        page = follow(desk, desk.post("take", do="take_over", **form_of(to_first(desk), "take")))
        assert owner(three[0]) == "records"
        assert 'action="undo"' not in page.body

    def test_of_taking_leaves_what_was_mine(self, desk, three):
        desk.post("take", do="take", **picked(three[0]))
        page = follow(desk, desk.post("take", do="take", **picked(*three[:2])))
        desk.post("undo", **undo_of(page))
        assert [owner(id) for id in three] == ["records", "", ""]

    def test_of_giving_back_takes_what_was_mine(self, desk, three):
        desk.post("take", do="take", **picked(three[0]))
        page = follow(desk, desk.post("take", do="give_back", **picked(*three[:2])))
        desk.post("undo", **undo_of(page))
        assert [owner(id) for id in three] == ["records", "", ""]

    def test_of_assigning_gives_back_to_who_had_it(self, desk, three, pool):
        at_work(desk, Role.SUPERVISOR).post("take", do="take", **picked(three[0]))
        page = follow(desk, desk.post("assign", to="rosa", **picked(*three)))
        undo = undo_of(page)
        desk.sign_in(Role.RECORDS, name="rosa")
        desk.post("take", do="give_back", **picked(three[2]))
        assert desk.post("undo", **undo).status == 403
        back = follow(desk, at_work(desk, Role.SUPERVISOR).post("undo", **undo))
        assert [owner(id) for id in three] == ["supervisor", "", ""]
        for words in ("Assigned to you: 1", "Unassigned: 1", "Already unassigned"):
            assert words in back.text

    def test_of_assigning_is_not_offered_for_a_colleagues(self, desk, three, pool):
        desk.post("take", do="take", **picked(three[0]))
        at_work(desk, Role.SUPERVISOR)
        page = follow(desk, desk.post("assign", to="rosa", **picked(*three)))
        assert "Assigned to a colleague" in page.text
        assert 'action="undo"' not in page.body

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

    def test_of_a_made_up_task_is_not_offered(self, desk, three):
        went = desk.post("take", do="take", **picked("nonsense")).headers["Location"]
        assert "undo=" not in went

    @pytest.mark.parametrize("made_up", ["", "gAAAAAB", "x"])
    def test_of_a_made_up_reference_is_refused(self, desk, three, made_up):
        assert desk.post("undo", undo=made_up).status == 400

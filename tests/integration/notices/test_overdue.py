"""The run of every minute: each due notice moves one step, whatever becomes of the others."""

from datetime import timedelta

import pytest
from msgspec.structs import replace

from aviso.domain.errors import Conflict
from aviso.domain.model import Kind
from aviso.domain.notice import State
from aviso.domain.notice_states import STUCK, WATCH_AGAIN
from aviso.domain.reasons import HoldReason
from aviso.notices import overdue
from aviso.notices.sending import LATE_RECEIPT, LEASE
from aviso.storage import notices, sending_controls
from infra.harness.builders import NOW
from tests.support.sending import HOME, arrested


@pytest.fixture
def planned(world):
    """Give a case of two victims with a notice each, planned and due."""
    built = arrested().with_victim("v2", phone="+15205550119", email="v2@example.com")
    world.begin(built.case)
    world.now += STUCK
    return world


def die(world, provider):
    """Let the worker die after it claimed the notice, before the provider was asked."""
    provider.next_errors = [SystemExit("the worker dies")]
    with pytest.raises(SystemExit):
        world.send(times=1)


class TestRun:
    def test_ends_before_its_time_and_goes_on_in_the_next(self, planned):
        short = replace(planned.invocation(), seconds_left=iter([60.0, 4.9]).__next__)
        assert overdue.chase(short) == {"kicked": 1, "out_of_time": 1}
        assert planned.chase(timedelta(minutes=1)) == {"kicked": 1}

    @pytest.mark.parametrize(("minute", "step"), [(30, "out_of_time"), (31, "kicked")])
    def test_leaves_time_for_the_gauges(self, planned, minute, step):
        planned.now = (planned.now + timedelta(hours=1)).replace(minute=minute)
        short = replace(planned.invocation(), seconds_left=lambda: 19.9)
        assert step in overdue.chase(short)

    @pytest.mark.parametrize(
        ("error", "step"), [(Conflict("x"), "overtaken"), (KeyError("v1@example.com"), "failed")]
    )
    def test_goes_past_a_notice_that_fails(self, planned, monkeypatch, caplog, error, step):
        first, _ = planned.all(Kind.ARREST)
        move_due = notices.move_due

        def fails_once(notice, due_at):
            if notice.id == first.id:
                raise error
            move_due(notice, due_at)

        monkeypatch.setattr(notices, "move_due", fails_once)
        assert planned.chase(timedelta(0)) == {step: 1, "kicked": 1}
        monkeypatch.undo()
        logged = str([vars(record) for record in caplog.records])
        assert "v1@example.com" not in logged  # the id and the error's type alone
        assert planned.chase(timedelta(0)) == {"kicked": 1}


class TestCrashedNotice:
    def test_is_tried_again_and_then_a_persons_task(self, world, provider):
        world.begin(arrested(email="").case)
        for crash in range(1, overdue.CRASHES + 1):
            die(world, provider)
            assert world.chase(LEASE + LATE_RECEIPT)["sent_again"] == 1
            assert (world.arrest().state, world.arrest().crashes) == (State.PLANNED, crash)
        die(world, provider)
        assert world.chase(LEASE + LATE_RECEIPT)["given_up"] == 1
        held = world.arrest()
        assert (held.state, held.reason) == (State.HELD, HoldReason.KEEPS_FAILING)
        assert provider.sent == []

    def test_is_left_alone_while_it_is_claimed(self, world, provider):
        world.begin(arrested(email="").case)
        die(world, provider)
        assert world.chase(LEASE + LATE_RECEIPT - timedelta(seconds=1)) == {}
        assert world.arrest().state is State.CLAIMED

    def test_is_left_alone_once_claimed_again(self, world, provider, monkeypatch):
        """Two runs overlap, or the index lags: the second one sees the claim that is over."""
        world.begin(arrested(email="").case)
        die(world, provider)
        before = world.arrest()
        assert world.chase(LEASE + LATE_RECEIPT)["sent_again"] == 1
        die(world, provider)  # another worker has it now
        monkeypatch.setattr(notices, "due", lambda *_: [before])
        assert overdue.chase(world.invocation())["overtaken"] == 1
        assert (world.arrest().state, world.arrest().crashes) == (State.CLAIMED, 1)


class TestSentNotice:
    def test_is_left_alone_once_sent_again(self, world, provider, monkeypatch):
        world.begin(arrested(email="").case)
        world.send(times=1)
        before = world.arrest()
        world.now = before.due_at
        monkeypatch.setattr(notices, "due", lambda *_: [before])
        notices.move_due(before, world.now + timedelta(hours=2))  # as a later hand-over does
        overdue.chase(world.invocation())
        assert world.arrest().state is State.SENT


class TestNoticeForAPerson:
    def test_held_is_looked_at_once_a_day(self, world):
        world.tell(arrested(email="", phone="").case)
        assert world.arrest().state is State.HELD
        world.chase(WATCH_AGAIN)
        assert world.chase(timedelta(hours=23)) == {}
        assert world.chase(timedelta(hours=1))["held"] == 1
        assert world.arrest().state is State.HELD

    def test_printed_is_looked_at_until_it_is_mailed(self, world):
        world.tell(arrested(email="", phone="", **HOME).case)
        queued = world.arrest()
        assert queued.state is State.QUEUED
        notices.move(queued, State.PRINTED, due_at=world.now + WATCH_AGAIN)
        for _ in range(2):
            assert world.chase(WATCH_AGAIN)["not_mailed_yet"] == 1
            assert world.arrest().state is State.PRINTED
            assert world.chase(timedelta(0)) == {}


class TestUsualHour:
    def test_is_the_median_of_the_busy_ones(self, world):
        for back, planned in ((1, 4), (2, 900), (5, 6)):  # the hours between had none
            sending_controls.count_hour(NOW - timedelta(hours=back), planned, back)
        world.now = NOW.replace(minute=0)
        world.chase(timedelta(0))
        found = sending_controls.switches()
        assert (found.usual_notices, found.usual_corrections) == (6, 2)

    def test_is_learned_at_the_full_hour_alone(self, world):
        sending_controls.count_hour(NOW - timedelta(hours=1), 50, 50)
        world.now = NOW.replace(minute=1)
        world.chase(timedelta(0))
        assert sending_controls.switches().usual_notices < 50

    def test_is_at_least_one(self, world):
        world.now = NOW.replace(minute=0)
        world.chase(timedelta(0))
        found = sending_controls.switches()
        assert (found.usual_notices, found.usual_corrections) == (1, 1)

"""What is owed to victims, and whether, when and how they were told it, counted once."""

from datetime import UTC, datetime, timedelta

import pytest

from aviso.domain.notice import Notice, State
from aviso.domain.notice_states import first_deadline
from aviso.domain.reasons import StopReason
from aviso.providers.receipts import Outcome
from aviso.reporting.counted_facts import LONGER, MINUTES, facts, minutes_of
from aviso.staff.notice_decisions import telling
from aviso.storage import notices
from infra.harness.builders import NOW, ZONE, a_case, a_notice
from infra.harness.staff_browser import StaffBrowser, case_address
from tests.integration.staff.conftest import at_work
from tests.support.counted import Counted, arrested
from tests.support.sending import HOME

HOUR = timedelta(hours=1)
COUNTERS = (
    *("owed", "told_on_time", "told_by_message", "told_by_letter", "told_by_person"),
    *("arrests_owed", "arrests_on_time", "victims_owed", "victims_told"),
)


def counted(world: Counted) -> dict[str, int]:
    """Return the counters that are not zero, each record delivered twice, as a recount has them."""
    world.tally()
    assert world.differences() == []
    return {name: n for name in COUNTERS if (n := world.total(name))}


def minutes(world: Counted) -> dict[str, int]:
    """Return the groups of minutes that are not empty."""
    groups = [*map(str, MINUTES), LONGER]
    return {g: n for g in groups if (n := world.total(f"arrest_minutes.{g}"))}


def sent(world: Counted, **victim: str) -> Notice:
    """Plan and send the notice of an arrest that was made an hour ago."""
    world.tell(arrested(**victim).case)
    notice: Notice = world.arrest()
    return notice


OWED = {"owed": 1, "arrests_owed": 1, "victims_owed": 1}
BY_MESSAGE = {"told_by_message": 1, "told_on_time": 1, "arrests_on_time": 1}


class TestMessage:
    def test_planned_notice_is_owed_and_not_told(self, world):
        world.begin(arrested().case)
        assert counted(world) == OWED

    def test_message_before_the_deadline_is_on_time(self, world):
        sent(world, email="")
        assert counted(world) == OWED | BY_MESSAGE
        assert minutes(world) == {"15": 1}
        assert world.total("arrests_late.other") == 0  # it was, as long as it was planned

    def test_victim_is_told_once_a_receipt_comes(self, world):
        sent(world, email="")
        world.receipt(1, Outcome.DELIVERED)
        assert counted(world) == OWED | BY_MESSAGE | {"victims_told": 1}

    def test_bounce_after_the_delivery_takes_no_victim_back(self, world):
        sent(world, phone="")
        world.receipt(1, Outcome.DELIVERED)
        world.tally()
        world.receipt(1, Outcome.FAILED)
        assert counted(world)["victims_told"] == 1

    def test_message_that_failed_told_nobody(self, world):
        sent(world, email="")
        assert counted(world)["told_on_time"] == 1
        world.receipt(1, Outcome.FAILED)
        assert counted(world) == OWED
        assert minutes(world) == {}

    def test_message_after_the_deadline_is_late(self, world):
        world.begin(arrested(email="").case)
        world.now += 3 * HOUR
        world.send()
        assert counted(world) == OWED | {"told_by_message": 1}
        assert minutes(world) == {"180": 1}
        assert world.total("arrests_late.other") == 1

    @pytest.mark.parametrize("cut", ["division:West", "language:es", "group:burglary"])
    def test_counters_have_the_cuts_of_the_case(self, world, cut):
        sent(world, email="")
        counted(world)
        for name in ("arrests_owed", "arrests_on_time", "arrest_known.60", "arrest_minutes.15"):
            assert world.total(name, cut) == 1
        assert world.total("told_on_time", "kind:arrest") == 1


class TestLetter:
    def test_posted_letter_tells_and_is_late(self, world):
        notice = sent(world, phone="", email="", **HOME)
        notices.move(notice, State.PRINTED, due_at=None, run="run-1")
        assert counted(world) == OWED
        notices.move(notice, State.MAILED, due_at=None, told_at=NOW + 24 * HOUR)
        assert counted(world) == OWED | {"told_by_letter": 1, "victims_told": 1}
        assert minutes(world) == {"1440": 1}


class TestPerson:
    def telephoned(self, desk: StaffBrowser, notice: Notice) -> None:
        at_work(desk)
        picked = {f"pick-{notice.id}": "yes"}
        page = desk.post("telephoned", confirmed="yes", how="phone", why="By phone", **picked)
        assert page.headers["Location"].startswith("tasks?")

    def test_telephone_call_counts_as_told_by_a_person(self, world, desk):
        notice = sent(world, phone="", email="")
        assert (notice.state, counted(world)) == (State.HELD, OWED)
        self.telephoned(desk, notice)
        found = counted(world)
        assert (found["told_by_person"], found["victims_told"]) == (1, 1)
        assert "told_by_message" not in found

    def test_late_notice_stays_late_when_asked_for_again(self, world, desk):
        world.begin(arrested(email="").case)
        world.now += 3 * HOUR
        world.send()
        world.receipt(1, Outcome.DELIVERED)
        late = OWED | {"told_by_message": 1, "victims_told": 1}
        assert counted(world) == late
        at_work(desk)
        notice = world.arrest()
        seen = case_address(notice.case).removeprefix("case?c=")
        desk.post("resend", confirmed="yes", c=seen, **{f"pick-{notice.id}": telling(notice)})
        assert world.arrest().resent_at
        world.now = datetime.now(UTC)
        world.send()
        assert counted(world) == late
        assert first_deadline(world.arrest()) == first_deadline(notice)


class TestNothingOwed:
    def test_withdrawn_arrest_that_nobody_heard_of_is_not_owed(self, world):
        world.begin(arrested().case)
        notices.move(world.arrest(), State.REPLACED, due_at=None, reason=StopReason.WITHDRAWN)
        assert counted(world) == {"victims_owed": 1}  # once owed, always counted

    def test_task_without_a_victim_is_not_owed(self, world):
        case = a_case().with_suspect().with_arrest().case
        world.store(case)
        world.now += 2 * HOUR
        world.plan()
        assert world.arrest().victim == ""
        assert counted(world) == {}

    def test_notice_stopped_before_anybody_was_told_is_not_owed(self):
        notice = a_notice(state=State.SUPPRESSED, reason=StopReason.NO_LONGER_OWED)
        assert "owed" not in {fact.metric for fact in facts("n", notice, ZONE)}


class TestMinutes:
    @pytest.mark.parametrize(
        ("taken", "group"),
        [
            (timedelta(hours=-1), "15"),  # the arrest's clock ran ahead
            (timedelta(0), "15"),
            (timedelta(minutes=15), "15"),
            (timedelta(minutes=15, seconds=1), "30"),
            (timedelta(days=7), "10080"),
            (timedelta(days=7, seconds=1), LONGER),
        ],
    )
    def test_time_is_counted_in_its_group(self, taken, group):
        assert minutes_of(taken) == group

"""A figure counts as told a message that was handed over and a letter that was posted."""

from datetime import UTC, datetime, timedelta

from aviso.domain.errors import SendFailed
from aviso.domain.notice import Notice, State
from aviso.domain.notice_states import was_told
from aviso.providers.receipts import Outcome
from aviso.staff.notice_decisions import telling
from aviso.storage import notices, print_runs
from infra.harness.staff_browser import StaffBrowser, case_address
from tests.integration.staff.conftest import at_work
from tests.support.counted import Counted, arrested
from tests.support.sending import HOME, Provider

TOLD = ("told", "arrests_told", "victims_notified")


def counted(world: Counted) -> tuple[int, ...]:
    """Return what counts as told, after counting, and hold it against a recount."""
    world.tally()
    assert world.differences() == []
    return tuple(world.total(metric) for metric in TOLD)


def telephoned(desk: StaffBrowser, notice: Notice) -> None:
    """Let a member tell a held notice's victim by telephone."""
    at_work(desk)
    form = {"confirmed": "yes", "how": "phone", "why": "By phone", f"pick-{notice.id}": "yes"}
    page = desk.post("telephoned", **form)
    assert page.headers["Location"].endswith("told=1")


def told_by_telephone(world: Counted, desk: StaffBrowser) -> None:
    """Let a member telephone with a victim whom no message of ours could reach."""
    world.tell(arrested(phone="", email="").case)
    telephoned(desk, world.arrest())


def sent_again(desk: StaffBrowser, notice: Notice) -> None:
    """Let a member have a notice sent once more."""
    seen = case_address(notice.case).removeprefix("case?c=")
    shown = {"c": seen, f"pick-{notice.id}": telling(notice)}
    page = desk.post("resend", confirmed="yes", **shown)
    assert page.headers["Location"].endswith("resent=1")


class TestTelephoneCall:
    def test_keeps_a_later_message_told(self, world: Counted, desk: StaffBrowser) -> None:
        told_by_telephone(world, desk)
        world.store(arrested(email="").case)
        world.now = datetime.now(UTC)
        sent_again(desk, world.arrest())
        world.now += timedelta(minutes=5)
        world.send()
        told = world.arrest()
        assert (told.state, told.told_at, told.told_by) == (State.SENT, world.now, "")
        world.receipt(1, Outcome.DELIVERED)
        assert counted(world) == (1, 1, 1)
        sent_again(desk, world.arrest())
        assert (world.arrest().state, counted(world)) == (State.PLANNED, (1, 1, 1))

    def test_keeps_a_later_letter_told(self, world: Counted, desk: StaffBrowser) -> None:
        told_by_telephone(world, desk)
        world.store(arrested(phone="", email="", **HOME).case)
        sent_again(desk, world.arrest())
        world.now = datetime.now(UTC)
        world.send()
        notices.move(world.arrest(), State.PRINTED, due_at=world.now, run="run-1")
        assert counted(world)[:2] == (0, 0)
        print_runs.put_unposted({"run-1": 1}, world.now)  # as `chase` counts it
        desk.confirm("mailed", run="run-1")
        assert counted(world) == (1, 1, 1)
        sent_again(desk, world.arrest())
        assert (world.arrest().state, counted(world)) == (State.PLANNED, (1, 1, 1))

    def test_counts_for_no_refused_message(
        self, world: Counted, desk: StaffBrowser, provider: Provider
    ) -> None:
        told_by_telephone(world, desk)
        world.store(arrested(email="").case)
        sent_again(desk, world.arrest())
        world.now = datetime.now(UTC)
        provider.next_errors = [SendFailed("invalid_address")]
        world.send(times=1)
        assert (world.arrest().told_by, counted(world)) == ("staff:id-advocate", (0, 0, 0))
        assert was_told(world.arrest())

"""What holds a notice, the switches that stop all, and corrections."""

from datetime import timedelta

import pytest
from msgspec.structs import replace

from aviso.domain.errors import SendUnknown
from aviso.domain.fact_keys import FactKey
from aviso.domain.model import Kind
from aviso.domain.notice import Duty, State
from aviso.domain.reasons import HoldReason
from aviso.notices import brake
from aviso.notices.sending import LATE_RECEIPT, LEASE
from aviso.providers.receipts import Outcome
from aviso.runtime import hashing
from aviso.storage import cases, notices, sending_controls, suppressions
from infra.harness.builders import NOW, NUMBER, STALKING, a_case
from infra.harness.staff_browser import say_of_case
from tests.support.sending import EMAIL, PHONE, arrested

STEPS = {
    "before it was claimed": (lambda w: w.plan(), State.REPLACED, State.SUPPRESSED, 0),
    "after it was sent": (lambda w: w.deliver(), State.SENT, State.SENT, 4),
    "after it was delivered": (
        lambda w: (w.deliver(), w.receipt(1, Outcome.DELIVERED)),
        State.DELIVERED,
        State.SENT,
        4,
    ),
}


class TestCorrection:
    @pytest.mark.parametrize(
        ("before", "original", "correction", "sent"), STEPS.values(), ids=STEPS
    )
    def test_goes_exactly_where_it_was_told(
        self, world, provider, before, original, correction, sent
    ):
        world.store(arrested().case)
        before(world)
        world.withdraw()
        world.deliver()
        world.chase(timedelta(minutes=6))
        world.deliver()
        assert world.arrest().state is original
        assert [c.state for c in world.all(Kind.CORRECTION)] == [correction]
        assert len(provider.sent) == sent

    def test_waits_for_a_claimed_original(self, world, provider):
        world.begin(arrested(email="").case)
        provider.next_errors = [SendUnknown("timeout")]
        world.send()
        world.withdraw()
        world.plan()
        (waiting,) = world.all(Kind.CORRECTION)
        assert waiting.state is State.WAITING
        world.chase(
            LEASE + LATE_RECEIPT
        )  # the claim has expired: decided again, and not owed any more
        world.send()
        world.go_on(timedelta(minutes=6))
        assert world.arrest().state in (State.SUPPRESSED, State.REPLACED)
        # A time-out does not prove that nothing left: the correction goes (docs/rules.md#10).
        assert world.all(Kind.CORRECTION)[0].state is State.SENT
        assert len(provider.sent) == 1


def restricted_now():
    say_of_case(NUMBER, "restricted")


BETWEEN = {
    "the kill switch": lambda: sending_controls.turn(kill=True),
    "the brake": lambda: sending_controls.apply_brake("notices"),
    "a stop": lambda: suppressions.opt_out(hashing.address_key(EMAIL), "link", NOW),
    "not me": lambda: suppressions.not_me(hashing.address_key(EMAIL), NUMBER, NOW),
    "a restriction": restricted_now,
}


class TestHold:
    def test_of_a_restricted_case_lasts_until_lifted(self, world, provider):
        case = arrested().case
        world.begin(case)
        changed = replace(case.report, offense=STALKING, digest="r", export_time=NOW)
        cases.write_row(NUMBER, changed, cases.read_case(NUMBER).report)
        world.deliver()
        assert world.arrest().state is State.HELD
        stored = cases.read_case(NUMBER).report
        back = replace(stored, offense=case.report.offense, digest="b", export_time=world.now)
        cases.write_row(NUMBER, back, stored)
        world.plan()
        assert world.arrest().state is State.HELD
        say_of_case(NUMBER, "lifted")
        world.deliver()
        assert len(provider.sent) == 2

    def test_for_another_reason_keeps_whether_the_case_is_restricted(self, world, provider):
        world.tell(arrested(safe_to_contact=False).case)
        seen = [world.arrest().restricted]
        restricted_now()
        world.plan()
        seen.append(world.arrest().restricted)
        say_of_case(NUMBER, "lifted")
        world.plan()
        held = world.arrest()
        assert [*seen, held.restricted] == [False, True, False]
        assert (held.state, held.reason) == (State.HELD, "not_safe_to_contact")

    def test_for_another_reason_keeps_whether_the_victim_is_safe(self, world, provider):
        seen = []
        safe = arrested()
        phone = safe.case.victims[0].phone
        for made in (arrested(safe_to_contact=False), safe, safe.with_suspect("s2", phone=phone)):
            world.tell(made.with_report(restricted=True).case)
            held = world.arrest()
            assert (held.state, held.reason) == (State.HELD, "restricted_feed")
            seen.append(held.unsafe)
        assert seen == [True, False, True]

    def test_of_half_a_case_ends_with_the_whole(self, world, provider):
        whole = arrested().case
        world.store(replace(whole, suspects=()))
        world.now += world.settings.settle
        world.plan()
        assert world.arrest().state is State.HELD
        world.tell(replace(whole, report=whole.report, victims=(), arrests=()))
        assert world.arrest().state is State.SENT

    def test_of_a_kind_ends_when_it_is_turned_on(self, world, provider):
        world.begin(arrested().case)
        sending_controls.turn(kinds_off=["arrest"])
        world.send()
        assert provider.sent == []
        sending_controls.turn(kinds_off=[])
        world.go_on(timedelta(minutes=6))
        assert len(provider.sent) == 2

    def test_returns_where_a_release_overruled_less(self, world, provider):
        case = arrested().case
        world.store(case)
        sending_controls.turn(trial=True)
        world.deliver()
        held = world.arrest()
        assert (held.state, held.reason) == (State.HELD, "trial_mode")
        sending_controls.turn(trial=False)
        overruled = (HoldReason.TRIAL_MODE,)
        notices.move(held, State.PLANNED, due_at=world.now, overruled=overruled, reason="")
        stored = cases.read_case(NUMBER).report
        flagged = replace(stored, offense=STALKING, digest="dv", export_time=world.now)
        cases.write_row(NUMBER, flagged, stored)
        world.send()
        assert world.arrest().reason == "restricted_offense"
        assert provider.sent == []

    @pytest.mark.parametrize("what", BETWEEN)
    def test_between_text_and_email_stops_the_email(self, world, provider, what):
        world.begin(arrested().case)
        send = provider.send

        def then(message, seconds_left):
            handed = send(message, seconds_left)
            BETWEEN[what]()
            return handed

        provider.send = then
        world.send()
        assert [m.address for m in provider.sent] == [PHONE]
        notice = world.arrest()
        waits = notice.reason in ("kill_switch", "brake")  # the email goes once these end
        assert (notice.state, notice.channel) == (State.WAITING if waits else State.SENT, "sms")
        assert notice.told_at is not None
        world.receipt(1, Outcome.DELIVERED)
        assert world.arrest().state is (State.WAITING if waits else State.DELIVERED)


class TestKillSwitch:
    def test_acts_until_it_is_turned_back(self, world, provider):
        world.begin(arrested().case)
        sending_controls.turn(kill=True)
        world.send()
        world.go_on(timedelta(minutes=6))
        assert provider.sent == []
        sending_controls.turn(kill=False)
        world.go_on(timedelta(minutes=6))
        assert len(provider.sent) == 2


def duty_of(n):
    at = NOW
    return Duty(
        id=f"d{n}",
        case=NUMBER,
        victim="v1",
        kind=Kind.ARREST,
        fact=FactKey("arrest:a1"),
        fact_at=at,
        first_seen=at,
        deadline=at,
    )


class TestBrake:
    def test_stops_a_mad_feed_until_released(self, world, provider):
        world.settings = replace(
            world.settings, brake=replace(world.settings.brake, floor=3, multiple=2)
        )
        people = a_case().with_suspect().with_arrest()
        for n in range(5):
            people = people.with_victim(f"v{n}", phone=f"+1520555011{n}", email="")
        world.begin(people.case)
        assert sending_controls.switches().brake == "notices"
        world.send()
        assert provider.sent == []
        sending_controls.turn(**sending_controls.released(world.now))
        world.go_on(timedelta(minutes=6))
        assert len(provider.sent) == 5

    def test_returns_at_far_more_than_was_released(self, world):
        duties = [duty_of(n) for n in range(100)]
        small = replace(world.settings.brake, floor=3, multiple=2)
        world.settings = replace(world.settings, brake=small)
        brake.count(duties[:10], 0, world.settings, world.now)
        sending_controls.turn(**sending_controls.released(world.now))
        brake.count(duties[:10], 0, world.settings, world.now)
        assert sending_controls.switches().brake == ""
        brake.count(duties[:1], 0, world.settings, world.now)
        assert sending_controls.switches().brake == "notices"

    def test_forgets_a_release_after_twelve_hours(self, world):
        small = replace(world.settings.brake, floor=3, multiple=2)
        world.settings = replace(world.settings, brake=small)
        brake.count([duty_of(n) for n in range(10)], 0, world.settings, world.now)
        sending_controls.turn(**sending_controls.released(world.now))
        for hours, pulled in ((11, ""), (13, "notices")):
            later = world.now + timedelta(hours=hours)
            brake.count([duty_of(n) for n in range(4)], 0, world.settings, later)
            assert sending_controls.switches().brake == pulled

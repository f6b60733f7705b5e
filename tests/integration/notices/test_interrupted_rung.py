"""A text and an email that belong together, with something between their hand-overs.

The other message goes as soon as it may, even if the first has arrived by then. After a crash in
one claim, or beyond the deadline, what arrived is enough (docs/rules.md#5, #6).
"""

from datetime import timedelta

import pytest
from msgspec.structs import replace

from aviso.domain.errors import SendDeferred, SendFailed, SendUnknown
from aviso.domain.model import Channel
from aviso.domain.notice import State
from aviso.notices import receipts
from aviso.notices.sending import LATE_RECEIPT, LEASE, send
from aviso.providers.receipts import Outcome, Receipt
from aviso.runtime import hashing
from aviso.storage import guards, suppressions
from infra.harness.builders import NUMBER, a_contact
from infra.harness.staff_browser import say_of_case
from tests.support.interruptions import STOPS, addresses, before_the_mark
from tests.support.sending import EMAIL, PHONE, arrested

MINUTE, HOUR = timedelta(minutes=1), timedelta(hours=1)


class TestStop:
    def test_keeps_the_email_for_later(self, stopped, provider):
        world, end = stopped
        assert world.arrest().state is State.WAITING
        for _ in range(3):
            world.go_on(6 * MINUTE)
        assert addresses(provider) == [PHONE]
        end()
        world.go_on(6 * MINUTE)
        assert addresses(provider) == [PHONE, EMAIL]
        assert world.arrest().state is State.SENT

    def test_keeps_the_email_if_the_text_arrived(self, stopped, provider):
        world, end = stopped
        world.receipt(1, Outcome.DELIVERED)
        assert world.arrest().state is State.WAITING
        end()
        world.go_on(6 * MINUTE)
        assert addresses(provider) == [PHONE, EMAIL]
        assert world.arrest().state is State.DELIVERED

    def test_beyond_the_deadline_ends_with_the_text(self, stopped, provider):
        world, end = stopped
        world.receipt(1, Outcome.DELIVERED)
        end()
        world.go_on(3 * HOUR)
        assert addresses(provider) == [PHONE]
        assert world.arrest().state is State.DELIVERED
        assert world.arrest().due_at is None

    def test_beyond_the_deadline_still_tells_somebody(self, stopped, provider):
        world, end = stopped
        end()
        world.go_on(3 * HOUR)
        assert addresses(provider) == [PHONE, EMAIL]

    @pytest.mark.parametrize("arrived", [True, False])
    def test_prints_no_letter_if_the_email_is_gone(self, stopped, provider, arrived):
        world, end = stopped
        if arrived:
            world.receipt(1, Outcome.DELIVERED)
        suppressions.opt_out(hashing.address_key(EMAIL), "link", world.now)
        end()
        world.go_on(6 * MINUTE)
        assert addresses(provider) == [PHONE]
        assert world.arrest().state is (State.DELIVERED if arrived else State.SENT)

    def test_leaves_the_email_to_a_text_that_failed(self, stopped, provider):
        world, end = stopped
        told = world.arrest().told_at
        world.receipt(1, Outcome.FAILED, permanent=True, reason="invalid_address")
        end()
        world.go_on(6 * MINUTE)
        assert addresses(provider) == [PHONE, EMAIL]
        assert world.arrest().told_at == world.now > told

    def test_of_a_text_that_failed_tells_nobody(self, stopped, provider):
        world, end = stopped
        world.receipt(1, Outcome.FAILED, permanent=True, reason="invalid_address")
        end()
        provider.next_errors = [SendFailed("invalid_address")]
        for _ in range(2):
            world.go_on(6 * MINUTE)
        assert world.arrest().state is State.QUEUED
        assert world.arrest().told_at is None


class TestSwitch:
    def test_flipped_on_and_off_gives_up_nobody(self, world, provider, monkeypatch):
        """It was on when the second contact's turn came, and off again at the third's."""
        world.begin(arrested().with_enrollment("v1", a_contact("+15205550123")).case)
        reads = iter((False, True, False))
        honest = guards.read_for

        def flipping(*of):
            found = honest(*of)
            kill = next(reads, False)
            return replace(found, switches=replace(found.switches, kill=kill))

        monkeypatch.setattr(guards, "read_for", flipping)
        send(world.arrest().id, world.invocation())
        assert len(provider.sent) == 2
        assert world.arrest().state is State.WAITING
        world.chase(6 * MINUTE)
        send(world.arrest().id, world.invocation("again"))
        assert len(set(addresses(provider))) == len(provider.sent) == 3
        assert world.arrest().state is State.SENT


class TestReceiptBeforeTheMark:
    def test_stops_no_email(self, planned, provider):
        before_the_mark(planned, provider, Outcome.DELIVERED)
        planned.send()
        assert addresses(provider) == [PHONE, EMAIL]
        assert planned.arrest().state is State.DELIVERED
        assert [a.channel for a in planned.arrest().attempts] == [Channel.SMS, Channel.EMAIL]

    @pytest.mark.parametrize("why", STOPS)
    def test_keeps_the_email_that_must_wait(self, planned, provider, why):
        begin, end = STOPS[why]
        before_the_mark(planned, provider, Outcome.DELIVERED, lambda: begin(planned))
        planned.send()
        assert planned.arrest().state is State.WAITING
        end(planned)
        self.goes_later(planned, provider)

    def test_keeps_the_email_of_a_busy_provider(self, planned, provider):
        before_the_mark(planned, provider, Outcome.DELIVERED)
        provider.next_errors = [None, SendDeferred("throttled")]
        planned.send(times=1)
        assert planned.arrest().state is State.WAITING
        self.goes_later(planned, provider)

    def goes_later(self, world, provider):
        world.go_on(6 * MINUTE)
        assert addresses(provider) == [PHONE, EMAIL]
        assert world.arrest().state is State.DELIVERED


class TestBusyEmail:
    @pytest.mark.parametrize("why", ["throttled", "paced", "no_time_left"])
    def test_goes_when_its_provider_may(self, planned, provider, why):
        provider.next_errors = [None, SendDeferred(why)]
        planned.send(times=1)
        assert planned.arrest().state is State.WAITING
        planned.go_on(2 * MINUTE)
        assert addresses(provider) == [PHONE, EMAIL]

    @pytest.mark.parametrize("why", ["throttled", "no_time_left"])
    def test_goes_also_if_the_text_arrived(self, planned, provider, why):
        provider.next_errors = [None, SendDeferred(why)]
        planned.send(times=1)
        planned.receipt(1, Outcome.DELIVERED)
        planned.go_on(2 * MINUTE)
        assert planned.arrest().state is State.DELIVERED
        assert addresses(provider) == [PHONE, EMAIL]

    def test_is_given_up_at_the_deadline(self, planned, provider):
        provider.next_errors = [None, SendDeferred("account_paused")]
        planned.send(times=1)
        planned.receipt(1, Outcome.DELIVERED)
        provider.next_errors = [SendDeferred("account_paused")]
        planned.chase(3 * HOUR)
        planned.send(times=1)
        assert planned.arrest().state is State.DELIVERED
        assert addresses(provider) == [PHONE]


class TestRestrictionBeforeTheEmail:
    def restrict_after_the_text(self, world, provider, outcome=None):
        provider.next_errors = [None, SendDeferred("throttled")]
        world.send(times=1)
        if outcome:
            world.receipt(1, outcome, permanent=True, reason="invalid_address")
        say_of_case(NUMBER, "restricted")
        world.plan()

    def ended(self, world, provider):
        world.go_on(2 * MINUTE)
        assert addresses(provider) == [PHONE]
        return world.arrest()

    def test_is_no_task_if_the_text_arrived(self, planned, provider):
        self.restrict_after_the_text(planned, provider, Outcome.DELIVERED)
        assert planned.arrest().state is State.WAITING
        assert self.ended(planned, provider).state is State.DELIVERED

    def test_lets_the_receipt_decide(self, planned, provider):
        self.restrict_after_the_text(planned, provider)
        assert self.ended(planned, provider).state is State.SENT
        planned.receipt(1, Outcome.DELIVERED)
        planned.plan()
        assert planned.arrest().state is State.DELIVERED

    def test_is_a_task_at_once_if_the_text_failed(self, planned, provider):
        self.restrict_after_the_text(planned, provider, Outcome.FAILED)
        assert planned.arrest().state is State.HELD

    def test_is_a_task_if_the_text_fails_later(self, planned, provider):
        self.restrict_after_the_text(planned, provider)
        planned.receipt(1, Outcome.FAILED, permanent=True, reason="invalid_address")
        assert self.ended(planned, provider).state is State.HELD


class TestDeath:
    def die_after_the_text(self, world, provider):
        provider.next_errors = [None, SystemExit("the worker dies before the email")]
        with pytest.raises(SystemExit):
            world.send(times=1)
        assert world.arrest().state is State.CLAIMED

    def test_sends_the_email_if_no_receipt_comes(self, planned, provider):
        self.die_after_the_text(planned, provider)
        planned.chase(LEASE + LATE_RECEIPT)
        planned.go_on(6 * MINUTE)
        assert addresses(provider) == [PHONE, EMAIL]

    def test_ends_with_the_texts_receipt(self, planned, provider):
        self.die_after_the_text(planned, provider)
        planned.receipt(1, Outcome.DELIVERED)
        planned.go_on(LEASE + LATE_RECEIPT)
        assert planned.arrest().state is State.DELIVERED
        assert addresses(provider) == [PHONE]

    def test_before_the_rest_is_decided_again(self, planned, provider):
        """Perhaps only a contact that knowledge left has the text (docs/rules.md#14)."""
        provider.next_errors = [None, SendDeferred("throttled")]
        planned.send(times=1)
        planned.receipt(1, Outcome.DELIVERED)
        planned.chase(6 * MINUTE)
        provider.next_errors = [SystemExit("the worker dies before the email")]
        with pytest.raises(SystemExit):
            planned.send(times=1)
        assert planned.chase(LEASE + LATE_RECEIPT)["sent_again"] == 1
        planned.send()
        assert addresses(provider) == [PHONE, EMAIL]

    def test_of_the_rest_ends_with_its_receipt(self, planned, provider):
        provider.next_errors = [SendDeferred("throttled")]  # the email goes, the text waits
        planned.send(times=1)
        planned.chase(2 * MINUTE)
        provider.crash_after = True
        with pytest.raises(SystemExit):
            planned.send(times=1)
        assert addresses(provider) == [EMAIL, PHONE]
        arrived = Receipt(
            channel=Channel.SMS,
            outcome=Outcome.DELIVERED,
            provider_id="id-2",
            at=planned.now,
            address=PHONE,
        )
        receipts.record(arrived, planned.now)
        assert planned.chase(LEASE + LATE_RECEIPT)["recovered"] == 1
        assert planned.arrest().state is State.DELIVERED

    def test_with_a_failed_text_sends_the_email(self, planned, provider):
        self.die_after_the_text(planned, provider)
        planned.receipt(1, Outcome.FAILED, permanent=True, reason="invalid_address")
        planned.go_on(LEASE + LATE_RECEIPT)
        assert addresses(provider) == [PHONE, EMAIL]

    def test_of_an_unknown_email_waits_for_receipts(self, planned, provider):
        provider.next_errors = [None, SendUnknown("timeout")]
        planned.send(times=1)
        planned.chase(LEASE + LATE_RECEIPT)
        assert planned.arrest().state is State.SENT

    def test_leaves_no_rest_to_a_later_bounce(self, planned, provider):
        provider.next_errors = [None, SendUnknown("timeout")]
        planned.send(times=1)
        planned.receipt(1, Outcome.DELIVERED)
        planned.chase(LEASE + LATE_RECEIPT)
        assert planned.arrest().state is State.DELIVERED
        assert not planned.arrest().rest_to_come


class TestSlowWorker:
    @pytest.mark.parametrize("slow_at", [PHONE, EMAIL])
    def test_whose_claim_expired_sends_both_once(self, planned, provider, slow_at):
        take = provider.send

        def slowly(message, seconds_left):
            if message.address == slow_at:
                planned.chase(LEASE + LATE_RECEIPT)
            return take(message, seconds_left)

        provider.send = slowly
        planned.send(times=1)
        assert planned.arrest().state is State.SENT
        planned.go_on(6 * MINUTE)
        assert addresses(provider) == [PHONE, EMAIL]

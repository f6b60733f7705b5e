"""A text and an email that belong together, with something between their hand-overs.

The other message goes as soon as it may, even if the first has arrived by then. After a crash in
one claim, or beyond the deadline, what arrived is enough (docs/rules.md#5, #6).
"""

from datetime import timedelta

import pytest

from aviso.domain.errors import SendDeferred
from aviso.domain.model import Channel
from aviso.domain.notice import State
from aviso.notices.sending import LATE_RECEIPT, LEASE
from aviso.providers.receipts import Outcome
from infra.harness.builders import NUMBER
from infra.harness.staff_browser import say_of_case
from tests.support.interruptions import addresses, before_the_mark
from tests.support.sending import EMAIL, PHONE

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

    def test_leaves_the_email_to_a_text_that_failed(self, stopped, provider):
        world, end = stopped
        told = world.arrest().told_at
        world.receipt(1, Outcome.FAILED, permanent=True, reason="invalid_address")
        end()
        world.go_on(6 * MINUTE)
        assert addresses(provider) == [PHONE, EMAIL]
        assert world.arrest().told_at == world.now > told


class TestReceiptBeforeTheMark:
    def test_stops_no_email(self, planned, provider):
        before_the_mark(planned, provider, Outcome.DELIVERED)
        planned.send()
        assert addresses(provider) == [PHONE, EMAIL]
        assert planned.arrest().state is State.DELIVERED
        assert [a.channel for a in planned.arrest().attempts] == [Channel.SMS, Channel.EMAIL]


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

    def test_with_a_failed_text_sends_the_email(self, planned, provider):
        self.die_after_the_text(planned, provider)
        planned.receipt(1, Outcome.FAILED, permanent=True, reason="invalid_address")
        planned.go_on(LEASE + LATE_RECEIPT)
        assert addresses(provider) == [PHONE, EMAIL]


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

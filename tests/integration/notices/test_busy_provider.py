"""A provider that throttles past the deadline of a notice (docs/rules.md#7)."""

from datetime import timedelta

import pytest

from aviso.domain.errors import SendDeferred
from aviso.domain.model import Channel
from aviso.domain.notice import State
from aviso.domain.routing import BUSY_FOR
from aviso.notices import monitoring
from aviso.providers.receipts import Outcome
from aviso.storage import sending_controls
from tests.support.sending import EMAIL, HOME, PHONE, arrested

MINUTE, HOUR = timedelta(minutes=1), timedelta(hours=1)
OVER = (State.SENT, State.DELIVERED, State.QUEUED, State.HELD)


@pytest.fixture
def late(world):
    """Return the flow one minute after the deadline of a planned notice."""

    def begin(**victim):
        world.store(arrested(**victim).case)
        world.plan()
        world.now = world.arrest().deadline + MINUTE
        return world

    return begin


def live(world, provider, busy, until):
    """Let the minutes pass while these addresses are throttled; return how often each was asked."""
    asked: dict[str, int] = {}
    original = type(provider).send

    def send(message, seconds_left):
        asked[message.address] = asked.get(message.address, 0) + 1
        if message.address in busy:
            raise SendDeferred("throttled")
        return original(provider, message, seconds_left)

    provider.send = send
    world.send()
    while world.now < until and world.arrest().state not in OVER:
        world.chase(MINUTE)
        world.send()
    return asked


class TestBusyProvider:
    def test_of_a_second_delays_a_late_notice_by_none(self, late, provider):
        world = late(**HOME)
        provider.next_errors = [SendDeferred("throttled")] * 2
        world.send()
        assert world.arrest().state is State.SENT
        assert [m.address for m in provider.sent] == [PHONE, EMAIL]

    def test_of_an_hour_costs_no_letter(self, late, provider):
        world = late(**HOME)
        begun = world.now
        asked = live(world, provider, {PHONE, EMAIL}, begun + HOUR)
        assert world.arrest().state is State.WAITING
        assert monitoring.overdue(world.arrest(), world.now)  # the alarm rings meanwhile
        assert max(asked.values()) <= 8  # with back-off
        live(world, provider, set(), begun + 3 * HOUR)
        assert world.arrest().state is State.SENT
        assert [m.address for m in provider.sent] == [PHONE, EMAIL]
        assert world.now - begun <= 2 * HOUR

    @pytest.mark.parametrize(("home", "end"), [(HOME, State.QUEUED), ({}, State.HELD)])
    def test_of_half_a_day_ends_all_the_same(self, late, provider, home, end):
        world = late(**home)
        begun = world.now
        live(world, provider, {PHONE, EMAIL}, begun + 12 * HOUR)
        assert world.arrest().state is end
        assert BUSY_FOR <= world.now - begun <= BUSY_FOR + HOUR
        assert len(world.arrest().attempts) == 2  # one for each contact, however often it was asked

    @pytest.mark.parametrize(("busy", "told"), [(PHONE, EMAIL), (EMAIL, PHONE)])
    def test_of_one_channel_leaves_the_other_at_once(self, late, provider, busy, told):
        world = late(**HOME)
        live(world, provider, {busy}, world.now + HOUR)
        assert world.arrest().state is State.SENT
        assert [m.address for m in provider.sent] == [told]

    def test_is_left_alone_once_the_other_was_told(self, late, provider):
        world = late(**HOME)
        begun = world.now
        live(world, provider, {PHONE, EMAIL}, begun + 20 * MINUTE)
        live(world, provider, {PHONE}, begun + 2 * HOUR)
        assert [m.address for m in provider.sent] == [EMAIL]
        (attempt,) = [a for a in world.arrest().attempts if a.state is State.SENT]
        assert attempt.channel is Channel.EMAIL
        world.receipt(attempt.n, Outcome.DELIVERED)
        for _ in range(3):
            world.chase(HOUR)
            world.send()
        assert world.arrest().state is State.DELIVERED
        assert len(provider.sent) == 1

    def test_is_asked_again_when_the_other_bounced(self, late, provider):
        world = late(**HOME)
        live(world, provider, {PHONE}, world.now + MINUTE)
        (sent,) = [a for a in world.arrest().attempts if a.state is State.SENT]
        world.receipt(sent.n, Outcome.FAILED, permanent=True, reason="no_such_mailbox")
        live(world, provider, set(), world.now + HOUR)
        assert [m.address for m in provider.sent] == [EMAIL, PHONE]

    def test_yields_to_the_kill_switch(self, late, provider):
        world = late(**HOME)
        live(world, provider, {PHONE, EMAIL}, world.now + 10 * MINUTE)
        sending_controls.turn(kill=True)
        live(world, provider, set(), world.now + HOUR)
        assert provider.sent == []

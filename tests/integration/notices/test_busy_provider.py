"""A provider that throttles past the deadline of a notice (docs/rules.md#7)."""

from datetime import timedelta

import pytest

from aviso.domain.errors import SendDeferred
from aviso.domain.model import Channel
from aviso.domain.notice import State
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
        world.begin(arrested(**victim).case)
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
        world.go_on(MINUTE)
    return asked


class TestBusyProvider:
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
            world.go_on(HOUR)
        assert world.arrest().state is State.DELIVERED
        assert len(provider.sent) == 1

    def test_yields_to_the_kill_switch(self, late, provider):
        world = late(**HOME)
        live(world, provider, {PHONE, EMAIL}, world.now + 10 * MINUTE)
        sending_controls.turn(kill=True)
        live(world, provider, set(), world.now + HOUR)
        assert provider.sent == []

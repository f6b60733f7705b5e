"""A text that fails, or goes to the wrong person, while its email waits: it told nobody."""

import pytest
from msgspec.structs import replace

from aviso.content import links
from aviso.domain.errors import SendDeferred
from aviso.domain.notice import State
from aviso.domain.reasons import StopReason
from aviso.notices.sending import send
from aviso.providers.receipts import Outcome
from aviso.storage import cases, notices
from aviso.victims import message_links
from infra.harness.builders import NUMBER
from tests.support.interruptions import STOPS, addresses, before_the_mark
from tests.support.sending import EMAIL, PHONE


def fail(world):
    world.receipt(1, Outcome.FAILED, permanent=True, reason="invalid_address")


def say_not_me(world):
    token = links.token(links.LinkPurpose.NOT_ME, world.arrest().id, 1)
    message_links.not_me(token, world.settings, world.now)


FAILURES = {"a failure": fail, "not me": say_not_me}


def a_night_off(world, meanwhile=lambda world: None):
    """Take the victim off the case, and bring them back."""
    stored = cases.read_case(NUMBER).victims[0]
    gone = replace(stored, removed=True, digest="gone", export_time=world.now)
    cases.write_row(NUMBER, gone, stored)
    world.plan()
    assert world.arrest().state is State.SUPPRESSED
    meanwhile(world)
    cases.write_row(NUMBER, replace(stored, digest="back", export_time=world.now), gone)
    world.plan()


class TestFailedText:
    @pytest.mark.parametrize("why", FAILURES)
    @pytest.mark.parametrize("when", ["before the night", "in the night"])
    def test_is_owed_after_a_night_off(self, stopped, provider, why, when):
        world, end = stopped
        if when == "before the night":
            FAILURES[why](world)
            a_night_off(world)
        else:
            a_night_off(world, FAILURES[why])
        assert world.arrest().state is State.PLANNED
        end()
        send(world.arrest().id, world.invocation("again"))
        assert addresses(provider) == [PHONE, EMAIL]

    @pytest.mark.parametrize("stop", STOPS)
    def test_known_before_its_mark_told_nobody(self, planned, provider, stop):
        begin, _ = STOPS[stop]
        before_the_mark(planned, provider, Outcome.FAILED, lambda: begin(planned))
        planned.send(times=1)
        assert (planned.arrest().state, planned.arrest().told_at) == (State.WAITING, None)
        a_night_off(planned)
        assert planned.arrest().state is State.PLANNED

    def test_is_no_text_that_may_have_told(self, stopped):
        world, _ = stopped
        a_night_off(world)
        assert world.arrest().state is State.SUPPRESSED

    def test_tells_nobody_from_then_on(self, planned, provider):
        take = provider.send

        def fail_meanwhile(message, seconds_left):
            if message.address == EMAIL:
                fail(planned)
                raise SendDeferred("throttled")
            return take(message, seconds_left)

        provider.send = fail_meanwhile
        planned.send(times=1)
        assert (planned.arrest().state, planned.arrest().told_at) == (State.WAITING, None)

    def test_of_a_call_leaves_the_persons_word(self, stopped):
        world, _ = stopped
        told = {"reason": StopReason.TOLD_BY_PERSON, "told_at": world.now, "told_by": "staff:1"}
        notices.move(world.arrest(), State.SUPPRESSED, due_at=None, **told)
        fail(world)
        assert world.arrest().told_at == world.now

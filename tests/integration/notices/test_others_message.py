"""A notice of which a part reached somebody else, and not its victim (docs/rules.md#12)."""

from datetime import timedelta
from typing import ClassVar

import pytest
from msgspec.structs import replace

from aviso.domain.errors import SendDeferred
from aviso.domain.model import Channel, Holder, Kind
from aviso.domain.notice import State
from aviso.domain.reasons import UNREACHED, UNSAFE, WHO_IS_TOLD, HoldReason, StopReason
from aviso.notices.receipts import follow
from aviso.notices.sending import send
from aviso.providers.receipts import Outcome
from aviso.storage import cases, notices
from infra.harness.builders import NOW, NUMBER, a_contact
from infra.harness.staff_browser import say_of_case
from tests.support.interruptions import addresses
from tests.support.sending import PHONE, arrested, only_arrests

MINUTE = timedelta(minutes=1)


class TestOthersMessage:
    """The victim's own text waits for a busy provider; somebody else's email has arrived."""

    LUZ = Holder(first_name="Luz", last_name="Rey", agreed_at=NOW)
    REPRESENTATIVE: ClassVar = {"holder": LUZ, "level": "code", "new_to_agency": False}

    @pytest.fixture(
        params=[REPRESENTATIVE, {"level": "knowledge"}], ids=["representative", "knowledge"]
    )
    def others(self, request, world, provider):
        left = a_contact("luz@example.org", Channel.EMAIL, id="luz", **request.param)
        world.settings = only_arrests(world.settings)
        world.begin(arrested(email="").with_enrollment("v1", left).case)
        provider.next_errors = [SendDeferred("throttled"), None]
        send(world.arrest().id, world.invocation())
        assert addresses(provider) == ["luz@example.org"]
        world.receipt(world.arrest().attempts[-1].n, Outcome.DELIVERED)
        return world

    def tried_again(self, world):
        world.chase(2 * MINUTE)
        send(world.arrest().id, world.invocation())
        return world.arrest()

    @pytest.mark.parametrize("planned_first", [True, False])
    def test_is_a_task_on_a_restricted_case(self, others, provider, planned_first):
        say_of_case(NUMBER, "restricted")
        if planned_first:
            others.plan()
        assert self.tried_again(others).state is State.HELD
        assert PHONE not in addresses(provider)

    @pytest.mark.parametrize("planned_first", [True, False])
    def test_leaves_news_of_the_page_to_the_page(self, others, provider, planned_first):
        others.settings = replace(others.settings, only_on_page=frozenset({Kind.ARREST}))
        say_of_case(NUMBER, "restricted")
        if planned_first:
            others.plan()
        ended = self.tried_again(others)
        assert (ended.state, ended.reason) == (State.SUPPRESSED, StopReason.ONLY_ON_PAGE)
        assert PHONE not in addresses(provider)
        assert not follow(ended, ended.attempts[-1])

    @pytest.mark.parametrize(
        ("reason", "ends"),
        [
            (HoldReason.RESTRICTED_OFFENSE, False),
            *((reason, False) for reason in sorted(UNSAFE | WHO_IS_TOLD)),
            *((reason, True) for reason in sorted(UNREACHED)),
        ],
    )
    def test_that_arrives_later_ends_no_task_of_danger(self, others, reason, ends):
        say_of_case(NUMBER, "restricted")
        held = notices.move(others.arrest(), State.HELD, due_at=None, reason=reason)
        assert follow(held, held.attempts[-1]) is ends
        assert (others.arrest().state is State.DELIVERED) is ends

    @pytest.mark.parametrize("others", [REPRESENTATIVE], ids=["representative"], indirect=True)
    def test_is_a_task_if_nobody_may_speak_by_then(self, others, provider):
        (victim,) = cases.read_case(NUMBER).victims
        marked = replace(victim, incapacitated=True, judged_at=NOW, digest="2")
        cases.write_row(NUMBER, marked, victim)
        assert self.tried_again(others).state is State.HELD
        assert PHONE not in addresses(provider)

    def test_goes_on_without_a_restriction(self, others, provider):
        assert self.tried_again(others).state is State.DELIVERED
        assert PHONE in addresses(provider)

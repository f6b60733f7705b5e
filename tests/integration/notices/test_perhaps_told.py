"""A notice that was told before its row was lost goes nowhere until a person has asked."""

from datetime import timedelta

import pytest

from aviso.domain.model import Kind
from aviso.domain.notice import Changes, State
from aviso.domain.reasons import HoldReason, StopReason
from aviso.letters import final_check
from aviso.storage import markers, notices, sending_controls
from infra.harness.builders import NOW
from tests.support.sending import HOME, PHONE, arrested
from tests.support.survey import a_surveyed

ASKED = (HoldReason.PERHAPS_TOLD,)
BY_PHONE = Changes(reason=StopReason.TOLD_BY_PERSON, told_at=NOW, told_by="staff:ana")


@pytest.fixture
def told(planned):
    """Return the flow of a planned notice that the logs know."""
    markers.put_perhaps_told(planned.arrest().id, NOW)
    return planned


def why_held(world):
    notice = world.arrest()
    assert notice.state is State.HELD
    return notice.reason


class TestNotice:
    @pytest.mark.parametrize("kill", [False, True])
    def test_waits_for_a_person(self, told, provider, kill):
        sending_controls.turn(kill=kill, trial=False)
        told.send()
        assert why_held(told) == HoldReason.PERHAPS_TOLD
        assert provider.sent == []

    def test_goes_once_a_person_releases_it(self, told, provider):
        told.send()
        notices.move(told.arrest(), State.PLANNED, due_at=NOW, overruled=ASKED, reason="")
        told.send()
        assert PHONE in {message.address for message in provider.sent}

    def test_stays_a_task_when_its_fact_is_withdrawn(self, told):
        told.send()
        told.withdraw()
        told.plan()
        assert why_held(told) == HoldReason.PERHAPS_TOLD
        notices.move(told.arrest(), State.SUPPRESSED, due_at=None, **BY_PHONE)  # she had heard
        told.deliver()
        assert [c.state for c in told.all(Kind.CORRECTION)] == [State.SENT]

    def test_in_the_queue_of_letters_is_not_printed(self, world):
        world.tell(arrested(phone="", email="", **HOME).case)
        assert world.arrest().state is State.QUEUED
        markers.put_perhaps_told(world.arrest().id, NOW)
        assert final_check.check(world.arrest().id, world.invocation()) == "perhaps_told"
        assert why_held(world) == HoldReason.PERHAPS_TOLD


class TestSurvey:
    def test_is_not_asked_again(self, surveys, provider):
        surveys.store(a_surveyed().case)
        surveys.ask()
        markers.put_perhaps_told(surveys.survey().id, NOW)
        surveys.deliver()
        surveys.now += timedelta(days=1)
        surveys.asked_and_sent()
        assert (surveys.survey().state, provider.sent) == (State.SUPPRESSED, [])

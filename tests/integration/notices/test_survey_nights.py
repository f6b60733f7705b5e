"""Who is asked at night, part by part, and what becomes of a survey until its morning."""

from collections.abc import Iterable
from datetime import datetime, timedelta

import pytest
from msgspec.structs import replace

from aviso.domain.model import Kind
from aviso.domain.notice import State
from aviso.domain.requests import Rights
from aviso.notices import reconciliation
from aviso.notices.reconciliation import Reconciled
from aviso.runtime import hashing
from aviso.storage import notices, suppressions
from aviso.storage.model_calls import WHOLE, Part
from infra.harness.builders import STALKING, a_case, an_invocation
from infra.harness.portal_browser import store
from tests.support.sending import PHONE
from tests.support.survey import ASKED_ON, Survey, a_surveyed

NUMBERS = [f"26112400{n:02d}" for n in range(1, 8)]
THREE = ASKED_ON.replace(hour=10)  # at night, by the agency's clock
NINE, TEN = THREE + timedelta(hours=6), THREE + timedelta(hours=7)


@pytest.fixture
def city(surveys: Survey) -> Survey:
    """Seven cases, each with a victim to be asked today."""
    for n, number in enumerate(NUMBERS):
        case = a_case().with_report(number=number, origin=number)
        phone = f"+1520555011{n}"
        case = case.with_victim(id=f"v{n}", origin=f"v{n}", phone=phone, last_name=f"Name{n}")
        store(replace(case.case, number=number))
    return surveys


def night(
    city: Survey, so_many: int = 99, start: str = "", part: Part = WHOLE, at: datetime = THREE
) -> Reconciled:
    """Go through the cases at night with time for so many."""
    left = iter([60.0] * (so_many - 1) + [0.0] * 99)
    invocation = replace(
        an_invocation(city.settings, lambda: at), seconds_left=lambda: next(left, 0.0)
    )
    return reconciliation.reconcile_all(invocation, start, part=part)


def asked(numbers: Iterable[str] = NUMBERS) -> list[str]:
    """Return the cases with exactly one survey."""
    return [
        number
        for number in numbers
        if [n.kind for n in notices.of_case(number)].count(Kind.SURVEY) == 1
    ]


class TestNight:
    def test_asks_on_where_a_call_stopped(self, city: Survey) -> None:
        first = night(city, 3)
        assert (first.cases, asked()) == (3, NUMBERS[:3])
        night(city, start=first.go_on_at)
        assert asked() == NUMBERS

    def test_asks_in_every_part_of_the_table(self, city: Survey) -> None:
        for part in range(4):
            night(city, part=(part, 4))
        assert asked() == NUMBERS

    def test_asks_nobody_twice_when_started_twice(self, city: Survey) -> None:
        for _ in range(2):
            night(city)
        assert asked() == NUMBERS

    def test_alone_asks(self, city: Survey) -> None:
        night(city, at=TEN)
        invocation = an_invocation(city.settings, lambda: THREE)
        reconciliation.reconcile_touched(invocation)
        reconciliation.reconcile(NUMBERS, city.settings, THREE)
        assert asked() == []


def waiting(surveys: Survey) -> Survey:
    """Enter the survey of one case at night."""
    surveys.now = THREE
    surveys.store(a_surveyed().case)
    surveys.enter_surveys()
    assert surveys.survey().state is State.WAITING
    return surveys


def in_the_morning(surveys: Survey) -> State:
    """Let the morning come; return what became of the survey."""
    surveys.go_on(TEN - surveys.now)
    found: State = surveys.survey().state
    return found


STOPS = {
    "a STOP": lambda s: suppressions.opt_out(hashing.address_key(PHONE), "reply", s.now),
    "a restricted offense": lambda s: s.store(a_surveyed().with_report(offense=STALKING).case),
    "a contact that is not safe": lambda s: s.store(a_surveyed(safe_to_contact=False).case),
    "a waiver": lambda s: s.store(a_surveyed(rights=Rights.WAIVED).case),
    "a death": lambda s: s.store(a_surveyed(deceased=True).case),
}


class TestSurveyOfTheDay:
    def test_waits_for_its_morning(self, surveys, provider) -> None:
        waiting(surveys)
        surveys.go_on(NINE - surveys.now - timedelta(minutes=1))
        assert provider.sent == []
        assert in_the_morning(surveys) is State.SENT
        assert len(provider.sent) == 1

    def test_is_sent_at_once_when_its_morning_is_over(self, surveys) -> None:
        surveys.now = TEN
        surveys.store(a_surveyed().case)
        surveys.enter_surveys()
        assert surveys.survey().state is State.PLANNED

    @pytest.mark.parametrize("stop", STOPS.values(), ids=STOPS)
    def test_is_stopped_until_it_is_sent(self, surveys, provider, stop) -> None:
        waiting(surveys)
        stop(surveys)
        assert in_the_morning(surveys) is State.SUPPRESSED
        assert provider.sent == []

"""Who is asked when a day's run has no time for everybody: each run takes up where one stopped."""

from datetime import timedelta

import pytest
from msgspec.structs import replace

from aviso.domain.model import Case
from aviso.notices import survey_invitations
from aviso.storage import cases, notices
from infra.harness.builders import a_case, an_invocation
from infra.harness.portal_browser import store
from tests.support.survey import ASKED_ON, Survey

NUMBERS = [f"26112400{n:02d}" for n in range(1, 8)]


@pytest.fixture
def city(surveys: Survey) -> Survey:
    """Seven cases, each with a victim to be asked today."""
    for n, number in enumerate(NUMBERS):
        case = a_case().with_report(number=number, origin=number)
        phone = f"+1520555011{n}"
        case = case.with_victim(id=f"v{n}", origin=f"v{n}", phone=phone, last_name=f"Name{n}")
        store(replace(case.case, number=number))
    return surveys


def run(city: Survey, so_many: int) -> dict[str, int]:
    """Send the day's surveys with time for so many cases, and let a day pass."""
    left = iter([60.0] * so_many + [0.0] * len(NUMBERS))
    invocation = an_invocation(city.settings, lambda: city.now)
    done = survey_invitations.send(replace(invocation, seconds_left=lambda: next(left)))
    city.now += timedelta(days=1)
    return dict(done)


def asked() -> list[str]:
    """Return the cases that have been asked about."""
    return [number for number in NUMBERS if notices.of_case(number)]


class TestRun:
    def test_asks_those_left_over_the_day_before(self, city: Survey) -> None:
        assert city.now == ASKED_ON
        assert run(city, 3) == {"cases": 3, "asked": 3, "left_for_tomorrow": 4}
        assert asked() == NUMBERS[:3]
        assert run(city, 3)["left_for_tomorrow"] == 4
        assert asked() == NUMBERS[:6]
        assert run(city, 3)["asked"] == 1
        assert asked() == NUMBERS

    def test_without_time_leaves_its_place(
        self,
        city: Survey,
    ) -> None:
        run(city, 3)
        assert run(city, 0) == {"left_for_tomorrow": 7}
        run(city, 3)
        assert asked() == NUMBERS[:6]

    def test_with_time_leaves_nobody(self, city: Survey) -> None:
        run(city, 3)
        assert run(city, 7) == {"cases": 7, "asked": 4}
        assert asked() == NUMBERS

    def test_goes_past_a_case_that_cannot_be_asked(
        self, city: Survey, monkeypatch: pytest.MonkeyPatch
    ) -> None:
        read = cases.read_case

        def broken(number: str) -> Case:
            if number == NUMBERS[2]:
                raise ValueError("a broken case")
            return read(number)

        monkeypatch.setattr(cases, "read_case", broken)
        assert run(city, 7) == {"cases": 7, "asked": 6, "failed": 1}
        assert asked() == [number for number in NUMBERS if number != NUMBERS[2]]

"""Refusals take equally long: the work behind them shows neither in calls nor in time."""

import pytest
import time_machine

from aviso.victims import visits
from aviso.web import constant_time
from infra.harness.builders import NOW, NUMBER, a_case
from infra.harness.portal_browser import Visitor, aws_calls, store
from tests.performance import refusal_timing


@pytest.fixture
def clock(aws, monkeypatch):
    """A clock that only moves when told to, and by waiting."""

    class Clock:
        at = 100.0

        def sleep(self, seconds: float) -> None:
            self.at += seconds

    clock = Clock()
    monkeypatch.setattr(constant_time, "STEP", 0.25)
    monkeypatch.setattr(constant_time, "perf_counter", lambda: clock.at)
    monkeypatch.setattr(constant_time, "sleep", clock.sleep)
    with time_machine.travel(NOW, tick=False):
        yield clock


class TestRefusal:
    @pytest.mark.parametrize("work", [0.0, 0.004, 0.06, 0.249])
    def test_comes_at_the_same_moment_for_any_work(self, clock, monkeypatch, work):
        def slow(*_):
            clock.at += work

        monkeypatch.setattr(visits, "open_case", slow)
        assert Visitor().verify(NUMBER, "munoz v1", "4/12/1985").status == 200
        assert clock.at == pytest.approx(100.25)

    def test_delays_no_visitor_who_gets_in(self, clock):
        store(a_case().with_victim("v1").case)
        assert Visitor().verify(NUMBER, "munoz v1", "4/12/1985").status == 303
        assert clock.at == 100.0

    def test_makes_the_same_calls_in_order_for_any_reason(self, aws):
        with time_machine.travel(NOW, tick=False):
            refusal_timing.store_cases()
            refusal_timing.lock()
            made = {}
            for why, typed in refusal_timing.TRIES.items():
                with aws_calls() as calls:
                    page = Visitor(source="203.0.113.77").verify(
                        typed.number, refusal_timing.NAME, typed.birth_date
                    )
                assert page.status == 200, why
                made[why] = list(calls)
        assert len({tuple(calls) for calls in made.values()}) == 1, made


class TestMeasurement:
    def test_notices_a_millisecond(self):
        noise = [0.1 * (n % 7) for n in range(60)]
        same = {why: [5 + n for n in noise] for why in "abcd"}
        assert not refusal_timing.tells(same)
        assert refusal_timing.tells(same | {"e": [6.2 + n for n in noise]})

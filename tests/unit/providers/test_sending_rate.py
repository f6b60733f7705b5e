"""How fast messages are handed over, by how many copies of the function."""

from datetime import timedelta

import pytest

from aviso.domain.errors import SendDeferred
from aviso.providers import pacing

PLENTY = 60.0


class Clock:
    """A clock that moves by being slept on."""

    def __init__(self):
        self.now = 100.0
        self.slept = 0.0

    def __call__(self):
        return self.now

    def sleep(self, seconds):
        self.now += seconds
        self.slept += seconds


@pytest.fixture
def clock():
    return Clock()


class TestRate:
    def test_bounds_a_burst(self, clock):
        pace = pacing.Pace(2, clock, clock.sleep)
        for _ in range(11):
            pace.take(1, PLENTY)
        assert clock.slept == pytest.approx(5.0)

    def test_counts_a_text_of_three_parts_three_times(self, clock):
        pace = pacing.Pace(1, clock, clock.sleep)
        pace.take(3, PLENTY)
        pace.take(1, PLENTY)
        assert clock.slept == pytest.approx(3.0)

    def test_does_not_wait_for_time_that_passed(self, clock):
        pace = pacing.Pace(1, clock, clock.sleep)
        pace.take(1, PLENTY)
        clock.now += 10
        pace.take(1, PLENTY)
        assert clock.slept == 0

    @pytest.mark.parametrize(("rate", "left"), [(0.1, PLENTY), (1, 0.5)])
    def test_does_not_hold_a_shard_up_for_a_late_turn(self, clock, rate, left):
        pace = pacing.Pace(rate, clock, clock.sleep)
        pace.take(1, left)
        with pytest.raises(SendDeferred) as caught:
            pace.take(1, left)
        assert caught.value.reason == "paced"
        assert caught.value.retry_after == timedelta(seconds=1 / rate)
        assert clock.slept == 0

    def test_does_not_hold_up_when_the_clock_goes_back(self, clock):
        pace = pacing.Pace(0.1, clock, clock.sleep)
        pace.take(1, PLENTY)
        clock.now -= 1000
        pace.take(1, PLENTY)
        assert clock.slept == 0

    def test_is_shared_by_copies_of_the_function(self, monkeypatch):
        monkeypatch.setenv("SMS_PER_SECOND", "20")
        monkeypatch.setenv("SENDERS", "5")
        assert pacing.share("SMS_PER_SECOND")._interval == pytest.approx(1 / 4)

    def test_of_none_is_no_limit(self, clock):
        pace = pacing.Pace(0, clock, clock.sleep)
        for _ in range(100):
            pace.take(1, PLENTY)
        assert clock.slept == 0

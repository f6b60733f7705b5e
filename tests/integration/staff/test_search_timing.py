"""A search at the desk takes equally long, whether or not a hidden case has what was typed."""

import pytest

from aviso.domain.staff import Role
from aviso.storage import cases
from aviso.web import constant_time
from infra.harness.builders import STALKING
from tests.integration.staff.conftest import PHONE, RESTRICTED, a_stored_case, at_work


class Clock:
    """A clock that only moves when told to, and by waiting."""

    at = 100.0

    def sleep(self, seconds: float) -> None:
        self.at += seconds


@pytest.fixture
def clock(desk, monkeypatch):
    clock = Clock()
    monkeypatch.setattr(constant_time, "STEP", 0.25)
    monkeypatch.setattr(constant_time, "perf_counter", lambda: clock.at)
    monkeypatch.setattr(constant_time, "sleep", clock.sleep)
    return clock


def slow_reads(clock, monkeypatch, seconds):
    """Make each read of a case take so long."""
    read = cases.read_case

    def slow(number):
        clock.at += seconds
        return read(number)

    monkeypatch.setattr(cases, "read_case", slow)


class TestSearch:
    @pytest.mark.parametrize("on_file", [(), (RESTRICTED,), (RESTRICTED, "2611240003")])
    def test_by_records_is_answered_at_even_moments(self, desk, clock, monkeypatch, on_file):
        for number in on_file:
            a_stored_case(number, offense=STALKING)
        at_work(desk, Role.RECORDS)
        slow_reads(clock, monkeypatch, 0.0032)
        assert desk.post("find", what=PHONE).status in (200, 400)
        assert clock.at == pytest.approx(100.25)

    def test_takes_as_long_beside_a_hidden_case(self, desk, clock, monkeypatch):
        a_stored_case()
        a_stored_case(RESTRICTED, offense=STALKING)
        at_work(desk, Role.RECORDS)
        slow_reads(clock, monkeypatch, 0.0032)
        assert desk.post("find", what=PHONE).status == 303
        assert clock.at == pytest.approx(100.25)

    def test_by_a_reader_of_every_case_does_not_wait(self, desk, clock):
        a_stored_case(RESTRICTED, offense=STALKING)
        assert at_work(desk, Role.ADVOCATE).post("find", what=PHONE).status == 303
        assert clock.at == 100.0

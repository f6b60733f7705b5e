"""The order of test files, and the workers that take them."""

from types import SimpleNamespace

import pytest

from tests.support.order_of_files import TwoStacks, turn

SYSTEM = [f"tests/browser/test_{n}.py::TestPage::test_a" for n in range(5)]
OWN = ["tests/e2e/test_chaos.py::TestStorm::test_a"]
OTHERS = [f"tests/unit/test_{n}.py::TestRule::test_a" for n in range(5)]


class Worker:
    def __init__(self, number):
        self.gateway = SimpleNamespace(id=f"gw{number}")
        self.shutting_down, self.given = False, []

    def send_runtest_some(self, numbers):
        self.given += numbers

    def shutdown(self):
        self.shutting_down = True


@pytest.fixture
def scheduled(pytestconfig, monkeypatch):
    """Give a function that lets workers take files until none is left."""

    def give_out(tests, count):
        monkeypatch.setattr(pytestconfig.option, "tx", ["popen"] * count)
        given = sorted(tests, key=turn)
        scheduler = TwoStacks(pytestconfig, None)
        workers = [Worker(n) for n in range(count)]
        for worker in workers:
            scheduler.add_node(worker)
            scheduler.add_node_collection(worker, given)
        scheduler.schedule()
        for _ in given:
            for worker in workers:
                done = scheduler.assigned_work[worker]
                open_ = [t for unit in done.values() for t, ended in unit.items() if not ended]
                if open_:
                    scheduler.mark_test_complete(worker, given.index(open_[0]))
        return [[given[n] for n in worker.given] for worker in workers]

    return give_out


class TestTurn:
    def test_system_tests_begin_then_what_takes_long(self):
        assert sorted([*OTHERS, *OWN, *SYSTEM], key=turn) == [*SYSTEM, *OWN, *OTHERS]


class TestTwoStacks:
    def test_run_every_test_once(self, scheduled):
        given = scheduled([*OTHERS, *OWN, *SYSTEM], 3)
        assert sorted(test for some in given for test in some) == sorted([*OTHERS, *OWN, *SYSTEM])

    def test_run_system_tests_on_two_workers(self, scheduled):
        *_, third = scheduled([*OTHERS, *OWN, *SYSTEM], 3)
        assert third[0] == OWN[0]
        assert not set(third) & set(SYSTEM)

    def test_run_system_tests_anywhere_when_alone(self, scheduled):
        *_, third = scheduled(SYSTEM, 3)
        assert third

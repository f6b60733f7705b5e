"""What a function's memory gives and costs: shares of a processor, estimates, dollars, tables."""

from pathlib import Path
from typing import Any

import pytest

from benchmarks import memory, memory_tables, shares
from benchmarks.measure import Once
from benchmarks.programs import PEERS
from infra.harness import cloudformation

PRICES = {"lambda_gb_seconds": 0.00001, "lambda_requests": 0.0000002}


def a_start(cpu: float = 50.0) -> Once:
    return Once(100, 120, 40, None, load_ms=(60.0, cpu), answer_ms=(40.0, 20.0), ready_ms=0.0)


class TestShare:
    def test_is_a_whole_processor_at_1769_mb(self, tmp_path: Path) -> None:
        assert shares.part(1769) == 1
        first = shares.files_of(tmp_path, 512)
        assert first["cpu.cfs_quota_us"] == "5789"
        (tmp_path / "cpu.max").touch()
        assert shares.files_of(tmp_path, 1769)["cpu.max"] == "20000 20000"

    def test_says_why_it_cannot_be_set(self, tmp_path: Path) -> None:
        with (
            pytest.raises(shares.NoShareError, match="no control groups"),
            shares.shares((512,), (tmp_path,)),
        ):
            pass
        (tmp_path / "cgroup.procs").touch()
        with (
            pytest.raises(shares.NoShareError, match="limits the processor"),
            shares.shares((512,), (tmp_path,)),
        ):
            pass
        assert [file.name for file in tmp_path.iterdir()] == ["cgroup.procs"]

    def test_without_one_is_estimated(self) -> None:
        assert memory.estimated(a_start(), 1769, "flat") == (60, 40)
        slower = 1769 / 512 - 1
        load, answer = memory.estimated(a_start(), 512, "burst")
        assert load == 60
        assert answer == pytest.approx(40 + 20 * slower)
        assert memory.estimated(a_start(), 512, "flat")[0] == pytest.approx(60 + 50 * slower)


class TestRun:
    def test_is_taken_again_when_others_had_the_processor(self, tmp_path: Path) -> None:
        (tmp_path / "cpu.stat").write_text("nr_throttled 0\nthrottled_time 5000000\n")
        share = shares.Share(512, tmp_path / "cgroup.procs")
        assert share.held_back_ms() == 5
        runs = iter([("disturbed", 50.0, 20.0), ("calm", 30.0, 2.0)])
        assert memory.undisturbed(lambda: next(runs), [share])[0] == "calm"
        busy = iter(range(100))
        last = memory.undisturbed(lambda: (next(busy), 50.0, 20.0), [share])
        assert last[0] == memory.TRIES - 1


class TestEvents:
    def test_are_of_every_function(self) -> None:
        assert set(memory.EVENTS.values()) == set(cloudformation.memory_of_functions())


class TestDollars:
    def test_bill_each_millisecond_begun_and_the_call(self) -> None:
        calls = [{"load": 0.0, "answer": 99.2}, {"load": 100.5, "answer": 99.4}]
        assert memory_tables.dollars(calls, 1024, PRICES) == f"{0.150 * 10 + 0.20:.2f}"
        assert memory_tables.dollars(calls, 512, PRICES) == f"{0.150 * 5 + 0.20:.2f}"
        assert memory_tables.dollars([], 512, PRICES) == memory_tables.NONE


def some_samples() -> dict[str, dict[str, dict[str, list[dict[str, float]]]]]:
    names = [f"{function} {event}" for event, function in memory.EVENTS.items()]
    names += [f"{peer} {page}" for peer in ("floor", *PEERS) for page in memory.PAGES]
    sample = {"load": 100.0, "answer": 20.0, "cpu": 100.0, "peak": 40.0}
    return {
        name: {
            str(mb): {how: [sample] * 2 for how in (*memory.HOWS, "warm")} for mb in memory.SIZES
        }
        for name in names
    }


class TestTables:
    def found(self, *, limited: bool) -> dict[str, Any]:
        waited = dict.fromkeys(memory.EVENTS, 0.0)
        return {"samples": some_samples(), "limited": limited, "waits_ms": {"s3": 25},
                "waited_ms": waited}  # fmt: skip

    def test_replace_what_is_between_their_marks(self, tmp_path: Path) -> None:
        page = tmp_path / "page.md"
        marks = "<!-- memory: make bench ONLY=memory writes it -->", "<!-- end of memory -->"
        page.write_text("before\n\n{}\nolder\n{}\n\nafter".format(*marks))
        memory_tables.into(page, self.found(limited=True))
        text = page.read_text()
        assert text.startswith("before")
        assert text.endswith("after")
        assert "older" not in text
        assert "120 · 120" in text
        page.write_text("no marks")
        with pytest.raises(ValueError, match="no marks"):
            memory_tables.into(page, self.found(limited=True))
        assert page.read_text() == "no marks"

    def test_leave_out_a_run_that_others_stopped(self) -> None:
        found = self.found(limited=True)
        stopped = {"load": 100.0, "answer": 9000.0, "cpu": 120.0, "peak": 40.0}
        found["samples"]["portal find"]["512"]["burst"].append(stopped)
        samples, left_out, runs = memory_tables.undisturbed(found)
        assert stopped not in samples["portal find"]["512"]["burst"]
        assert (left_out, runs) == (1, 2 * sum(len(w) for s in some_samples().values()
                                               for w in s.values()) + 1)  # fmt: skip

    def test_say_when_times_are_estimated(self) -> None:
        assert "Estimated" not in memory_tables.said(self.found(limited=True))
        assert "Estimated" in memory_tables.said(self.found(limited=False))

    def test_show_the_longest_of_few(self) -> None:
        assert memory_tables.p99([1, 9, 2]) == 9
        assert memory_tables.p99([*range(100), 1000]) < 1000

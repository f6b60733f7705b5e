"""What a function's memory gives and costs: shares of a processor, estimates, dollars, tables."""

from dataclasses import asdict
from pathlib import Path
from typing import Any

import pytest

from benchmarks import memory, memory_choice, memory_tables, shares
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
    names += [f"floor {event}" for event in memory.HAND_OVER]
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
        rounds = asdict(memory.Rounds(ours=34, peers=6, functions=2))
        return {"samples": some_samples(), "limited": limited, "waits_ms": {"s3": 25},
                "rounds": rounds,
                "waited_ms": waited, "processors": 2}  # fmt: skip

    def test_name_the_run_and_how_many_there_were(self) -> None:
        run = {"at": "2026-11-27T17", "commit": "abc", "load": 0.3}
        found = self.found(limited=True)
        text = memory_choice.tables(found, run) + memory_tables.tables(found)
        assert "120 · no p99, longest 120 · n 2" in text
        assert "p99 120" not in text
        assert "our two pages started 34 times." in text
        assert "At other sizes the peers and bare botocore started 6 times" in text
        assert "on 2026-11-27 at commit abc" in text

    def test_leave_out_a_run_that_others_stopped(self) -> None:
        found = self.found(limited=True)
        stopped = {"load": 100.0, "answer": 9000.0, "cpu": 120.0, "peak": 40.0}
        found["samples"]["portal find"]["512"]["burst"].append(stopped)
        samples, left_out, runs = memory_tables.undisturbed(found)
        assert stopped not in samples["portal find"]["512"]["burst"]
        assert (left_out, runs) == (1, 2 * sum(len(w) for s in some_samples().values()
                                               for w in s.values()) + 1)  # fmt: skip

    def test_count_what_is_left_out_and_repeated(self) -> None:
        found = self.found(limited=True)
        stopped = {"load": 100.0, "answer": 9000.0, "cpu": 120.0, "peak": 40.0, "tries": 5}
        found["samples"]["portal find"]["512"]["burst"].append(stopped)
        text = " ".join(memory_tables.tables(found).split())
        assert "1 of 487 runs are left out. They took at least 40 ms longer" in text
        assert "| cold: Aviso's pages | 13 | 4 | 1 | 120 | 9,100 | 9,100 |" in text
        assert "| warm: the peers' pages | 48 | 0 | 0 | 120 | - | - |" in text

    def test_say_when_times_are_estimated(self) -> None:
        assert "Estimated" not in memory_tables.said(self.found(limited=True))
        assert "Estimated" in memory_tables.said(self.found(limited=False))

    def test_name_the_longest_of_few(self) -> None:
        assert memory_tables.p99([1, 9, 2]) == ("no p99, longest", 9)
        assert memory_tables.both([1.0] * 98 + [7.0]) == "1.0 · no p99, longest 7.0 · n 99"

    def test_have_a_99th_percentile_of_many(self) -> None:
        # One of 100 may be longer, of 105 one, of 300 three.
        assert memory_tables.p99([*range(99), 1000]) == ("p99", 98)
        assert memory_tables.p99([*range(104), 1000]) == ("p99", 103)
        assert memory_tables.p99([*range(297), 1000, 1000, 1000]) == ("p99", 296)
        assert memory_tables.both([]) == memory_tables.NONE

    def test_sum_the_hand_over_of_a_round(self) -> None:
        samples = some_samples()
        assert memory_tables.of_hand_over(samples, 512, "burst") == [360.0, 360.0]
        slow = {"load": 100.0, "answer": 500.0, "cpu": 100.0, "peak": 40.0}
        samples["floor plan"]["512"]["burst"] = [slow]
        assert memory_tables.of_hand_over(samples, 512, "burst", floor=True) == [840.0]

    def test_name_the_nearest_peer(self) -> None:
        samples = some_samples()
        near = {"load": 50.0, "answer": 20.0, "cpu": 100.0, "peak": 40.0}
        samples[f"{PEERS[-1]} find"]["1769"]["burst"] = [near]
        assert memory_choice.nearest(samples, "find", 1769, "burst") == PEERS[-1]
        assert memory_choice.nearest({}, "find", 1769, "burst") == ""


class TestTurns:
    NAMES = ("portal find", "portal status", "flask find", "floor status",
             "send_notice send_notice", "floor send_notice", "chase chase")  # fmt: skip

    def starts(self, rounds: memory.Rounds) -> dict[str, tuple[int, ...]]:
        """Return how often each program starts with the burst, at each size."""
        found = memory.turns(self.NAMES, rounds)
        return {
            name: tuple(
                sum(n for names, sizes, how, n in found
                    if name in names and mb in sizes and how == "burst")
                for mb in memory.SIZES
            )
            for name in self.NAMES
        }  # fmt: skip

    def test_start_ours_beside_the_peers_and_go_on_alone(self) -> None:
        rounds = memory.Rounds(ours=105, peers=12, hand_over=24, functions=4, flat=3)
        assert self.starts(rounds) == {
            "portal find": (105, 105, 105),
            "portal status": (105, 105, 105),
            "flask find": (12, 12, 105),  # the portal has 1,769 MB
            "floor status": (12, 12, 105),
            "send_notice send_notice": (105, 24, 24),  # and what sends 512
            "floor send_notice": (105, 12, 12),
            "chase chase": (4, 4, 4),
        }
        assert memory.turns(self.NAMES, rounds)[0] == ([*self.NAMES[:4]], [1769], "burst", 105)

    def test_usually_give_what_a_victim_waits_for_a_99th_percentile(self) -> None:
        given = cloudformation.memory_of_functions()
        starts = self.starts(memory.Rounds())
        for name in self.NAMES[:-1]:
            mb = given["portal" if memory.is_page(name) else "send_notice"]
            assert starts[name][memory.SIZES.index(mb)] >= memory_tables.ENOUGH

    def test_are_never_fewer_than_none(self) -> None:
        assert all(count >= 0 for *_, count in memory.turns(self.NAMES, memory.Rounds(ours=1)))

"""Cold starts and warm requests: ours, the floor's and the peers', taking turns."""

import json
import statistics
from collections.abc import Mapping
from contextlib import ExitStack
from functools import partial
from pathlib import Path
from typing import Any

from benchmarks.child import outcome
from benchmarks.counts import JOURNEY
from benchmarks.measure import BenchError, Many, Once, Target, interleaved, once, ratio, stub
from benchmarks.programs import PEERS, WORK, Program

PAGE, LANGUAGE = "status", "es"  # what everybody renders, and in which language
COLD = {"status": "portal", "find": "portal", "figures": "staff", "send_notice": "send_notice"}
COLD_ROUNDS, WARM_ROUNDS, WARM_REQUESTS = 12, 25, 20
PAIR_ROUNDS = 30  # rounds of the floor and ours, whose ratio is a budget's


def cold(
    programs: Mapping[str, Program], recorded: Path, rounds: int = COLD_ROUNDS, more: bool = True
) -> dict[str, Any]:
    """Measure whole processes from start to answer.

    Args:
        rounds: how many processes of each.
        more: the other functions too, not the status page alone.
    """
    with ExitStack() as stack:
        ports = {name: stack.enter_context(stub(recorded / f"{name}.json")) for name in COLD}

        def target(program: str, scenario: str, **environment: str) -> Target:
            file = recorded / f"{scenario}.json"
            return Target(programs[program], file, ports[scenario], tuple(environment.items()))

        targets = {f"floor {PAGE}": target("floor", PAGE), f"portal {PAGE}": target("portal", PAGE)}
        targets |= {name: target(name, PAGE) for name in ("given", *PEERS)}
        if more:
            compiled = str(WORK / "templates" / LANGUAGE)
            for name in PEERS:
                targets[f"{name} compiled"] = target(name, PAGE, BENCH_COMPILED=compiled)
            for scenario, program in COLD.items():
                if scenario != "find":  # it calls nothing: the floor would be an empty process
                    targets[f"floor {scenario}"] = target("floor", scenario)
                targets[f"{program} {scenario}"] = target(program, scenario)
            targets |= {f"{name} find": target(name, "find") for name in PEERS}
        same_bytes(targets)
        take = {n: partial(once, t) for n, t in targets.items()}
        taken = interleaved(take, rounds)
        pair = {n: take[n] for n in (f"floor {PAGE}", f"portal {PAGE}")}
        rest = interleaved(pair, max(0, PAIR_ROUNDS - rounds) if more else 0)
    ratios = [
        a.cpu_ms / b.cpu_ms
        for n in (taken, rest)
        for a, b in zip(n.get(f"portal {PAGE}", ()), n.get(f"floor {PAGE}", ()), strict=True)
    ]
    result = _cold_result(taken, more) | _spread(ratios)
    result["programs"]["portal"]["ratio"] = result["ratio"]
    return result


def _spread(ratios: list[float]) -> dict[str, Any]:
    """Return the median ratio and the quartiles around it, of how many rounds."""
    low, middle, high = statistics.quantiles(ratios, n=4, method="inclusive")
    return {
        "ratio": round(middle, 3),
        "quartiles": [round(low, 3), round(high, 3)],
        "ratio_rounds": len(ratios),
    }


def same_bytes(targets: Mapping[str, Target]) -> None:
    """Hold every program's page, or where it sends on to, against what was recorded.

    Raises:
        BenchError: when one differs in a byte.
    """
    for name, target in targets.items():
        if target.program.name in ("floor", "given"):
            continue
        recorded = json.loads(target.scenario.read_text())
        got = outcome(once(target).answer)
        if got != {part: recorded[part] for part in got}:
            (WORK / "differs.html").write_text(json.dumps(got, indent=2) + got["body"])
            raise BenchError(f"{name} answers otherwise: build/bench/differs.html")


def _cold_result(taken: Mapping[str, list[Once]], more: bool) -> dict[str, Any]:
    floor = taken[f"floor {PAGE}"]

    def against(name: str, base: list[Once]) -> dict[str, float]:
        own = taken[name]
        return {
            "cpu_ms": round(statistics.median(o.cpu_ms for o in own), 1),
            "wall_ms": round(statistics.median(o.wall_ms for o in own), 1),
            "peak_mb": round(statistics.median(o.peak_mb for o in own), 1),
            "ratio": round(ratio([o.cpu_ms for o in own], [o.cpu_ms for o in base]), 3),
            "wall_ratio": round(ratio([o.wall_ms for o in own], [o.wall_ms for o in base]), 3),
        }

    portal = against(f"portal {PAGE}", floor)
    peers = {name: against(name, floor) for name in PEERS}
    result: dict[str, Any] = {
        "ratio": portal["ratio"],
        "peers": {name: row["ratio"] for name, row in peers.items()},
        "rounds": len(floor),
        "programs": {
            "floor": against(f"floor {PAGE}", floor),
            "given": against("given", floor),
            "portal": portal,
            **peers,
        },
    }
    if more:
        result["peers_with_our_compiled_templates"] = {
            name: against(f"{name} compiled", floor)["ratio"] for name in PEERS
        }
        result["first_page"] = against("portal find", floor)
        result["first_page"]["peers"] = {n: against(f"{n} find", floor)["ratio"] for n in PEERS}
        for scenario, program in COLD.items():
            if program != "portal":
                base = taken[f"floor {scenario}"]
                result[program] = against(f"{program} {scenario}", base)
                result[program]["floor_cpu_ms"] = against(f"floor {scenario}", base)["cpu_ms"]
    return result


def warm(
    programs: Mapping[str, Program], recorded: Path, pages: Mapping[str, str]
) -> dict[str, Any]:
    """Measure the processor time of requests to processes that stay."""
    found: dict[str, Any] = {}
    for page, program in pages.items():
        peers = PEERS if page in JOURNEY else ()
        names = ["floor", program, *(("bound",) if page == PAGE else ()), *peers]
        file = recorded / f"{page}.json"
        with stub(file) as port:
            targets = {name: Target(programs[name], file, port) for name in names}
            same_bytes({f"{name} {page}": targets[name] for name in peers})
            running = {name: Many(target) for name, target in targets.items()}
            rounds = interleaved(
                {n: partial(m.cpu_ms, WARM_REQUESTS) for n, m in running.items()}, WARM_ROUNDS
            )
            for process in running.values():
                process.close()
        found[page] = _page(rounds, program, calls=bool(json.loads(file.read_text())["calls"]))
    beside = {name: row["ratio"] for name, row in found[PAGE]["peers"].items()}
    bound = found[PAGE].pop("bound")
    return {"ratio": found[PAGE]["ratio"], "bound": bound, "peers": beside, "pages": found}


def _page(rounds: Mapping[str, list[float]], program: str, *, calls: bool) -> dict[str, Any]:
    """Return a page's figures; where nothing is called, the floor does nothing to be held to."""
    floor, own = rounds["floor"], rounds[program]

    def to_floor(name: str) -> float | None:
        return round(ratio(rounds[name], floor), 3) if calls else None

    row: dict[str, Any] = {
        "cpu_ms": round(statistics.median(own), 3),
        "floor_ms": round(statistics.median(floor), 3),
        **(_spread([a / b for a, b in zip(own, floor, strict=True)]) if calls else {"ratio": None}),
        "own_ms": round(statistics.median(a - b for a, b in zip(own, floor, strict=True)), 3),
    }
    if "bound" in rounds:
        row["bound"] = to_floor("bound")
    if peers := [name for name in PEERS if name in rounds]:
        row["peers"] = {
            name: {"cpu_ms": round(statistics.median(rounds[name]), 3), "ratio": to_floor(name)}
            for name in peers
        }
    return row

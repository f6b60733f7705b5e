"""Cold starts and warm requests: ours, the floor's and the peers', taking turns."""

import json
import statistics
from collections.abc import Mapping
from contextlib import ExitStack
from pathlib import Path
from typing import Any

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
        programs: by name.
        recorded: the folder of scenarios.
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
        same_bytes(targets)
        take = {n: lambda t=t: once(t) for n, t in targets.items()}
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
    """Hold every program's page against the one recorded.

    Raises:
        BenchError: when one differs in a byte.
    """
    for name, target in targets.items():
        if target.program.name in ("floor", "given"):
            continue
        want = json.loads(target.scenario.read_text())["body"]
        got = once(target).answer.get("body", "")
        if got != want:
            (WORK / "differs.html").write_text(got)
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
        for scenario, program in COLD.items():
            if program != "portal":
                base = taken[f"floor {scenario}"]
                result[program] = against(f"{program} {scenario}", base)
                result[program]["floor_cpu_ms"] = against(f"floor {scenario}", base)["cpu_ms"]
    return result


def warm(
    programs: Mapping[str, Program], recorded: Path, pages: Mapping[str, str]
) -> dict[str, Any]:
    """Measure the processor time of requests to processes that stay.

    Args:
        programs: by name.
        recorded: the folder of scenarios.
        pages: scenario to program.
    """
    found: dict[str, Any] = {}
    beside: dict[str, float] = {}
    for page, program in pages.items():
        names = ["floor", program, *(("bound", *PEERS) if page == PAGE else ())]
        file = recorded / f"{page}.json"
        calls = json.loads(file.read_text())["calls"]
        with stub(file) as port:
            running = {name: Many(Target(programs[name], file, port)) for name in names}
            rounds = interleaved(
                {n: lambda m=m: m.cpu_ms(WARM_REQUESTS) for n, m in running.items()}, WARM_ROUNDS
            )
            for process in running.values():
                process.close()
        ratios = [a / b for a, b in zip(rounds[program], rounds["floor"], strict=True)]
        found[page] = {
            "cpu_ms": round(statistics.median(rounds[program]), 3),
            "floor_ms": round(statistics.median(rounds["floor"]), 3),
            **(_spread(ratios) if calls else {"ratio": None}),
            "own_ms": round(
                statistics.median(
                    a - b for a, b in zip(rounds[program], rounds["floor"], strict=True)
                ),
                3,
            ),
        }
        if page == PAGE:
            beside = {n: round(ratio(rounds[n], rounds["floor"]), 3) for n in ("bound", *PEERS)}
    bound = beside.pop("bound")
    return {"ratio": found[PAGE]["ratio"], "bound": bound, "peers": beside, "pages": found}

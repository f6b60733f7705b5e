"""`make bench ONLY=memory`: what a caller waits and what a call costs, by a function's memory.

Lambda gives processor by memory, so each function and each peer runs with the share of 512, 1,024
and 1,769 MB (`benchmarks.shares`), as a process that starts and as one that is warm. AWS answers
after the assumed `WAITS_MS`. A cold start is measured with the burst that Lambda gives while a
function loads, which is observed and not documented. What a person waits for is measured without
it too. Where no share can be set, times are estimated from processor time, and the result says so.
"""

import json
import os
import random
import time
from collections.abc import Callable, Collection, Iterator, Mapping
from contextlib import ExitStack, contextmanager
from dataclasses import asdict, dataclass
from functools import partial
from pathlib import Path
from typing import Any, Self

from benchmarks import shares
from benchmarks.measure import Many, Once, Target, interleaved, once, stub
from benchmarks.programs import PEERS, WORK, Program
from benchmarks.shares import NoShareError, Share, part
from benchmarks.timing import same_bytes
from infra.harness import cloudformation

SIZES = (512, 1024, 1769)
# Milliseconds until AWS answers, within a region: assumed. What a connection takes is not in them.
WAITS_MS = {"dynamodb": 5, "secretsmanager": 15, "s3": 25, "sns": 60, "sesv2": 60}
PAGES = ("find", "status")  # the first page and the status page, which the peers also answer
# What each function is measured with: the scenario that was recorded, by the function's name.
EVENTS = {
    "find": "portal",
    "status": "portal",
    "figures": "staff",
    "import_row": "import_feed",
    "plan": "plan_notices",
    "send_notice": "send_notice",
    "receipt": "record_receipt",
    "chase": "chase",
    "reconcile": "reconcile",
    "letters": "print_letters",
    "tally": "tally",
    "keep_audit": "keep_audit",
    "sign_in": "sign_in_guard",
    "rotate": "rotate_keys",
}
HAND_OVER = ("import_row", "plan", "send_notice")  # from the file with the arrest to the text
HOWS = ("burst", "flat")  # a whole processor until it has loaded, or its own share from the start
REST_S = (0.02, 0.03)  # between two requests, longer than a period: each begins with a fresh share

WARM_UP = 20  # requests

TRIES = 5  # until a run is undisturbed
DISTURBED, LEAST_MS = 0.1, 1.0  # part of its time, and what does not matter

Key = tuple[str, int, str]  # program and scenario, MB, how


@dataclass(frozen=True, slots=True)
class Rounds:
    """How often everything is measured; the usual ones take an estimated 26 minutes.

    What a person waits for has more than the 100 runs that a 99th percentile needs, since some are
    left out. These are our two pages at each size. At the template's size they are also the peers'
    pages, the floor's, and the way from the file to the text. Cold starts are costly, so of the
    others there are few. The tables say these numbers.
    """

    ours: int = 105  # cold starts of our two pages, and at the template's size of what is compared
    peers: int = 10  # at other sizes, of the peers' pages and of the floor
    hand_over: int = 10  # at other sizes, of each function from the file to the text
    functions: int = 3  # of every other function
    flat: int = 2  # without the burst: pages, and from the file to the text
    requests: int = 105  # warm: pages, and from the file to the text
    few_requests: int = 10  # of every other function

    @classmethod
    def asked(cls) -> Self:
        """Return what BENCH_ROUNDS says, numbers in this order, or else the usual ones."""
        said = os.environ.get("BENCH_ROUNDS", "")
        return cls(*map(int, said.split())) if said else cls()


def measured(
    programs: Mapping[str, Program], functions: Mapping[str, Program], recorded: Path
) -> dict[str, Any]:
    """Measure every function and the peers' two pages at each size.

    Args:
        programs: with the floor and the peers.
        functions: ours, by the name of their folder.
        recorded: the folder of scenarios.

    Returns:
        `samples`: by program and scenario, size and way, each run's times in milliseconds;
        `rounds`: how often each was run; `limited`: whether shares were set, or times are
        estimated; and what was assumed.
    """
    rounds = Rounds.asked()
    with _limited() as limited:
        found = _cold(programs, functions, recorded, limited, rounds)
        found |= _warm(programs, functions, recorded, limited, rounds)
    samples: dict[str, Any] = {}
    for (name, mb, how), taken in found.items():
        samples.setdefault(name, {}).setdefault(str(mb), {})[how] = taken
    return {
        "samples": samples,
        "limited": bool(limited),
        "rounds": asdict(rounds),
        "waits_ms": WAITS_MS,
        "waited_ms": {name: waited(recorded / f"{name}.json") for name in EVENTS},
        "processors": os.cpu_count(),
    }


@contextmanager
def _limited() -> Iterator[dict[int, Share]]:
    """Give a share for each size, or none and a word about it."""
    with ExitStack() as stack:
        try:
            made = stack.enter_context(shares.shares(SIZES))
        except NoShareError as error:
            print(
                f"bench: {error}. Run this as root on Linux to give each function its share of the "
                "processor; without it, times are estimates from processor time",
                flush=True,
            )
            made = {}
        yield made


def _targets(
    programs: Mapping[str, Program],
    functions: Mapping[str, Program],
    recorded: Path,
    ports: Mapping[str, int],
) -> dict[str, Target]:
    """Return what is measured, by program and scenario."""
    found = {
        f"{name} {scenario}": Target(
            functions[name], recorded / f"{scenario}.json", ports[scenario]
        )
        for scenario, name in EVENTS.items()
        if scenario in ports
    }
    for scenario in PAGES:
        if scenario in ports:
            beside = PEERS if scenario == "find" else ("floor", *PEERS)
            file = recorded / f"{scenario}.json"
            found |= {f"{n} {scenario}": Target(programs[n], file, ports[scenario]) for n in beside}
    for scenario in HAND_OVER if len(ports) > 1 else ():
        file = recorded / f"{scenario}.json"
        found[f"floor {scenario}"] = Target(programs["floor"], file, ports[scenario])
    return found


def waited(scenario: Path) -> float:
    """Return the milliseconds that a scenario's calls wait for AWS, one after the other."""
    calls = json.loads(scenario.read_text(encoding="utf-8"))["calls"]
    return float(sum(WAITS_MS.get(call["service"], 0) for call in calls))


def is_page(name: str) -> bool:
    """Return whether a program and scenario are one of the compared pages."""
    return name.split()[1] in PAGES


def _cold(
    programs: Mapping[str, Program],
    functions: Mapping[str, Program],
    recorded: Path,
    limited: Mapping[int, Share],
    rounds: Rounds,
) -> dict[Key, list[dict[str, float]]]:
    with ExitStack() as stack:
        ports = {
            name: stack.enter_context(_answering(recorded / f"{name}.json")) for name in EVENTS
        }
        targets = _targets(programs, functions, recorded, ports)
        same_bytes({name: target for name, target in targets.items() if is_page(name)})
        found: dict[Key, list[dict[str, float]]] = {}
        for names, sizes, how, count in turns([*targets], rounds):
            take = {
                (name, mb, how): partial(_start, targets[name], mb, how, limited)
                for name in names
                for mb in sizes
            }
            began = time.monotonic()
            for key, taken in interleaved(take, count).items():
                found.setdefault(key, []).extend(taken)
            took = time.monotonic() - began
            print(f"bench: memory, {len(names)} programs, {count} times ({took:.0f} s)", flush=True)
    return found


Turn = tuple[list[str], Collection[int], str, int]


def turns(names: Collection[str], rounds: Rounds) -> list[Turn]:
    """Return which programs take turns at which sizes, started which way, and how often.

    What is compared takes turns. At sizes that the template does not give, ours begin beside the
    peers and the floor, and go on alone until they have as many starts as `rounds` says.
    """
    given = cloudformation.memory_of_functions()
    pages = [name for name in names if is_page(name)]
    hand_over = [name for name in names if name.split()[1] in HAND_OVER]
    others = [name for name in names if name not in (*pages, *hand_over)]
    found: list[Turn] = []
    for compared, function, often in (
        (pages, "portal", rounds.ours),
        (hand_over, EVENTS["send_notice"], rounds.hand_over),
    ):
        ours = [name for name in compared if not name.startswith((*PEERS, "floor"))]
        template = [mb for mb in SIZES if mb == given[function]]
        elsewhere = [mb for mb in SIZES if mb not in template]
        found += [
            (compared, template, "burst", rounds.ours),
            (compared, elsewhere, "burst", rounds.peers),
            (ours, elsewhere, "burst", often - rounds.peers),
        ]
    found += [
        (others, SIZES, "burst", rounds.functions),
        ([*pages, *hand_over], SIZES, "flat", rounds.flat),
    ]
    return [turn for turn in found if turn[-1] > 0]


def undisturbed[Found](
    take: Callable[[], tuple[Found, float, float]], limited: Collection[Share]
) -> tuple[Found, float, float, int]:
    """Return a run in which other programs left the processor to it, or the last of `TRIES`.

    Beside it is how many runs that took.

    A run was disturbed where it was ready and did not run for longer than its share explains, and
    that was more than `DISTURBED` of its time.

    Args:
        take: makes a run; returns what it gave, its milliseconds, and those in which it was ready.
        limited: the shares that it had.
    """
    tries = 0
    while tries < TRIES:
        tries += 1
        before = sum(share.held_back_ms() for share in limited)
        found = take()
        held_back = sum(share.held_back_ms() for share in limited) - before
        if found[2] - held_back <= max(LEAST_MS, DISTURBED * found[1]):
            break
    return *found, tries


def _start(target: Target, mb: int, how: str, limited: Mapping[int, Share]) -> dict[str, float]:
    """Start a process and return its parts in milliseconds: `load`, `answer`, `cpu`; and more."""
    if limited:
        burst = how == "burst"
        begin, after = limited[SIZES[-1] if burst else mb], limited[mb] if burst else None

        def run() -> tuple[Once, float, float]:
            found = once(target, begin, after)
            return found, found.load_ms[0] + found.answer_ms[0], found.ready_ms

        taken, *_, tries = undisturbed(run, {begin, after or begin})
        load, answer = taken.load_ms[0], taken.answer_ms[0]
    else:
        taken, tries = once(target), 1
        load, answer = estimated(taken, mb, how)
    return {
        "load": round(load, 2),
        "answer": round(answer, 2),
        "cpu": round(taken.load_ms[1] + taken.answer_ms[1], 2),
        "peak": round(taken.peak_mb, 1),
        "tries": tries,
    }


def estimated(taken: Once, mb: int, how: str) -> tuple[float, float]:
    """Return what loading and answering would have taken with a share, from a run with none."""
    slower = 1 / part(mb) - 1
    load = taken.load_ms[0] + (taken.load_ms[1] * slower if how == "flat" else 0)
    return load, taken.answer_ms[0] + taken.answer_ms[1] * slower


def _warm(
    programs: Mapping[str, Program],
    functions: Mapping[str, Program],
    recorded: Path,
    limited: Mapping[int, Share],
    rounds: Rounds,
) -> dict[Key, list[dict[str, float]]]:
    found: dict[Key, list[dict[str, float]]] = {}
    for scenario in EVENTS:
        began = time.monotonic()
        with _answering(recorded / f"{scenario}.json") as port:
            targets = _targets(programs, functions, recorded, {scenario: port})
            often = scenario in (*PAGES, *HAND_OVER)
            count = rounds.requests if often else rounds.few_requests
            found |= _requests(targets, limited, count)
        took = time.monotonic() - began
        print(f"bench: memory, {scenario} asked warm, {count} times ({took:.0f} s)", flush=True)
    return found


def _requests(
    targets: Mapping[str, Target], limited: Mapping[int, Share], requests: int
) -> dict[Key, list[dict[str, float]]]:
    running: dict[Key, Many] = {}
    rest = random.Random(0)
    for name, target in targets.items():
        for mb in SIZES:
            process = Many(target, WARM_UP, limited.get(SIZES[-1]))
            if limited:
                limited[mb].processes.write_text(str(process.process.pid))
            running[name, mb, "warm"] = process

    def take(key: Key) -> dict[str, float]:
        def run() -> tuple[float, float, float]:
            time.sleep(rest.uniform(*REST_S))
            passed, cpu, ready = running[key].took_ms()
            return cpu, passed, ready

        cpu, passed, _, tries = undisturbed(run, [limited[key[1]]]) if limited else (*run(), 1)
        if not limited:
            passed += cpu * (1 / part(key[1]) - 1)
        return {"load": 0.0, "answer": round(passed, 2), "cpu": round(cpu, 3), "tries": tries}

    found = interleaved({key: partial(take, key) for key in running}, requests)
    for process in running.values():
        process.close()
    return found


@contextmanager
def _answering(scenario: Path) -> Iterator[int]:
    """Serve a scenario after the assumed waits, before others' work on the machine."""
    waits = WORK / "waits.json"
    waits.write_text(json.dumps(WAITS_MS), encoding="utf-8")
    with stub(scenario, waits) as port:
        yield port

"""`make bench ONLY=refusals`: how long a refusal takes, by the reason that must not show.

See docs/rules.md#15.

Unknown number, wrong person, restricted case, locked case, later number: in turn, many times, on an
imitation of AWS in memory: first the bare work, in which a millisecond shows, then the answers as
a visitor gets them.
"""

import random
import statistics
import sys
from collections.abc import Mapping
from dataclasses import dataclass
from time import perf_counter

from msgspec.structs import replace

from infra.cost.journey import NOW, imitation
from infra.repository import ROOT

TIMES = 60
VISIBLE = 1.0  # milliseconds
CHANCE = 0.01  # differences as wide that come this often by chance alone are none
SHUFFLES = 1000
NAME, BORN, ANOTHER = "munoz v1", "4/12/1985", "4/13/1985"
ORDINARY, RESTRICTED, LOCKED, FORMER, UNKNOWN = (f"26112400{n:02}" for n in range(1, 6))


@dataclass(frozen=True)
class Try:
    """What is typed for one reason to be refused."""

    number: str
    birth_date: str = BORN


TRIES: Mapping[str, Try] = {
    "unknown number": Try(UNKNOWN),
    "wrong person": Try(ORDINARY, ANOTHER),
    "restricted case": Try(RESTRICTED),
    "locked case": Try(LOCKED),
    "a later number": Try(FORMER, ANOTHER),
}


def store_cases() -> None:
    """Store a case for each reason, as large as cases usually are."""
    from aviso.domain.model import Report
    from infra.harness.builders import STALKING, a_case
    from infra.harness.portal_browser import store

    built = a_case().with_victim("v1").with_victim("v2").with_suspect().with_arrest()
    base, report = built.case, built.case.report
    assert report is not None
    for number, offense in ((ORDINARY, ""), (LOCKED, ""), (RESTRICTED, STALKING)):
        changed = replace(report, number=number, origin=number, offense=offense or report.offense)
        store(replace(base, number=number, report=changed))
    former = Report(number=FORMER, origin=FORMER, offense="x", alias_of=ORDINARY)
    store(a_case().but(number=FORMER, report=former))


def lock() -> None:
    """Use up the attempts at the locked case."""
    from aviso.domain.settings import Settings
    from infra.harness.portal_browser import Visitor

    for n in range(Settings.current().verification.fails_per_case):
        Visitor(source=f"192.0.2.{n}").verify(LOCKED, "wrong", BORN)


def forget_attempts() -> None:
    """Allow attempts again, all but those at the locked case."""
    from aviso.storage.sessions import CounterItem

    for item in CounterItem.scan(CounterItem.pk.startswith("FAILS#")):
        if f"CASE#{LOCKED}" not in item.pk:
            item.delete()


def measure(times: int = TIMES) -> dict[str, list[float]]:
    """Return the milliseconds of each refusal by its reason; must be called in an imitation.

    Raises:
        RuntimeError: when something was not refused.
    """
    from infra.harness.portal_browser import Visitor

    took: dict[str, list[float]] = {why: [] for why in TRIES}
    reasons = list(TRIES)
    for n in range(times):
        if n % 5 == 0:
            forget_attempts()
        for why in reasons[n % len(reasons) :] + reasons[: n % len(reasons)]:
            typed = TRIES[why]
            visitor = Visitor(source=f"198.51.100.{n % 250}")
            started = perf_counter()
            page = visitor.verify(typed.number, NAME, typed.birth_date)
            took[why].append((perf_counter() - started) * 1000)
            if page.status != 200:
                raise RuntimeError(f"{why}: not refused")
    return took


def widest(took: Mapping[str, list[float]]) -> float:
    """Return by how many milliseconds the medians of the reasons differ at most."""
    medians = [statistics.median(times) for times in took.values()]
    return max(medians) - min(medians)


def by_chance(took: Mapping[str, list[float]], seed: int = 1) -> float:
    """Return how often times dealt out at random differ as widely: a permutation test."""
    dice = random.Random(seed)
    pool, seen = [t for times in took.values() for t in times], widest(took)
    size = len(next(iter(took.values())))
    wider = 0
    for _ in range(SHUFFLES):
        dice.shuffle(pool)
        dealt = {why: pool[n * size : (n + 1) * size] for n, why in enumerate(took)}
        wider += widest(dealt) >= seen
    return wider / SHUFFLES


def tells(took: Mapping[str, list[float]]) -> bool:
    """Whether times reveal the reasons."""
    return widest(took) >= VISIBLE and by_chance(took) < CHANCE


def main() -> int:
    """Print the medians; return 1 when a reason can be told by its time."""
    import time_machine

    from infra.compiler.kept import folder_of

    folder = folder_of(ROOT / "infra/agency/sample.yaml", ROOT / "templates")
    with imitation(str(folder)), time_machine.travel(NOW, tick=False):
        from aviso.web import constant_time

        step, constant_time.STEP = constant_time.STEP, 0
        store_cases()
        lock()
        measure(20)  # warm
        work = measure()
        constant_time.STEP = step
        took = measure()
    print(f"{'refused because':18} {'work':>8} {'answer':>8}   (median of {TIMES}, ms)")
    for why, times in took.items():
        print(f"{why:18} {statistics.median(work[why]):8.2f} {statistics.median(times):8.2f}")
    print(
        f"{'differ by':18} {widest(work):8.2f} {widest(took):8.2f}\n"
        f"{'as much by chance':18} {by_chance(work):8.1%} {by_chance(took):8.1%}"
    )
    told = tells(took)
    print("The times reveal the reasons." if told else "The times reveal no reason.")
    return int(told)


if __name__ == "__main__":
    sys.exit(main())

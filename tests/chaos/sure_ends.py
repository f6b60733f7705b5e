"""The ends that nothing left open: the same cases must come to the same ones in both rigs.

The same cases are played on local AWS here and in memory by `tests/storm`, with other faults. Only
what the model leaves no choice is compared, and only if neither a fault nor a lost receipt nor the
moment of a change or a STOP decided it. The two runs are on different days, so a duty is named with
its dates counted from the first export.
"""

import json
import re
from datetime import date
from pathlib import Path

from tests.chaos import oracle
from tests.chaos.observed import DELIVERED, Evidence, Expected, Sent
from tests.chaos.scenario import Case, Scenario, State

DATE = re.compile(r"\d{4}-\d\d-\d\d")
OPEN = ""  # the end of a duty that may have ended otherwise
Ends = dict[str, str]  # by the name of the duty


def named(scenario: Scenario, duty: Expected) -> str:
    """Return a duty's name, the same on whichever day its scenario is played."""
    today = scenario.now.date()
    case, victim, kind, fact = duty.key
    days = DATE.sub(lambda d: f"{(date.fromisoformat(d[0]) - today).days:+d}", fact)
    return f"{case.removeprefix(f'{today:%y%m%d}')} {victim} {kind} {days}"


def ended(scenario: Scenario, case: Case, duty: Expected, end: str, evidence: Evidence) -> Ends:
    """Return how a duty ended, by its name; `OPEN` if it may have ended otherwise."""
    sure = duty.ends == {end} and _is_sure(scenario, case, duty, evidence)
    return {named(scenario, duty): end if sure else OPEN}


def _is_sure(scenario: Scenario, case: Case, duty: Expected, evidence: Evidence) -> bool:
    before, after = (_reach(state, duty.key[1]) for state in (case.before, case.after))
    spent = evidence.stopped.keys() | set(scenario.stops)
    return (
        before == after
        and after is not None
        and not after.addresses & (_shared(case.after) | spent)
        and _is_answered(scenario, after, evidence.sent.get(duty.key, []))
    )


def _reach(state: State, victim: str) -> oracle.Reach | None:
    """Return how a victim can be told, if the case still lists them."""
    return next((oracle.reach(state, v) for v in state.victims if v.id == victim), None)


def _shared(state: State) -> set[str]:
    """Return the addresses at which several victims are told: the first one decides."""
    found = [a for v in state.victims for a in oracle.reach(state, v).addresses]
    return {a for a in found if found.count(a) > 1}


def _is_answered(scenario: Scenario, reach: oracle.Reach, sent: list[Sent]) -> bool:
    """Whether a receipt said that the victim was told, or none could."""
    own = [s for s in sent if s.to in reach.addresses]
    told = any(s.receipt == DELIVERED for s in own)
    return told or not {s.to for s in sent} - scenario.dead - scenario.silent


def write(path: Path, ends: Ends) -> None:
    """Keep the ends of a run."""
    path.write_text(json.dumps(ends, indent=2, sort_keys=True), encoding="utf-8")


def read(path: Path) -> Ends:
    """Return the ends that a run kept."""
    ends: Ends = json.loads(path.read_text(encoding="utf-8"))
    return ends


def compared(one: Ends, other: Ends) -> tuple[int, list[str]]:
    """Return how many duties ended for sure in both runs, and which ended differently.

    A duty that one run is sure of and the other one does not have is a difference too.
    """
    both = [name for name in one if one[name] and other.get(name)]
    differ = [f"{n}: {one[n]}, and {other[n]}" for n in both if one[n] != other[n]]
    missing = {n for n in one if one[n]} - {*other} | {n for n in other if other[n]} - {*one}
    return len(both), differ + [f"{name}: in one run alone" for name in sorted(missing)]

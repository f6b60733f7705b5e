"""A failing seed made small: fewer cases, fewer faults; and its story."""

from collections.abc import Callable, Iterator
from dataclasses import replace

from tests.rig.figures import Say
from tests.storm.days import Plan
from tests.storm.run import Outcome, play

TRIES = 60  # runs that a shrinking may take
LINES = 80  # of a story
Fails = Callable[[Plan], bool]


def shrink(outcome: Outcome, say: Say) -> Outcome:
    """Return the smallest run found that breaks one of the same invariants."""
    wanted, tries = outcome.verdict.broken, 0

    def fails(plan: Plan) -> bool:
        nonlocal tries
        tries += 1
        return tries <= TRIES and bool(play(plan).verdict.broken & wanted)

    plan = _fewer_cases(outcome, fails)
    plan = _fewer_faults(plan, fails)
    say(f"seed {plan.seed} is small after {min(tries, TRIES)} runs: {plan}")
    return play(plan, journal=True)


def _fewer_cases(outcome: Outcome, fails: Fails) -> Plan:
    plan = outcome.plan
    numbers = [case for case, _ in outcome.verdict.problems if case]
    keep = list(plan.keep or range(plan.cases))
    alone = sorted({int(number[-4:]) for number in numbers})[:3]
    for some in ([place] for place in alone):
        if fails(replace(plan, keep=tuple(some))):
            return replace(plan, keep=tuple(some))
    size = len(keep) // 2
    while size:
        for start in range(0, len(keep), size):
            fewer = keep[:start] + keep[start + size :]
            if fewer and fails(replace(plan, keep=tuple(fewer))):
                keep = fewer
                break
        else:
            size //= 2
    return replace(plan, keep=tuple(keep))


def _fewer_faults(plan: Plan, fails: Fails) -> Plan:
    """Find the last fault that matters, if one does: after it nothing fails any more."""
    low, high = 0, 1 << 12
    if fails(replace(plan, first=0)):
        return replace(plan, first=0)
    if not fails(replace(plan, first=high)):
        return plan
    while low < high:
        middle = (low + high) // 2
        if fails(replace(plan, first=middle)):
            high = middle
        else:
            low = middle + 1
    return replace(plan, first=high)


def story(outcome: Outcome) -> Iterator[str]:
    """Yield what happened to the cases that ended wrong: their calls, faults, moves, messages."""
    for _, problem in outcome.verdict.problems[:5]:
        yield problem
    about = {case for case, _ in outcome.verdict.problems} - {""}
    about |= {
        line.split()[2]
        for line in outcome.journal
        if " NOTICE " in line and any(f"case={case}" in line for case in about)
    }
    told = [line for line in outcome.journal if _matters(line, about)]
    start = float(outcome.journal[0].split()[0]) if outcome.journal else 0.0
    for line in told[-LINES:]:
        at, _, what = line.strip().partition(" ")
        minutes, seconds = divmod(float(at) - start, 60)
        yield f"  +{minutes // 60:02.0f}:{minutes % 60:02.0f}:{seconds:06.3f} {what}"


def _matters(line: str, about: set[str]) -> bool:
    what = line.partition(" ")[2]
    marked = what.startswith(("NOTICE", "LEFT", "FILE", "KILL", "STOPPED"))
    if not any(one in what for one in about):
        return what.startswith(("FILE", "KILL"))
    return marked or any(word in what for word in ("killed", "lost", "conflict", "5xx", "reset"))

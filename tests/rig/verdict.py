"""What became of each duty, held against the model; nothing here is the product's.

What a duty may end as says `tests/rig/model/oracle.py`.
"""

from collections import Counter
from dataclasses import dataclass, field
from datetime import datetime
from typing import Any

from tests.rig.model.observed import DELIVERED, ENDS, HELD, LETTERED, Expected, Key, Sent

KEEPS_FAILING, CRASHES = "keeps_failing", 5  # after so many crashed hand-overs a person looks
BROKEN = (  # each of these is 0 in a run that holds every invariant
    *("lost", "wrong_recipient", "unexplained_duplicates", "unsettled", "unequal_to_model"),
    *("recount_differences", "held_without_task", "items_too_large", "claims_taken_early"),
    *("sessions_wrong", "nights_wrong", "texts_at_night", "unexplained_failures"),
)


@dataclass
class Verdict:
    """The figures of a run; those of several add up."""

    figures: Counter[str] = field(default_factory=Counter)
    faults: Counter[str] = field(default_factory=Counter)
    problems: list[tuple[str, str]] = field(default_factory=list)  # case, what is wrong
    seeds: list[dict[str, Any]] = field(default_factory=list)  # what each was, on local AWS

    @property
    def broken(self) -> set[str]:
        """Which invariants do not hold."""
        return {name for name in BROKEN if self.figures[name]}

    def add(self, other: "Verdict") -> None:
        """Add another run's figures."""
        self.figures += other.figures
        self.faults += other.faults
        self.problems += other.problems
        self.seeds += other.seeds

    def problem(self, figure: str, case: str, what: str, count: int = 1) -> None:
        """Count what is wrong, and keep it in words."""
        self.figures[figure] += count
        self.problems.append((case, f"{figure}: {what}"))


def judge_duty(
    verdict: Verdict,
    duty: Expected,
    row: dict[str, str] | None,
    sent: list[Sent],
    *,
    crashes: int = 0,
    changed: list[float] | None = None,
) -> None:
    """Hold what became of a duty against the model."""
    figures, case = verdict.figures, duty.key[0]
    figures["duties"] += 1
    state = row["state"] if row else "not in the ledger"
    end = ENDS.get(state, "")
    figures[end or "open"] += 1
    said = f"{words(duty.key)}: {state} {row.get('reason', '') if row else ''}".strip()
    told = [f"{s.channel} {s.at:%d %H:%M:%S} {s.receipt}{' crash' * s.crash}" for s in sent]
    said += f" ({'; '.join(told) or 'nothing sent'})"
    if duty.wrong:
        verdict.problem("wrong_recipient", case, said, duty.wrong)
    by_person = duty.ends - {DELIVERED} == {HELD}
    if row and row.get("reason") == KEEPS_FAILING and crashes >= CRASHES:
        figures["given_to_a_person"] += 1  # five hand-overs crashed: a person has the task
        return
    if not end:
        verdict.problem("lost", case, said)
    elif end == LETTERED and (by_person or duty.untold) and _waits_to_be_printed(row, changed):
        figures["judged_in_print"] += 1  # printing decides again, and is not played
    elif duty.untold or (end == DELIVERED and not sent):
        verdict.problem("lost", case, f"{said}, and not everybody was sent a message")
    elif end not in duty.ends:
        said += f" instead of {' or '.join(sorted(duty.ends))}"
        verdict.problem("unequal_to_model", case, said)


def _waits_to_be_printed(row: dict[str, str] | None, changed: list[float] | None) -> bool:
    """Whether a letter was queued before its case had changed."""
    if row is None or changed is None or row["state"] != "queued":
        return False
    return datetime.fromisoformat(row["due_at"]).timestamp() < changed[1]


def words(key: Key) -> str:
    """Return a duty in words."""
    case, victim, kind, fact = key
    return f"{case} {victim} {kind} {fact.partition(':')[0]}"

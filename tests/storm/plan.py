"""What decides a run."""

from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class Plan:
    """What decides a run: the same plan gives the same run, byte for byte.

    The rig learned to play the last five things later. A seed of `found.json` is played without
    those that are newer than it.
    """

    seed: int
    cases: int
    keep: tuple[int, ...] = ()  # places of the cases that are played; none for all
    off: frozenset[str] = frozenset()  # faults that do not happen
    first: int = 1 << 60  # the number of the first fault that does not happen
    incapacity: bool = False  # some victims are said to be incapacitated
    later_marks: bool = False  # some die, become minors or waive in a later file
    late_chase: bool = False  # the schedule of chase may come late
    night_in_parts: bool = False  # as the state machine plays it; otherwise in one call
    grows: bool = False  # some rows grow past their bound

    @classmethod
    def of_today(cls, seed: int, cases: int) -> "Plan":
        """Return the plan of a new seed: the rig plays all that it can."""
        return cls(
            seed,
            cases,
            incapacity=True,
            later_marks=True,
            late_chase=True,
            night_in_parts=True,
            grows=True,
        )

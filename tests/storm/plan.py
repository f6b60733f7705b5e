"""What decides a run."""

from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class Plan:
    """What decides a run: the same plan gives the same run, byte for byte, at one commit."""

    seed: int
    cases: int
    keep: tuple[int, ...] = ()  # places of the cases that are played; none for all
    first: int = 1 << 60  # the number of the first fault that does not happen

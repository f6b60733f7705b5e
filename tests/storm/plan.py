"""What decides a run."""

from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class Plan:
    """What decides a run: the same plan gives the same run, byte for byte."""

    seed: int
    cases: int
    keep: tuple[int, ...] = ()  # places of the cases that are played; none for all
    off: frozenset[str] = frozenset()
    first: int = 1 << 60
    incapacity: bool = False  # some victims are marked: a seed found before has none
    grows: bool = False  # some rows grow past their bound; likewise
    later: bool = False  # likewise some die, become minors or waive, in a later file

"""How long it took from arrests to their notices, in groups of minutes (`counted_facts`). Pure."""

from itertools import accumulate

from aviso.reporting.counted_facts import ALL, LONGER, MINUTES
from aviso.reporting.figures import Figures

GROUPS = (*map(str, MINUTES), LONGER)


def minutes(figures: Figures, cut: str = ALL) -> dict[str, int]:
    """Return how many arrests were told within each group of minutes."""
    return {group: figures.total(f"arrest_minutes.{group}", cut) for group in GROUPS}


def median(figures: Figures, cut: str = ALL) -> str:
    """Return the group in which half of the arrest notices were given; empty: it is not reached.

    A notice that is owed and not given takes longer than any other.
    """
    half = figures.total("arrests_owed", cut) / 2
    sums = accumulate(minutes(figures, cut).values())
    return next((group for group, n in zip(GROUPS, sums, strict=True) if n and n >= half), "")

"""How long arrests took to become known, and then to be told, in groups of minutes. Pure.

Every figure has one clock: it begins when our records first showed the arrest. What came before
that is a time of its own (`counted_facts`).
"""

from itertools import accumulate
from typing import Literal

from aviso.reporting.counted_facts import ALL, LONGER, MINUTES
from aviso.reporting.figures import Figures

Part = Literal["known", "minutes"]  # from the arrest to our records; from these to the notice
GROUPS = (*map(str, MINUTES), LONGER)


def minutes(figures: Figures, part: Part, cut: str = ALL) -> dict[str, int]:
    """Return how many arrests were known or told within each group of minutes."""
    return {group: figures.total(f"arrest_{part}.{group}", cut) for group in GROUPS}


def median(figures: Figures, part: Part, cut: str = ALL) -> str:
    """Return the group that half of the arrest notices reached; empty: it is not reached.

    A notice that is owed and not given takes longer than any other.
    """
    half = figures.total("arrests_owed", cut) / 2
    sums = accumulate(minutes(figures, part, cut).values())
    return next((group for group, n in zip(GROUPS, sums, strict=True) if n and n >= half), "")

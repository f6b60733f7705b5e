"""How long it took from arrests to their notices, and what of it is hidden. Pure.

The times are counted in groups of minutes (`counted_facts`). The report shows the median and the
slowest tenth; a file shows each group.
"""

from collections.abc import Mapping
from itertools import accumulate

from aviso.domain.value import Frozen
from aviso.reporting import small_counts
from aviso.reporting.counted_facts import ALL, LONGER, MINUTES
from aviso.reporting.figures import Figures

GROUPS = (*map(str, MINUTES), LONGER)


class Time(Frozen, frozen=True, kw_only=True):
    """How long it took from arrests to their notices."""

    middle: str = ""  # the group of the median; empty: no arrest was told, or it is hidden
    slowest: str = ""  # the group in which the slowest tenth begins
    told: int | None = 0  # None: hidden, as it would reveal a small number
    hidden: bool = False


def time_of(figures: Figures, cut: str = ALL, *, hide: bool = False) -> Time:
    """Return the median and the slowest tenth of the times from arrest to notice.

    Args:
        hide: whether how many arrests were told is hidden in any case.
    """
    counts = list(minutes(figures, cut).values())
    told = sum(counts)
    if small_counts.small(told) or not told:
        return Time(told=None if told else 0, hidden=bool(told))
    sums = list(accumulate(counts))
    middle, slowest = (
        next(group for group, n in zip(GROUPS, sums, strict=True) if n >= told * share)
        for share in (0.5, 0.9)
    )
    shown = None if hide or is_secret(figures, cut) else told
    return Time(middle=middle, slowest=slowest, told=shown)


def minutes(figures: Figures, cut: str = ALL) -> dict[str, int]:
    """Return how many arrests were told within each group of minutes."""
    return {group: figures.total(f"arrest_minutes.{group}", cut) for group in GROUPS}


def hidden_groups(figures: Figures) -> set[str]:
    """Return the groups that are hidden; where their sum is hidden, they do not add up to it."""
    counts: Mapping[str, int] = minutes(figures)
    few = small_counts.of_answers(counts)
    if not is_secret(figures):
        return few
    hidden = {n for n, group in enumerate(GROUPS) if group in few}
    found = small_counts.companions(list(counts.values()), hidden, shown=False)
    return {GROUPS[n] for n in found}


def is_secret(figures: Figures, cut: str = ALL) -> bool:
    """Whether how many arrests were told would reveal a small number beside the others."""
    told = sum(minutes(figures, cut).values())
    owed, on_time = (figures.total(f"arrests_{name}", cut) for name in ("owed", "on_time"))
    by_others = abs(told - figures.total("arrests_told", cut))  # told without a message
    return small_counts.secret(owed, told, on_time) or small_counts.small(by_others)

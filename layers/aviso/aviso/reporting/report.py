"""What the report for chief, council and public says, so that no reader can compute a small count.

It has totals of the agency alone. Each counter is in one figure, so none is a part of another,
and each figure goes through `count`, `share` or `median` (docs/rules.md#30). Pure.
"""

from typing import Literal

from aviso.domain.settings import Settings
from aviso.domain.value import Frozen
from aviso.reporting import arrest_times
from aviso.reporting.figures import Figures
from aviso.reporting.late_arrests import LateReason

SMALL = 5  # a count below this may point at a person
ENOUGH = 2 * SMALL  # of fewer, one side of a share is always of few people
HEADLINES = ("arrest_on_time_share", "victims_told_share", "still_called_share")
HAND_OFFS = "hand_offs_confirmed_share"  # left out where the settings name no other agency
ON_PAGE = "only_on_page"  # left out where the settings name no such news
LISTED = (
    *("told_by_message", "told_by_letter", "told_by_person", ON_PAGE),
    *("calls_reached_share", "enrolled_share", HAND_OFFS),
)


class PublicShare(Frozen, frozen=True, kw_only=True):
    """A share as the public may read it, in percent."""

    percent: float  # rounded; a bound "or more" down, a bound "or less" up
    bound: Literal["", "more", "less"] = ""


def listed(settings: Settings) -> tuple[str, ...]:
    """Return the figures below the headlines, in the report's order."""
    said = {HAND_OFFS: settings.receivers, ON_PAGE: settings.only_on_page}
    return tuple(name for name in LISTED if said.get(name, True))


def count(n: int) -> int | None:
    """Return a count for the public; None where it is fewer than five, or nobody."""
    return None if n < SMALL else n


def share(over: int, under: int) -> PublicShare | None:
    """Return a share for the public; None where it is of too few people.

    Where fewer than five are on one side, it is the bound that says just that.
    """
    if under < ENOUGH:
        return None
    most = SMALL - 1
    if under - over < SMALL:
        return PublicShare(percent=(under - most) * 100 // under, bound="more")
    if over < SMALL:
        return PublicShare(percent=-(-most * 100 // under), bound="less")
    return PublicShare(percent=percent(over, under))


def percent(over: int, under: int) -> float:
    """Return a share in percent, rounded to a tenth; only nobody is 0, and only all are 100."""
    if over in (0, under):
        return over / under * 100
    return min(max(round(over / under * 100, 1), 0.1), 99.9)


def main_reason(figures: Figures) -> LateReason | None:
    """Return why most arrest notices were late; None where no reason is that of most.

    Only its name is for the public: a count beside the share would tell the other reasons' counts.
    """
    late = {reason: figures.total(f"arrests_late.{reason}") for reason in LateReason}
    most = max(late, key=lambda reason: late[reason])
    return most if most is not LateReason.OTHER and late[most] * 2 > sum(late.values()) else None


def median(figures: Figures, part: arrest_times.Part) -> str | None:
    """Return the median of one part of the time (`arrest_times.median`); None of too few."""
    enough = figures.total("arrests_owed") >= ENOUGH
    return arrest_times.median(figures, part) if enough else None

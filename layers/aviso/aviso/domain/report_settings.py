"""What an agency decided about its report: what it publishes, and its targets."""

from collections.abc import Mapping
from typing import Literal

from msgspec import field

from aviso.domain.value import Frozen

PeriodKind = Literal["month", "quarter", "year"]


class ReportSettings(Frozen, frozen=True, kw_only=True):
    """Which reports are for the public, and what a report compares its figures with."""

    publishes: PeriodKind = "quarter"  # the one kind of period for the public (docs/figures.md)
    # A target that is None is not shown.
    arrest_on_time_target: int | None = None  # percent of arrest notices
    median_minutes_target: int | None = None  # from arrest to notice, at most
    victims_told_target: int | None = None  # percent of victims to whom news was owed
    still_called_target: int | None = None  # percent of those who answered, at most
    deadline_source: Mapping[str, str] = field(default_factory=dict)  # why the deadline is so

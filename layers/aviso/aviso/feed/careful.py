"""What of two rows about one thing must not be lost, whichever of them is the newer. Pure.

An export writes a row for each offense of a case, and blanks a suspect's phone once he moves. The
newer row alone would open a case that its other row restricts, and forget whose phone that was.
So the careful side of both lasts, in whatever order they come.
"""

from collections.abc import Iterable
from dataclasses import replace

from aviso.models import Report, Suspect
from aviso.settings import Settings
from aviso.store.cases import Row


def careful(row: Row, others: Iterable[Row], settings: Settings) -> Row:
    """Return a row with what other rows of the same thing say that must not be lost.

    Args:
        row: the one that lasts.
        others: what else was said of the thing, by the table or by the feed.
        settings: the agency's, for which offenses are restricted.
    """
    for other in others:
        if isinstance(row, Report) and isinstance(other, Report):
            if not _restricts(row, settings) and _restricts(other, settings) and _same(row, other):
                row = replace(row, restricted=True)
        elif isinstance(row, Suspect) and isinstance(other, Suspect):
            row = replace(row, past_contacts=contacts(row, other))
    return row


def contacts(*suspects: Suspect) -> tuple[str, ...]:
    """Return every phone and email that was ever a suspect's."""
    found = {a for s in suspects for a in (s.phone, s.email, *s.past_contacts) if a}
    return tuple(sorted(found))


def _same(one: Report, other: Report) -> bool:
    """Say whether two rows speak of the same moment: none of them corrects the other."""
    return one.export_time == other.export_time or (
        one.row_time is not None and one.row_time == other.row_time
    )


def _restricts(report: Report, settings: Settings) -> bool:
    """Say whether a row's own words restrict its case; an empty offense says nothing yet."""
    group = settings.offense_group(report.offense)
    return report.restricted or (group.restricted if group else bool(report.offense))

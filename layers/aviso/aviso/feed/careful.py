"""What of two rows about one thing must not be lost, whichever of them is the newer. Pure.

An export writes a row for each offense of a case and for each address of a person, and blanks a
suspect's phone once he moves. The newer row alone would open a case that its other row restricts,
write to a victim whose other row says not to, and forget whose phone that was. So the careful side
of both lasts, in whatever order they come.
"""

from collections.abc import Iterable
from datetime import date

from msgspec.structs import replace

from aviso.feed.rows import digest
from aviso.models import Report, Suspect, Victim, within_room
from aviso.settings import Settings
from aviso.store.cases import Row

RESTRICTING = ("restricted", "offense", "relationship", "street", "postal_code")


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
            row = with_contacts(row, row, other)
        elif isinstance(row, Victim) and isinstance(other, Victim) and _same(row, other):
            row = _careful_victim(row, other, settings)
    return row


def _careful_victim(row: Victim, other: Victim, settings: Settings) -> Victim:
    """Return a victim's row with what another row of the same moment asks to be careful about.

    The digest is that of both: once the rows agree again, that is news.
    """
    ordinary = settings.ordinary_relationships | {""}
    close = next((v for v in (row, other) if v.relationship.upper() not in ordinary), row)
    minor = {row.minor, other.minor} - {None}
    youngest = min((v for v in (row, other) if v.age is not None), key=_youth, default=row)
    doubtful = row.removed != other.removed
    both = replace(
        row,
        removed=row.removed and other.removed,
        safe_to_contact=row.safe_to_contact and other.safe_to_contact and not doubtful,
        confidential_address=row.confidential_address or other.confidential_address,
        deceased=row.deceased or other.deceased,
        minor=any(minor) if minor else None,
        age=youngest.age,
        age_at=youngest.age_at,
        birth_date_unreadable=row.birth_date_unreadable or other.birth_date_unreadable,
        relationship=close.relationship,
    )
    return row if both == row else replace(both, digest=digest(both, withdrawn=False))


def _youth(victim: Victim) -> tuple[int, int]:
    """Return what sorts the younger of two ages first: the lower, then the one of a later day."""
    return victim.age or 0, -(victim.age_at or date.max).toordinal()


def restricts_by(row: Row) -> tuple[object, ...]:
    """Return what of a row may restrict its case; see `restriction.by_rule`."""
    return tuple(getattr(row, name, "") for name in RESTRICTING)


def contacts(*suspects: Suspect) -> tuple[str, ...]:
    """Return every phone and email that was ever a suspect's."""
    found = {a for s in suspects for a in (s.phone, s.email, *s.past_contacts) if a}
    return tuple(sorted(found))


def with_contacts(row: Suspect, *same: Suspect) -> Suspect:
    """Return a suspect's row with every contact that any row gave, as far as there is room.

    Where there is none, one is lost: so texts on the case wait for a person, as they do where a
    suspect's contact cannot be read.
    """
    every = contacts(*same)
    now = [a for a in (row.phone, row.email) if a]
    kept = within_room(dict.fromkeys((*now, *every)))
    lost = len(kept) < len(every)
    return replace(
        row,
        past_contacts=tuple(sorted(kept)),
        unreadable_contact=row.unreadable_contact or lost,
    )


def _same[R: Report | Victim](one: R, other: R) -> bool:
    """Say whether two rows speak of the same moment: none of them corrects the other."""
    return one.export_time == other.export_time or (
        one.row_time is not None and one.row_time == other.row_time
    )


def _restricts(report: Report, settings: Settings) -> bool:
    """Say whether a row's own words restrict its case; an empty offense says nothing yet."""
    group = settings.offense_group(report.offense)
    return report.restricted or (group.restricted if group else bool(report.offense))

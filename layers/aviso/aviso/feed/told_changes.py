"""Who hears of what a later row says of who is told: a mark, a waiver, a person who speaks.

See docs/rules.md#27.
"""

from collections.abc import Iterator
from datetime import datetime

from msgspec.structs import replace

from aviso.domain.fact_keys import INCAPACITATED, SPEAKER, WAIVED_IN_FILE, quoted, timed
from aviso.domain.model import Case, Speaker, Victim
from aviso.domain.people import silenced_since, spoken_for, waived_since
from aviso.domain.representatives import reported
from aviso.domain.requests import Rights
from aviso.domain.settings import Settings
from aviso.notices.announcing import changed
from aviso.storage.cases import Row, read_case
from aviso.storage.enrollments import EnrollmentChange


def told_of(
    number: str, row: Row, stored: Row | None, settings: Settings, now: datetime
) -> EnrollmentChange | None:
    """Return who hears of what a row says, to be stored with it; None if nobody must.

    Nobody hears of a waiver in the first row, or of who speaks for a victim before the case is
    settled. What the victim told Aviso counts more than a waiver in a file.
    """
    if isinstance(row, Victim):
        said = list(_said_of(row, stored if isinstance(stored, Victim) else None))
        if not said:
            return None
        case, origin = read_case(number), row.origin
        if case.victim(origin) is None:
            case = replace(case, victims=(*case.victims, row))
        if case.enrollment_of(origin).rights is not Rights.UNANSWERED:
            said = [key for key in said if not key.startswith(WAIVED_IN_FILE)]
    elif isinstance(row, Speaker) and _told_at(row) != _told_at(stored):
        case, said = read_case(number), [timed(f"{SPEAKER}:{quoted(row.origin)}", now)]
        victim = next((v for v in case.victims if v.id == row.victim), None)
        if victim is None or not _joins(case, victim, row, settings, now):
            return None
        origin = victim.origin
    else:
        return None
    return changed(case, case.enrollment_of(origin), now, settings, said=said)


def _said_of(row: Victim, before: Victim | None) -> Iterator[str]:
    """Yield the keys of a mark and a waiver that a row brings, each by when it was first seen."""
    if before:
        row = replace(
            row,
            desk_able_at=before.desk_able_at,
            desk_incapacitated_at=before.desk_incapacitated_at,
        )
    silenced, waived = silenced_since(row), waived_since(row)
    if silenced and not (before and silenced_since(before)):
        yield timed(f"{INCAPACITATED}:", silenced)
    if waived and not (before and waived_since(before)):
        yield timed(f"{WAIVED_IN_FILE}:", waived)


def _told_at(row: Row | None) -> tuple[str, ...]:
    """Return whom a speaker's row names, and where they are told; nobody: empty."""
    if not isinstance(row, Speaker) or row.removed:
        return ()
    return row.victim, row.relation, row.last_name, row.phone, row.email


def _joins(case: Case, victim: Victim, row: Speaker, settings: Settings, now: datetime) -> bool:
    """Whether a row brings one more person to those who are told of a victim, or replaces them."""
    settled = victim.first_seen is not None and now - victim.first_seen >= settings.settle
    others = (speaker for speaker in case.speakers if speaker.origin != row.origin)
    later, today = replace(case, speakers=(*others, row)), settings.today(now)
    told = {person.origin for person in spoken_for(case, victim, today)}
    new = {person.origin for person in spoken_for(later, victim, today)} - told
    if victim.origin in told:
        new |= {person.origin for person in reported(later, victim)}
    return settled and bool(told) and row.origin in new

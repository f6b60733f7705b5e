"""Who hears of what a later row says of who is told, or where.

See docs/rules.md#27.
"""

from collections.abc import Iterator, Sequence
from datetime import date, datetime

from msgspec.structs import replace

from aviso.domain.fact_keys import (
    CONTACT_IN_FILE,
    INCAPACITATED,
    SPEAKER,
    WAIVED_IN_FILE,
    quoted,
    timed,
)
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

    Nobody hears of a waiver in the first row, or of who is told and where before the case is
    settled. What the victim told Aviso counts more than a waiver in a file.
    """
    if isinstance(row, Victim):
        before = stored if isinstance(stored, Victim) else None
        return _of_victim(number, _with_desks_word(row, before), before, settings, now)
    if isinstance(row, Speaker):
        case = read_case(number)
        victim = next((v.origin for v in case.victims if v.id == row.victim), "")
        said = _of_people(case, row, victim, settings, now)
        return _stored(case, victim, said, settings, now)
    return None


def _of_victim(
    number: str, row: Victim, before: Victim | None, settings: Settings, now: datetime
) -> EnrollmentChange | None:
    said = list(_said_of(row, before))
    if before is None and not said:
        return None
    case = _with(read_case(number), replace(before, removed=False) if before else row)
    if case.enrollment_of(row.origin).rights is not Rights.UNANSWERED:
        said = [key for key in said if not key.startswith(WAIVED_IN_FILE)]
    said = said or _of_people(case, row, row.origin, settings, now)  # a mark or a waiver is enough
    return _stored(case, row.origin, said, settings, now)


def _stored(
    case: Case, origin: str, said: Sequence[str], settings: Settings, now: datetime
) -> EnrollmentChange | None:
    return changed(case, case.enrollment_of(origin), now, settings, said=said) if said else None


def _with(case: Case, row: Victim | Speaker) -> Case:
    """Return a case with another row of a person."""
    if isinstance(row, Victim):
        others = (victim for victim in case.victims if victim.origin != row.origin)
        return replace(case, victims=(*others, row))
    rest = (speaker for speaker in case.speakers if speaker.origin != row.origin)
    return replace(case, speakers=(*rest, *(() if row.removed else (row,))))


def _with_desks_word(row: Victim, before: Victim | None) -> Victim:
    """Return a row with what a supervisor said of the victim, which no file says."""
    if before is None:
        return row
    able, incapacitated = before.desk_able_at, before.desk_incapacitated_at
    return replace(row, desk_able_at=able, desk_incapacitated_at=incapacitated)


def _said_of(row: Victim, before: Victim | None) -> Iterator[str]:
    """Yield the keys of a mark and a waiver that a row brings, each by when it was first seen."""
    silenced, waived = silenced_since(row), waived_since(row)
    if silenced and not (before and silenced_since(before)):
        yield timed(f"{INCAPACITATED}:", silenced)
    if waived and not (before and waived_since(before)):
        yield timed(f"{WAIVED_IN_FILE}:", waived)


def _of_people(
    case: Case, row: Victim | Speaker, origin: str, settings: Settings, now: datetime
) -> list[str]:
    """Return the key of what a row changes of those who are told of a victim: who, or where."""
    victim, today = case.victim(origin), settings.today(now)
    if not (victim and victim.first_seen and now - victim.first_seen >= settings.settle):
        return []
    before, after = _told(case, origin, today), _told(_with(case, row), origin, today)
    there, here = (frozenset().union(*told.values()) for told in (before, after))
    if before and isinstance(row, Speaker) and row.origin in after.keys() - before.keys():
        return [timed(f"{SPEAKER}:{quoted(row.origin)}", now)]
    return [timed(f"{CONTACT_IN_FILE}:", now)] if before and there != here else []


def _told(case: Case, origin: str, today: date) -> dict[str, set[str]]:
    """Return the people on file who are told of a victim, each with a phone and an email."""
    victim = case.victim(origin)
    people = list(spoken_for(case, victim, today)) if victim else []
    if victim in people:
        people += reported(case, victim)
    return {person.origin: {person.phone, person.email} - {""} for person in people}

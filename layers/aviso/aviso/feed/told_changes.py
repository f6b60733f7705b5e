"""Who hears of what a later row says of who is told, or where; and who must look at it.

See docs/rules.md#27.
"""

from collections.abc import Sequence
from datetime import date, datetime

from msgspec.structs import replace

from aviso.domain.announcement import Announcement
from aviso.domain.changes import Maker
from aviso.domain.fact_keys import CONTACT_IN_FILE, DOUBT, SPEAKER, quoted, timed
from aviso.domain.model import Case, Speaker, Victim
from aviso.domain.people import spoken_for
from aviso.domain.representatives import reported
from aviso.domain.settings import Settings
from aviso.domain.standing import asks
from aviso.notices.announcing import changed, maker_of
from aviso.storage.cases import Row, alias_of, read_case, read_rows
from aviso.storage.enrollments import EnrollmentChange


def told_of(
    number: str, row: Row, stored: Row | None, settings: Settings, now: datetime
) -> tuple[EnrollmentChange, ...]:
    """Return who hears of what a row says, to be stored with it.

    Who spoke for another victim before is a change for that one too. Nobody hears of who is told
    and where before the case is settled, or of what a later row says of the victim: a supervisor
    decides about that, and is asked once.
    """
    maker = maker_of(now, settings)
    if isinstance(row, Victim) and isinstance(stored, Victim):
        told = [_of_victim(number, row, stored, maker)]
    elif isinstance(row, Speaker):
        case, named = read_case(number), _of_first_id(number, row)
        former = _of_first_id(number, stored) if isinstance(stored, Speaker) else named
        told = [
            _stored(case, v.origin, _of_people(case, named, v.origin, maker), maker)
            for v in case.victims
            if v.id in (named.victim, former.victim)
        ]
    else:
        told = []
    return tuple(change for change in told if change)


def _of_first_id(number: str, row: Speaker) -> Speaker:
    """Return a row that names its victim by the id under which the victim was first seen."""
    key = (number, f"VICTIM#{row.victim}")
    there = read_rows([key], consistent=True).get(key)
    return replace(row, victim=alias_of(there) or row.victim)


def _of_victim(number: str, row: Victim, before: Victim, maker: Maker) -> EnrollmentChange | None:
    case = _with(read_case(number), replace(before, removed=False))
    given, said = case.enrollment_of(row.origin), _of_people(case, row, row.origin, maker)
    told = _stored(case, row.origin, said, maker)
    key = f"{DOUBT}:{asks(row, given)}"
    known = row.differs == before.differs or any(change.key == key for change in given.changes)
    if known or not asks(row, given):
        return told
    after = told.after if told else given
    asked = Announcement(key=key, at=maker.at, hears=(), asks=True)
    after = replace(after, changes=(*after.changes, asked))
    return EnrollmentChange(number=case.number, before=given, after=after)


def _stored(case: Case, origin: str, said: Sequence[str], maker: Maker) -> EnrollmentChange | None:
    return changed(case, case.enrollment_of(origin), maker, said) if said else None


def _with(case: Case, row: Victim | Speaker) -> Case:
    """Return a case with another row of a person."""
    if isinstance(row, Victim):
        others = (victim for victim in case.victims if victim.origin != row.origin)
        return replace(case, victims=(*others, row))
    rest = (speaker for speaker in case.speakers if speaker.origin != row.origin)
    return replace(case, speakers=(*rest, *(() if row.removed else (row,))))


def _of_people(case: Case, row: Victim | Speaker, origin: str, maker: Maker) -> list[str]:
    """Return the key of what a row changes of those who are told of a victim: who, or where."""
    victim, settings, now = case.victim(origin), maker.settings, maker.at
    if not (victim and victim.first_seen and now - victim.first_seen >= settings.settle):
        return []
    today = settings.today(now)
    before, after = _told(case, origin, today), _told(_with(case, row), origin, today)
    there, here = (frozenset().union(*told.values()) for told in (before, after))
    named = before or victim.judged_at  # by a supervisor: nobody, or only some
    if named and isinstance(row, Speaker) and row.origin in after.keys() - before.keys():
        return [timed(f"{SPEAKER}:{quoted(row.origin)}", now)]
    return [timed(f"{CONTACT_IN_FILE}:", now)] if before and there != here else []


def _told(case: Case, origin: str, today: date) -> dict[str, set[str]]:
    """Return the people on file who are told of a victim, each with a phone and an email."""
    victim = case.victim(origin)
    people = list(spoken_for(case, victim, today)) if victim else []
    if victim in people:
        people += reported(case, victim)
    return {
        person.origin: {"" if person.phone_type == "landline" else person.phone, person.email}
        - {""}
        for person in people
    }

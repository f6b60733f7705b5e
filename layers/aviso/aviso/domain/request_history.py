"""The records of a victim of a case: those of the records system, the portal and the desk. Pure.

The records system's answers are in the victim's own row, all others in the enrollment. Each is
written together with the change that it records (docs/decisions/requests.md).
"""

from collections.abc import Iterable, Sequence
from datetime import UTC, datetime

from msgspec.structs import replace

from aviso.domain.model import Case, Enrollment, Victim
from aviso.domain.people import name_of
from aviso.domain.representatives import as_person
from aviso.domain.requests import FEED, AnsweredAt, RequestRecord, Right, Rights, joined, state_of
from aviso.domain.row_size import within_room

LONG_AGO = datetime.min.replace(tzinfo=UTC)


def records(case: Case, victim: Victim) -> tuple[RequestRecord, ...]:
    """Return every record of a victim, the records system's first; `requests.counting` reads it."""
    return (*from_feed(victim), *case.enrollment_of(victim.origin).requests)


def history(case: Case, victim: Victim) -> tuple[RequestRecord, ...]:
    """Return every record of a victim, the earliest first, for people to read.

    Among them is since when the records system names a representative.
    """
    in_report = (
        _brought(Right.REPRESENTATIVE, Rights.REQUESTED, person.first_seen, about=person.origin)
        for person in case.speakers_for(victim)
        if person.relation == "representative" and person.first_seen
    )
    return joined(records(case, victim), tuple(in_report))


def people_named(case: Case) -> dict[str, str]:
    """Return the names of those who speak or spoke for victims of a case, by the id in requests.

    That is the id of the contact of a person whom a victim named, and the origin of one whom the
    records system names. Only pages behind a code, and the desk, may show the names.
    """
    return {person.origin: name_of(person) for person in case.speakers} | {
        contact.id: name_of(as_person(contact.holder))
        for enrollment in case.enrollments
        for contact in enrollment.contacts
        if contact.holder
    }


def latest_answer(case: Case, victim: Victim, right: Right) -> Rights:
    """Return a victim's answer about a right, as it counts now."""
    return state_of(records(case, victim), right)


def as_asked(victims: Iterable[Victim], enrollments: Iterable[Enrollment]) -> tuple[Victim, ...]:
    """Return a case's victims, with a confidential address if a victim asked Aviso for it.

    The program's participant asks, not the state. What the records system flags stays flagged,
    whatever is asked here.
    """
    asked = {
        e.victim for e in enrollments if state_of(e.requests, Right.ADDRESS) is Rights.REQUESTED
    }
    return tuple(
        replace(victim, confidential_address=True) if victim.origin in asked else victim
        for victim in victims
    )


def from_feed(victim: Victim) -> tuple[RequestRecord, ...]:
    """Return the records system's answers, in the order in which they came.

    The last one is what the victim's row says now.
    """
    return tuple(map(_read, _texts(victim)))


def answered(before: Victim | None, row: Victim) -> tuple[str, ...]:
    """Return the answers of a victim's row that replaces another, as the row stores them."""
    earlier = _texts(before) if before else []
    at = row.row_time or row.export_time or LONG_AGO
    return _within_room(_with(earlier, row.rights, at, row.language))


def _texts(victim: Victim) -> list[str]:
    """Return the records system's answers, as a row stores them."""
    at = victim.row_time or victim.export_time or victim.first_seen or LONG_AGO
    return _with(victim.answers, victim.rights, at, victim.language)


def _with(texts: Iterable[str], answer: Rights, at: datetime, language: str) -> list[str]:
    """Return stored answers, and after them this one, unless it says what the last one says."""
    found = [*texts]
    last = _read(found[-1]).answer if found else Rights.UNANSWERED
    if answer is not last:
        found.append(_text(_brought(Right.NEWS, answer, at, language)))
    return found


def _within_room(texts: Sequence[str]) -> tuple[str, ...]:
    """Return the latest answers that the row has room for."""
    return tuple(reversed(within_room(reversed(texts))))


def _brought(
    right: Right, answer: Rights, at: datetime, language: str = "", about: str = ""
) -> RequestRecord:
    return RequestRecord(
        right=right,
        answer=answer,
        at=at,
        place=AnsweredAt.REPORT,
        proof=FEED,
        language=language,
        about=about,
    )


def _text(record: RequestRecord) -> str:
    at = record.at.astimezone(UTC).replace(tzinfo=None).isoformat(timespec="microseconds")
    return f"{at}Z {record.answer} {record.language}".rstrip()


def _read(text: str) -> RequestRecord:
    at, answer, language = (*text.split(" "), "")[:3]
    return _brought(Right.NEWS, Rights(answer), datetime.fromisoformat(at), language)

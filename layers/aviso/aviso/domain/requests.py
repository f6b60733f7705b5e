"""What a victim asked for or gave up: one record for each answer (docs/rules.md#22).

Pure. A record is never changed: a later answer is a new record. What counts now follows from the
records, so nothing else stores it. `request_history` gives the records of a victim of a case.
"""

from collections.abc import Iterable, Sequence
from datetime import datetime
from enum import StrEnum

from aviso.domain.value import Frozen

FEED = "feed"  # the proof of an answer that the records system brought
LINK = "link"  # the proof of one that somebody gave by a link that only they were sent
MOST = 100  # records of one victim that the portal takes; the desk takes as many again


class Rights(StrEnum):
    """A victim's answer to an offer; a missing answer is not a waiver.

    See docs/rules.md#16.
    """

    REQUESTED = "requested"
    WAIVED = "waived"
    UNANSWERED = "unanswered"


class Right(StrEnum):
    """What a victim may ask for or give up."""

    NEWS = "news"  # to be told what happens in the case
    ADDRESS = "address"  # that the home is kept confidential
    REPRESENTATIVE = "representative"  # to have somebody speak for them
    SPEAKING = "speaking"  # that person's own yes (asked for) or no (waived) to it
    HAND_OFF = "hand_off"  # that jail and prosecutor get the request


class AnsweredAt(StrEnum):
    """Where an answer was given."""

    REPORT = "report"  # to an officer: the records system brought it
    EARLY = "early"  # on the portal, before the report came
    PORTAL = "portal"
    LINK = "link"  # by a link in a message, without a visit
    DESK = "desk"


AGENCY = "the agency"  # the speaker of a record that a supervisor made without any answer


class RequestRecord(Frozen, frozen=True, kw_only=True):
    """One answer of one victim, as it was given."""

    right: Right
    answer: Rights
    at: datetime
    place: AnsweredAt
    proof: str  # `FEED`, `LINK`, or how the person was verified: see `contacts`
    language: str = ""
    # Who answered for the victim, if somebody did: an origin, a contact's id, or `AGENCY`.
    speaker: str = ""
    about: str = ""  # what it concerns, if there may be several: the id of a contact
    by: str = ""  # the member of staff who was told, as colleagues know them

    @property
    def by_agency(self) -> bool:
        """Whether nobody answered: a supervisor ended a consent."""
        return self.speaker == AGENCY


def counting(records: Iterable[RequestRecord], right: Right) -> dict[str, RequestRecord]:
    """Return the record of a right that counts now, for each thing that it concerns.

    It is the last one that the victim gave to Aviso: on the portal or at the desk. Without one it
    is the last one that the records system brought.

    Args:
        records: in the order in which they were stored; see `joined`.
    """
    found: dict[str, RequestRecord] = {}
    for record in records:
        if record.right is not right:
            continue
        there = found.get(record.about)
        if there is None or record.proof != FEED or there.proof == FEED:
            found[record.about] = record
    return found


def state_of(records: Iterable[RequestRecord], right: Right) -> Rights:
    """Return the state of a right from the records: asked for, if any of its things is."""
    given = {record.answer for record in counting(records, right).values()}
    order = (Rights.REQUESTED, Rights.WAIVED)
    return next((state for state in order if state in given), Rights.UNANSWERED)


def extended(records: Sequence[RequestRecord], record: RequestRecord) -> tuple[RequestRecord, ...]:
    """Return the records with one more; of two at the same moment the one added last counts."""
    return tuple(sorted((*records, record), key=_at))


def joined(*several: Sequence[RequestRecord]) -> tuple[RequestRecord, ...]:
    """Return several histories of one victim as one, each record once, the earliest first."""
    every = dict.fromkeys(record for records in several for record in records)
    return tuple(sorted(every, key=_at))


def _at(record: RequestRecord) -> datetime:
    return record.at

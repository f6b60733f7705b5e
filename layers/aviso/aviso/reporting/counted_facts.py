"""What a stored row counts as: pure functions, and all that the counters use (docs/figures.md).

Each fact has its day, in the agency's time zone, and the row's stamp. Notices, surveys and their
outcomes belong to the day on which they entered the ledger, so that a share never compares one
day's messages with another day's deliveries, or one day's surveys with another day's answers.
Visits and sign-ups each have a day of their own.
"""

from collections.abc import Iterator, Mapping
from datetime import date, datetime, timedelta, tzinfo
from hashlib import sha256
from typing import Any, Self

from msgspec.structs import asdict

from aviso.domain.guards import AddressMark
from aviso.domain.hand_offs import HandOff, HandOffState
from aviso.domain.model import AuditEntry, Channel, Enrollment, Kind
from aviso.domain.notice import Notice, State
from aviso.domain.notice_states import first_deadline, handed_over, never_told, told_by_person
from aviso.domain.reasons import StopReason
from aviso.domain.report_dimensions import Stamp
from aviso.domain.survey_response import SurveyResponse
from aviso.domain.survey_rules import FIRST
from aviso.domain.value import Frozen
from aviso.reporting.late_arrests import late_reason

Row = Enrollment | Notice | HandOff | SurveyResponse | AuditEntry | AddressMark

# The audit trail's actions for the start of a visit; a code typed during one is not a second visit.
LOGINS = frozenset({"verified", "verified_by_code"})
# A call to a victim by which nobody was told.
CALL = "call_not_reached"
# A claim lasts seconds; in the figures such a notice counts as planned.
SHOWN_AS = {State.CLAIMED: State.PLANNED}
ALL = "all"
ORGANIZATIONS = "organizations"  # the cut of victims that are organizations, which no other has
# What counts once per victim and case, from any row, even years later.
LASTING = ("visitor:", "notified:", "lettered:", "owed:", "told:")
# The longest times from an arrest to our records, or from these to its notice, that are counted
# together, in minutes.
MINUTES = (15, 30, 45, 60, 90, 120, 180, 240, 360, 480, 720, 1440, 2880, 10080)
LONGER = "longer"  # than the last of these
# What answers a victim's own act, or says that nothing changed, is not news that the agency owes.
NO_NEWS = frozenset(
    {
        *(Kind.SURVEY, Kind.STILL_OPEN),
        *(Kind.ENROLLMENT_CONFIRMED, Kind.CONTACT_CHANGED),
    }
)


class CountedFact(Frozen, frozen=True, kw_only=True):
    """One fact of a row, counted once."""

    metric: str
    day: date
    stamp: str = ""
    cuts: tuple[str, ...] = ()  # besides those of the stamp
    # A fact that a row never takes back has an id and is counted the first time that any row states
    # it. A fact without an id counts as long as its row states it: a notice's state, an answer.
    id: str = ""

    def adds(self) -> dict[str, int]:
        """Return what this fact adds to its counter, cut by cut.

        What is about an organization counts apart: all other cuts, and the sum, are of people.
        """
        stamp = Stamp.read(self.stamp)
        if stamp.organization:
            return {ORGANIZATIONS: 1}
        names = [ALL, *self.cuts]
        if self.stamp:
            names += [
                f"group:{stamp.group}",
                f"division:{stamp.division}",
                f"language:{stamp.language}",
            ]
        return dict.fromkeys(names, 1)

    def plain(self) -> dict[str, Any]:
        """Return this fact as plain data, which `of_plain` reads."""
        return asdict(self) | {"day": self.day.isoformat(), "cuts": list(self.cuts)}

    @classmethod
    def of_plain(cls, data: Mapping[str, Any]) -> Self:
        """Return the fact that `plain` wrote."""
        day, cuts = date.fromisoformat(data["day"]), tuple(data["cuts"])
        return cls(metric=data["metric"], day=day, stamp=data["stamp"], cuts=cuts, id=data["id"])

    @property
    def lasting(self) -> bool:
        """Whether another row may state the same after this row's day is sealed and it is gone."""
        return self.id.startswith(LASTING)

    @property
    def note(self) -> str:
        """The note stored with the id, to know which of several rows was first."""
        return f"{self.day.isoformat()}|{self.stamp}"


def facts(key: str, row: Row, zone: tzinfo) -> frozenset[CountedFact]:
    """Return everything that a row counts as now.

    Args:
        zone: the agency's time zone, in which days begin.
    """
    return frozenset(_facts(key, row, zone))


def _facts(key: str, row: Row, zone: tzinfo) -> Iterator[CountedFact]:
    match row:
        case AuditEntry():
            yield from _visit(key, row, zone)
        case Enrollment():
            yield from _contacts(row, zone)
        case Notice():
            yield from _notice(row, _day(row.created_at, zone))
            if row.called_at:
                day = _day(row.called_at, zone)
                yield CountedFact(metric="calls_reached", day=day, stamp=row.stamp)
        case HandOff():
            yield from _hand_off(row, _day(row.created_at, zone))
        case SurveyResponse():
            yield from _answers(row, _day(row.asked_at, zone))
        case AddressMark():
            source = (f"source:{row.source}",) if row.source else ()
            yield CountedFact(metric=row.word, day=_day(row.at, zone), cuts=source)


def _visit(key: str, entry: AuditEntry, zone: tzinfo) -> Iterator[CountedFact]:
    day = _day(entry.at, zone)
    if entry.action == CALL:
        cuts = (f"outcome:{entry.subject}",)
        yield CountedFact(metric="calls", day=day, stamp=entry.stamp, cuts=cuts, id=f"call:{key}")
    if entry.action not in LOGINS:
        return
    yield CountedFact(metric="logins", day=day, stamp=entry.stamp, id=f"login:{key}")
    person = _person(entry.origin or entry.case, entry.victim)
    yield CountedFact(metric="visitors", day=day, stamp=entry.stamp, id=f"visitor:{person}")


def _contacts(enrollment: Enrollment, zone: tzinfo) -> Iterator[CountedFact]:
    for contact in enrollment.contacts:
        if contact.consent.source != "portal" or contact.holder:
            continue
        day, stamp = _day(contact.added_at, zone), contact.stamp
        cuts = (f"channel:{contact.channel}",)
        yield CountedFact(
            metric="contacts", day=day, stamp=stamp, cuts=cuts, id=f"contact:{contact.id}"
        )
        if contact.new_to_agency:
            yield CountedFact(
                metric="contacts_new", day=day, stamp=stamp, cuts=cuts, id=f"new:{contact.id}"
            )
        if contact.first:
            yield CountedFact(metric="enrolled", day=day, stamp=stamp, id=f"enrolled:{contact.id}")
        if contact.first_by_visit:
            yield CountedFact(
                metric="visitors_enrolled", day=day, stamp=stamp, id=f"came:{contact.id}"
            )


def _notice(notice: Notice, day: date) -> Iterator[CountedFact]:
    channel, stamp = notice.channel or "none", notice.stamp
    cuts = (f"kind:{notice.kind}", f"channel:{channel}")
    state = SHOWN_AS.get(notice.state, notice.state)
    yield CountedFact(metric=f"notices.{state}", day=day, stamp=stamp, cuts=cuts)
    if handed_over(notice):
        source = f"source:{notice.source or 'unknown'}"
        yield CountedFact(metric="told", day=day, stamp=stamp, cuts=(*cuts, source))
        if notice.kind is Kind.ARREST:
            yield CountedFact(metric="arrests_told", day=day, stamp=stamp, cuts=cuts[1:])
            if Stamp.read(stamp).enrolled:
                yield CountedFact(
                    metric="arrests_told_enrolled", day=day, stamp=stamp, cuts=cuts[1:]
                )
            if notice.source == "portal":
                yield CountedFact(metric="arrests_told_portal", day=day, stamp=stamp, cuts=cuts[1:])
    # An answered survey stays answered, though its message failed later or was not the victim's. So
    # it stays sent as well; otherwise a share could exceed 100 %.
    if notice.kind is Kind.SURVEY and notice.fact == FIRST and notice.source:
        yield CountedFact(metric="surveys_sent", day=day, stamp=stamp, cuts=cuts[1:])
    if notice.kind is not Kind.SURVEY and notice.victim:
        yield from _victim(notice, day)
    if notice.kind not in NO_NEWS and notice.victim:
        yield from _owed(notice, day)


def _hand_off(row: HandOff, day: date) -> Iterator[CountedFact]:
    """Yield what a request that was given to another agency counts as, and what became of it."""
    if not row.sent:
        return
    yield CountedFact(metric="hand_offs_sent", day=day, stamp=row.stamp)
    if row.in_time:
        yield CountedFact(metric="hand_offs_confirmed", day=day, stamp=row.stamp)
    if row.state is HandOffState.OVER:
        yield CountedFact(metric="hand_offs_taken_back", day=day, stamp=row.stamp)


def _owed(notice: Notice, day: date) -> Iterator[CountedFact]:
    """Yield what news counts as that is owed to a victim, told or not yet told."""
    person, stamp = _person(notice.case, notice.victim), notice.stamp
    yield CountedFact(metric="victims_owed", day=day, stamp=stamp, id=f"owed:{person}")
    if notice.arrived:
        yield CountedFact(metric="victims_told", day=day, stamp=stamp, id=f"told:{person}")
    if not never_told(notice):
        yield from _telling(notice, day)


def _telling(notice: Notice, day: date) -> Iterator[CountedFact]:
    """Yield whether, how and when the victim was told, as far as is known now."""
    stamp, kind = notice.stamp, (f"kind:{notice.kind}",)
    arrest = notice.kind is Kind.ARREST
    yield CountedFact(metric="owed", day=day, stamp=stamp, cuts=kind)
    told = notice.told_at if handed_over(notice) or told_by_person(notice) else None
    on_time = bool(told and told <= first_deadline(notice))
    if arrest:
        yield CountedFact(metric="arrests_owed", day=day, stamp=stamp)
        counted_as = "arrests_on_time" if on_time else f"arrests_late.{late_reason(notice)}"
        yield CountedFact(metric=counted_as, day=day, stamp=stamp)
        known = minutes_of(notice.first_seen - notice.fact_at)
        yield CountedFact(metric=f"arrest_known.{known}", day=day, stamp=stamp)
    if told is None:
        return
    yield CountedFact(metric=f"told_by_{_means(notice)}", day=day, stamp=stamp, cuts=kind)
    if arrest:
        minutes = minutes_of(told - notice.first_seen)
        yield CountedFact(metric=f"arrest_minutes.{minutes}", day=day, stamp=stamp)
    if on_time:
        yield CountedFact(metric="told_on_time", day=day, stamp=stamp, cuts=kind)


def _means(notice: Notice) -> str:
    if told_by_person(notice):
        return "person"
    posted = notice.channel == Channel.LETTER and notice.state not in (State.QUEUED, State.PRINTED)
    return "letter" if posted else "message"


def minutes_of(taken: timedelta) -> str:
    """Return the group of `MINUTES` in which such a time is counted."""
    return next((f"{n}" for n in MINUTES if taken <= timedelta(minutes=n)), LONGER)


def _victim(notice: Notice, day: date) -> Iterator[CountedFact]:
    person, stamp = _person(notice.case, notice.victim), notice.stamp
    if notice.source or notice.run:
        yield CountedFact(metric="victims_notified", day=day, stamp=stamp, id=f"notified:{person}")
    if notice.reason == StopReason.ONLY_ON_PAGE and never_told(notice):
        yield CountedFact(metric="only_on_page", day=day, stamp=stamp)
    if notice.run:
        yield CountedFact(metric="victims_lettered", day=day, stamp=stamp, id=f"lettered:{person}")


def _answers(response: SurveyResponse, day: date) -> Iterator[CountedFact]:
    stamp = response.stamp
    yield CountedFact(metric="responses", day=day, stamp=stamp, id=f"response:{response.survey}")
    for question, value in response.answers.items():
        if question not in response.texts:  # words are for people to read, numbers among them too
            metric = f"answer.{question}.{value}"
            yield CountedFact(metric=metric, day=day, stamp=stamp)


def _day(at: datetime, zone: tzinfo) -> date:
    return at.astimezone(zone).date()


def _person(case: str, victim: str) -> str:
    """Return a key for a victim on a case that reveals neither."""
    return sha256(f"{case}|{victim}".encode()).hexdigest()[:32]

"""Asking people how the agency did: who is asked today; what they answer is for `answering`.

`send_surveys` enters surveys in the ledger like any other duty, so that the claim, the guards, the
quiet hours, the opt-outs and the restrictions of docs/rules.md#3 hold for them. A survey's own id
is that of the notice that first asked; its reminder leads to the same one.
"""

from bisect import bisect_right
from collections import Counter
from collections.abc import Callable, Collection, Iterable, Sequence
from datetime import datetime, timedelta

from aviso.domain import people
from aviso.domain.duties import duty_id, wants
from aviso.domain.fact_keys import (
    fact_keys,
    status_key,
)
from aviso.domain.model import (
    Case,
    Kind,
    Victim,
)
from aviso.domain.notice import (
    Duty,
    Notice,
)
from aviso.domain.notice_states import was_told
from aviso.domain.people import (
    plain_name,
)
from aviso.domain.report_dimensions import stamp_of
from aviso.domain.send_guards import Guards
from aviso.domain.settings import Settings
from aviso.domain.survey_rules import (
    FIRST,
    REMINDER,
    asked_on,
    closes_at,
    has_stopped,
    may_be_asked,
)
from aviso.domain.value import Frozen
from aviso.notices.planning import STUCK
from aviso.runtime import hashing
from aviso.storage import cases, guards, markers, notices, survey_responses, survey_schedule

TIME_TO_SPARE = 20  # seconds left at which a run stops; tomorrow's takes up the rest
LEFT_OFF = "SURVEYS"  # the last case that a run saw which ended early
KEPT = timedelta(days=7)


class Asking(Frozen, frozen=True, kw_only=True):
    """A survey to be entered, and what the person who is asked is known by."""

    duty: Duty
    known_by: frozenset[str] = frozenset()  # addresses, name and birth date; none for a reminder


def asked(
    case: Case,
    told: Sequence[Notice],
    known: Guards,
    in_peace: Collection[str],
    answered: Collection[str],
    settings: Settings,
    now: datetime,
) -> list[Asking]:
    """Return whom to ask about this case today, and whom to remind. Pure.

    Args:
        case: the whole case.
        told: the ledger's notices of this case.
        known: opt-outs, bounces and "not me" of every address on the case.
        in_peace: what people are known by who were asked lately, on whatever case.
        answered: ids of surveys that have an answer.
        settings: the agency's.
        now: the time of the run.
    """
    kind = settings.kinds[Kind.SURVEY]
    if case.report is None or case.report.renumbered_to or not kind.on:
        return []
    found: list[Asking] = []
    taken = set(in_peace)
    for victim in case.victims:
        if not (may_be_asked(case, victim, settings, now) and wants(case, victim, kind)):
            continue
        if has_stopped(case, victim, known):
            continue
        theirs_too = (n for n in told if n.fact == FIRST and n.victim == victim.origin)
        before = next(theirs_too, None)
        if before is not None:
            if before.id not in answered and _to_remind(before, told, settings, now):
                found.append(Asking(duty=_reminder(case, before, settings, now)))
            continue
        reached = asked_on(case, victim, known, settings, now)
        theirs = reached | _person(victim)
        if reached and not theirs & taken and _is_day(case, settings, now):
            taken |= theirs
            found.append(Asking(duty=_first(case, victim, settings, now), known_by=theirs))
    return found


def _is_day(case: Case, settings: Settings, now: datetime) -> bool:
    """Say whether the delay has passed, and not so long ago that asking would surprise."""
    start = _start(case, settings)
    if start is None or start < settings.agency.go_live:
        return False
    zone = settings.agency.zone
    waited = (now.astimezone(zone).date() - start.astimezone(zone).date()).days
    latest = settings.survey.days_after + settings.kinds[Kind.SURVEY].age_limit.days
    return settings.survey.days_after <= waited <= latest


def _start(case: Case, settings: Settings) -> datetime | None:
    """Return what the delay runs from: the report, or the closing of the case."""
    report = case.report
    assert report is not None, "only a case with its report is asked about"
    if settings.survey.after == "report":
        return report.reported_at
    status = settings.statuses.get(report.status)
    if not status or not status.closed:
        return None
    zone = settings.agency.zone
    return fact_keys(report, zone).get(status_key(report, zone))


def _person(victim: Victim) -> frozenset[str]:
    """Return what a person is known by on another report, with another phone.

    Records systems number people in their own ways, some anew on every report. Two people of one
    name and one birth date are taken for one: not to be asked does nobody harm.
    """
    if victim.birth_date is None or not victim.last_name:
        return frozenset()
    return frozenset({f"{plain_name(victim.last_name)}|{victim.birth_date.isoformat()}"})


def _first(case: Case, victim: Victim, settings: Settings, now: datetime) -> Duty:
    return Duty(
        id=duty_id(case.origin, FIRST, Kind.SURVEY, victim.origin),
        case=case.origin,
        victim=victim.origin,
        kind=Kind.SURVEY,
        fact=FIRST,
        fact_at=now,
        first_seen=now,
        deadline=now + settings.kinds[Kind.SURVEY].deadline,
    )


def _to_remind(before: Notice, told: Sequence[Notice], settings: Settings, now: datetime) -> bool:
    days = settings.survey.reminder_days
    if not days or not was_told(before) or now >= closes_at(before.fact_at, settings):
        return False
    if any(n.fact == REMINDER and n.victim == before.victim for n in told):
        return False
    zone = settings.agency.zone
    asked_on = (before.told_at or before.created_at).astimezone(zone).date()
    return now.astimezone(zone).date() >= asked_on + timedelta(days=days)


def _reminder(case: Case, before: Notice, settings: Settings, now: datetime) -> Duty:
    return Duty(
        id=duty_id(case.origin, REMINDER, Kind.SURVEY, before.victim),
        case=case.origin,
        victim=before.victim,
        kind=Kind.SURVEY,
        fact=REMINDER,
        fact_at=before.fact_at,  # it closes with the survey it recalls
        first_seen=now,
        deadline=now + settings.kinds[Kind.SURVEY].deadline,
    )


def send(settings: Settings, now: datetime, seconds_left: Callable[[], float]) -> Counter[str]:
    """Enter today's surveys and reminders in the ledger; return how many of each.

    Running twice asks nobody twice. A run that ends early leaves the rest to tomorrow's, which
    begins with them, since people are asked on any of several days. A case that cannot be
    asked about is counted as failed.

    Args:
        settings: the agency's.
        now: the schedule's own time.
        seconds_left: how long the function may still run.
    """
    done: Counter[str] = Counter()
    if not settings.survey.on:
        return done
    numbers = _from_where_left_off(cases.reported_or_moved(_oldest(settings, now)))
    for place, number in enumerate(numbers):
        if seconds_left() < TIME_TO_SPARE:
            done["left_for_tomorrow"] = len(numbers) - place
            if place:
                markers.put_marker(LEFT_OFF, {"case": numbers[place - 1]}, now, KEPT)
            break
        done["cases"] += 1
        try:
            done += _ask(number, settings, now)
        except Exception:  # one broken case must not stop the others
            from aviso.runtime.logs import logger

            logger.exception("survey_failed")
            done["failed"] += 1
    return done


def _from_where_left_off(found: Iterable[str]) -> list[str]:
    """Return cases in an order of which each run takes up where the last one stopped."""
    numbers = sorted(found)
    _, left_off = markers.marker(LEFT_OFF) or (None, {})
    place = bisect_right(numbers, str(left_off.get("case", "")))
    return numbers[place:] + numbers[:place]


def _oldest(settings: Settings, now: datetime) -> datetime:
    """Return the earliest report or closing that today can still ask or remind about."""
    survey = settings.survey
    age = settings.kinds[Kind.SURVEY].age_limit
    return now - age - timedelta(days=survey.days_after + survey.open_days + 2)


def _ask(number: str, settings: Settings, now: datetime) -> Counter[str]:
    case = cases.read_case(number)
    told = notices.of(case)
    keys = {address: hashing.address_key(address) for address in people.addresses_of(case)}
    known = guards.read(case.origin, keys, case.known_as)
    marks = keys | {
        mark: hashing.address_key(mark) for victim in case.victims for mark in _person(victim)
    }
    lately = survey_schedule.in_peace(set(marks.values()), now)
    surveys = {n.id for n in told if n.fact == FIRST and n.kind is Kind.SURVEY}
    answered = survey_responses.answered(surveys)
    in_peace = {mark for mark, key in marks.items() if key in lately}
    done: Counter[str] = Counter()
    until = now + timedelta(days=settings.survey.days_between)
    for asking in asked(case, told, known, in_peace, answered, settings, now):
        duty = asking.duty
        theirs = {marks[mark] for mark in asking.known_by}
        stamp = stamp_of(case, duty.victim, settings)
        if survey_schedule.enter(duty, theirs, until, now + STUCK, stamp, now):
            done["asked" if duty.fact == FIRST else "reminded"] += 1
    return done

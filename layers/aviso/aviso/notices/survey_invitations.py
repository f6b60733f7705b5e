"""Invite people to the survey: whom to ask today, and whom to remind.

`reconcile` calls `ask` at night for each case, which it has read anyway. Surveys enter the ledger
like any other duty and wait for the morning. When they are sent, the claim, the guards, the quiet
hours, the opt-outs and the restrictions of docs/rules.md#3 apply to them. A survey's id is the id
of the notice that first asked; its reminder links to the same survey.
"""

from collections import Counter
from collections.abc import Sequence
from datetime import datetime, timedelta

from aviso.domain.contacts import CaseContext
from aviso.domain.duties import duty_id, wants
from aviso.domain.fact_keys import fact_keys, status_key
from aviso.domain.model import Case, Kind, Victim
from aviso.domain.notice import Duty, Notice
from aviso.domain.notice_states import was_told
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
    sent_at,
)
from aviso.domain.text import plain_name
from aviso.domain.value import Frozen
from aviso.runtime import hashing
from aviso.storage import guards, survey_responses, survey_schedule

NOTHING_BARRED = Guards()


class Asking(Frozen, frozen=True, kw_only=True):
    """A survey to enter, and the marks that identify the person who is asked."""

    duty: Duty
    known_by: frozenset[str] = frozenset()  # addresses, name and birth date; none for a reminder


class SurveyBars(Frozen, frozen=True, kw_only=True):
    """What is known of a case's people that may bar a survey."""

    guards: Guards = NOTHING_BARRED  # the opt-outs, bounces and "not me" of every address
    in_peace: frozenset[str] = frozenset()  # marks of people who were asked lately, on any case
    answered: frozenset[str] = frozenset()  # ids of surveys that have an answer


def asked(
    case: Case, told: Sequence[Notice], bars: SurveyBars, settings: Settings, now: datetime
) -> list[Asking]:
    """Return whom to ask about this case today, and whom to remind. Pure."""
    kind = settings.kinds[Kind.SURVEY]
    if case.report is None or case.report.alias_of or not kind.on:
        return []
    found: list[Asking] = []
    taken = set(bars.in_peace)
    for victim in case.victims:
        if not (may_be_asked(case, victim, settings, now) and wants(case, victim, kind)):
            continue
        if has_stopped(case, victim, bars.guards):
            continue
        theirs_too = (n for n in told if n.fact == FIRST and n.victim == victim.origin)
        before = next(theirs_too, None)
        if before is not None:
            if before.id not in bars.answered and _to_remind(before, told, settings, now):
                found.append(Asking(duty=_reminder(case, before, settings, now)))
            continue
        reached = asked_on(CaseContext(case, bars.guards, settings, now), victim)
        theirs = reached | _person(victim)
        if reached and not theirs & taken and _is_day(case, settings, now):
            taken |= theirs
            found.append(Asking(duty=_first(case, victim, settings, now), known_by=theirs))
    return found


def _is_day(case: Case, settings: Settings, now: datetime) -> bool:
    """Whether the delay has passed, but not so long ago that the question would surprise."""
    start = _start(case, settings)
    if start is None or start < settings.agency.go_live:
        return False
    waited = (settings.today(now) - settings.today(start)).days
    latest = settings.survey.days_after + settings.kinds[Kind.SURVEY].age_limit.days
    return settings.survey.days_after <= waited <= latest


def _start(case: Case, settings: Settings) -> datetime | None:
    """Return when the delay starts: at the report, or at the closing of the case."""
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
    """Return a mark that identifies a person on another report, with another phone.

    Records systems number people in different ways, some again on every report. Two people with the
    same last name and birth date count as one: not being asked harms nobody.
    """
    if victim.birth_date is None or not victim.last_name:
        return frozenset()
    return frozenset({f"{plain_name(victim.last_name)}|{victim.birth_date.isoformat()}"})


def _first(case: Case, victim: Victim, settings: Settings, now: datetime) -> Duty:
    survey = duty_id(case.origin, FIRST, Kind.SURVEY, victim.origin)
    at = sent_at(survey, settings, now)
    return Duty(
        id=survey,
        case=case.origin,
        victim=victim.origin,
        kind=Kind.SURVEY,
        fact=FIRST,
        fact_at=at,
        first_seen=at,
        deadline=at + settings.kinds[Kind.SURVEY].deadline,
    )


def _to_remind(before: Notice, told: Sequence[Notice], settings: Settings, now: datetime) -> bool:
    days = settings.survey.reminder_days
    if not days or not was_told(before) or now >= closes_at(before.fact_at, settings):
        return False
    if any(n.fact == REMINDER and n.victim == before.victim for n in told):
        return False
    asked_on = settings.today(before.told_at or before.created_at)
    return settings.today(now) >= asked_on + timedelta(days=days)


def _reminder(case: Case, before: Notice, settings: Settings, now: datetime) -> Duty:
    reminder = duty_id(case.origin, REMINDER, Kind.SURVEY, before.victim)
    at = sent_at(reminder, settings, now)
    return Duty(
        id=reminder,
        case=case.origin,
        victim=before.victim,
        kind=Kind.SURVEY,
        fact=REMINDER,
        fact_at=before.fact_at,  # the reminder closes together with its survey
        first_seen=at,
        deadline=at + settings.kinds[Kind.SURVEY].deadline,
    )


def ask(case: Case, told: Sequence[Notice], settings: Settings, now: datetime) -> Counter[str]:
    """Enter a case's surveys and reminders of today in the ledger.

    Asking twice enters nothing twice.

    Args:
        case: the case, as it is now.

    Returns:
        How many people are asked, and how many reminded.
    """
    done: Counter[str] = Counter()
    # What is known of the people can only be a reason to ask nobody: of most cases it is not read.
    if not asked(case, told, SurveyBars(), settings, now):
        return done
    known = guards.read_for(case)
    marks = {mark for victim in case.victims for mark in _person(victim)}
    keys = {**known.keys, **{mark: hashing.address_key(mark) for mark in marks}}
    lately = survey_schedule.in_peace(set(keys.values()), now)
    surveys = {n.id for n in told if n.fact == FIRST and n.kind is Kind.SURVEY}
    bars = SurveyBars(
        guards=known,
        in_peace=frozenset(mark for mark, key in keys.items() if key in lately),
        answered=frozenset(survey_responses.answered(surveys)),
    )
    until = now + timedelta(days=settings.survey.days_between)
    for asking in asked(case, told, bars, settings, now):
        duty = asking.duty
        theirs = {keys[mark] for mark in asking.known_by}
        stamp = stamp_of(case, duty.victim, settings)
        if survey_schedule.enter(duty, theirs, until, stamp, now):
            done["asked" if duty.fact == FIRST else "reminded"] += 1
    return done

"""Invite people to the survey: whom to ask today, and whom to remind.

`reconcile` calls `ask` at night for each case, which it has read anyway. Surveys enter the ledger
like any other duty and wait for the morning. When they are sent, the claim, the guards, the quiet
hours, the opt-outs and the restrictions of docs/rules.md#3 apply to them. A survey's id is the id
of the notice that first asked; its reminder links to the same survey.
"""

from collections import Counter
from datetime import datetime, timedelta

from msgspec.structs import replace

from aviso.domain.case_at import CaseAt
from aviso.domain.duties import duty_id, wants
from aviso.domain.fact_keys import fact_keys, status_key
from aviso.domain.model import Case, Kind, Victim
from aviso.domain.notice import Duty, Notice
from aviso.domain.notice_states import was_told
from aviso.domain.report_dimensions import stamp_of
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


class Asking(Frozen, frozen=True, kw_only=True):
    """A survey to enter, and the marks that identify the person who is asked."""

    duty: Duty
    known_by: frozenset[str] = frozenset()  # addresses, name and birth date; none for a reminder


class SurveyBars(Frozen, frozen=True, kw_only=True):
    """What is known of a case's people that may bar a survey."""

    in_peace: frozenset[str] = frozenset()  # marks of people who were asked lately, on any case
    answered: frozenset[str] = frozenset()  # ids of surveys that have an answer


def asked(at: CaseAt, bars: SurveyBars) -> list[Asking]:
    """Return whom to ask about this case today, and whom to remind. Pure."""
    case, kind = at.case, at.settings.kinds[Kind.SURVEY]
    if case.report is None or case.report.alias_of or not kind.on:
        return []
    found: list[Asking] = []
    taken = set(bars.in_peace)
    for victim in case.victims:
        if not (may_be_asked(at, victim) and wants(case, victim, kind)):
            continue
        if has_stopped(at, victim):
            continue
        theirs_too = (n for n in at.told if n.fact == FIRST and n.victim == victim.origin)
        before = next(theirs_too, None)
        if before is not None:
            if before.id not in bars.answered and _to_remind(at, before):
                found.append(Asking(duty=_reminder(at, before)))
            continue
        reached = asked_on(at, victim)
        theirs = reached | _person(victim)
        if reached and not theirs & taken and _is_day(at):
            taken |= theirs
            found.append(Asking(duty=_first(at, victim), known_by=theirs))
    return found


def _is_day(at: CaseAt) -> bool:
    """Whether the delay has passed, but not so long ago that the question would surprise."""
    settings, start = at.settings, _start(at.case, at.settings)
    if start is None or start < settings.agency.go_live:
        return False
    waited = (at.today - settings.today(start)).days
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


def _first(at: CaseAt, victim: Victim) -> Duty:
    survey = duty_id(at.case.origin, FIRST, Kind.SURVEY, victim.origin)
    goes = sent_at(survey, at.settings, at.now)
    return Duty(
        id=survey,
        case=at.case.origin,
        victim=victim.origin,
        kind=Kind.SURVEY,
        fact=FIRST,
        fact_at=goes,
        first_seen=goes,
        deadline=goes + at.settings.kinds[Kind.SURVEY].deadline,
    )


def _to_remind(at: CaseAt, before: Notice) -> bool:
    settings, days = at.settings, at.settings.survey.reminder_days
    if not days or not was_told(before) or at.now >= closes_at(before.fact_at, settings):
        return False
    if any(n.fact == REMINDER and n.victim == before.victim for n in at.told):
        return False
    asked_on = settings.today(before.told_at or before.created_at)
    return at.today >= asked_on + timedelta(days=days)


def _reminder(at: CaseAt, before: Notice) -> Duty:
    reminder = duty_id(at.case.origin, REMINDER, Kind.SURVEY, before.victim)
    goes = sent_at(reminder, at.settings, at.now)
    return Duty(
        id=reminder,
        case=at.case.origin,
        victim=before.victim,
        kind=Kind.SURVEY,
        fact=REMINDER,
        fact_at=before.fact_at,  # the reminder closes together with its survey
        first_seen=goes,
        deadline=goes + at.settings.kinds[Kind.SURVEY].deadline,
    )


def ask(at: CaseAt) -> Counter[str]:
    """Enter a case's surveys and reminders of today in the ledger.

    Asking twice enters nothing twice.

    Args:
        at: the case as it was just read; its guards are read if anybody may be asked.

    Returns:
        How many people are asked, and how many reminded.
    """
    done: Counter[str] = Counter()
    # What is known of the people can only be a reason to ask nobody: of most cases it is not read.
    if not asked(at, SurveyBars()):
        return done
    case, now = at.case, at.now
    known = guards.read_for(case)
    marks = {mark for victim in case.victims for mark in _person(victim)}
    keys = {**known.keys, **{mark: hashing.address_key(mark) for mark in marks}}
    lately = survey_schedule.in_peace(set(keys.values()), now)
    surveys = {n.id for n in at.told if n.fact == FIRST and n.kind is Kind.SURVEY}
    bars = SurveyBars(
        in_peace=frozenset(mark for mark, key in keys.items() if key in lately),
        answered=frozenset(survey_responses.answered(surveys)),
    )
    until = now + timedelta(days=at.settings.survey.days_between)
    for asking in asked(replace(at, guards=known), bars):
        duty = asking.duty
        theirs = {keys[mark] for mark in asking.known_by}
        stamp = stamp_of(case, duty.victim, at.settings)
        if survey_schedule.enter(duty, theirs, until, stamp, now):
            done["asked" if duty.fact == FIRST else "reminded"] += 1
    return done

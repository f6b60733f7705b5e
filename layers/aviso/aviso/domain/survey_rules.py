"""Pure rules of surveys: who may be asked how the agency did, and until when.

`owed` reads them, so that a survey in the ledger stops with its case. `survey_invitations` asks by
them, and decides on which day. The questions are in the settings (`survey.questions`).
"""

from datetime import date, datetime, time, timedelta
from zlib import crc32

from aviso.domain.case_at import CaseAt
from aviso.domain.fact_keys import FactKey
from aviso.domain.model import Channel, Victim
from aviso.domain.people import age_unknown, is_minor, is_silenced
from aviso.domain.roster import reach
from aviso.domain.settings import Settings

SENT_FROM = time(9)  # on the agency's clock: spread over this hour, so that news need not wait
FIRST = FactKey("survey:1")  # the fact of the only survey for a victim of a case
REMINDER = FactKey("survey:1r1")


def may_be_asked(at: CaseAt, victim: Victim) -> bool:
    """Whether a victim may be asked: never on restricted cases, never who cannot act.

    Nobody is asked about an offense whose group has surveys off, or whose code is not in the
    settings.
    """
    report, settings = at.case.report, at.settings
    if report is None or not settings.survey.on or at.restriction:
        return False
    group = settings.offense_group(report.offense)
    if group is None or not group.surveys:
        return False
    minor = is_minor(victim, at.today) or age_unknown(victim, settings)
    return not (is_silenced(victim) or victim.removed or minor or victim.victim_type)


def has_stopped(at: CaseAt, victim: Victim) -> bool:
    """Whether a victim stopped messages to any phone or email of theirs.

    A notice still goes to their email, because the law requires it; no law requires a survey.
    """
    given = at.case.enrollment_of(victim.origin).active_contacts
    theirs = {victim.phone, victim.email, *(c.address for c in given)}
    return bool(theirs & at.guards.opted_out)


def sent_at(survey: str, settings: Settings, now: datetime) -> datetime:
    """Return when today's survey or reminder of this id is sent; `now` if that is over."""
    today = datetime.combine(settings.today(now), SENT_FROM, settings.agency.zone)
    first = today + timedelta(seconds=crc32(survey.encode()) % 3600)
    return max(now, first.astimezone(now.tzinfo))


def closes_at(asked_at: datetime, settings: Settings) -> datetime:
    """Return when a survey closes: the end of its last day, as people read "until May 4".

    `asked_at` is the survey's `fact_at`; a reminder has the `fact_at` of its survey.
    """
    zone = settings.agency.zone
    last = last_day(asked_at, settings)
    return datetime.combine(last + timedelta(days=1), time(), zone).astimezone(asked_at.tzinfo)


def last_day(asked_at: datetime, settings: Settings) -> date:
    """Return the last day on which a survey can be answered, in the agency's time zone."""
    day = asked_at.astimezone(settings.agency.zone).date()
    return day + timedelta(days=settings.survey.open_days)


def asked_on(at: CaseAt, victim: Victim) -> frozenset[str]:
    """Return every phone and email that a survey may go to."""
    found = reach(at, victim)
    return frozenset(
        c.address for c in found.contacts if c.channel is not Channel.LETTER and not c.beside
    )

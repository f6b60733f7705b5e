"""An officer's word that they told somebody (docs/rules.md#25). Pure.

The officer gives the rights at the scene. Who has heard is not written to again,
and nobody has to call. In doubt the word counts nothing, and the notice goes as ever.
"""

from datetime import datetime, timedelta

from aviso.domain.case_at import CaseAt
from aviso.domain.model import Case, Kind, Person
from aviso.domain.name_search import words
from aviso.domain.notice import Duty, Notice, OfficersWord

RECORDS = "records"  # who wrote it in the ledger: no member of staff
WAYS = ("in_person", "phone", "paper")
# Told at the scene, perhaps before the report is written; and some systems keep no hour.
AT_THE_SCENE = {kind: timedelta(days=1) for kind in (Kind.FIRST_CONTACT, Kind.REPORT_RECEIVED)}


def told_by_officer(at: CaseAt, news: Duty | Notice) -> OfficersWord | None:
    """Return the records system's word that an officer told this news; None without one.

    A notice that somebody asked for again is given, whatever a row says.
    """
    victim, asked_again = at.case.victim(news.victim), isinstance(news, Notice) and news.resent_at
    if victim is None or asked_again or news.kind not in at.settings.told_by_officer:
        return None
    found = (word for who in at.spoken_for(victim) if (word := _word_of(who, news.kind)))
    return next((word for word in found if counts(word, news, at.case, at.now)), None)


def counts(word: OfficersWord, news: Duty | Notice, case: Case, now: datetime) -> bool:
    """Whether a word says all of it, about a time since the fact, by somebody not on the case.

    What the victim denied counts no more.
    """
    if not word.officer or word.how not in WAYS or _is_on_case(case, word.officer):
        return False
    denied = case.enrollment_of(news.victim).not_told_at
    earliest = news.fact_at - AT_THE_SCENE.get(news.kind, timedelta())
    return earliest <= word.at <= now and (denied is None or denied < word.at)


def is_denied(at: CaseAt, notice: Notice) -> bool:
    """Whether an officer's word ended a notice, and its victim said since: nobody told me."""
    denied = at.case.enrollment_of(notice.victim).not_told_at
    told = notice.told_at if notice.officer else None
    return denied is not None and told is not None and told <= denied


def _word_of(who: Person, kind: Kind) -> OfficersWord | None:
    """Return what a row says about news of this kind."""
    if who.told_at is None or kind not in who.told_of.split():
        return None
    return OfficersWord(who.told_by, who.told_how, who.told_at)


def _is_on_case(case: Case, officer: str) -> bool:
    """Whether the officer may be a suspect, a speaker or a victim, who has no say here."""
    people = (*case.suspected, *case.speakers, *case.former_speakers, *case.victims)
    return any(not set(words(officer)).isdisjoint(words(one.last_name)) for one in people)

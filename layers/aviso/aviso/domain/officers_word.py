"""An officer's word that they told somebody (docs/rules.md#25). Pure.

The officer gives the rights at the scene. Who has heard is not written to again,
and nobody has to call. In doubt the word counts nothing, and the notice goes as ever.
"""

from collections.abc import Iterable
from datetime import datetime, timedelta

from aviso.domain.case_at import CaseAt
from aviso.domain.fact_keys import REMOVED, UNSAFE
from aviso.domain.model import Case, Kind, Person, Victim
from aviso.domain.name_search import words
from aviso.domain.notice import Duty, Notice, OfficersWord
from aviso.domain.notice_states import UNSENT
from aviso.domain.reasons import SUPERVISORS, HoldReason
from aviso.domain.unheard_changes import unheard
from aviso.domain.victim_holds import victim_holds

RECORDS = "records"  # who wrote it in the ledger: no member of staff
# Who is told must be found out first.
UNSURE = frozenset(
    {HoldReason.VICTIM_IN_DOUBT, HoldReason.BIRTH_DATE_UNREADABLE, HoldReason.AGE_UNKNOWN}
)
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
    spoken = at.spoken_for(victim)
    said = [word for who in spoken if (word := _word_of(who, news.kind))]
    if not said or _is_a_persons(at, victim, len(spoken)):
        return None
    found = (w for w in said if counts(w, news, at.case, at.now) and _is_about(at, w, news))
    return next(found, None)


def _is_a_persons(at: CaseAt, victim: Victim, spoken: int) -> bool:
    """Whether a person must first say who is told, or whether a victim knows of a change."""
    unsure = UNSURE.intersection(victim_holds(at, victim, spoken))
    return bool(unsure) or unheard(at, victim, (REMOVED, UNSAFE))


def _is_about(at: CaseAt, word: OfficersWord, news: Duty | Notice) -> bool:
    """Whether a word is about this fact: the latest before it, and never taken back since.

    An old word says nothing of an earlier arrest that came later, or of one that is said again.
    """
    before = [f for f in at.facts if f.kind is news.kind and f.at <= _until(word, f.kind)]
    latest = max(before, key=lambda f: f.at, default=None)
    arrest = next((a for a in at.case.arrests if a.origin == news.fact.subject), None)
    again = arrest is not None and arrest.withdrawals > 0
    return latest is not None and latest.key == news.fact and not again


def _until(word: OfficersWord, kind: Kind) -> datetime:
    """Return until when a fact may have happened that a word is about."""
    return word.at + AT_THE_SCENE.get(kind, timedelta())


def counts(word: OfficersWord, news: Duty | Notice, case: Case, now: datetime) -> bool:
    """Whether a word says all of it, about a time since the fact, by somebody not on the case.

    What the victim denied counts no more.
    """
    if not word.officer or word.how not in WAYS or _is_on_case(case, word.officer):
        return False
    denied = case.enrollment_of(news.victim).not_told_at
    return (
        news.fact_at <= _until(word, news.kind)
        and word.at <= now
        and (denied is None or denied < word.at)
    )


def ended_by_word(notice: Notice) -> bool:
    """Whether a notice ended by an officer's word alone: no message had told it before."""
    return bool(notice.officer and notice.told_by)


def is_denied(at: CaseAt, notice: Notice) -> bool:
    """Whether an officer's word ended a notice, and its victim said since: nobody told me."""
    denied = at.case.enrollment_of(notice.victim).not_told_at
    told = notice.told_at if ended_by_word(notice) else None
    return denied is not None and told is not None and told <= denied


def is_taken_back(at: CaseAt, notice: Notice) -> bool:
    """Whether the records system's word ended a notice, and now says that nobody told anything."""
    victim = at.case.victim(notice.victim)
    if victim is None or not ended_by_word(notice) or notice.told_by != RECORDS:
        return False
    return not any(who.told_of for who in (victim, *at.case.speakers_for(victim)))


def _word_of(who: Person, kind: Kind) -> OfficersWord | None:
    """Return what a row says about news of this kind."""
    if who.told_at is None or kind not in who.told_of.split():
        return None
    return OfficersWord(who.told_by, who.told_how, who.told_at)


def _is_on_case(case: Case, officer: str) -> bool:
    """Whether the officer may be a suspect, a speaker or a victim, who has no say here."""
    people = (*case.suspected, *case.speakers, *case.former_speakers, *case.victims)
    return _shares_name(officer, people)


def _shares_name(officer: str, people: Iterable[Person]) -> bool:
    return any(not set(words(officer)).isdisjoint(words(one.last_name)) for one in people)


def is_officers(case: Case, email: str, name: str) -> bool:
    """Whether a case is assigned to this officer, and no suspect may be the officer.

    Args:
        email: the officer's, as the directory proved it.
        name: that of the officer's account.
    """
    report = case.report
    if not email or report is None or report.removed or report.assigned_email != email:
        return False
    suspects = {c for s in case.suspected for c in (s.phone, s.email, *s.past_contacts)} - {""}
    return suspects.isdisjoint((email, report.assigned_phone)) and not _shares_name(
        f"{report.assigned} {name}", case.suspected
    )


def untold(at: CaseAt, victim: Victim) -> list[Notice]:
    """Return the news that an officer may still tell a victim, who hears it themself."""
    spoken = at.spoken_for(victim)
    if victim not in spoken or _is_a_persons(at, victim, len(spoken)):
        return []
    news = (n for n in at.told_to(victim) if n.state in UNSENT and n.kind.rank)
    return [n for n in news if n.reason not in SUPERVISORS]

"""What a clerk says to a victim in plain words, in the victim's language, and what not to say."""

from collections.abc import Mapping, Sequence
from datetime import datetime
from typing import Any

from aviso.content import dates
from aviso.domain.audience import announces_mark, is_hers
from aviso.domain.case_at import CaseAt
from aviso.domain.fact_keys import DOUBT, HIDDEN, LOCK, OF_PLAN, SHARED, WAIVED
from aviso.domain.model import Case, Kind, Trait
from aviso.domain.notice import Notice
from aviso.domain.representatives import is_question
from aviso.domain.requests import Right, Rights, counting, state_of
from aviso.domain.settings import Settings
from aviso.domain.suspects import rows_of_suspects
from aviso.domain.text import shown
from aviso.domain.value import Frozen
from aviso.notices import composing
from aviso.staff.actor import Actor
from aviso.web.staff import pages

# The changes about which a clerk asks in their own words.
OF_CHANGE = frozenset({SHARED, HIDDEN, LOCK, DOUBT})


class Script(Frozen, frozen=True, kw_only=True):
    """What to say about one notice."""

    kind: str
    language: str  # in which it is written
    said: tuple[str, ...]


def script(at: CaseAt, notice: Notice, language: str, actor: Actor) -> Script:
    """Return what to say about a notice in a language of the agency's."""
    case, settings = at.case, at.settings
    words = pages.strings(language)
    facts = composing.facts_of(at, notice) if case.report else {}
    said = [words[f"desk_say_{notice.kind}"]]
    match notice.kind:
        case Kind.ARREST | Kind.INITIAL_APPEARANCE if facts:
            said = _court(notice.kind, facts, words, language, actor)
            said += [words["desk_say_release_ask"]] if _offers(case, notice, facts) else []
        case kind if Trait.OF_STATUS in kind.traits and facts:
            status = settings.statuses.get(facts["status"])
            said += [status.meaning[language], status.next_step[language]] if status else []
        case Kind.DETECTIVE_ASSIGNED if facts and facts["assigned"]:
            phone = shown(facts["assigned_phone"]) or settings.agency.phone
            said = [words["desk_say_assigned"].format(name=facts["assigned"], phone=phone)]
        case Kind.CORRECTION if facts and f"desk_say_wrong_{facts['corrects']}" in words:
            said = [words[f"desk_say_wrong_{facts['corrects']}"]]
        case Kind.ENROLLMENT_CONFIRMED if question := _question(case, notice):
            said = [words[question]]
        case Kind.CONTACT_CHANGED if announces_mark(notice):
            said = [words["desk_say_incapacitated"]]
        case Kind.CONTACT_CHANGED if notice.fact.change == WAIVED:
            hers = is_hers(case.victim(notice.victim), notice)
            said = [words["desk_say_waived_silenced" if hers else "desk_say_waived"]]
        case Kind.CONTACT_CHANGED if notice.fact.change in OF_CHANGE:
            said = [words[f"desk_say_changed_{_changed(case, notice)}"]]
    return Script(kind=notice.kind.value, language=language, said=tuple(said))


def _question(case: Case, notice: Notice) -> str:
    """Return what to ask about a plan or to a person who was named; empty for a confirmation."""
    if notice.fact.kind in OF_PLAN:
        return "desk_say_plan"
    return "desk_say_named" if is_question(case, notice) else ""


def _changed(case: Case, notice: Notice) -> str:
    """Return which change a clerk asks about, as the desk's words name it.

    A home is confidential from now on, or no longer; the agency may have ended a consent itself.
    """
    asked, given = notice.fact.change, case.enrollment_of(notice.victim).requests
    consent = counting(given, Right.HAND_OFF).get("")
    if asked == HIDDEN and state_of(given, Right.ADDRESS) is Rights.WAIVED:
        return "not_hidden"
    if asked == SHARED and consent and consent.by_agency:
        return "ended_by_agency"
    return asked


def _court(
    kind: Kind,
    facts: Mapping[str, Any],
    words: Mapping[str, str],
    language: str,
    actor: Actor,
) -> list[str]:
    """Return what to say about an arrest and the first court date."""
    said, settings = [], actor.settings
    if kind is Kind.ARREST:
        said.append(words["desk_say_arrest"])
        said.append(words["desk_say_juvenile" if facts.get("juvenile") else "desk_say_adult"])
    at: datetime | None = facts.get("appearance_at")
    if at:
        form = "moment" if facts["appearance_time_known"] else "day"
        when = dates.written(at, form, language)  # type: ignore[arg-type]
        place = facts["appearance_place"]
        key = "desk_say_court_place" if place else "desk_say_court"
        key = "desk_say_court_past" if at < actor.now else key
        said.append(words[key].format(when=when, place=place, phone=settings.prosecutor_phone))
    else:
        said.append(words["desk_say_court_unknown"])
    default = settings.juvenile_phone if facts.get("juvenile") else settings.custody_phone
    phone = shown(facts.get("custody_phone", "")) or default
    said.append(words["desk_say_release"].format(phone=phone))
    return said


def _offers(case: Case, notice: Notice, facts: Mapping[str, Any]) -> bool:
    """Whether to say that we can ask the jail: not where who is called may speak for the victim."""
    victim = case.victim(notice.victim)
    speakers = case.speakers_for(victim) if victim else ()
    reported = any(speaker.relation == "representative" for speaker in speakers)
    given = case.enrollment_of(notice.victim)
    grown = any(contact.giver for contact in given.usable_contacts)  # a guardian's phone
    return bool(facts.get("we_ask")) and not (given.representatives or reported or grown)


def unsaid(case: Case, kinds: Sequence[str], settings: Settings) -> list[str]:
    """Return what must not be mentioned, as keys of the desk's words."""
    warrant = _has_warrant(case, settings) and Kind.WARRANT not in kinds
    found = ["warrant"] if warrant else []
    if any(row.street or row.phone or row.email for row in rows_of_suspects(case)):
        found.append("suspect_home")
    return [*found, "message"]


def warns_of_warrant(case: Case, settings: Settings) -> bool:
    """Whether the case has a warrant that no victim may hear of from us."""
    return "warrant" in unsaid(case, (), settings)


def _has_warrant(case: Case, settings: Settings) -> bool:
    """Whether a warrant was issued or asked for: by its date, the settings, or the code."""
    report = case.report
    if report is None:
        return False
    status = settings.statuses.get(report.status)
    marked = status is not None and status.warrant
    return bool(report.warrant_at) or marked or "WARRANT" in report.status.upper()

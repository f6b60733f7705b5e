"""Write one message: its text, its links and its check code."""

from typing import Any

from aviso.content import links, messages
from aviso.domain.audience import announces_mark, as_this_tells, is_hers
from aviso.domain.case_at import CaseAt
from aviso.domain.contacts import SPEAKS, Contact
from aviso.domain.fact_keys import PLAN, arrest_key
from aviso.domain.hand_off_duties import offers_to_ask
from aviso.domain.model import Kind, Victim
from aviso.domain.notice import Notice
from aviso.domain.notice_states import was_told
from aviso.domain.people import is_organization, is_silenced, name_of
from aviso.domain.routing import Situation
from aviso.domain.settings import Settings
from aviso.domain.speakers import told_instead
from aviso.domain.survey_rules import last_day
from aviso.providers.message import OutgoingMessage
from aviso.runtime.invocation import Invocation

ONE_ARREST = "one_arrest"  # a correction's words if another arrest still stands


def message_to(
    hop: Contact, situation: Situation, n: int, invocation: Invocation
) -> OutgoingMessage:
    """Write one hop's message in its reader's language; it is attempt `n` of its notice."""
    notice, settings = situation.notice, invocation.settings
    portal = invocation.portal_url.rstrip("/")
    facts = messages.MessageFacts(
        portal_url=portal,
        not_me_url=f"{portal}/not-me?t={links.token(links.LinkPurpose.NOT_ME, notice.id, n)}",
        stop_url=f"{portal}/stop?t={links.token(links.LinkPurpose.STOP, notice.id, n)}",
        check_code=links.check_code(hop.address, invocation.clock().date()),  # of this day, UTC
        **facts_for(hop, situation),
        **_survey(notice, n, portal, settings),
        **_question(hop, notice, n, portal),
    )
    text = messages.render(notice.kind, hop.channel, hop.language, facts, settings)
    if isinstance(text, messages.Sms):
        return OutgoingMessage(
            address=hop.address,
            text=text.body,
            notice=notice.id,
            attempt=n,
            segments=text.segments,
        )
    assert isinstance(text, messages.Email)
    return OutgoingMessage(
        address=hop.address,
        text=text.text,
        html=text.html,
        subject=text.subject,
        notice=notice.id,
        attempt=n,
        unsubscribe=facts.stop_url,
    )


def facts_for(hop: Contact, situation: Situation) -> dict[str, Any]:
    """Return the facts of a case as one reader may read them, for `messages.MessageFacts`.

    A contact left by a guardian stays the guardian's, even after the child turns 18. No code opens
    a silenced victim's case, neither for the victim nor for a speaker.
    """
    case, notice = situation.case, situation.notice
    facts = facts_of(situation, notice)
    speaks, victim = hop.source == SPEAKS, case.victim(notice.victim)
    given = case.enrollment_of(notice.victim).contacts
    by_guardian = any(contact.id == hop.contact and contact.giver for contact in given)
    closed = speaks and victim and is_silenced(victim)
    return facts | {
        "represents": speaks or by_guardian,
        "silenced": facts["silenced"] or bool(closed),
    }


def _question(hop: Contact, notice: Notice, n: int, portal: str) -> dict[str, Any]:
    """Return the link by which a person whom a victim named, or a plan's contact, says yes or no.

    The question about a plan goes to its contact alone.
    """
    asks = notice.kind is Kind.ENROLLMENT_CONFIRMED and hop.source == SPEAKS
    if asks and hop.contact == notice.fact.subject:
        purpose = links.LinkPurpose.SPEAK
    elif notice.fact.kind == PLAN:
        purpose = links.LinkPurpose.PLAN
    else:
        return {}
    return {f"{purpose}_url": f"{portal}/{purpose}?t={links.token(purpose, notice.id, n)}"}


def _survey(notice: Notice, n: int, portal: str, settings: Settings) -> dict[str, Any]:
    """Return a survey's link and last day; a reminder's link opens the same survey."""
    if notice.kind is not Kind.SURVEY:
        return {}
    return {
        "survey_url": f"{portal}/survey?t={links.token(links.LinkPurpose.SURVEY, notice.id, n)}",
        "survey_until": last_day(notice.fact_at, settings),
    }


def _corrected(at: CaseAt, original: Notice) -> str:
    """Return what a correction says was wrong: the notice's kind, or one arrest of several.

    Another arrest stands only if the same victim was told of it.
    """
    stand = {arrest_key(arrest) for arrest in at.case.arrests if arrest.withdrawn_at is None}
    others = (n for n in at.told if n.victim == original.victim and n.fact in stand)
    one_of_several = original.kind is Kind.ARREST and any(was_told(n) for n in others)
    return ONE_ARREST if one_of_several else original.kind


def _organization(victim: Victim, notice: Notice) -> str:
    """Return the name of a victim whom a notice tells as an organization, or an empty string."""
    return name_of(victim) if is_organization(as_this_tells(victim, notice)) else ""


def facts_of(at: CaseAt, notice: Notice) -> dict[str, Any]:
    """Return the facts of a case that a message may tell, for `messages.MessageFacts`."""
    case, report = at.case, at.case.report
    assert report is not None, "a notice without its report is held before it gets here"
    original = next((n for n in at.told if n.id == notice.corrects), None)
    victim = case.victim(notice.victim)
    facts: dict[str, Any] = {
        "organization": _organization(victim, notice) if victim else "",
        "report_number": case.shown,
        "assigned": report.assigned,
        "assigned_phone": report.assigned_phone,
        "status": report.status,
        "corrects": _corrected(at, original) if original else "",
        "change": notice.fact.change,
        "silenced": is_hers(victim, notice),
    }
    if victim and announces_mark(notice):
        facts["unspoken"] = told_instead(at, victim).keys() <= {victim.origin}
    arrest = next((a for a in case.arrests if a.origin == notice.fact.subject), None)
    if arrest and notice.kind in (Kind.ARREST, Kind.INITIAL_APPEARANCE):
        facts |= {
            "juvenile": arrest.juvenile,
            "appearance_at": arrest.appearance_at,
            "appearance_time_known": arrest.appearance_time_known,
            "appearance_place": arrest.appearance_place,
            "custody_agency": arrest.custody_agency,
            "custody_phone": arrest.custody_phone,
            "we_ask": victim is not None and offers_to_ask(at, victim, juvenile=arrest.juvenile),
        }
    return facts

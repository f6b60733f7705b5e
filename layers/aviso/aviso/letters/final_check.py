"""Check a queued letter again, by its case and the guards of this moment (docs/rules.md#3).

The rules are those of `route`. A letter waits for days where a text waits for minutes. Meanwhile
the fact may have been withdrawn, the case restricted, a late receipt received, or a phone left on
the portal, which is quicker than a letter.
"""

from datetime import datetime

from aviso.content import messages
from aviso.domain import postal_format
from aviso.domain.contacts import Contact
from aviso.domain.errors import Conflict
from aviso.domain.model import Channel
from aviso.domain.notice import Notice, OfficersWord, State
from aviso.domain.notice_states import STUCK, WATCH_AGAIN
from aviso.domain.people import is_organization, is_silenced, name_of
from aviso.domain.reasons import HoldReason, Reason, WaitReason
from aviso.domain.restriction import restriction_of
from aviso.domain.routing import Hold, QueueLetter, Send, Situation, Suppress, Wait, route
from aviso.domain.value import Frozen
from aviso.letters import pdf
from aviso.notices.case_reads import read_situation
from aviso.notices.composing import facts_for
from aviso.runtime.invocation import Invocation
from aviso.storage import notices


class Ready(Frozen, frozen=True, kw_only=True):
    """A letter to print."""

    case: str  # the case's number now
    victim: str
    origin: str  # the case's first number, which a code names
    opens: bool  # whether the portal would open the case with a code
    mail: pdf.Mail  # without a code


def check(notice_id: str, invocation: Invocation) -> Ready | str:
    """Return a letter that may be printed, or in a word what happened to its notice.

    `notice_id` is a notice that is queued, or was queued a moment ago.
    """
    notice = notices.read(notice_id)
    if notice is None or notice.state is not State.QUEUED:
        return "moved_on"
    situation = read_situation(notice, invocation)
    notice, now = situation.notice, situation.now
    match route(situation):
        case QueueLetter(to=to):
            victim = situation.victim
            whose = name_of(victim) if victim and is_organization(victim) else ""
            address = postal_format.lines(to.name, to.address, whose)
            if address is None or not pdf.fits(address):
                return _move(notice, State.HELD, now + WATCH_AGAIN, HoldReason.BAD_ADDRESS)
            return Ready(
                case=situation.case.number,
                victim=notice.victim,
                origin=situation.case.origin,
                opens=_opens(situation),
                mail=_mail(to, address, situation, invocation.portal_url),
            )
        case Hold(reason=reason):
            return _move(notice, State.HELD, now + WATCH_AGAIN, reason)
        case Send() | Suppress(word=OfficersWord()):  # `send` ends it, with who told it
            return _move(notice, State.PLANNED, now + STUCK, "")
        case Suppress(reason=reason):
            return _move(notice, State.SUPPRESSED, None, reason)
        case Wait(reason=WaitReason.QUIET_HOURS | WaitReason.OUTSIDE_PLAN):  # a text is quicker
            return _move(notice, State.PLANNED, now + STUCK, "")
        case Wait():
            return "waiting"


def _move(notice: Notice, to: State, due_at: datetime | None, reason: Reason) -> str:
    try:
        notices.move(notice, to, due_at=due_at, only_from=[State.QUEUED], reason=reason)
    except Conflict:
        return "moved_on"
    return reason if to is State.HELD else to.value


def _mail(to: Contact, address: tuple[str, ...], situation: Situation, portal_url: str) -> pdf.Mail:
    """Write a letter in its reader's language."""
    notice, settings, now = situation.notice, situation.settings, situation.now
    language = messages.language_for(to.language, settings)
    facts = messages.MessageFacts(
        portal_url=portal_url,
        name=to.name,
        **facts_for(to, situation),
    )
    text = messages.render(notice.kind, Channel.LETTER, language, facts, settings)
    if not isinstance(text, messages.Letter):
        raise TypeError("the wording of a letter is a letter")
    return pdf.Mail(
        address=address,
        language=language,
        title=text.title,
        parts=text.parts,
        day=settings.today(now),
        portal_url=portal_url.rstrip("/"),
    )


def _opens(situation: Situation) -> bool:
    """Whether the portal would open the case to this victim with a code."""
    case, settings = situation.case, situation.settings
    victim = case.victim(situation.notice.victim)
    if victim is None or is_silenced(victim):
        return False
    return not restriction_of(case, settings) or settings.verification.restricted_by_code

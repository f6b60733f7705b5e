"""Whether somebody has heard of a change that can silence a victim (docs/rules.md#27). Pure."""

from collections.abc import Collection, Iterable

from aviso.domain.case_at import CaseAt
from aviso.domain.contacts import Contact
from aviso.domain.fact_keys import FactKey
from aviso.domain.model import Channel, EnrolledContact, Kind, Victim
from aviso.domain.notice import Notice, State
from aviso.domain.notice_states import OVER, was_told
from aviso.domain.reasons import HoldReason, StopReason


def unheard(at: CaseAt, victim: Victim, kinds: Collection[str]) -> bool:
    """Whether perhaps nobody has heard of such a change.

    Args:
        kinds: which changes count.
    """
    theirs: dict[str, Notice] = {n.fact: n for n in at.told_to(victim)}
    since = at.now - at.settings.settle  # a change made later may not be in the ledger yet
    return any(
        _is_open(theirs[change.key]) if change.key in theirs else change.at > since
        for change in at.case.enrollment_of(victim.origin).changes
        if change.asks and FactKey(change.key).kind in kinds
    )


def only_added_left(at: CaseAt, victim: Victim, used: Iterable[Contact]) -> bool:
    """Whether only contacts are left that somebody added, perhaps with a phone stopped since.

    Who holds her phone for an hour may add theirs and stop hers. A supervisor decides once, until
    another one is added. A contact of the desk counts as hers, and one left with a code on paper.

    Args:
        used: the contacts to tell.
    """
    stopped = _stopped(at, victim)
    given, roots = at.case.enrollment_of(victim.origin).contacts, {*stopped, ""}
    added = {c.id: c.added_at for c in given if c.root in roots and _is_new(c)}
    left = {contact.contact for contact in used if contact.channel is not Channel.LETTER}
    if not (stopped and left and left <= added.keys()):
        return False
    since = max(added[id] for id in left)
    return not any(_was_judged(news) and news.first_seen >= since for news in at.told_to(victim))


def _is_new(contact: EnrolledContact) -> bool:
    """Whether a contact is not the report's: left by a visitor, or a person's whom one named."""
    return contact.new_to_agency or contact.holder is not None


def _stopped(at: CaseAt, victim: Victim) -> set[str]:
    """Return the keys of a victim's phones and emails that said STOP or "not me", or bounced."""
    case, guards = at.case, at.guards
    people = (victim, *case.speakers_for(victim))
    theirs = {address for person in people for address in (person.phone, person.email)}
    theirs |= {contact.address for contact in case.enrollment_of(victim.origin).contacts}
    gone = guards.opted_out | guards.not_me | guards.bounced
    return {guards.keys.get(a, "") for a in theirs & gone}


def _was_judged(news: Notice) -> bool:
    """Whether a supervisor released or told news that waited because of a change."""
    by_person = news.reason == StopReason.TOLD_BY_PERSON and news.held_for
    judged = HoldReason.CHANGE_UNHEARD in (*news.overruled, by_person)
    return judged and news.kind is not Kind.CONTACT_CHANGED


def _is_open(change: Notice) -> bool:
    """Whether nobody heard of a change: what was sent for one that is held never arrived."""
    heard = was_told(change) and change.state is not State.HELD
    return not (change.state in OVER or heard)

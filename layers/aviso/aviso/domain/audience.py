"""Which of a victim's contacts get a notice. Pure."""

from collections.abc import Iterator, Sequence

from msgspec.structs import replace

from aviso.domain import text_regions
from aviso.domain.announcement import announcement_of
from aviso.domain.case_at import CaseAt
from aviso.domain.contacts import PORTAL, SPEAKS, Contact, called_unsafe
from aviso.domain.fact_keys import INCAPACITATED
from aviso.domain.model import Case, Channel, Kind, Victim
from aviso.domain.notice import Notice
from aviso.domain.people import as_told, silenced_since, spoken_for
from aviso.domain.reasons import HoldReason
from aviso.domain.representatives import suspected
from aviso.domain.suspects import addresses_of_suspects
from aviso.domain.unsafe_addresses import unsafe_for_others


def audience_of(
    at: CaseAt, victim: Victim, notice: Notice, contacts: Sequence[Contact]
) -> list[Contact]:
    """Return the contacts a notice of this kind goes to, of those that may be used.

    A new contact gets its own confirmation. A change goes to the contacts that were stored with it
    (docs/rules.md#27). If nobody heard it, a supervisor may release a letter. It goes to no home
    that was changed since.
    """
    match notice.kind:
        case Kind.ENROLLMENT_CONFIRMED:
            about = notice.fact.subject
            return [replace(c, beside=False) for c in contacts if c.contact == about]
        case Kind.CONTACT_CHANGED if HoldReason.CHANGE_UNHEARD in notice.overruled:
            return _letters(victim, notice, contacts)
        case Kind.CONTACT_CHANGED:
            return list(_hearers(at, victim, notice, contacts))
        case Kind.SURVEY if _speaks(at, victim):
            return [c for c in contacts if c.source != SPEAKS]
    return list(contacts)


def _letters(victim: Victim, notice: Notice, contacts: Sequence[Contact]) -> list[Contact]:
    moved = victim.desk_home_at is not None and victim.desk_home_at >= notice.fact_at
    return [] if moved else [c for c in contacts if c.channel is Channel.LETTER]


def _hearers(
    at: CaseAt, victim: Victim, notice: Notice, contacts: Sequence[Contact]
) -> Iterator[Contact]:
    """Yield who hears of a change and may be written to now; a removal since changes nothing."""
    case, guards = at.case, at.guards
    change = announcement_of(notice.fact, case.enrollment_of(victim.origin).changes)
    barred = addresses_of_suspects(case) | called_unsafe(case, victim)
    barred |= unsafe_for_others(case, victim)
    barred |= guards.opted_out | guards.bounced | guards.not_me
    used = {c.address: c for c in contacts}
    for one in change.hears if change else ():
        address, channel = one.address, Channel.EMAIL if "@" in one.address else Channel.SMS
        if address in used:
            yield used[address]
        elif address not in barred and text_regions.can_reach(channel, address, at.settings):
            yield Contact(channel=channel, address=address, language=one.language, source=PORTAL)


def _speaks(at: CaseAt, victim: Victim) -> bool:
    """Whether a victim speaks for themself: then nobody who represents them is asked."""
    return victim in spoken_for(at.case, victim, at.today)


def announces_mark(notice: Notice) -> bool:
    """Whether a notice tells a victim that others are told in the victim's place."""
    return notice.fact.kind == INCAPACITATED


def is_hers(victim: Victim | None, notice: Notice) -> bool:
    """Whether the victim hears of a notice, although others are told in the victim's place."""
    silenced = victim is not None and silenced_since(victim) is not None
    return silenced and notice.kind is Kind.CONTACT_CHANGED


def as_this_tells(victim: Victim, notice: Notice) -> Victim:
    """Return a victim as a notice tells them, who may be silenced by now."""
    return as_told(victim) if is_hers(victim, notice) else victim


def left_by_suspect(case: Case, notice: Notice) -> bool:
    """Whether a new contact is a suspect's: its confirmation goes to nobody and a person looks."""
    about, suspects = notice.fact.subject, addresses_of_suspects(case)
    left = [c for c in case.enrollment_of(notice.victim).contacts if c.id == about]
    return notice.kind is Kind.ENROLLMENT_CONFIRMED and any(
        c.address in suspects or suspected(case, c) for c in left
    )

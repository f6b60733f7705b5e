"""Which of a victim's contacts get a notice, and which of several victims' shared ones. Pure.

Anyone who knows the report number, the name and the birth date can leave a contact. That person may
be the suspect. So news that the status page does not show such a visitor does not go to such a
contact either (docs/rules.md#14). News goes to a shared contact once (docs/rules.md#11).
"""

from collections.abc import Iterable, Iterator, Sequence
from datetime import UTC, datetime

from msgspec.structs import replace

from aviso.domain.announcement import announcement_of
from aviso.domain.case_at import CaseAt
from aviso.domain.case_steps import shows_prosecutor
from aviso.domain.contacts import PORTAL, SPEAKS, Contact, proven
from aviso.domain.fact_keys import INCAPACITATED, PLAN
from aviso.domain.model import Case, Channel, Kind, Victim
from aviso.domain.notice import Duty, Notice
from aviso.domain.notice_states import counted, was_busy
from aviso.domain.people import A_PERSON, was_silenced
from aviso.domain.reasons import HoldReason
from aviso.domain.representatives import suspected
from aviso.domain.roster import Bar, bars_of_address, reach
from aviso.domain.suspects import addresses_of_suspects


def audience_of(
    at: CaseAt, victim: Victim, notice: Notice, contacts: Sequence[Contact]
) -> list[Contact]:
    """Return the contacts a notice of this kind goes to, of those that may be used.

    A new contact gets its own confirmation. A change goes to the contacts that were stored with it
    (docs/rules.md#27). If nobody heard it, a supervisor may release a letter. It goes to no home
    that was changed since.
    """
    match notice.kind:
        case Kind.ENROLLMENT_CONFIRMED if notice.fact.kind == PLAN:
            return list(contacts)
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


# What does not bar anyone who heard of a change when it was made.
STILL_HEARS = {Bar.DOUBTED, Bar.REMOVED, Bar.OF_ORGANIZATION}


def _letters(victim: Victim, notice: Notice, contacts: Sequence[Contact]) -> list[Contact]:
    moved = victim.desk_home_at is not None and victim.desk_home_at >= notice.fact_at
    return [] if moved else [c for c in contacts if c.channel is Channel.LETTER]


def _hearers(
    at: CaseAt, victim: Victim, notice: Notice, contacts: Sequence[Contact]
) -> Iterator[Contact]:
    """Yield who hears of a change and may be written to now; a removal since changes nothing."""
    change = announcement_of(notice.fact, at.case.enrollment_of(victim.origin).changes)
    used = {c.address: c for c in contacts}
    for one in change.hears if change else ():
        address, channel = one.address, Channel.EMAIL if "@" in one.address else Channel.SMS
        if address in used:
            yield used[address]
        elif bars_of_address(at, victim, address) <= STILL_HEARS:
            yield Contact(channel=channel, address=address, language=one.language, source=PORTAL)


def _speaks(at: CaseAt, victim: Victim) -> bool:
    """Whether a victim speaks for themself: then nobody who represents them is asked."""
    return victim in at.spoken_for(victim)


def announces_mark(notice: Notice) -> bool:
    """Whether a notice tells a victim that others, or nobody, are told in the victim's place."""
    return notice.fact.kind == INCAPACITATED


def is_hers(victim: Victim | None, notice: Notice) -> bool:
    """Whether the victim hears of a notice, although others are told in the victim's place."""
    if victim is None or notice.kind is not Kind.CONTACT_CHANGED:
        return False
    return was_silenced(victim) or (announces_mark(notice) and victim.victim_type != A_PERSON)


def as_this_tells(victim: Victim, notice: Notice) -> Victim:
    """Return a victim as a notice tells them, who may be silenced by now."""
    able = replace(victim, deceased=False, incapacitated=False, victim_type=A_PERSON)
    return able if is_hers(victim, notice) else victim


def left_by_suspect(case: Case, notice: Notice) -> bool:
    """Whether a new contact is a suspect's: its confirmation goes to nobody and a person looks."""
    about, suspects = notice.fact.subject, addresses_of_suspects(case)
    left = [c for c in case.enrollment_of(notice.victim).contacts if c.id == about]
    return notice.kind is Kind.ENROLLMENT_CONFIRMED and any(
        c.address in suspects or suspected(case, c) for c in left
    )


def may_get(
    at: CaseAt, victim: Victim, notice: Notice, contacts: Sequence[Contact]
) -> list[Contact]:
    """Return the contacts that a notice may go to now, without those that early news could warn.

    A correction of early news goes to contacts that are proven, and to others only if the original
    went there.

    Args:
        at: the notice that is corrected comes with its attempts.
        contacts: those that the notice would go to.
    """
    original = next((n for n in at.told if n.id == notice.corrects), None)
    kind = original.kind if original else notice.kind
    if not kind.early or (original is None and _on_page(at, kind)):
        return list(contacts)
    had_it = {a.address_key for a in counted(original)} if original else set()
    keys = at.guards.keys
    return [
        c
        for c in contacts
        if proven(at.case, victim, c) or keys.get(c.address, "") in had_it - {""}
    ]


def _on_page(at: CaseAt, kind: Kind) -> bool:
    """Whether the status page shows this early news to every visitor."""
    if kind is not Kind.SENT_TO_PROSECUTOR or at.case.report is None:
        return False
    arrests = [a for a in at.case.arrests if not a.withdrawn_at]
    return shows_prosecutor(arrests, at.settings.statuses.get(at.case.report.status))


NEVER = datetime.max.replace(tzinfo=UTC)


def same_news(one: Duty | Notice, other: Notice) -> bool:
    """Whether two victims are told the same: one fact, and both its news or both its correction."""
    same = one.fact == other.fact and not other.fact.change
    return same and bool(one.corrects) == bool(other.corrects)


def taken_by_others(at: CaseAt, notice: Notice, others: Iterable[Victim]) -> dict[str, str]:
    """Return the addresses that another victim's notice of the same fact uses: address -> victim.

    The victim who was written to there first has the address. If nobody was yet, it is a victim in
    whose report it is: another one could leave it for themself, and then be told nothing. Of
    several it is the one whose id sorts first. In a restricted case nothing is taken: what goes by
    a plan is its victim's own, even on a shared phone.

    Args:
        at: the notices of the same fact come with their attempts.
        others: the other victims who are told of the fact.
    """
    if at.restriction and at.restriction.hold not in notice.overruled:
        return {}
    news = {n.victim: n for n in at.told if same_news(n, notice)} | {notice.victim: notice}
    found: dict[str, str] = {}
    for other in sorted(others, key=lambda v: v.origin):
        contacts = reach(at, other).contacts
        for contact in may_get(at, other, notice, contacts):
            if contact.beside or contact.channel is Channel.LETTER:
                continue
            first = found.get(contact.address, notice.victim)
            mine, theirs = (_rank(at, v, news, contact) for v in (first, other.origin))
            if theirs < mine:
                found[contact.address] = other.origin
    return found


def _rank(
    at: CaseAt, victim: str, news: dict[str, Notice], contact: Contact
) -> tuple[datetime, bool, str]:
    """Return when a victim's notice first used an address, whether it is new, and their id."""
    case, key = at.case, at.guards.keys.get(contact.address, "")
    attempts = news[victim].attempts if victim in news and key else ()
    used = (a.at for a in attempts if a.address_key == key and not was_busy(a))
    found = case.victim(victim)
    rows = (found, *case.speakers_for(found)) if found else ()
    on_file = any(contact.address in (row.phone, row.email) for row in rows)
    return min(used, default=NEVER), not on_file, victim

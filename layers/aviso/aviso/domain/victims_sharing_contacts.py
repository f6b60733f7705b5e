"""Whose a phone or mailbox is that several victims of a case share (docs/rules.md#11). Pure.

`routing` asks here before it writes to a contact: news goes to a shared one once.
"""

from collections.abc import Iterable
from datetime import UTC, datetime

from aviso.domain.case_at import CaseAt
from aviso.domain.contacts import Contact, reach
from aviso.domain.early_news import may_get
from aviso.domain.model import Channel, Victim
from aviso.domain.notice import Duty, Notice
from aviso.domain.notice_states import was_busy

NEVER = datetime.max.replace(tzinfo=UTC)


def same_news(one: Duty | Notice, other: Notice) -> bool:
    """Whether two victims are told the same: one fact, and both its news or both its correction."""
    same = one.fact == other.fact and not other.fact.change
    return same and bool(one.corrects) == bool(other.corrects)


def taken_by_others(at: CaseAt, notice: Notice, others: Iterable[Victim]) -> dict[str, str]:
    """Return the addresses that another victim's notice of the same fact uses: address -> victim.

    The victim who was written to there first has the address. If nobody was yet, it is a victim in
    whose report it is: another one could leave it for themself, and then be told nothing. Of
    several it is the one whose id sorts first.

    Args:
        at: the notices of the same fact come with their attempts.
        others: the other victims who are told of the fact.
    """
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

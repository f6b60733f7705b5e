"""A victim's phones as a clerk reads them, on the card and on the printed call list.

First those to call, then those that nobody may call, each with where it comes from.
"""

from collections.abc import Collection

from aviso.domain import speakers
from aviso.domain.announcement import announcement_of
from aviso.domain.case_at import CaseAt
from aviso.domain.contacts import DESK, SPEAKS
from aviso.domain.model import Channel, Kind, Victim
from aviso.domain.phones_to_call import own_phones, phones_to_call, typed_only
from aviso.domain.value import Frozen
from aviso.runtime import hashing
from aviso.web.staff.case_people import ContactLine, VictimLines

# Why a phone is not called, where somebody else would answer it.
NEVER_CALL = frozenset({"suspects", "unsafe", "not_me"})
# Notices that bring no news: each new contact makes them.
NO_NEWS = frozenset({Kind.CONTACT_CHANGED, Kind.ENROLLMENT_CONFIRMED})


class PhoneLine(Frozen, frozen=True, kw_only=True):
    """One phone: whose it is, where it comes from, and whether a clerk may call it."""

    key: str  # of the contact, for a form
    shown: str
    name: str  # whose it is, when a representative's
    source: str  # report, code, desk, representative or typed
    call: bool
    ask: bool = False  # not called before somebody who knows said that it is safe
    trouble: str  # a key of the desk's words: why it is not called, or what to know of it

    @property
    def end(self) -> str:
        """Return the last two digits: enough to know a phone again, not enough to call it."""
        return self.shown[-2:]


def phone_lines(
    at: CaseAt,
    person: VictimLines,
    kinds: Collection[str],
    changes: Collection[str],
    *,
    ask_first: bool,
) -> tuple[PhoneLine, ...]:
    """Return a victim's phones, each once: those to call first.

    Args:
        person: the victim, with every contact.
        kinds: what the call is about. One about a change is made to the victim alone, where the
            victim can act: who speaks for them may have made the change.
        changes: the keys of the changes that the call is about. About a change alone nobody calls a
            phone that was neither on file nor one that should hear of it: it may be of who made the
            change. In a call about other news too, it is marked: the clerk does not ask there.
        ask_first: somebody else may hear whatever the victim is told. No phone is called before
            somebody who knows said that it is safe, and no page links it or writes it out. A phone
            that is not safe for another victim of the case is such a one in any case.
    """
    case, victim = at.case, person.victim
    only_changes = Kind.CONTACT_CHANGED in kinds and {*kinds} <= NO_NEWS
    own_only = person.speaks and Kind.CONTACT_CHANGED in kinds
    usable = own_phones(at, victim) if own_only else phones_to_call(at, victim)
    late, typed = _late(at, person, changes), typed_only(case, victim)
    by_desk = {c.address for c in case.enrollment_of(victim.origin).contacts if c.level == DESK}
    found: dict[str, PhoneLine] = {}
    for line in person.lines:
        is_late = line.address in late
        call = line.address in usable and line.trouble not in NEVER_CALL
        call = call and not (is_late and only_changes)
        ask = call and (ask_first or line.unsafe_for_another)
        shown = PhoneLine(
            key=line.key,
            shown=line.shown,
            name=line.name,
            source=_source(line, typed, by_desk),
            call=call and not ask,
            ask=ask,
            trouble=_trouble(line, call=call, late=is_late),
        )
        if line.channel == Channel.SMS:
            found.setdefault(line.address, shown)
    return tuple(sorted(found.values(), key=lambda line: not (line.call or line.ask)))


def _late(at: CaseAt, person: VictimLines, changes: Collection[str]) -> set[str]:
    """Return the contacts that may be of who made the changes: new since, or given back."""
    before, victim = _before(at, person.victim, changes), person.victim.origin
    back = at.case.enrollment_of(victim).given_back
    theirs = {line.address for line in person.lines} if changes else set()
    return {a for a in theirs if a not in before or hashing.address_key(a) in back}


def _before(at: CaseAt, victim: Victim, changes: Collection[str]) -> set[str]:
    """Return the phones that were on file, and all that should hear of the changes."""
    given = at.case.enrollment_of(victim.origin)
    on_file = {victim.phone, *(who.phone for who in at.spoken_for(victim))}
    left = {c.address for c in given.contacts if c.new_to_agency}
    hears = (announcement_of(key, given.changes) for key in changes)
    return (on_file - left) | {h.address for change in hears if change for h in change.hears}


def _source(line: ContactLine, typed: set[str], by_desk: set[str]) -> str:
    """Return where a phone comes from; what an export brought back still was only typed."""
    if line.source == SPEAKS:
        return line.source
    if line.address in typed:
        return "typed"
    if line.source == "report":
        return line.source
    return "desk" if line.address in by_desk else "code"


def _trouble(line: ContactLine, *, call: bool, late: bool) -> str:
    """Return why a phone is not called, unless its source says it, or what to know before."""
    if line.trouble in NEVER_CALL or line.trouble in speakers.WORDS:
        return line.trouble
    return "new" if late else line.trouble if call else ""

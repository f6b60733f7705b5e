"""A victim's phones as a clerk reads them, on the card and on the printed call list.

First those to call, then those that nobody may call, each with where it comes from.
"""

from collections.abc import Collection
from datetime import datetime

from aviso.domain import silent_speakers
from aviso.domain.audience import SETTLED
from aviso.domain.contacts import DESK, SPEAKS
from aviso.domain.model import Case, Kind, Victim
from aviso.domain.phones_to_call import own_phones, phones_to_call, typed_only
from aviso.domain.value import Frozen
from aviso.staff.actor import Actor
from aviso.web.staff.case_people import ContactLine, VictimLines

# Why a phone is not called, where somebody else would answer it.
NEVER_CALL = frozenset({"suspects", "unsafe", "not_me"})


class PhoneLine(Frozen, frozen=True, kw_only=True):
    """One phone: whose it is, where it comes from, and whether a clerk may call it."""

    shown: str
    name: str  # whose it is, when a representative's
    source: str  # report, code, desk, representative or typed
    call: bool
    trouble: str  # why it is not called or gets no messages, a key of the desk's words

    @property
    def end(self) -> str:
        """Return the last two digits: enough to know a phone again, not enough to call it."""
        return self.shown[-2:]


def phone_lines(
    case: Case,
    person: VictimLines,
    actor: Actor,
    kinds: Collection[str],
    changed_at: datetime | None,
) -> tuple[PhoneLine, ...]:
    """Return a victim's phones, each once: those to call first.

    Args:
        person: the victim, with every contact.
        kinds: what the call is about. A closing call is made to the victim alone. So is one about
            a change, where the victim can act: who speaks for them may have made the change.
        changed_at: when the first of the changes was made that the call is about, if it is about
            one. A phone that came in the `SETTLED` days before may be of who made it, and is not
            called.
    """
    victim = person.victim
    own_only = (person.speaks and Kind.CONTACT_CHANGED in kinds) or {*kinds} == {Kind.CALL_BACK}
    usable = own_phones(case, victim) if own_only else phones_to_call(case, victim, actor.today)
    typed = typed_only(case, victim)
    by_desk = {c.address for c in case.enrollment_of(victim.origin).contacts if c.level == DESK}
    found: dict[str, PhoneLine] = {}
    for line in person.lines:
        if line.channel == "sms":
            late = changed_at is not None and _came_since(case, victim, line, changed_at - SETTLED)
            call = line.address in usable and line.trouble not in NEVER_CALL and not late
            shown = PhoneLine(
                shown=line.shown,
                name=line.name,
                source=_source(line, typed, by_desk),
                call=call,
                trouble=line.trouble
                if call or line.trouble in NEVER_CALL
                else _why_not(line, late),
            )
            found.setdefault(line.address, shown)
    return tuple(sorted(found.values(), key=lambda line: not line.call))


def _source(line: ContactLine, typed: set[str], by_desk: set[str]) -> str:
    """Return where a phone comes from; what an export brought back still was only typed."""
    if line.source == SPEAKS:
        return line.source
    if line.address in typed:
        return "typed"
    if line.source == "report":
        return line.source
    return "desk" if line.address in by_desk else "code"


def _why_not(line: ContactLine, late: bool) -> str:
    """Return why nobody calls a phone, unless its source says it."""
    if line.trouble in silent_speakers.WORDS:
        return line.trouble
    return "new" if late else ""


def _came_since(case: Case, victim: Victim, line: ContactLine, since: datetime) -> bool:
    """Whether somebody left a phone or made it usable since then; the report's came before.

    One that an export brought back to the report was still left when it was left.
    """
    given = case.enrollment_of(victim.origin)
    left = [contact for contact in given.contacts if contact.address == line.address]
    if line.address == victim.phone and not any(contact.new_to_agency for contact in left):
        return False
    times = [contact.added_at for contact in left]
    times += [at for key, at in given.given_back.items() if key == line.key]
    return any(at >= since for at in times)

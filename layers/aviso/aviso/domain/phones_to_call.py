"""Which phones a person may call about a victim's case, and which nobody proved. Pure.

The desk's card and the printed call list use the same answer. It is not that for messages: a
landline takes a call.
"""

from collections.abc import Iterator

from aviso.domain.case_at import CaseAt
from aviso.domain.contacts import BY_KNOWLEDGE, DESK, SPEAKS
from aviso.domain.model import Case, Channel, Victim
from aviso.domain.people import is_organization, named_by_desk
from aviso.domain.roster import OF_ADDRESS, Bar, Line, lines_of

# A clerk may call a phone that is warned of by knowledge alone, and reads the warning.
CALLABLE = OF_ADDRESS - {Bar.SUSPECTS, Bar.CALLED_UNSAFE, Bar.REMOVED} | {Bar.LANDLINE}


def own_phones(at: CaseAt, victim: Victim) -> set[str]:
    """Return a victim's own phones that may be called: the report's, and those that a code proved.

    A phone that somebody left by knowledge alone may be the abuser's.
    """
    theirs = (line for line in _sure(at, victim, CALLABLE | {Bar.NOT_TOLD}))
    return {line.address for line in theirs if line.source != SPEAKS} - typed_only(at.case, victim)


def phones_to_call(at: CaseAt, victim: Victim) -> set[str]:
    """Return the phones that may be called: the victim's own, and those of who speaks for them.

    If others speak for a victim, the report's phone does not count: a child answers it, or nobody
    who knows of the death, or, at an organization, perhaps the one who stole there
    (docs/rules.md#11, #26). Phones left on the portal do not count for a victim who was silenced,
    or for a child of whose guardians one may be a suspect.
    """
    case, own = at.case, own_phones(at, victim)
    speak = {line.address for line in _sure(at, victim, CALLABLE) if line.source == SPEAKS}
    if victim in at.spoken_for(victim):
        return own | speak
    desk = {c.address for c in case.enrollment_of(victim.origin).own_contacts if c.level == DESK}
    typed = named_by_desk(case, victim, at.today) and not is_organization(victim)
    return speak | (own & desk if typed else own - ({victim.phone} - desk))


def _sure(at: CaseAt, victim: Victim, allowed: frozenset[Bar]) -> Iterator[Line]:
    """Yield the phones with no other bars that are on file, or that a code or a clerk proved."""
    for line in lines_of(at, victim):
        known = line.left is not None and line.left.level in BY_KNOWLEDGE
        if line.channel is Channel.SMS and not known and allowed.issuperset(line.bars):
            yield line


def typed_only(case: Case, victim: Victim) -> set[str]:
    """Return the contacts that somebody typed on the portal, and that no code and no clerk proved.

    If the agency exports such a contact, its next report has it as well. That proves nothing.
    """
    given = [c for c in case.enrollment_of(victim.origin).contacts if not c.holder]
    sure = {c.address for c in given if c.active and c.level not in BY_KNOWLEDGE}
    on_file = {victim.phone, victim.email}
    typed = {
        c.address
        for c in given
        if c.level in BY_KNOWLEDGE and (c.new_to_agency or c.address not in on_file)
    }
    return typed - sure

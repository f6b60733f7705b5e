"""Which phones a person may call about a victim's case, and which nobody proved. Pure.

The desk's card and the printed call list use the same answer. It is not that for messages: a
landline takes a call.
"""

from aviso.domain.case_at import CaseAt
from aviso.domain.contacts import BY_KNOWLEDGE, DESK, taken_back
from aviso.domain.model import Case, Channel, EnrolledContact, Victim
from aviso.domain.people import is_organization, named_by_desk
from aviso.domain.representatives import reported, suspected
from aviso.domain.suspects import addresses_of_suspects, is_suspect


def own_phones(case: Case, victim: Victim) -> set[str]:
    """Return a victim's own phones that may be called: the report's, and those that a code proved.

    A phone that somebody left by knowledge alone may be the abuser's.
    """
    given = case.enrollment_of(victim.origin).own_contacts
    sure = {c.address for c in given if c.channel is Channel.SMS and c.level not in BY_KNOWLEDGE}
    return ({victim.phone, *sure} - {""}) - typed_only(case, victim) - _barred(case, victim)


def phones_to_call(at: CaseAt, victim: Victim) -> set[str]:
    """Return the phones that may be called: the victim's own, and those of who speaks for them.

    Those are guardians, next of kin and contact persons who are told in the victim's place, and
    representatives. One whom the victim named must have said yes, and must have been named with a
    code. A suspect's phone is never among them, nor one that was marked unsafe.
    """
    case, told = at.case, at.spoken_for(victim)
    own = victim in told
    speakers = {
        person.phone
        for person in (reported(case, victim) if own else told)
        if not is_suspect(case, person)
    }
    named = {
        contact.address
        for contact in case.enrollment_of(victim.origin).representatives
        if contact.channel is Channel.SMS and _speaks(at, victim, contact)
    }
    theirs = own_phones(case, victim) if own else _given_for(at, victim)
    return theirs | ((speakers | named) - {""} - _barred(case, victim))


def _given_for(at: CaseAt, victim: Victim) -> set[str]:
    """Return the phones of a victim for whom others speak that may be called anyway.

    The report's is none: a child answers it, or nobody who knows of the death, or, at an
    organization, perhaps the one who stole there (docs/rules.md#11, #26). Nor
    are phones that were left on the portal for a victim who was silenced, or for a child of whose
    guardians one may be a suspect.
    """
    case = at.case
    desk = {c.address for c in case.enrollment_of(victim.origin).own_contacts if c.level == DESK}
    theirs = own_phones(case, victim) - ({victim.phone} - desk)
    typed = named_by_desk(case, victim, at.today) and not is_organization(victim)
    return theirs & desk if typed else theirs


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


def _speaks(at: CaseAt, victim: Victim, contact: EnrolledContact) -> bool:
    """Whether a representative whom the victim named may be called."""
    if contact.holder is None or not contact.holder.agreed_at or suspected(at.case, contact):
        return False
    desk_only = named_by_desk(at.case, victim, at.today)
    return contact.level == DESK if desk_only else contact.level not in BY_KNOWLEDGE


def _barred(case: Case, victim: Victim) -> set[str]:
    """Return what nobody may call: suspects', unsafe, and taken back on the portal.

    One that was called unsafe by knowledge is not among them: the clerk reads the warning.
    """
    return taken_back(case, victim) | addresses_of_suspects(case)

"""Who may ask for a right, or give it up, when a caller answers at the desk. Pure.

A victim who cannot act answers by those who speak in the victim's place (docs/rules.md#22).
"""

from collections.abc import Mapping
from datetime import date

from aviso.domain.model import Case, Victim
from aviso.domain.people import is_organization, name_of, spoken_for
from aviso.domain.representatives import as_person
from aviso.domain.silent_speakers import why_named


def who_answers(case: Case, victim: Victim, today: date) -> dict[str, str]:
    """Return who may answer for a victim: the name by the id that a record keeps.

    It is the victim alone, if the victim can act, or an organization. Otherwise it is those who are
    told in the victim's place. It is empty if nobody is known.
    """
    if is_organization(victim) or victim in spoken_for(case, victim, today):
        return {victim.origin: name_of(victim)}
    return told_instead(case, victim, today)


def told_instead(case: Case, victim: Victim, today: date) -> dict[str, str]:
    """Return who is told in the place of a victim who cannot act, or of an organization.

    These are people of the records system by their origin, and people who were named and said yes
    by the id of their contact. It is empty if nobody is known.
    """
    named = (
        contact
        for contact in case.enrollment_of(victim.origin).representatives
        if contact.holder and not why_named(case, victim, contact, today)
    )
    reported = {person.origin: name_of(person) for person in spoken_for(case, victim, today)}
    return reported | {c.id: name_of(as_person(c.holder)) for c in named if c.holder}


def others_who_answer(victim: Victim, may_answer: Mapping[str, str]) -> dict[str, str]:
    """Return who must say that they answer for a victim; empty if the victim answers, or nobody.

    Args:
        may_answer: what `who_answers` says.
    """
    return {id: name for id, name in may_answer.items() if id != victim.origin}

"""Why a person must look at a victim before anybody is told (docs/rules.md#11).

Pure. `contacts.reach` asks, and adds what concerns the victim's contacts.
"""

from collections.abc import Iterator
from datetime import date

from aviso.domain.model import Case, Victim
from aviso.domain.people import (
    A_PERSON,
    age_unknown,
    is_organization,
    is_silenced,
    nobody_speaks,
    spoken_for,
)
from aviso.domain.reasons import HoldReason
from aviso.domain.settings import Settings
from aviso.domain.suspects import is_suspect


def victim_holds(
    case: Case, victim: Victim, speakers: int, settings: Settings, today: date
) -> Iterator[HoldReason]:
    """Yield the reasons to hold every notice to a victim, the gravest first.

    Args:
        speakers: how many people may be told, the victim included.
        today: the agency's day, for ages.
    """
    if is_suspect(case, victim):
        yield HoldReason.VICTIM_IS_SUSPECT
    if not speakers:
        yield nobody_speaks(victim, today)
    organization = is_organization(victim)
    if victim.victim_type != A_PERSON and not organization:
        yield HoldReason.NOT_A_PERSON
    if not (organization or is_silenced(victim, today)):
        yield from _age_holds(victim, settings)
    own = organization or victim in spoken_for(case, victim, today)
    if own and not victim.safe_to_contact:
        yield HoldReason.NOT_SAFE_TO_CONTACT


def _age_holds(victim: Victim, settings: Settings) -> Iterator[HoldReason]:
    """Yield why it must be found out whether a victim is a minor, whose own contact is not used.

    Nor is that of a victim of unknown type, who may be a minor.
    """
    known = (victim.minor, victim.age) != (None, None)
    if victim.birth_date_unreadable and not known:
        yield HoldReason.BIRTH_DATE_UNREADABLE
    elif age_unknown(victim, settings):
        yield HoldReason.AGE_UNKNOWN

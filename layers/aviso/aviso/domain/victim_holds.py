"""Why a person must look at a victim before anybody is told (docs/rules.md#11).

Pure. `roster.reach` asks before a message, and the desk before a call.
"""

from collections.abc import Collection, Iterator

from aviso.domain import letter_address
from aviso.domain.case_at import CaseAt
from aviso.domain.model import Case, Victim
from aviso.domain.people import age_unknown, is_organization, is_silenced, nobody_speaks
from aviso.domain.reasons import IN_DANGER, HoldReason, worst_first
from aviso.domain.settings import Settings
from aviso.domain.standing import in_doubt
from aviso.domain.suspects import (
    addresses_of_suspects,
    is_suspect,
    rows_of_suspects,
    suspect_may_live_at,
)


def victim_holds(at: CaseAt, victim: Victim, speakers: int) -> Iterator[HoldReason]:
    """Yield the reasons to hold every notice to a victim.

    Args:
        speakers: how many people may be told, the victim included.
    """
    case, today = at.case, at.today
    if is_suspect(case, victim):
        yield HoldReason.VICTIM_IS_SUSPECT
    if not speakers:
        yield nobody_speaks(victim, today)
    organization = is_organization(victim)
    if in_doubt(case, victim):
        yield HoldReason.VICTIM_IN_DOUBT
    if not (organization or is_silenced(victim)):
        yield from _age_holds(victim, at.settings)
    own = organization or victim in at.spoken_for(victim)
    if own and not victim.safe_to_contact:
        yield HoldReason.NOT_SAFE_TO_CONTACT


def contact_holds(case: Case, on_file: Collection[str]) -> Iterator[HoldReason]:
    """Yield why a person must look at a victim's phones and emails on file."""
    if not addresses_of_suspects(case).isdisjoint(on_file):
        yield HoldReason.CONTACT_SHARED_WITH_SUSPECT
    phone = any(address.startswith("+") for address in on_file)
    if phone and any(suspect.unreadable_contact for suspect in case.suspected):
        yield HoldReason.SUSPECT_CONTACT_UNREADABLE


def dangers(at: CaseAt, victim: Victim) -> tuple[HoldReason, ...]:
    """Return why somebody else may hear what a victim is told, the worst first.

    They hold whatever else restricts the case. No page offers a phone of this victim at one tap.
    """
    case, people = at.case, at.spoken_for(victim)
    on_file = {address for person in people for address in (person.phone, person.email)}
    found = {
        *victim_holds(at, victim, len(people)),
        *contact_holds(case, on_file - {""}),
    }
    if not victim.safe_to_contact:
        found.add(HoldReason.NOT_SAFE_TO_CONTACT)
    homes, suspects = (victim, letter_address.corrected(victim), *people), rows_of_suspects(case)
    lives_there = any(suspect_may_live_at(home, suspects) for home in homes)
    if lives_there and at.restriction:  # unless a person lifted it
        found.add(HoldReason.RESTRICTED_SHARED_HOME)
    return worst_first(found & IN_DANGER)


def _age_holds(victim: Victim, settings: Settings) -> Iterator[HoldReason]:
    """Yield why it must be found out whether a victim is a minor, whose own contact is not used.

    The contact of a victim of unknown type is not used either: the victim may be a minor.
    """
    known = (victim.minor, victim.age) != (None, None)
    if victim.birth_date_unreadable and not known:
        yield HoldReason.BIRTH_DATE_UNREADABLE
    elif age_unknown(victim, settings):
        yield HoldReason.AGE_UNKNOWN

"""Whether a visitor proved who they are: a claim is compared with a case (docs/rules.md#14).

Pure: no AWS calls.
"""

from collections.abc import Collection
from datetime import UTC, date, datetime
from hmac import compare_digest
from typing import NamedTuple

from aviso.domain import contacts, people, restriction
from aviso.domain.contacts import (
    BY_CODE,
    DECLINED,
    GUARDIAN,
    KNOWLEDGE,
    NOT_ME,
    REPLACED,
    RESTRICTED_CODE,
)
from aviso.domain.model import Case, EnrolledContact, Person, Victim
from aviso.domain.settings import Settings
from aviso.domain.standing import is_closed
from aviso.domain.suspects import is_suspect, same_person
from aviso.domain.text import plain_name
from aviso.domain.value import Frozen


class Verified(NamedTuple):
    """The victim a proof opens a case for, and how."""

    victim: Victim
    level: str
    speaker: str = ""  # the origin id of the guardian who asks in the victim's place


NOBODY = Victim(id="", origin="", last_name="nobody", birth_date=date(1, 1, 1))


class Claim(Frozen, frozen=True, kw_only=True):
    """What a visitor typed to prove who they are, and their network address."""

    number: str  # normalised
    last_name: str = ""
    birth_dates: Collection[date] = ()  # more than one when the typed order is ambiguous
    code: str = ""
    source: str  # the caller's network address, kept only as a hash
    former_token: str = ""  # the browser's session so far, which a new one replaces


def verify(
    case: Case, last_name: str, birth_dates: Collection[date], today: date
) -> Verified | None:
    """Return the victim for whom this last name and birth date open the case, and how.

    An organization has neither, and who works there is known: it gets in with a code alone. A
    victim of unknown type does too.

    An adult gives their own. For a minor, the guardian gives the guardian's; the minor's own open
    nothing. Nothing opens the case of a victim who is dead, incapacitated or in doubt: a person who
    says so would get in. A suspect's never do. When two victims match,
    nobody can say which of them is asking, so neither gets in: they need a code.

    Everyone is compared, whatever the first comparison gave, so that the time taken says nothing.
    """
    typed = plain_name(last_name)
    speakers: list[tuple[Person, Victim]] = [
        (person, victim)
        for victim in case.victims
        if not victim.removed and victim.victim_type == people.A_PERSON
        for person in people.spoken_for(case, victim, today)
    ]
    found: list[tuple[Person, Victim]] = []
    for person, victim in speakers or [(NOBODY, NOBODY)]:
        same_name = compare_digest(plain_name(person.last_name).encode(), typed.encode())
        same_day = sum(person.birth_date == day for day in birth_dates) > 0
        suspected = is_suspect(case, person) or is_suspect(case, victim)
        may = not (is_closed(case, victim) or suspected or victim is NOBODY)
        if same_name & same_day & may & bool(typed):
            found.append((person, victim))
    if not found:
        return None
    asking, about = found[0]
    if any(not same_person(asking, other) for other, _ in found):
        return None
    if asking is about:
        return Verified(about, KNOWLEDGE) if len(found) == 1 else None
    # There may be several children: use the first on the case.
    return Verified(about, GUARDIAN, asking.origin)


def may_see(case: Case, victim: Victim, level: str, settings: Settings) -> bool:
    """Whether a visitor verified in this way may see a case (docs/rules.md#12, #14)."""
    if case.report is None or case.report.removed:
        return False
    if restriction.restriction_of(case, settings):
        return level == RESTRICTED_CODE and settings.verification.restricted_by_code
    locked = case.enrollment_of(victim.origin).locked_at is not None
    return level in BY_CODE or not (is_closed(case, victim) or locked)


def begins_again(case: Case, victim: Victim) -> datetime:
    """Return when all open visits and codes for a victim's case last ended.

    A victim with a code who locks the case, removes a contact or calls one unsafe may do so because
    somebody else got in. So visits that began before are over, except the one that did it, and
    codes sent before open nothing. The same happens when a contact's holder says "not me", and
    when the desk calls one unsafe, gives one back, or calls another postal address right. It also
    happens when the desk or the records system says that the victim cannot act, is dead or is a
    minor: the visitor is somebody else.

    A "not me" about a contact that was left by knowledge alone ends nothing: no code was sent
    there, and the person who left it could otherwise end her visits at will. A "no" or
    "not me" of a representative ends nothing either: the phone may be a stranger's.
    """
    times = [victim.desk_unsafe_at, victim.desk_home_at, victim.judged_at]
    enrollment = case.enrollment_of(victim.origin)
    times += [enrollment.locked_at, *enrollment.given_back.values()]
    of_others = set()  # times of such a word
    for contact in enrollment.contacts:
        if _removed_by_others(contact):
            of_others.add(contact.removed_at)
        elif contact.removed_why != REPLACED:
            times.append(contact.removed_at)
        if not contact.safe and contact.level in BY_CODE:
            times.append(contact.added_at)
    times += [at for at in enrollment.disowned.values() if at not in of_others]
    return max((t for t in times if t is not None), default=datetime.min.replace(tzinfo=UTC))


def _removed_by_others(contact: EnrolledContact) -> bool:
    """Whether a contact was removed by a word that says nothing of who reads the victim's phone."""
    if contact.holder:
        return contact.removed_why in (DECLINED, NOT_ME)
    return contact.removed_why == NOT_ME and contacts.by_knowledge_alone(contact)

"""Who a person on a case is: who cannot act, who speaks for them. Pure."""

from collections.abc import Iterator
from datetime import date

from msgspec.structs import replace

from aviso.domain.model import Case, Channel, Person, Speaker, Victim
from aviso.domain.reasons import HoldReason
from aviso.domain.representatives import ended
from aviso.domain.settings import Settings
from aviso.domain.suspects import is_suspect, speaker_suspected

ADULT_AT = 18
# What a victim is; the feed's word for a person is stored as the empty one.
A_PERSON, ORGANIZATION, PUBLIC, UNKNOWN_TYPE = "", "organization", "public", "unknown"


def is_organization(victim: Victim) -> bool:
    """Whether a victim is a shop, a school, a church or the like (docs/rules.md#26)."""
    return victim.victim_type == ORGANIZATION


def name_of(person: Person) -> str:
    """Return a person's name, or an organization's, as people write it."""
    return f"{person.first_name} {person.last_name}".strip()


def is_minor(victim: Victim, day: date) -> bool:
    """Whether a victim is under eighteen on a day, by a flag, the birth date or the age.

    Many systems write "no minor" for everybody, so the birth date and the age count even then.
    """
    born = victim.birth_date
    return (
        victim.minor is True
        or (born is not None and _years(born, day) < ADULT_AT)
        or (victim.age is not None and not _grown_up(victim, day))
    )


def mark_of(victim: Victim, today: date) -> str:
    """Return why others are told for a person: `deceased`, `incapacitated`, `minor`, or empty."""
    if is_organization(victim):
        return ""
    if victim.deceased:
        return "deceased"
    if victim.incapacitated:
        return "incapacitated"
    return "minor" if is_minor(victim, today) else ""


def is_silenced(victim: Victim) -> bool:
    """Whether a victim died or is incapacitated: nothing that is the victim's own is used.

    Nobody is told whom the portal named. An organization has no mark: a file may set it by mistake.
    """
    return not is_organization(victim) and (victim.deceased or victim.incapacitated)


def was_silenced(victim: Victim) -> bool:
    """Whether a supervisor decided so: contacts of before may be told, and contradict.

    The contacts of a victim who was dead in the first row were never used.
    """
    return victim.judged_at is not None and is_silenced(victim)


def as_told(victim: Victim) -> Victim:
    """Return a victim as a change is told to them: one who was silenced may contradict."""
    able = replace(victim, deceased=False, incapacitated=False)
    return able if was_silenced(victim) else victim


def named_by_desk(case: Case, victim: Victim, today: date) -> bool:
    """Whether only the desk and the records system name who speaks for a victim, not the portal.

    This holds for a child once a speaker may be a suspect: no code says who had it.
    """
    doubted = is_minor(victim, today) and speaker_suspected(case, victim)
    return doubted or is_silenced(victim) or is_organization(victim)


def own_of_organization(victim: Victim) -> set[str]:
    """Return the phone and email of an organization, which anybody there may read: none is used."""
    return {victim.phone, victim.email} - {""} if is_organization(victim) else set()


def nobody_speaks(victim: Victim, today: date) -> HoldReason:
    """Return why a person must look when nobody may be told for a victim."""
    if is_organization(victim):
        return HoldReason.NO_CONTACT_PERSON
    if is_minor(victim, today):
        return HoldReason.MINOR_WITHOUT_GUARDIAN
    died = victim.deceased
    return HoldReason.DECEASED_WITHOUT_KIN if died else HoldReason.INCAPACITATED_WITHOUT_SPEAKER


def age_unknown(victim: Victim, settings: Settings) -> bool:
    """Whether a victim's age is unknown, so that a person must find it out."""
    says = (victim.minor, victim.birth_date, victim.age)
    return says == (None, None, None) and settings.messages.unknown_age == "ask"


def _grown_up(victim: Victim, today: date) -> bool:
    """Whether a victim of a known age is certainly an adult now.

    The birthday is unknown: a victim who was 17 on a day may have turned 17 on that day. Without
    that day, an age below eighteen counts until the feed gives another.
    """
    age, day = victim.age or 0, victim.age_at or (victim.row_time and victim.row_time.date())
    return age >= ADULT_AT or (day is not None and _years(day, today) >= ADULT_AT - age)


def _years(since: date, today: date) -> int:
    """Return the number of whole years that have passed."""
    return today.year - since.year - ((today.month, today.day) < (since.month, since.day))


def spoken_for(case: Case, victim: Victim, today: date) -> Iterator[Victim | Speaker]:
    """Yield who is told: the victim, or who speaks for a victim who cannot, or an organization.

    For an incapacitated victim it is a relative, a guardian or another lawful representative, as
    for a dead one.
    """
    if is_organization(victim):
        wanted = {"representative"}
    elif victim.deceased:
        wanted = {"next_of_kin", "representative"}
    elif victim.incapacitated:
        wanted = {"guardian", "next_of_kin", "representative"}
    elif is_minor(victim, today):
        wanted = {"guardian", "representative"}
    else:
        yield victim
        return
    over = ended(case, victim)
    for person in case.speakers_for(victim):
        told = person.relation in wanted and person.origin not in over
        if told and person.safe_to_contact and not is_suspect(case, person):
            yield person


def is_own_of_minor(case: Case, victim: Victim, address: str, today: date) -> bool:
    """Whether an address belongs to a victim for whom others speak.

    See docs/rules.md#11.
    """
    own = address in (victim.phone, victim.email)
    return own and victim not in list(spoken_for(case, victim, today))


def addresses_of(case: Case) -> set[str]:
    """Return every phone and email on a case, of everybody: guards are read for all of them."""
    people = (*case.victims, *case.suspects, *case.speakers)
    on_file = {a for person in people for a in (person.phone, person.email)}
    enrolled = {c.address for e in case.enrollments for c in e.contacts}
    hears = {h.address for e in case.enrollments for change in e.changes for h in change.hears}
    return (on_file | enrolled | hears) - {""}


def phones_of(case: Case, victim_origin: str) -> set[str]:
    """Return every phone that a notice to this victim may go to."""
    victim = case.victim(victim_origin)
    if victim is None:
        return set()
    enrolled = case.enrollment_of(victim_origin).contacts
    on_file = {person.phone for person in (victim, *case.speakers_for(victim))}
    return (on_file | {c.address for c in enrolled if c.channel is Channel.SMS}) - {""}

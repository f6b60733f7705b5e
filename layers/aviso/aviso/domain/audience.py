"""Which of a victim's contacts get a notice, and which hear of a changed contact. Pure."""

from collections.abc import Sequence
from datetime import UTC, datetime, timedelta

from msgspec.structs import replace

from aviso.domain import text_regions
from aviso.domain.contacts import (
    DESK,
    PORTAL,
    SPEAKS,
    CaseContext,
    Contact,
    Reach,
    hears_its_end,
    made_at_desk,
    proven,
    usable,
)
from aviso.domain.fact_keys import ALONE, AT_DESK, HOME, INCAPACITATED, SILENCING, WAIVED_IN_FILE
from aviso.domain.model import Case, Channel, EnrolledContact, Kind, Victim
from aviso.domain.notice import Notice
from aviso.domain.people import silenced_since, spoken_for
from aviso.domain.reasons import HoldReason
from aviso.domain.representatives import suspected
from aviso.domain.suspects import addresses_of_suspects
from aviso.domain.unsafe_addresses import unsafe_for_others

EVER = datetime.max.replace(tzinfo=UTC)
SETTLED = timedelta(days=2)  # a contact added this recently is not a witness to the next change


def audience_of(
    context: CaseContext, victim: Victim, notice: Notice, contacts: Sequence[Contact]
) -> list[Contact]:
    """Return the contacts a notice of this kind goes to.

    A new contact gets its own confirmation. A change is announced to the contacts that existed
    before it and came from the report or were left with a code (docs/rules.md#14). A contact of
    these that its owner removed also hears of its removal.

    One person may leave a phone and then call the desk. So a contact that a clerk typed or gave
    back less than `SETTLED` before a change at the desk does not hear of it. One that came on the
    portal in that time hears only beside a phone or an email that was there before. If there is
    none, nobody hears and a person looks; a letter goes if a supervisor releases it. Of a change
    that may have locked the victim out, no contact of that time hears at all.
    """
    case, guards, about = context.case, context.guards, notice.fact.subject
    if notice.kind is Kind.ENROLLMENT_CONFIRMED:
        return [replace(c, beside=False) for c in contacts if c.contact == about]
    if notice.kind in (Kind.CONTACT_CHANGED, Kind.SURVEY):
        if _own_matter(context, victim):
            contacts = [c for c in contacts if c.source != SPEAKS]
        elif announces_mark(notice):
            return []  # nobody hears it in the victim's place: a person looks
    if notice.kind is not Kind.CONTACT_CHANGED:
        return list(contacts)
    enrollment = case.enrollment_of(victim.origin)
    given = enrollment.contacts
    itself = {about} - {""}
    later = itself | {c.id for c in given if c.consent.at >= notice.fact_at}
    alone = notice.fact.kind == ALONE
    desk = at_desk(case, notice)
    since = notice.fact_at - (SETTLED if alone or desk else timedelta())
    back = {key for key, at in enrollment.given_back.items() if at >= since}
    lately = [c for c in given if c.added_at >= since]
    young = [c for c in lately if alone or c.level == DESK]
    # A contact on file existed before, even if somebody gave it again on the portal.
    there = [
        c
        for c in contacts
        if c.contact not in (later if c.source == PORTAL else itself)
        and not _came_with(c, young, alone=alone)
        and guards.keys.get(c.address, "") not in back
        and proven(case, victim, c)
    ]
    moved = victim.desk_home_at and victim.desk_home_at >= since
    if moved or notice.fact.kind == HOME:  # a changed postal address is not announced by letter
        there = [c for c in there if c.channel is not Channel.LETTER]
    off = [c for c in given if c.id == about and hears_its_end(c)]
    barred = addresses_of_suspects(case) | set(victim.desk_unsafe) | {c.address for c in there}
    barred |= unsafe_for_others(case, victim)
    barred |= guards.opted_out | guards.bounced | guards.not_me
    there += [
        Contact(
            channel=c.channel,
            address=c.address,
            language=c.language,
            source=PORTAL,
            contact=c.id,
        )
        for c in off
        if c.address not in barred
        and text_regions.can_reach(c.channel, c.address, context.settings)
    ]
    if desk and not alone:  # a new phone alone, or a letter to a shared home, is not enough
        settled = [c for c in there if not _came_with(c, lately, alone=False)]
        if settled != there and settled == letters_of(settled):
            return settled if HoldReason.CHANGE_UNHEARD in notice.overruled else []
    if alone and HoldReason.CHANGE_UNHEARD in notice.overruled:
        return letters_of(there)  # the others heard of the change itself
    return there


def _came_with(contact: Contact, young: Sequence[EnrolledContact], *, alone: bool) -> bool:
    """Whether a contact is one of those left lately; what the report had before them is not.

    One of a person whom somebody named on the portal is the report's only if it comes from there:
    what is stored of it does not say whether the report had the number. Of a change that may have
    locked the victim out nobody hears at a contact given again either.
    """
    left = [c for c in young if c.address == contact.address]
    if alone or contact.source == PORTAL:
        return bool(left)
    named = any(c.holder and c.id == contact.contact for c in left)
    return named or any(c.level == DESK or c.new_to_agency for c in left)


def announces_mark(notice: Notice) -> bool:
    """Whether a notice tells a victim that others are told in the victim's place."""
    return notice.fact.kind == INCAPACITATED


def is_hers(victim: Victim | None, notice: Notice) -> bool:
    """Whether the victim hears of a notice, although others are told in the victim's place."""
    return announces_mark(notice) or (victim is not None and _hers_too(victim, notice))


def as_called(victim: Victim, notice: Notice) -> Victim:
    """Return a victim as a member of the desk calls about a notice: not who else speaks."""
    return _able(victim) if is_hers(victim, notice) else victim


def reach_of(context: CaseContext, victim: Victim, notice: Notice) -> Reach:
    """Return the contacts that a notice may use, or the reason why a person must look first.

    Of a waiver in a file the own contacts of a victim who was silenced hear too, as of the mark:
    the clerk who wrote it may have listened to whom the same file names to speak for the victim.
    So it is with a letter about a change that a supervisor looks at.
    """
    asks = notice.kind is Kind.ENROLLMENT_CONFIRMED  # perhaps a representative
    found = usable(context, victim, notice.overruled, notice.fact.subject if asks else "")
    if not _hers_too(victim, notice):
        return found
    own = usable(context, _able(victim), notice.overruled)
    hers = tuple(c for c in own.contacts if c.source != SPEAKS)
    known = {c.address for c in hers}
    others = tuple(c for c in found.contacts if c.address not in known)
    return Reach(contacts=hers + others, trouble=own.trouble)


def witnesses(victim: Victim | None, notice: Notice, contacts: Sequence[Contact]) -> list[Contact]:
    """Return the contacts that count as ones that heard of a change: no letter is one.

    Nor is one of those who speak in the place of a victim who was silenced: the same person may
    have asked for the mark and for the change. Of a change that no file brought, nobody else heard.
    """
    heard = [c for c in contacts if c.channel is not Channel.LETTER]
    if victim is None or silenced_since(victim) is None:
        return heard
    if notice.fact.told != WAIVED_IN_FILE:
        return []
    return [c for c in heard if c.source != SPEAKS]


def _hers_too(victim: Victim, notice: Notice) -> bool:
    """Whether a victim who was silenced hears of a file's waiver, or in a task of a change."""
    told = notice.fact.kind == ALONE or notice.fact.told == WAIVED_IN_FILE
    return told and silenced_since(victim) is not None


def as_told(victim: Victim, notice: Notice) -> Victim:
    """Return a victim as a notice tells them: of a mark itself their own contacts hear.

    They are not used for anything else from then on. Who says that a victim is incapacitated, dead
    or a minor may want to silence the victim, who must be able to contradict. So it is whatever
    else the same caller made of the victim. A minor by the birth date or the age stays one, unless
    these made an adult younger.
    """
    return _able(victim) if announces_mark(notice) else victim


def _able(victim: Victim) -> Victim:
    dated = victim.birth_date is not None or victim.age is not None
    return replace(
        victim,
        desk_incapacitated_at=None,
        desk_able_at=EVER,
        minor=None if dated else victim.minor,
    )


def _own_matter(context: CaseContext, victim: Victim) -> bool:
    """Whether a victim speaks for themself: then nobody who represents them hears of a change.

    Nor when nothing else than a letter reaches the victim: a person who had a code may have
    named himself, and would hear of what the victim does, in the place of the letter.
    """
    today = context.settings.today(context.now)
    return victim in spoken_for(context.case, victim, today)


def letters_of(contacts: Sequence[Contact]) -> list[Contact]:
    """Return the postal addresses among contacts."""
    return [c for c in contacts if c.channel is Channel.LETTER]


def at_desk(case: Case, notice: Notice) -> bool:
    """Whether a change was made at the desk, for a caller who may not be the victim.

    A clerk of the records system may have listened to such a caller too.
    """
    if notice.fact.kind in AT_DESK:
        return True
    about = notice.fact.subject
    return bool(about) and made_at_desk(case.enrollment_of(notice.victim), about)


def is_doubtful(case: Case, notice: Notice) -> bool:
    """Whether a person looks if nobody hears of a change: perhaps the victim did not make it.

    One that silences the victim has a task too (`ALONE`), but that one asks only at its own moment.
    """
    if notice.fact.kind in SILENCING or at_desk(case, notice):
        return True
    # A confirmation that fails silences nobody: a clerk who types the right phone is its remedy.
    return notice.kind is Kind.CONTACT_CHANGED and _judged_since(case, notice)


def _judged_since(case: Case, notice: Notice) -> bool:
    """Whether the desk judged a contact after a change that it therefore does not hear of.

    It made the contact usable again, or a caller said that it is not safe, or gave another for it.
    """
    victim, given = case.victim(notice.victim), case.enrollment_of(notice.victim)
    times = [victim.desk_home_at, victim.desk_unsafe_at] if victim else []
    times += given.given_back.values()
    others = (c for c in given.contacts if c.id != notice.fact.subject)
    times += [c.added_at for c in others if c.level == DESK]
    return any(at is not None and at >= notice.fact_at for at in times)


def left_by_suspect(case: Case, notice: Notice) -> bool:
    """Whether a new contact is a suspect's: its confirmation goes to nobody and a person looks."""
    about, suspects = notice.fact.subject, addresses_of_suspects(case)
    left = [c for c in case.enrollment_of(notice.victim).contacts if c.id == about]
    return notice.kind is Kind.ENROLLMENT_CONFIRMED and any(
        c.address in suspects or suspected(case, c) for c in left
    )

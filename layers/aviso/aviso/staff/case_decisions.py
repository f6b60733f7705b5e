"""What members of staff do to cases: each act is one conditional transaction, audited.

`why` is the member's reason. It is kept as a note on the case.
"""

import secrets
from collections.abc import Collection, Sequence

from msgspec.structs import replace

from aviso.domain import letter_address
from aviso.domain.contacts import DESK, doubted
from aviso.domain.errors import Conflict
from aviso.domain.fact_keys import HOME, INCAPACITATED, UNSAFE, timed
from aviso.domain.model import Case, Channel, Consent, EnrolledContact, Enrollment, Suspect, Victim
from aviso.domain.people import ORGANIZATION
from aviso.domain.reasons import Restriction, restrictions, words_of
from aviso.domain.requests import Right, Rights, extended
from aviso.domain.restriction import RESTRICTED_BY_DESK
from aviso.domain.row_size import within_room
from aviso.domain.staff import Remark
from aviso.domain.standing import MARKS, TYPES, as_judged, standing_of
from aviso.domain.value import Frozen
from aviso.notices.announcing import changed
from aviso.runtime import hashing
from aviso.staff import acts
from aviso.staff.actor import Actor
from aviso.staff.acts import Act
from aviso.storage import case_decisions
from aviso.storage.case_decisions import CaseDecision
from aviso.storage.enrollments import EnrollmentChange
from aviso.victims import message_links
from aviso.victims.sign_up_rules import EVER_AT_DESK, judged

LONGEST_REMARK = 1000


def mark_unsafe(case: Case, victim: Victim, address: str, why: str, actor: Actor) -> None:
    """Never use an address for this victim again, even if a feed or the portal brings it again.

    The other contacts are told that something changed; open visits end.

    Raises:
        Conflict: when somebody else marked one at this moment.
    """
    home = letter_address.is_home(address)
    since = {"desk_home_at" if home else "desk_unsafe_at": actor.now}
    marked = replace(_marked(victim, {*victim.desk_unsafe, address}), **since)
    told = _told(case, victim, HOME if home else UNSAFE, actor, [address])
    decision = decision_of(acts.UNSAFE, case, victim, why, actor)
    case_decisions.decide(decision, victim, marked, told=told)


def never_theirs(case: Case, victim: Victim, address: str, actor: Actor) -> None:
    """Count notices that only this address got as told to nobody: it was never the victim's.

    They are told again on the next channel, as after "this is not me". Mark the address unsafe
    first, so that none of them goes there. Doing it twice changes nothing.
    """
    message_links.tell_elsewhere(case, {victim.origin}, hashing.address_key(address), actor.now)
    actor.note(acts.NEVER_THEIRS.audit, case.number, victim.origin)


def mark_safe(case: Case, victim: Victim, address: str, why: str, actor: Actor) -> None:
    """Take back that an address is unsafe, or judge a warning that was left by knowledge.

    Other reasons not to use it still apply.

    The other contacts are told, as of a correction: somebody who says that it is the victim's again
    may be the person because of whom it was unsafe.

    Raises:
        Conflict: when somebody else changed the marks at this moment.
    """
    marks = letter_address.marks_on(victim, address)
    if not marks and address not in doubted(case, victim):
        return  # confirmed twice
    left = _marked(victim, {*victim.desk_unsafe} - set(marks))
    if letter_address.is_home(address):
        left, told = replace(left, desk_home_at=actor.now), _told(case, victim, HOME, actor)
    else:
        before = case.enrollment_of(victim.origin)
        back = {hashing.address_key(address): actor.now} if marks else {}
        after = judged(before, address, actor.now)
        after = replace(after, given_back={**before.given_back, **back})
        told = changed(case, after, actor.maker)
    decision = decision_of(acts.SAFE, case, victim, why, actor)
    case_decisions.decide(decision, victim, left, told=told)


def restore(case: Case, victim: Victim, address: str, why: str, actor: Actor) -> None:
    """Take back a "this is not me"; `why` is kept as a note on the case.

    Raises:
        Conflict: when the enrollment keeps changing.
    """
    key = hashing.address_key(address)
    record = actor.record(acts.RESTORE.audit, case.number, victim.origin, key)
    message_links.restore(case, victim.origin, address, record, actor.settings)
    remark(case, why, actor)


def resume(case: Case, victim: Victim, address: str, why: str, actor: Actor) -> None:
    """Allow messages to an email again: its owner ended them, and has asked staff for them.

    `why` is kept as a note on the case.

    Raises:
        ValueError: when it is a phone, whose owner must text START.
    """
    key = hashing.address_key(address)
    record = actor.record(acts.RESUME.audit, case.number, victim.origin, key)
    message_links.start_again(address, record, actor.now)
    remark(case, why, actor)


def judge_standing(
    case: Case,
    victim: Victim,
    words: Collection[str],
    why: str,
    actor: Actor,
    *,
    speak: Collection[str],
) -> None:
    """Decide a victim's standing (docs/rules.md#23).

    If others, or nobody, are told in their place from now on, the victim's own contacts are told
    so once, so that nobody is silenced unnoticed. Open visits end, and codes that were sent before
    open nothing.

    Args:
        words: see `standing`.
        speak: the origins of those of the records system's people who count. The others' word ends.

    Raises:
        Conflict: when somebody else, or the records system, said something else meanwhile.
    """
    row = as_judged(victim, words, actor.today, actor.now)
    new = standing_of(row, actor.today) - standing_of(victim, actor.today)
    told = _told(case, victim, INCAPACITATED, actor) if new & (MARKS | TYPES) else None
    if new & {*MARKS, ORGANIZATION}:
        given = told.after if told else case.enrollment_of(victim.origin)
        given = _only(given, case, victim, speak, actor)
        told = EnrollmentChange(
            number=case.number, before=case.enrollment_of(victim.origin), after=given
        )
    decision = decision_of(acts.JUDGE_STANDING, case, victim, why, actor)
    case_decisions.decide(decision, victim, row, told=told, same_file=True)


def _only(
    given: Enrollment, case: Case, victim: Victim, speak: Collection[str], actor: Actor
) -> Enrollment:
    """Return an enrollment in which only these people of the records system speak."""
    for speaker in case.speakers_for(victim):
        if speaker.origin not in speak:
            record = actor.heard(victim, Right.REPRESENTATIVE, Rights.WAIVED)
            record = replace(record, about=speaker.origin)
            given = replace(given, requests=extended(given.requests, record))
    return given


def judge_suspect(case: Case, suspect: Suspect, act: Act, why: str, actor: Actor) -> None:
    """Say that an entry names no suspect, or that it does after all.

    The contacts and the home of an entry that names none exclude nobody any more. This applies to
    the entry as it is now. When the records system changes it, or an older row gives it another
    contact, it counts again.

    Raises:
        Conflict: when the records system changed it at this moment.
    """
    cleared = suspect.entry if act is acts.CLEAR_SUSPECT else ""
    record = actor.record(act.audit, case.number, subject=suspect.origin)
    decision = CaseDecision(record, noted(why, actor))
    after = replace(suspect, desk_cleared=cleared)
    case_decisions.decide(decision, suspect, after, same_file=True)


def enroll(act: Act, case: Case, wanted: Enrollment, why: str, actor: Actor) -> None:
    """Store an enrollment with its audit row and a note; one that is as before was confirmed twice.

    Raises:
        Conflict: when the enrollment changed at this moment.
    """
    if wanted != case.enrollment_of(wanted.victim):
        record = actor.record(act.audit, case.number, wanted.victim)
        enrolled = changed(case, wanted, actor.maker)
        case_decisions.decide(CaseDecision(record, noted(why, actor)), told=enrolled)


def reveal(act: Act, case: Case, victim: Victim, why: str, actor: Actor) -> None:
    """Record that a confidential home, or a phone that is not safe to call, is shown, and why."""
    case_decisions.decide(decision_of(act, case, victim, why, actor))


def is_full(case: Case, victim: Victim) -> bool:
    """Whether staff have given a victim as many contacts as the limit allows."""
    given = case.enrollment_of(victim.origin).contacts
    return sum(c.level == DESK for c in given) >= EVER_AT_DESK


class Correction(Frozen, frozen=True, kw_only=True):
    """A wrong or missing contact of a victim, and the right one."""

    case: Case
    victim: Victim
    old: str  # the wrong one; empty when there is none
    channel: Channel
    address: str  # the right one in its normal form; empty when what was typed is not valid
    home: tuple[str, ...] = ()  # of a postal address: street, city, region and postal code


def correct(correction: Correction, why: str, actor: Actor) -> None:
    """Replace a wrong phone or email, which is no longer used, by the one a member was told.

    The contacts that were there are told that one was added.

    Raises:
        Conflict: when the enrollment changed at this moment.
    """
    case, victim, old = correction.case, correction.victim, correction.old
    language = victim.language or actor.settings.agency.languages[0]
    contact = EnrolledContact(
        id=secrets.token_hex(8),
        channel=correction.channel,
        address=correction.address,
        language=language,
        consent=Consent(
            version=actor.settings.consent_version, at=actor.now, language=language, source="desk"
        ),
        level=DESK,
        root=DESK,
    )
    before = enrollment = case.enrollment_of(victim.origin)
    # A contact confirmed twice is stored once and told of once. A contact left on the portal by
    # knowledge alone does not count as confirmed by a member.
    standing = [c for c in before.active_contacts if c.level == contact.level]
    if not any(c.address == correction.address for c in standing):
        enrollment = replace(before, contacts=(*before.contacts, contact))
    elif not old or old in victim.desk_unsafe:
        return
    ended = [old] if old and old not in victim.desk_unsafe else []
    said = [timed(f"{UNSAFE}:", actor.now)] if ended else []
    corrected = changed(case, enrollment, actor.maker, said, ended)
    marked = _marked(victim, {*victim.desk_unsafe, *ended})
    decision = decision_of(acts.CORRECT, case, victim, why, actor)
    case_decisions.decide(decision, victim, marked, told=corrected)


def correct_home(correction: Correction, why: str, actor: Actor) -> None:
    """Send a victim's letters to a postal address, even if the feed still has the wrong one.

    Phones and emails on file are told of the change. If the wrong address may be the same place
    (unit missing, other spelling), it is not marked: a mark would block the right one.

    Raises:
        Conflict: when somebody else changed the contacts at this moment.
    """
    case, victim, old = correction.case, correction.victim, correction.old
    home = correction.home
    street, city, region, code = home
    at = replace(victim, desk_home=(), street=street, city=city, region=region, postal_code=code)
    ruled_out = (
        [old] if old and not letter_address.perhaps_same(old, letter_address.lines(at)) else []
    )
    if victim.desk_home == home and set(ruled_out) <= set(victim.desk_unsafe):
        return  # confirmed twice
    marked = _marked(victim, {*victim.desk_unsafe, *ruled_out})
    new = replace(marked, desk_home=home, desk_home_at=actor.now)
    told = _told(case, victim, HOME, actor)
    # The records system does not have it yet: it is exported with the new contacts.
    listed = case_decisions.new_home(case.number, victim.origin, actor.now)
    decision = replace(decision_of(acts.CORRECT_HOME, case, victim, why, actor), saves=(listed,))
    case_decisions.decide(decision, victim, new, told=told)


def restrict(case: Case, actor: Actor) -> None:
    """Restrict a case: nothing is shown or sent without a person (docs/rules.md#12).

    Raises:
        Conflict: when the case has no report yet.
    """
    record = actor.record(acts.RESTRICT.audit, case.number)
    case_decisions.restrict(CaseDecision(record), RESTRICTED_BY_DESK)


def lift(case: Case, seen: Collection[Restriction], why: str, actor: Actor) -> None:
    """Lift the reasons of a restriction that a member saw, and nothing else.

    Raises:
        Conflict: when the case has no report yet, or somebody restricted it at this moment.
    """
    if case.report is None:
        raise Conflict("the case has no report yet")
    record = actor.record(acts.LIFT.audit, case.number)
    before = case.report.desk_restriction
    lifted = restrictions("" if before == RESTRICTED_BY_DESK else before).union(seen)
    changed = replace(case.report, desk_restriction=words_of(lifted - {Restriction.DESK}))
    case_decisions.decide(CaseDecision(record, noted(why, actor)), case.report, changed)


def remark(case: Case, text: str, actor: Actor) -> None:
    """Keep a note on a case for colleagues."""
    record = actor.record("note_added", case.number)
    case_decisions.decide(CaseDecision(record, noted(text, actor)))


def decision_of(act: Act, case: Case, victim: Victim, why: str, actor: Actor) -> CaseDecision:
    """Return an act on a victim as it is recorded; the reason is kept as a note on the case."""
    record = actor.record(act.audit, case.number, victim.origin)
    return CaseDecision(record, noted(why, actor))


def noted(text: str, actor: Actor) -> Remark:
    """Return a member's words as a note."""
    return Remark(at=actor.now, by=actor.name, text=text[:LONGEST_REMARK])


def _marked(victim: Victim, marks: Collection[str]) -> Victim:
    """Return a victim of whose contacts these are unsafe.

    Raises:
        Conflict: when the row has no room for them: a thousand, each marked by hand.
    """
    wanted = sorted(marks)
    if len(within_room(wanted)) < len(wanted):
        raise Conflict("the row has room for no more marks")
    return replace(victim, desk_unsafe=tuple(wanted))


def _told(
    case: Case, victim: Victim, word: str, actor: Actor, barred: Sequence[str] = ()
) -> EnrollmentChange:
    """Return who hears of a word of the desk's that the victim's own row keeps."""
    said, same = [timed(f"{word}:", actor.now)], case.enrollment_of(victim.origin)
    return changed(case, same, actor.maker, said, barred)

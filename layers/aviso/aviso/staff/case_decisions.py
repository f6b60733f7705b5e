"""What members of staff do to cases: each act is one conditional transaction, audited."""

import secrets
from collections.abc import Collection, Sequence

from msgspec.structs import replace

from aviso.domain import letter_address
from aviso.domain.contacts import DESK, doubted
from aviso.domain.errors import Conflict
from aviso.domain.fact_keys import HOME, INCAPACITATED, UNSAFE, timed
from aviso.domain.model import Case, Channel, Consent, EnrolledContact, Enrollment, Victim
from aviso.domain.people import ORGANIZATION
from aviso.domain.requests import MOST, AnsweredAt, RequestRecord, Right, Rights, extended, state_of
from aviso.domain.staff import Remark
from aviso.domain.standing import MARKS, as_judged, standing_of
from aviso.domain.value import Frozen
from aviso.notices.announcing import changed
from aviso.runtime import hashing
from aviso.staff.actor import Actor
from aviso.storage import case_decisions
from aviso.storage.case_decisions import CaseDecision
from aviso.storage.enrollments import EnrollmentChange
from aviso.victims import message_links
from aviso.victims.sign_up_rules import EVER_AT_DESK, judged

LONGEST_REMARK = 1000


def mark_unsafe(case: Case, victim: Victim, address: str, why: str, actor: Actor) -> None:
    """Never use an address for this victim again, even if a feed or the portal brings it again.

    The other contacts are told that something changed; open visits end.

    Args:
        why: the member's reason, kept as a note on the case.

    Raises:
        Conflict: when somebody else marked one at this moment.
    """
    record = actor.record("contact_marked_unsafe", case.number, victim.origin)
    word = HOME if letter_address.is_home(address) else UNSAFE
    told = _told(case, victim, word, actor, [address])
    case_decisions.mark_unsafe(victim, address, told, CaseDecision(record, noted(why, actor)))


def never_theirs(case: Case, victim: Victim, address: str, actor: Actor) -> None:
    """Count notices that only this address got as told to nobody: it was never the victim's.

    They are told again on the next channel, as after "this is not me". Mark the address unsafe
    first, so that none of them goes there. Doing it twice changes nothing.
    """
    message_links.tell_elsewhere(case, {victim.origin}, hashing.address_key(address), actor.now)
    actor.note("told_elsewhere", case.number, victim.origin)


def mark_safe(case: Case, victim: Victim, address: str, why: str, actor: Actor) -> None:
    """Take back that an address is unsafe, or judge a warning that was left by knowledge.

    Other reasons not to use it still apply.

    The other contacts are told, as of a correction: somebody who says that it is the victim's again
    may be the person because of whom it was unsafe.

    Args:
        why: the member's reason, kept as a note on the case.

    Raises:
        Conflict: when somebody else changed the marks at this moment.
    """
    marks = letter_address.marks_on(victim, address)
    if not marks and address not in doubted(case, victim):
        return  # confirmed twice
    record = actor.record("contact_unsafe_undone", case.number, victim.origin)
    before, decision = case.enrollment_of(victim.origin), CaseDecision(record, noted(why, actor))
    if letter_address.is_home(address):
        told = _told(case, victim, HOME, actor)
        case_decisions.mark_home_safe(victim, marks, told, decision)
        return
    back = {hashing.address_key(address): actor.now} if marks else {}
    after = replace(judged(before, address, actor.now), given_back={**before.given_back, **back})
    restored = changed(case, after, actor.now, actor.settings, root=DESK)
    case_decisions.mark_safe(victim, marks, restored, decision)


def restore(case: Case, victim: Victim, address: str, why: str, actor: Actor) -> None:
    """Take back a "this is not me"; `why` is kept as a note on the case.

    Raises:
        Conflict: when the enrollment keeps changing.
    """
    key = hashing.address_key(address)
    record = actor.record("not_me_undone", case.number, victim.origin, key)
    message_links.restore(case, victim.origin, address, record, actor.settings)
    remark(case, why, actor)


def resume(case: Case, victim: Victim, address: str, why: str, actor: Actor) -> None:
    """Allow messages to an email again: its owner ended them, and has asked staff for them.

    `why` is kept as a note on the case.

    Raises:
        ValueError: when it is a phone, whose owner must text START.
    """
    key = hashing.address_key(address)
    record = actor.record("opt_out_undone", case.number, victim.origin, key)
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

    If others are told in their place from now on, the victim's own contacts are told so once, so
    that nobody is silenced unnoticed. Open visits end, and codes that were sent before open
    nothing.

    Args:
        words: see `standing`.
        speak: the origins of those of the records system's people who count. The others' word ends.

    Raises:
        Conflict: when somebody else, or the records system, said something else meanwhile.
    """
    row = as_judged(victim, words, actor.today, actor.now)
    new = standing_of(row, actor.today) - standing_of(victim, actor.today)
    told = _told(case, victim, INCAPACITATED, actor) if new & MARKS else None
    if new & {*MARKS, ORGANIZATION}:
        given = told.after if told else case.enrollment_of(victim.origin)
        given = _only(given, case, victim, speak, actor)
        told = EnrollmentChange(
            number=case.number, before=case.enrollment_of(victim.origin), after=given
        )
    record = actor.record("standing_decided", case.number, victim.origin)
    case_decisions.judge_standing(victim, row, told, CaseDecision(record, noted(why, actor)))


def _only(
    given: Enrollment, case: Case, victim: Victim, speak: Collection[str], actor: Actor
) -> Enrollment:
    """Return an enrollment in which only these people of the records system speak."""
    for speaker in case.speakers_for(victim):
        if speaker.origin not in speak:
            record = record_of(victim, Right.REPRESENTATIVE, Rights.WAIVED, actor)
            record = replace(record, about=speaker.origin)
            given = replace(given, requests=extended(given.requests, record))
    return given


ACTIONS = {
    (Right.NEWS, Rights.REQUESTED): "request_recorded",
    (Right.NEWS, Rights.WAIVED): "waiver_recorded",
    (Right.ADDRESS, Rights.REQUESTED): "home_hidden_recorded",
    (Right.ADDRESS, Rights.WAIVED): "home_hidden_ended",
}


def answer(case: Case, victim: Victim, record: RequestRecord, why: str, actor: Actor) -> None:
    """Record what a caller answers about being informed, or the home (docs/rules.md#22, #24).

    The victim's contacts are told of a waiver of news: the caller may not be the victim.

    Args:
        record: the answer, as `record_of` returns it.
        why: how the member knows who is calling, kept as a note on the case.

    Raises:
        Conflict: when the enrollment changed at this moment, or has room for no more records.
    """
    before = case.enrollment_of(victim.origin)
    if state_of(before.requests, record.right) is record.answer:
        return  # confirmed twice
    if len(before.requests) >= 2 * MOST:
        raise Conflict("there is room for no more records")
    wanted = replace(before, requests=extended(before.requests, record))
    enroll(case, wanted, why, ACTIONS[record.right, record.answer], actor)


def enroll(case: Case, wanted: Enrollment, why: str, action: str, actor: Actor) -> None:
    """Store an enrollment with its audit row and a note; one that is as before was confirmed twice.

    Raises:
        Conflict: when the enrollment changed at this moment.
    """
    if wanted != case.enrollment_of(wanted.victim):
        record = actor.record(action, case.number, wanted.victim)
        enrolled = changed(case, wanted, actor.now, actor.settings, root=DESK)
        case_decisions.enroll(enrolled, CaseDecision(record, noted(why, actor)))


def record_of(
    victim: Victim,
    right: Right,
    answer: Rights,
    actor: Actor,
    *,
    language: str = "",
    speaker: str = "",
) -> RequestRecord:
    """Return the record of an answer that a caller gives at the desk.

    Args:
        language: the one in which it was asked; by default the victim's.
        speaker: who answered for a victim who cannot; see `answering`.
    """
    return RequestRecord(
        right=right,
        answer=answer,
        at=actor.now,
        place=AnsweredAt.DESK,
        proof=DESK,
        language=language or victim.language or actor.settings.agency.languages[0],
        speaker=speaker,
        by=actor.name,
    )


def reveal_home(case: Case, victim: Victim, why: str, actor: Actor) -> None:
    """Record that a confidential home is shown; the reason is kept as a note on the case."""
    record = actor.record("home_revealed", case.number, victim.origin)
    case_decisions.add_remark(case.number, noted(why, actor), record)


def reveal_phone(case: Case, victim: Victim, why: str, actor: Actor) -> None:
    """Record that a phone is shown that is not safe to call, and who said that it is safe now."""
    record = actor.record("phone_revealed", case.number, victim.origin)
    case_decisions.add_remark(case.number, noted(why, actor), record)


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

    Args:
        why: the member's reason, kept as a note on the case.

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
    record = actor.record("contact_corrected", case.number, victim.origin)
    ended = [old] if old and old not in victim.desk_unsafe else []
    said = [timed(f"{UNSAFE}:", actor.now)] if ended else []
    corrected = changed(
        case, enrollment, actor.now, actor.settings, root=DESK, said=said, barred=ended
    )
    decision = CaseDecision(record, noted(why, actor))
    case_decisions.correct(victim, [old] if old else [], corrected, decision)


def correct_home(correction: Correction, why: str, actor: Actor) -> None:
    """Send a victim's letters to a postal address, even if the feed still has the wrong one.

    Phones and emails on file are told of the change. If the wrong address may be the same place
    (unit missing, other spelling), it is not marked: a mark would block the right one.

    Args:
        why: the member's reason, kept as a note on the case.

    Raises:
        Conflict: when somebody else changed the contacts at this moment.
    """
    case, victim, old = correction.case, correction.victim, correction.old
    record = actor.record("address_corrected", case.number, victim.origin)
    home = correction.home
    street, city, region, code = home
    at = replace(victim, desk_home=(), street=street, city=city, region=region, postal_code=code)
    ruled_out = (
        [old] if old and not letter_address.perhaps_same(old, letter_address.lines(at)) else []
    )
    if victim.desk_home == home and set(ruled_out) <= set(victim.desk_unsafe):
        return  # confirmed twice
    decision = CaseDecision(record, noted(why, actor))
    told = _told(case, victim, HOME, actor)
    case_decisions.correct_home(victim, ruled_out, home, told, decision)


def restrict(case: Case, actor: Actor) -> None:
    """Restrict a case: nothing is shown or sent without a person (docs/rules.md#12).

    Raises:
        Conflict: when the case has no report yet.
    """
    case_decisions.restrict(case.number, "restricted", actor.record("case_restricted", case.number))


def lift(case: Case, why: str, actor: Actor) -> None:
    """Lift a restriction, even one that the rules set; the reason is kept as a note on the case.

    Raises:
        Conflict: when the case has no report yet.
    """
    record = actor.record("restriction_lifted", case.number)
    case_decisions.restrict(case.number, "lifted", record, noted(why, actor))


def remark(case: Case, text: str, actor: Actor) -> None:
    """Keep a note on a case for colleagues."""
    case_decisions.add_remark(
        case.number, noted(text, actor), actor.record("note_added", case.number)
    )


def noted(text: str, actor: Actor) -> Remark:
    """Return a member's words as a note."""
    return Remark(at=actor.now, by=actor.name, text=text[:LONGEST_REMARK])


def _told(
    case: Case, victim: Victim, word: str, actor: Actor, barred: Sequence[str] = ()
) -> EnrollmentChange:
    """Return who hears of a word of the desk's that the victim's own row keeps."""
    said, same = [timed(f"{word}:", actor.now)], case.enrollment_of(victim.origin)
    return changed(case, same, actor.now, actor.settings, root=DESK, said=said, barred=barred)

"""What the links in a message do: "this is not me", and no more messages (docs/rules.md#11, #13).

A link names a notice and an attempt, and acts on that attempt's contact alone. Both acts take
effect at the next hand-over of any message. Doing either twice changes nothing. The desk undoes
both. A STOP that a victim texts comes to `notices.inbound`.
"""

from collections.abc import Callable, Collection
from datetime import datetime
from functools import partial

from msgspec.structs import replace

from aviso.content import links
from aviso.content.links import LinkPurpose
from aviso.domain.changes import Maker
from aviso.domain.contacts import DESK, NOT_ME
from aviso.domain.errors import Conflict, LinkRefused
from aviso.domain.model import AuditEntry, Case, Enrollment
from aviso.domain.notice import Attempt, Notice, State
from aviso.domain.notice_states import STUCK, counted
from aviso.domain.reasons import FailureCode
from aviso.domain.settings import Settings
from aviso.notices import receipts
from aviso.notices.announcing import changed, maker_of
from aviso.runtime import hashing
from aviso.storage import audit, cases, enrollments, guards, inbox_tasks, notices, suppressions
from aviso.storage.audited_change import AuditRow
from aviso.storage.guard_items import UNPROVED_LINK

# States in which somebody may have been told. A letter that is printed or posted does not depend on
# a phone or email.
MAY_HAVE_TOLD = frozenset({State.SENT, State.DELIVERED, State.UNCONFIRMED})
TOLD_ELSEWHERE = frozenset(
    {State.SENT, State.DELIVERED, State.UNCONFIRMED, State.PRINTED, State.MAILED}
)


Alter = Callable[[Enrollment], Enrollment]


def not_me(token: str, settings: Settings, now: datetime) -> None:
    """End messages about a case to a link's contact, and tell the victim on another contact.

    The guard is written first: from then on nothing goes to the contact, even if a later step
    fails.

    Raises:
        LinkRefused: when the token is not one of ours.
        Conflict: when the hand-over is not recorded yet; the caller can try again in a moment.
    """
    notice, attempt = attempt_of(LinkPurpose.NOT_ME, token)
    case = cases.read_case(notice.case)
    suppressions.not_me(attempt.address_key, case.origin, now)
    maker = maker_of(now, settings)
    for victim in sorted({notice.victim, *(e.victim for e in case.enrollments)} - {""}):
        alter = _disown if victim == notice.victim else _remove
        _change(case, victim, partial(alter, key=attempt.address_key, now=now), maker)
    # The contact's owner is not a victim of the case, so no victim written to there was told.
    meant = {notice.victim, *(v.origin for v in case.victims)}
    tell_elsewhere(case, meant, attempt.address_key, now)
    _record(NOT_ME, notice, attempt, settings, now)


def stop(token: str, settings: Settings, now: datetime) -> None:
    """End all messages to a link's contact, on every case; only its owner can undo this.

    Raises:
        LinkRefused: when the token is not one of ours.
        Conflict: when the hand-over is not recorded yet; the caller can try again in a moment.
    """
    notice, attempt = attempt_of(LinkPurpose.STOP, token)
    suppressions.opt_out(attempt.address_key, "link", now)
    _record("opted_out", notice, attempt, settings, now)


def let_desk_stop(token: str, now: datetime) -> None:
    """Give the desk a wish to stop that no key of ours proves, if it names a message of ours.

    A mail program's own button shows no answer: its user would never learn that the link is too old
    for a key that was replaced. Nothing stops by itself, because a forged wish would silence a
    victim. Doing it twice in a day changes nothing.
    """
    id, n = links.claimed(token) or ("", 0)
    notice = notices.read(id) if id else None
    if notice is None:
        return
    key = next((a.address_key for a in notice.attempts if a.n == n), "")
    if not key or guards.read("", {key: key}).opted_out:
        return
    asked = {"text": "", "address_key": key, "at": now.isoformat(), "maybe_stop": True}
    data = {**asked, "cases": [notice.case]}
    inbox_tasks.put_reply(f"link-{key}-{now:%Y%m%d}", data, now, UNPROVED_LINK)


def start_again(address: str, record: AuditRow, now: datetime) -> None:
    """Allow messages to an email again: its owner ended them and has now asked a person.

    Not for a phone: its owner must text START, because the carrier must see it too.

    Args:
        record: the audit row of the person who was asked.

    Raises:
        ValueError: when it is not an email.
    """
    if "@" not in address:
        raise ValueError("only the owner of a phone starts messages again, by text")
    audit.append(record.entry, record.keep_days)
    suppressions.opt_in(hashing.address_key(address), now)


def restore(case: Case, victim: str, address: str, record: AuditRow, settings: Settings) -> None:
    """Take back a wrong "this is not me": the contact may be used again on this case.

    The victim's other contacts are told: somebody who says that it is the victim's may be the
    person it was taken from. What was told elsewhere meanwhile is not told again. Doing it twice
    changes nothing.

    Args:
        record: the audit row of the person who takes it back.

    Raises:
        Conflict: when the enrollment keeps changing; the caller can try again in a moment.
    """
    key, now = hashing.address_key(address), record.entry.at
    barred = guards.read(case.number, {address: key}, case.numbers).not_me
    alter = partial(give_back if barred else _own, key=key, now=now)
    _change(case, victim, alter, maker_of(now, settings, DESK))
    for number in case.numbers:  # "not me" may be recorded under any of them
        suppressions.not_me_undone(key, number)
    audit.append(record.entry, record.keep_days)


def tell_elsewhere(case: Case, victims: Collection[str], key: str, now: datetime) -> None:
    """Count what went to the wrong person as told to nobody, and plan it for its next channel.

    Notices of other victims that counted as told through the same contact are decided again.

    Args:
        victims: the origin ids of the victims who were meant, and were not reached there.
        key: the key of the wrong person's address.
    """
    told = set()
    for notice in notices.list_notices(case):
        found = notices.read(notice.id)
        if found is None or not any(a.address_key == key for a in found.attempts):
            continue
        told.add(notice.fact)
        if notice.victim in victims:
            _tell_elsewhere(found, key, now)
    receipts.decide_again(case, told, now)


def attempt_of(purpose: LinkPurpose, token: str) -> tuple[Notice, Attempt]:
    """Return the notice and the attempt that a link names.

    Raises:
        LinkRefused: when the token is not one of ours.
        Conflict: when the hand-over is not recorded yet; the reader can try again in a moment.
    """
    notice_id, n = links.read(purpose, token)
    notice = notices.read(notice_id)
    if notice is None:  # deleted when the agency's retention period ended
        raise LinkRefused
    attempt = next((a for a in notice.attempts if a.n == n), None)
    if attempt is None:
        raise Conflict("the hand-over is not recorded yet")
    return notice, attempt


def _change(case: Case, victim: str, alter: Alter, maker: Maker) -> None:
    """Apply a change to one victim's enrollment, unless it changes nothing."""
    for _ in range(2):  # the victim may be changing contacts at the same time
        before = case.enrollment_of(victim)
        wanted = alter(before)
        if wanted == before:
            return
        try:
            stored = changed(case, wanted, maker)
            enrollments.write_enrollment(case.number, stored.after, before)
            return
        except Conflict:
            case = cases.read_case(case.number)
    raise Conflict("the enrollment keeps changing")


def _remove(enrollment: Enrollment, key: str, now: datetime) -> Enrollment:
    """Mark a contact as removed, unless it already is."""
    contacts = tuple(
        replace(c, removed_at=now, removed_why=NOT_ME)
        if c.active and hashing.address_key(c.address) == key
        else c
        for c in enrollment.contacts
    )
    return replace(enrollment, contacts=contacts)


def _disown(enrollment: Enrollment, key: str, now: datetime) -> Enrollment:
    """Remove a contact and record it: it may be one from the report, and the others are told."""
    removed = _remove(enrollment, key, now)
    given_back = {k: at for k, at in enrollment.given_back.items() if k != key}
    disowned = {key: now, **enrollment.disowned}
    return replace(removed, disowned=disowned, given_back=given_back)


def give_back(enrollment: Enrollment, key: str, now: datetime) -> Enrollment:
    """Let a contact be used again, and record since when: the others are told."""
    own = _put_back(enrollment, key)
    return replace(own, given_back={**own.given_back, key: now})


def _own(enrollment: Enrollment, key: str, now: datetime) -> Enrollment:
    """Let a contact be used again if "this is not me" removed it."""
    taken_off = _put_back(enrollment, key) != enrollment
    return give_back(enrollment, key, now) if taken_off else enrollment


def _put_back(enrollment: Enrollment, key: str) -> Enrollment:
    """Put back what "this is not me" removed."""
    contacts = tuple(
        replace(c, removed_at=None, removed_why="")
        if c.removed_why == NOT_ME and hashing.address_key(c.address) == key
        else c
        for c in enrollment.contacts
    )
    disowned = {k: at for k, at in enrollment.disowned.items() if k != key}
    return replace(enrollment, contacts=contacts, disowned=disowned)


def _tell_elsewhere(notice: Notice, key: str, now: datetime) -> None:
    """Count what went to the wrong person as told to nobody, and plan it for its next channel.

    When no channel is left, the next claim holds the notice and a person gets a task. When another
    of the victim's contacts was written to as well, the notice stays as it is.
    """
    wrong = [a for a in notice.attempts if a.address_key == key and a.reason != NOT_ME]
    for attempt in wrong:
        try:
            notices.put_attempt(
                notice.id, replace(attempt, state=State.FAILED, reason=NOT_ME), attempt
            )
        except Conflict:  # its receipt arrived at the same time
            found = notices.read(notice.id)
            if found is not None:
                _tell_elsewhere(found, key, now)
            return
    attempts = counted(notice)
    others = [a for a in attempts if a.address_key != key and a.state in TOLD_ELSEWHERE]
    theirs = [a for a in attempts if a.address_key == key]
    if others or not theirs:
        return
    if notice.state not in MAY_HAVE_TOLD:
        receipts.forget_told(notice.id, wrong_person=True)
        return
    try:
        code = FailureCode(NOT_ME)
        failed = notices.move(notice, State.FAILED, due_at=now, reason=code, told_at=None)
        notices.move(failed, State.PLANNED, due_at=now + STUCK, only_from=[State.FAILED])
    except Conflict:
        return  # a receipt or `chase` moved it already


def _record(
    action: str, notice: Notice, attempt: Attempt, settings: Settings, now: datetime
) -> None:
    entry = AuditEntry(
        at=now,
        actor=f"contact:{attempt.address_key[:12]}",
        action=action,
        case=notice.case,
        victim=notice.victim,
        subject=attempt.address_key,  # a restore of lost tables enters the act again by it
    )
    audit.append(entry, settings.retention.audit)

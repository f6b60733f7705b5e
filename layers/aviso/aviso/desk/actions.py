"""What members of the desk do to cases and notices: each one conditional transaction, audited."""

import secrets
from collections import Counter
from collections.abc import Iterable
from dataclasses import dataclass, replace
from datetime import datetime
from typing import Self

from aviso import addresses, restriction
from aviso import settings as agency_settings
from aviso.errors import Conflict, NotTheirs
from aviso.models import (
    AuditEntry,
    Case,
    Channel,
    Consent,
    EnrolledContact,
    Enrollment,
    Notice,
    State,
    Victim,
)
from aviso.planning import LOOK_AGAIN, STUCK
from aviso.settings import Settings
from aviso.staff import Member, Remark
from aviso.store import audit, cases, desk, notices
from aviso.store.desk import Record

# What can be told once more on a member's word. What failed goes on by itself.
RESENDABLE = (State.DELIVERED, State.MAILED, State.SUPPRESSED, State.UNCONFIRMED)
HOLDABLE = (State.PLANNED, State.WAITING, State.QUEUED, State.FAILED, State.UNCONFIRMED)
LONGEST_REMARK = 1000
MOST_TASKS = 200  # on one page


@dataclass(frozen=True, slots=True, kw_only=True)
class By:
    """Who acts, and when."""

    member: Member
    settings: Settings
    now: datetime

    @classmethod
    def of(cls, member: Member, now: datetime) -> Self:
        """Return a member acting now, under the agency's settings."""
        return cls(member=member, settings=agency_settings.current(), now=now)

    def note(self, action: str, case: str, victim: str = "") -> None:
        """Write to the audit trail what was looked at, which changes nothing."""
        record = self.record(action, case, victim)
        audit.append(record.entry, record.keep_days)

    def record(self, action: str, case: str, victim: str = "") -> Record:
        """Return the audit row of an act."""
        entry = AuditEntry(
            at=self.now, actor=self.member.actor, action=action, case=case, victim=victim
        )
        return Record(entry=entry, keep_days=self.settings.retention.audit)


def open_case(number: str, by: By) -> Case:
    """Read a case that a member may work on.

    Raises:
        LookupError: when there is no such case.
        NotTheirs: when it is restricted and the member is not one of those who may see such.
    """
    case = cases.read_case(number)
    if case.report is None and not case.victims and not case.arrests:
        raise LookupError("no such case")
    if not by.member.trusted and restriction.restricted(case, by.settings):
        raise NotTheirs(case.number)
    return case


def release(ids: Iterable[str], by: By) -> Counter[str]:
    """Send held notices after all; return how many were released, refused, or held no more.

    A member's word overrules the reason it is held for, and no other: whatever else stands or
    comes up holds it again. It never makes a notice go to a suspect's contact, to one marked
    unsafe, or past an opt-out: `route` still decides.
    """
    return Counter(_release(id, by) for id in ids if id)


def _release(id: str, by: By) -> str:
    notice = notices.read(id)
    if notice is None or notice.state is not State.HELD:
        return "held_no_more"
    try:
        open_case(notice.case, by)
    except NotTheirs:
        return "not_yours"
    try:
        _move(
            notice,
            State.PLANNED,
            "notice_released",
            by,
            released_by=by.member.actor,
            overruled=f"{notice.overruled} {notice.reason}".strip(),
            reason="",
        )
    except Conflict:
        return "held_no_more"
    return "released"


def take(id: str, by: By) -> None:
    """Name the member as the one who sees to a held notice; again, give it back.

    Raises:
        Conflict: when it is held no more.
    """
    notice = _theirs(id, by)
    owner = "" if desk.owner(id) == by.member.name else by.member.name
    desk.take_task(notice, owner, by.record("task_taken", notice.case, notice.victim))


def hold(id: str, by: By) -> None:
    """Keep an unsent notice until a person releases it.

    Raises:
        Conflict: when it is on its way or over.
    """
    notice = _theirs(id, by)
    if notice.state not in HOLDABLE:
        raise Conflict("it is on its way or over")
    _move(
        notice,
        State.HELD,
        "notice_held",
        by,
        reason="desk",
        released_by="",
        overruled="",
        waits_for="",
    )


def resend(id: str, by: By) -> None:
    """Tell a notice once more, from the first rung of its ladder.

    Raises:
        Conflict: when it is not over yet.
    """
    notice = _theirs(id, by)
    if notice.state not in RESENDABLE:
        raise Conflict("it is not over yet")
    _move(notice, State.PLANNED, "notice_resent", by, reason="", overruled="", resent_at=by.now)


def mark_unsafe(case: Case, victim: Victim, address: str, by: By) -> None:
    """Never use an address for this victim again, whatever a feed or the portal brings.

    Raises:
        Conflict: when somebody else marked one at this moment.
    """
    record = by.record("contact_marked_unsafe", case.number, victim.origin)
    desk.mark_unsafe(case.number, victim, [address], record)


def correct(case: Case, victim: Victim, old: str, typed: str, by: By) -> None:
    """Put a contact that a member was told in place of a wrong one, which is used no more.

    Raises:
        ValueError: when what was typed is neither a phone nor an email.
        Conflict: when the enrollment changed at this moment.
    """
    channel = Channel.EMAIL if "@" in typed else Channel.SMS
    address = addresses.email(typed) if channel is Channel.EMAIL else addresses.phone(typed)
    if not address or address == old:
        raise ValueError("neither a phone nor an email")
    language = victim.language or by.settings.agency.languages[0]
    contact = EnrolledContact(
        id=secrets.token_hex(8),
        channel=channel,
        address=address,
        language=language,
        consent=Consent(
            version=by.settings.consent_version, at=by.now, language=language, source="desk"
        ),
        level="desk",
    )
    before = case.enrollment(victim.origin)
    enrollment = before or Enrollment(victim=victim.origin)
    enrollment = replace(enrollment, contacts=(*enrollment.contacts, contact))
    record = by.record("contact_corrected", case.number, victim.origin)
    desk.correct(case.number, victim, [old] if old else [], enrollment, before, contact, record)


def restrict(case: Case, by: By) -> None:
    """Restrict a case: nothing is shown or sent any more without a person (rule 12).

    Raises:
        Conflict: when the case has no report yet.
    """
    desk.restrict(case.number, "restricted", by.record("case_restricted", case.number))


def lift(case: Case, by: By) -> None:
    """Lift a restriction, whatever the rules say.

    Raises:
        Conflict: when the case has no report yet.
    """
    desk.restrict(case.number, "lifted", by.record("restriction_lifted", case.number))


def remark(case: Case, text: str, by: By) -> None:
    """Keep a note on a case for colleagues."""
    note = Remark(at=by.now, by=by.member.name, text=text[:LONGEST_REMARK])
    desk.add_remark(case.number, note, by.record("note_added", case.number))


def _theirs(id: str, by: By) -> Notice:
    """Read a notice of a case the member may work on.

    Raises:
        LookupError: when there is no such notice.
        NotTheirs: when the case is not for this member.
    """
    notice = notices.read(id) if id else None
    if notice is None:
        raise LookupError("no such notice")
    open_case(notice.case, by)
    return notice


def _move(notice: Notice, to: State, action: str, by: By, **changes: object) -> None:
    desk.move(
        notice,
        to,
        due_at=by.now + (LOOK_AGAIN if to is State.HELD else STUCK),
        only_from=[notice.state],
        record=by.record(action, notice.case, notice.victim),
        **changes,
    )

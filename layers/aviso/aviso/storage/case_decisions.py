"""What the staff desk changes on cases and looks up; each change is one audited transaction."""

import hashlib
from collections.abc import Collection, Iterable, Iterator, Sequence
from datetime import datetime

from pynamodb.attributes import UnicodeAttribute

from aviso.domain import letter_address
from aviso.domain.errors import Conflict
from aviso.domain.model import Case, Suspect, Victim
from aviso.domain.row_size import within_room
from aviso.domain.staff import Remark
from aviso.domain.value import Frozen
from aviso.storage import guard_items, sending_controls
from aviso.storage.audited_change import AuditRow, Update, change
from aviso.storage.case_items import (
    CaseItem,
    ContactItem,
    ReportItem,
    SuspectItem,
    VictimItem,
    partition,
)
from aviso.storage.cases import as_unjudged, sort_key, updates_of
from aviso.storage.enrollments import EnrollmentChange, writes
from aviso.storage.guard_items import GuardItem
from aviso.storage.sending_controls import SWITCHES, SwitchChanges
from aviso.storage.tables import InstantAttribute, Write, instant

MOST_CASES = 50  # that one phone or email may match
TRIES = 5


class RemarkItem(CaseItem, discriminator="remark"):
    """A note that a member wrote on a case."""

    at = InstantAttribute(null=True)
    by = UnicodeAttribute(null=True)
    text = UnicodeAttribute(null=True)


class CaseDecision(Frozen, frozen=True):
    """What a member decides on a case: the audit row, and the reason, kept as a note."""

    record: AuditRow
    why: Remark

    @property
    def number(self) -> str:
        """The number of the case."""
        return self.record.entry.case

    @property
    def note(self) -> Write:
        """The write that keeps the reason."""
        return remark_item(self.number, self.why), None


def restrict(number: str, word: str, record: AuditRow, why: Remark | None = None) -> None:
    """Record a person's decision on a case's restriction, and the reason, if any, as a note.

    The word is "restricted", "lifted", or "" to follow the rules again.

    Raises:
        Conflict: when the case has no report yet.
    """
    item = ReportItem(partition(number), "CASE")
    update: Update = (item, [ReportItem.desk_restriction.set(word)], ReportItem.pk.exists())
    change(record, update, saves=[(remark_item(number, why), None)] if why else [])


def mark_unsafe(
    victim: Victim, address: str, told: EnrollmentChange | None, decision: CaseDecision
) -> None:
    """Record that a victim's contact is unsafe and since when, with the reason as a note.

    Raises:
        Conflict: when somebody else marked a contact meanwhile.
    """
    item, actions, same_marks = _unsafe(decision.number, victim, {*victim.desk_unsafe, address})
    since = (
        VictimItem.desk_home_at if letter_address.is_home(address) else VictimItem.desk_unsafe_at
    )
    actions.append(since.set(decision.why.at))
    change(decision.record, (item, actions, same_marks), saves=_with(told, decision))


def mark_safe(
    victim: Victim, marks: Collection[str], restored: EnrollmentChange, decision: CaseDecision
) -> None:
    """Remove unsafe marks from a victim's phone or email, with the reason as a note.

    The enrollment records that the contact was restored.

    Raises:
        Conflict: when somebody else changed the marks or the enrollment meanwhile.
    """
    left = _unsafe(decision.number, victim, set(victim.desk_unsafe) - set(marks))
    change(decision.record, left, saves=_with(restored, decision))


def mark_home_safe(
    victim: Victim, marks: Collection[str], told: EnrollmentChange | None, decision: CaseDecision
) -> None:
    """Remove unsafe marks from a victim's postal address, with the reason as a note.

    Raises:
        Conflict: when somebody else changed the marks meanwhile.
    """
    left = set(victim.desk_unsafe) - set(marks)
    item, actions, same_marks = _unsafe(decision.number, victim, left)
    actions.append(VictimItem.desk_home_at.set(decision.why.at))
    change(decision.record, (item, actions, same_marks), saves=_with(told, decision))


def judge_standing(
    victim: Victim, judged: Victim, told: EnrollmentChange | None, decision: CaseDecision
) -> None:
    """Record a victim's standing, with the reason as a note on the case.

    Raises:
        Conflict: when somebody else, or the records system, said something else meanwhile.
    """
    item = VictimItem(partition(decision.number), sort_key(victim))
    unchanged = as_unjudged(victim) & (VictimItem.digest == victim.digest)
    same = {n for n in victim.__struct_fields__ if getattr(judged, n) == getattr(victim, n)}
    actions = updates_of(judged, victim, same)
    change(decision.record, (item, actions, unchanged), saves=_with(told, decision))


def judge_suspect(suspect: Suspect, cleared: str, decision: CaseDecision) -> None:
    """Record that a suspect's entry is wrong, with the reason as a note on the case.

    `suspect` is the entry as it was read. `cleared` is its `entry` when it names no suspect, and
    empty when it does after all.

    Raises:
        Conflict: when the records system changed the entry meanwhile.
    """
    item = SuspectItem(partition(decision.number), sort_key(suspect))
    unchanged = SuspectItem.digest == suspect.digest
    action = SuspectItem.desk_cleared.set(cleared) if cleared else SuspectItem.desk_cleared.remove()
    change(decision.record, (item, [action], unchanged), saves=[decision.note])


def correct(
    victim: Victim, unsafe: Sequence[str], corrected: EnrollmentChange, decision: CaseDecision
) -> None:
    """Replace a contact that is marked unsafe, and keep the reason as a note on the case.

    Raises:
        Conflict: when the enrollment or the marks changed since they were read.
    """
    saves, deletes = writes(corrected)
    marks = _unsafe(decision.number, victim, {*victim.desk_unsafe, *unsafe})
    change(decision.record, marks, saves=[*saves, decision.note], deletes=deletes)


def enroll(enrolled: EnrollmentChange, decision: CaseDecision) -> None:
    """Store an enrollment over the one that was read, with the reason as a note on the case.

    The desk deletes no row: the row by which a removed contact is found stays.

    Raises:
        Conflict: when the enrollment changed since it was read.
    """
    saves, _ = writes(enrolled)
    change(decision.record, saves=[*saves, decision.note])


def correct_home(
    victim: Victim,
    unsafe: Sequence[str],
    home: Sequence[str],
    told: EnrollmentChange | None,
    decision: CaseDecision,
) -> None:
    """Replace the feed's postal address, and mark wrong ones unsafe.

    The records system does not have the new address yet: it is exported with the new contacts.

    Raises:
        Conflict: when the marks or the desk's address changed since they were read.
    """
    number, at = decision.number, decision.why.at
    item, actions, same_marks = _unsafe(number, victim, {*victim.desk_unsafe, *unsafe})
    before = list(victim.desk_home)
    same = VictimItem.desk_home == before if before else VictimItem.desk_home.does_not_exist()
    actions += [VictimItem.desk_home.set(list(home)), VictimItem.desk_home_at.set(at)]
    new = ContactItem(
        partition(number),
        f"CONTACT#{home_id(victim.origin)}",
        victim=victim.origin,
        task=ContactItem.NEW,
        at=at,
    )
    saves = [(new, None), *_with(told, decision)]
    change(decision.record, (item, actions, same_marks & same), saves=saves)


def _with(told: EnrollmentChange | None, decision: CaseDecision) -> list[Write]:
    """Return the writes of who hears of a decision, if anybody must, and of its reason."""
    return [*(writes(told)[0] if told else ()), decision.note]


def home_id(victim: str) -> str:
    """Return the id of a victim's corrected postal address among the new contacts."""
    return f"HOME-{victim}"


def add_remark(number: str, remark: Remark, record: AuditRow) -> None:
    """Keep a member's note on a case."""
    change(record, saves=[(remark_item(number, remark), None)])


def remark_item(number: str, remark: Remark) -> RemarkItem:
    """Return the row of a note; the same note on a case is one row, however often it is written."""
    said = hashlib.sha256(f"{remark.by}|{remark.text}".encode()).hexdigest()
    key = f"REMARK#{instant(remark.at)}#{said[:8]}"
    return RemarkItem(partition(number), key, at=remark.at, by=remark.by, text=remark.text)


def remarks(case: Case) -> list[Remark]:
    """Return members' notes on a case, under any of its numbers, latest first."""
    found = [
        Remark(at=item.at, by=item.by, text=item.text)
        for number in case.numbers
        for item in RemarkItem.query(partition(number), RemarkItem.sk.startswith("REMARK#"))
    ]
    return sorted(found, key=lambda remark: remark.at, reverse=True)


def cases_with(phone: str, email: str) -> list[str]:
    """Return the numbers of the cases that have this phone or email, suspects' included."""
    found: set[str] = set()
    for index, value in ((CaseItem.by_phone, phone), (CaseItem.by_email, email)):
        if value:
            found |= {
                item.pk.removeprefix("CASE#") for item in index.query(value, limit=MOST_CASES)
            }
    return sorted(found)


def turn(changes: SwitchChanges, record: AuditRow, seen: int | None = None) -> None:
    """Change the named switches, in a member's name.

    `seen` is the switches' change count when the member saw them; None skips the check.

    Raises:
        Conflict: when a switch was changed since the member saw them.
    """
    same = GuardItem.turns == seen if seen else GuardItem.turns.does_not_exist()
    actions = sending_controls.turning(changes)
    change(record, (GuardItem(SWITCHES), actions, None if seen is None else same))


def turn_kind(kind: str, on: bool, record: AuditRow) -> None:
    """Turn one kind of notice on or off; a colleague may be turning another at this moment.

    Raises:
        Conflict: when colleagues keep changing kinds.
    """
    for left in reversed(range(TRIES)):
        found = guard_items.get(SWITCHES)
        off = found.kinds_off if found else None
        same = GuardItem.kinds_off.does_not_exist() if off is None else GuardItem.kinds_off == off
        wanted = sorted(set(off or ()) - {kind} if on else {*(off or ()), kind})
        actions = sending_controls.turning({"kinds_off": wanted})
        try:
            return change(record, (GuardItem(SWITCHES), actions, same))
        except Conflict:
            if not left:
                raise
    return None


class NewContact(Frozen, frozen=True, kw_only=True):
    """A contact the records system does not have yet."""

    case: str
    id: str
    victim: str
    at: datetime


def new_contacts() -> Iterator[NewContact]:
    """Yield the contacts that wait for export, oldest first."""
    for item in ContactItem.by_task.query(ContactItem.NEW):
        yield NewContact(
            case=item.pk.removeprefix("CASE#"),
            id=item.sk.removeprefix("CONTACT#"),
            victim=item.victim,
            at=item.at,
        )


def count_new_contacts() -> int:
    """Return how many contacts wait for export."""
    return ContactItem.by_task.count(ContactItem.NEW)


def exported(case: str, id: str, at: datetime, record: AuditRow) -> None:
    """Record that the records system now has a contact, as it was at a time.

    Raises:
        Conflict: when it was recorded before, or the contact was corrected since.
    """
    item = ContactItem(partition(case), f"CONTACT#{id}")
    same = (ContactItem.task == ContactItem.NEW) & (ContactItem.at == at)
    change(record, (item, [ContactItem.task.remove()], same))


def _unsafe(number: str, victim: Victim, marks: Iterable[str]) -> Update:
    before = list(victim.desk_unsafe)
    unchanged = (
        VictimItem.desk_unsafe == before if before else VictimItem.desk_unsafe.does_not_exist()
    )
    item = VictimItem(partition(number), sort_key(victim))
    wanted = sorted(marks)
    if len(within_room(wanted)) < len(wanted):
        raise Conflict("the row has room for no more marks")  # a thousand, each marked by hand
    action = VictimItem.desk_unsafe.set(wanted) if wanted else VictimItem.desk_unsafe.remove()
    return item, [action], VictimItem.pk.exists() & unchanged

"""What the staff desk changes on cases and looks up; each change is one audited transaction."""

import hashlib
from collections.abc import Iterator
from datetime import datetime

from aviso.domain.errors import Conflict
from aviso.domain.model import Case
from aviso.domain.staff import Remark
from aviso.domain.value import Frozen
from aviso.storage import guard_items, sending_controls
from aviso.storage.audited_change import AuditRow, Update, change
from aviso.storage.case_items import CaseItem, ContactItem, ReportItem, partition
from aviso.storage.cases import IS_REPORT, ITEMS, Row, as_read, sort_key, updates_of
from aviso.storage.codec import fields_of, instant, value_of
from aviso.storage.enrollments import EnrollmentChange, writes
from aviso.storage.guard_items import GuardItem
from aviso.storage.sending_controls import SWITCHES, SwitchChanges
from aviso.storage.tables import Write

MOST_CASES = 50  # that one phone or email may match
TRIES = 5


class RemarkItem(CaseItem, discriminator="remark"):
    """A note that a member wrote on a case."""

    stores = Remark


class CaseDecision(Frozen, frozen=True):
    """What a member decides on a case: the audit row, and the reason, if any, kept as a note."""

    record: AuditRow
    why: Remark | None = None
    saves: tuple[Write, ...] = ()  # more rows that come with it

    @property
    def number(self) -> str:
        """The number of the case."""
        return self.record.entry.case

    @property
    def rows(self) -> list[Write]:
        """The writes of the reason, and of what else comes with it."""
        kept = [(remark_item(self.number, self.why), None)] if self.why else []
        return [*self.saves, *kept]


def decide(
    decision: CaseDecision,
    before: Row | None = None,
    after: Row | None = None,
    *,
    told: EnrollmentChange | None = None,
    same_file: bool = False,
) -> None:
    """Store what a member decides, with its audit row and its reason: all or nothing.

    The desk deletes no row: the row by which a removed contact is found stays.

    Args:
        before: the row that the decision changes, as it was read.
        after: the row as it becomes.
        told: who hears of it; or what the victim's enrollment becomes.
        same_file: whether the records system, too, must not have changed the row since.

    Raises:
        Conflict: when somebody decided something else on the row, or changed the enrollment,
            since it was read.
    """
    updates: list[Update] = []
    if before is not None and after is not None and after != before:
        same = {n for n in before.__struct_fields__ if getattr(after, n) == getattr(before, n)}
        item = ITEMS[type(before)][0](partition(decision.number), sort_key(before))
        unchanged = as_read(before, *(["digest"] if same_file else []))
        updates.append((item, updates_of(after, before, same), unchanged))
    enrolled = writes(told)[0] if told else []
    change(decision.record, *updates, saves=[*enrolled, *decision.rows])


def restrict(decision: CaseDecision, word: str) -> None:
    """Record a person's decision on a case's restriction, whatever anybody decided before.

    A word as in `domain.restriction`.

    Raises:
        Conflict: when the case has no report yet.
    """
    item = ReportItem(partition(decision.number), "CASE")
    update: Update = (item, [ReportItem.desk_restriction.set(word)], ReportItem.pk.exists())
    change(decision.record, update, saves=decision.rows)


def new_home(number: str, victim: str, at: datetime) -> Write:
    """Return the write that lists a victim's corrected postal address for export."""
    new = ContactItem(
        partition(number), f"CONTACT#{home_id(victim)}", victim=victim, task=ContactItem.NEW, at=at
    )
    return new, None


def home_id(victim: str) -> str:
    """Return the id of a victim's corrected postal address among the new contacts."""
    return f"HOME-{victim}"


def remark_item(number: str, remark: Remark) -> RemarkItem:
    """Return the row of a note; the same note on a case is one row, however often it is written."""
    said = hashlib.sha256(f"{remark.by}|{remark.text}".encode()).hexdigest()
    key = f"REMARK#{instant(remark.at)}#{said[:8]}"
    return RemarkItem(partition(number), key, **fields_of(remark))


def remarks(case: Case) -> list[Remark]:
    """Return members' notes on a case, under any of its numbers, latest first."""
    found = [
        value_of(Remark, item.attribute_values)
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
                item.pk.removeprefix("CASE#")
                for item in index.query(value, filter_condition=~IS_REPORT, limit=MOST_CASES)
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

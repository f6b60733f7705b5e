"""Moving a case's items to another number, for `feed.renumbering`."""

from collections.abc import Iterable, Iterator

from msgspec.structs import replace
from pynamodb.expressions.update import Action

from aviso.domain.announcement import Announcement
from aviso.domain.model import Enrollment, Report, Suspect, Victim
from aviso.domain.receiving_agencies import last_of
from aviso.domain.requests import joined
from aviso.storage.case_items import (
    CaseItem,
    ChoicesItem,
    EnrollmentItem,
    ReportItem,
    SuspectItem,
    VictimItem,
    partition,
)
from aviso.storage.cases import ITEMS, ROWS, Row, as_read, row_of, sort_key
from aviso.storage.enrollments import enrollment_of, write_enrollment
from aviso.storage.tables import conflict_if_changed

CHANGED = "the row changed since it was read"


def read_all(number: str) -> tuple[list[Row], list[Enrollment]]:
    """Read every row and enrollment under a number, with rows that renumberings left behind."""
    items = list(CaseItem.query(partition(number), consistent_read=True))
    rows = [row_of(item) for item in items if type(item) in ROWS]
    choices = {i.victim: i.attribute_values for i in items if isinstance(i, ChoicesItem)}
    return rows, [
        enrollment_of(item.attribute_values, choices.get(item.victim))
        for item in items
        if isinstance(item, EnrollmentItem)
    ]


def carry_enrollment(number: str, enrollment: Enrollment) -> None:
    """Store an enrollment under another number or victim, merged into an existing one.

    Raises:
        Conflict: when the existing one changed meanwhile.
    """
    _, there = read_all(number)
    empty = Enrollment(victim=enrollment.victim)
    found = next((e for e in there if e.victim == enrollment.victim), empty)
    known = {contact.id for contact in found.contacts}
    added = tuple(c for c in enrollment.contacts if c.id not in known)
    union = replace(
        found,
        contacts=found.contacts + added,
        requests=joined(found.requests, enrollment.requests),
        locked_at=found.locked_at or enrollment.locked_at,
        lock_at=max((t for t in (found.lock_at, enrollment.lock_at) if t), default=None),
        disowned={**enrollment.disowned, **found.disowned},
        given_back={**enrollment.given_back, **found.given_back},
        hand_off=last_of(found.hand_off, enrollment.hand_off),
        changes=_joined(found.changes, enrollment.changes),
    )
    if union != found:
        write_enrollment(number, union, found)


def _joined(
    ours: tuple[Announcement, ...], theirs: tuple[Announcement, ...]
) -> tuple[Announcement, ...]:
    """Return the changes of two enrollments, each once, the earliest first."""
    by_key = {change.key: change for change in (*theirs, *ours)}
    return tuple(sorted(by_key.values(), key=lambda change: change.at))


def drop(number: str, rows: Iterable[Row], enrollments: Iterable[Enrollment]) -> None:
    """Delete items that were moved elsewhere, only if they are unchanged since.

    Raises:
        Conflict: when something changed since; move it again.
    """
    for enrollment in enrollments:
        item = EnrollmentItem(partition(number), f"ENROLLMENT#{enrollment.victim}")
        with conflict_if_changed(CHANGED):
            item.delete(condition=EnrollmentItem.version == enrollment.version)
        ChoicesItem(partition(number), f"CHOICES#{enrollment.victim}").delete()
    for row in rows:
        with conflict_if_changed(CHANGED):
            CaseItem(partition(number), sort_key(row)).delete(
                condition=as_read(row, "digest", "export_time")
            )


def keep_desk_words(number: str, victim: Victim, old: Victim) -> None:
    """Copy the desk's decisions on a former row to a stored victim.

    Of two postal addresses the later one is kept. That a supervisor overruled the records system is
    kept only if the former row had each mark of the stored one: nobody judged another.

    Raises:
        Conflict: when somebody changed the stored one since it was read.
    """
    actions: list[Action] = []
    every = sorted({*victim.desk_unsafe, *old.desk_unsafe})
    if every != sorted(victim.desk_unsafe):
        actions.append(VictimItem.desk_unsafe.set(every))
    at = old.desk_home_at
    later = at is not None and (victim.desk_home_at is None or at > victim.desk_home_at)
    if old.desk_home and old.desk_home != victim.desk_home and (later or not victim.desk_home):
        actions.append(VictimItem.desk_home.set(list(old.desk_home)))
    if at is not None and later:
        actions.append(VictimItem.desk_home_at.set(at))
    since = old.desk_unsafe_at
    if since and (victim.desk_unsafe_at is None or since > victim.desk_unsafe_at):
        actions.append(VictimItem.desk_unsafe_at.set(since))
    if old.desk_incapacitated_at and not victim.desk_incapacitated_at:
        actions.append(VictimItem.desk_incapacitated_at.set(old.desk_incapacitated_at))
    able = old.desk_able_at
    judged = all(had or not has for has, had in _marks(victim, old))
    if able and judged and (victim.desk_able_at is None or able > victim.desk_able_at):
        actions.append(VictimItem.desk_able_at.set(able))
    _say(number, victim, actions)


def _marks(victim: Victim, old: Victim) -> Iterator[tuple[bool, bool]]:
    """Yield for each mark whether a victim's row has it, and whether another row has it."""
    yield victim.deceased, old.deceased
    yield victim.incapacitated, old.incapacitated
    yield victim.minor_at is not None, old.minor_at is not None


def keep_judgment(number: str, suspect: Suspect, old: Suspect) -> None:
    """Copy the desk's judgment of the same entry under a former number to a stored suspect.

    Raises:
        Conflict: when somebody judged the stored one since it was read.
    """
    actions: list[Action] = []
    if old.entry == suspect.entry and old.cleared != suspect.cleared:
        word = SuspectItem.desk_cleared
        actions.append(word.set(old.desk_cleared) if old.cleared else word.remove())
    _say(number, suspect, actions)


def set_words(number: str, report: Report, restriction: str, word: str) -> None:
    """Give a stored case the restriction of its other number, and the desk's decision for both.

    Raises:
        Conflict: when somebody changed the stored one since it was read.
    """
    actions: list[Action] = []
    if restriction and restriction != report.restriction:
        actions.append(ReportItem.restriction.set(restriction))
    if word != report.desk_restriction:
        actions.append(ReportItem.desk_restriction.set(word))
    _say(number, report, actions)


def _say(number: str, row: Row, actions: list[Action]) -> None:
    """Change the desk's attributes of a stored row, if there is anything to change."""
    if actions:
        kind, _ = ITEMS[type(row)]
        with conflict_if_changed(CHANGED):
            kind(partition(number), sort_key(row)).update(actions, condition=as_read(row))

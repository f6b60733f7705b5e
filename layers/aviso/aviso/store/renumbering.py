"""Moving a case's items to another number: what `feed.renumbering` needs of the Cases table."""

from collections.abc import Iterable

from msgspec.structs import replace
from pynamodb.expressions.update import Action

from aviso.models import Enrollment, Victim
from aviso.store.case_items import CaseItem, EnrollmentItem, ReportItem, VictimItem, partition
from aviso.store.cases import ROWS, Row, row_of, sort_key
from aviso.store.enrollments import enrollment_of, write_enrollment


def read_all(number: str) -> tuple[list[Row], list[Enrollment]]:
    """Read every row and enrollment under a number, those left behind by renumberings too."""
    items = list(CaseItem.query(partition(number), consistent_read=True))
    rows = [row_of(item) for item in items if type(item) in ROWS]
    return rows, [
        enrollment_of(item.attribute_values) for item in items if isinstance(item, EnrollmentItem)
    ]


def carry_enrollment(number: str, enrollment: Enrollment) -> None:
    """Store an enrollment under another number or victim, merged into one that is there.

    Raises:
        Conflict: when the one that is there changed meanwhile.
    """
    _, there = read_all(number)
    found = next((e for e in there if e.victim == enrollment.victim), None)
    if found is None:
        write_enrollment(number, enrollment, None)
        return
    known = {contact.id for contact in found.contacts}
    added = tuple(c for c in enrollment.contacts if c.id not in known)
    latest = max(found, enrollment, key=lambda e: (e.rights_at is not None, e.rights_at))
    union = replace(
        found,
        contacts=found.contacts + added,
        rights=latest.rights,
        rights_at=latest.rights_at,
        locked_at=found.locked_at or enrollment.locked_at,
        disowned={**enrollment.disowned, **found.disowned},
    )
    if union != found:
        write_enrollment(number, union, found)


def drop(number: str, rows: Iterable[Row], enrollments: Iterable[Enrollment]) -> None:
    """Delete what has been carried elsewhere; an enrollment only as it was carried.

    Raises:
        DeleteError: when an enrollment changed since; carry it again.
    """
    for enrollment in enrollments:
        item = EnrollmentItem(partition(number), f"ENROLLMENT#{enrollment.victim}")
        item.delete(condition=EnrollmentItem.version == enrollment.version)
    for row in rows:
        CaseItem(partition(number), sort_key(row)).delete()


def keep_desk_words(number: str, victim: Victim, old: Victim) -> None:
    """Give a stored victim what a person said of a former row: unsafe contacts, a postal address.

    What was said of the stored one itself stays.
    """
    actions: list[Action] = []
    if old.desk_unsafe:
        every = sorted({*victim.desk_unsafe, *old.desk_unsafe})
        actions.append(VictimItem.desk_unsafe.set(every))
    if old.desk_home and not victim.desk_home:
        actions.append(VictimItem.desk_home.set(list(old.desk_home)))
    times = [at for at in (old.desk_home_at, victim.desk_home_at) if at]
    if old.desk_home_at and old.desk_home_at == max(times):
        actions.append(VictimItem.desk_home_at.set(old.desk_home_at))
    if actions:
        item = VictimItem(partition(number), sort_key(victim))
        item.update(actions, condition=VictimItem.pk.exists())


def set_words(number: str, restriction: str, word: str, before: str) -> None:
    """Give a stored case the restriction another number had, and the desk's word for both."""
    actions: list[Action] = []
    if restriction:
        actions.append(ReportItem.restriction.set(restriction))
    if word != before:
        actions.append(ReportItem.desk_restriction.set(word))
    if actions:
        item = ReportItem(partition(number), "CASE")
        item.update(actions, condition=ReportItem.pk.exists())

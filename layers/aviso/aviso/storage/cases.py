"""The Cases table: a whole case is one partition, read in one consistent Query."""

import re
from collections import defaultdict
from collections.abc import Callable, Collection, Iterable, Iterator, Mapping, Sequence
from datetime import datetime
from itertools import groupby
from typing import Any

from msgspec.structs import replace
from pynamodb.expressions.condition import Condition
from pynamodb.expressions.update import Action

from aviso.domain.model import Arrest, Case, Enrollment, Report, Speaker, Suspect, Victim
from aviso.domain.reasons import Restriction, restrictions, words_of
from aviso.domain.request_history import as_asked
from aviso.domain.restriction import RESTRICTED_BY_DESK
from aviso.domain.value import defaults
from aviso.storage import name_hashes
from aviso.storage.case_items import (
    ArrestItem,
    CaseItem,
    ChoicesItem,
    EnrollmentItem,
    ReportItem,
    SpeakerItem,
    SuspectItem,
    VictimItem,
    partition,
    touched_shard,
    touched_shards,
)
from aviso.storage.codec import Image, plain, value_of
from aviso.storage.enrollments import EnrollmentChange, enrollment_of, writes
from aviso.storage.model_calls import WHOLE, Part, transaction
from aviso.storage.tables import conflict_if_changed

RowKey = tuple[str, str]  # (case number, sort key)
Row = Report | Victim | Suspect | Speaker | Arrest

ALIAS = "alias:"  # begins the digest of the row of a later id; the first id follows

ITEMS: dict[type[Row], tuple[type[CaseItem], str]] = {
    Report: (ReportItem, "CASE"),
    Victim: (VictimItem, "VICTIM#"),
    Suspect: (SuspectItem, "SUSPECT#"),
    Speaker: (SpeakerItem, "REPRESENTATIVE#"),
    Arrest: (ArrestItem, "ARREST#"),
}
ROWS: dict[type[CaseItem], type[Row]] = {item: row for row, (item, _) in ITEMS.items()}
NAMES = {kind: frozenset(kind.__struct_fields__) for kind in ITEMS}
# Written by people at the desk, or by the rules; the feed never changes these. A field whose name
# begins with `desk_` is one.
DESK_FIELDS = frozenset(
    {"restriction", "overruled", "judged_at"}
    | {name for names in NAMES.values() for name in names if name.startswith("desk_")}
)
IS_REPORT = CaseItem.type == ReportItem
_type_of: Callable[[type[CaseItem]], str] = CaseItem.type.serialize
ENROLLMENT, CHOICES = _type_of(EnrollmentItem), _type_of(ChoicesItem)  # as stored rows have it
KINDS = {_type_of(item): kind for item, kind in ROWS.items()}
# A row's type carries its format: `victim` is the first, `victim_2` the next. A case with a format
# that this release does not know is restricted for it.
NEWER = re.compile(f"({'|'.join([*KINDS, ENROLLMENT, CHOICES])})_[0-9]+")
NEWER_RELEASE = "newer_release"


def alias_of(row: Row | None) -> str:
    """Return the first number or id to which the row of a later one leads; empty for another."""
    if row is None:
        return ""
    if isinstance(row, Report):
        return row.alias_of
    return row.digest.removeprefix(ALIAS) if row.digest.startswith(ALIAS) else ""


def sort_key(row: Row) -> str:
    """Return the sort key of a row within its case."""
    prefix = ITEMS[type(row)][1]
    return prefix if isinstance(row, Report) else prefix + row.id


def row_of(item: CaseItem) -> Row:
    """Turn an item into its row of the case."""
    return value_of(ROWS[type(item)], item.attribute_values)


def _text(image: Image, name: str) -> str:
    return str(image.get(name, {}).get("S", ""))


def read_rows(keys: Sequence[RowKey], *, consistent: bool = False) -> dict[RowKey, Row]:
    """Return the stored rows among these keys that this release knows, in batches of a hundred.

    The read need not be consistent, since `write_row` is conditional on what was read. After a
    `Conflict`, read consistently.
    """
    items: Iterable[CaseItem] = CaseItem.batch_get(
        [(partition(n), sk) for n, sk in keys], consistent_read=consistent
    )
    return {(item.pk.removeprefix("CASE#"), item.sk): row_of(item) for item in items}


def assigned_to(email: str, most: int) -> list[str]:
    """Return the numbers of the latest cases that are assigned to an officer with this email."""
    found = CaseItem.by_email.query(
        email, filter_condition=IS_REPORT, scan_index_forward=False, limit=most
    )
    return [item.pk.removeprefix("CASE#") for item in found]


def rows_under(number: str) -> list[Row]:
    """Return every row of the feed under a number, those of later ids too."""
    items = CaseItem.query(partition(number), consistent_read=True)
    return [row_of(item) for item in items if type(item) in ROWS]


def has_newer(number: str) -> bool:
    """Whether a row of a newer release, which this one cannot read, is under a number."""
    return any(_is_newer(_text(row, "type")) for row in CaseItem.stored(partition(number)))


def _is_newer(kind: str) -> bool:
    return NEWER.fullmatch(kind) is not None


def as_read(row: Row, *others: str) -> Condition:
    """Return the condition that people's decisions on a stored row are unchanged since the read.

    Args:
        row: the row, as it was read.
        others: further attributes that must be unchanged.
    """
    return unchanged(row, *others, *sorted(DESK_FIELDS & NAMES[type(row)]))


def unchanged(row: Row, *names: str) -> Condition:
    """Return the condition that attributes of a stored row are as they were read."""
    attributes = ITEMS[type(row)][0].get_attributes()
    condition = CaseItem.pk.exists()
    for name in names:
        value, attribute = getattr(row, name), attributes[name]
        if not value:  # a default is not stored; an empty word is a decision that was taken back
            absent = attribute.does_not_exist()
            condition &= absent | (attribute == "") if value == "" else absent
        else:
            condition &= attribute == value
    return condition


def write_row(
    number: str,
    row: Row,
    replaces: Row | None,
    *,
    written_at: datetime | None = None,
    history: bool = False,
    alias: bool = False,
    told: Sequence[EnrollmentChange] = (),
) -> None:
    """Write a feed row's own attributes over the row that was read; keep the desk's attributes.

    Args:
        replaces: the row that was read, None when there was none.
        written_at: when this row is written: the hourly run looks for it. The row's own times may
            be days ago.
        history: nothing can be owed for this row alone, so the stream's reader may skip it.
        alias: the row is that of a later number or id. What people decided on the row that was
            there must be as it was read.
        told: who hears of what this row says: stored with it, or nothing is.

    Raises:
        Conflict: when another writer changed the row since `replaces` was read, or who hears.
    """
    kind, _ = ITEMS[type(row)]
    item = kind(partition(number), sort_key(row))
    actions: list[Action] = [CaseItem.type.set(kind)]
    touched = written_at or max(filter(None, (row.export_time, row.row_time)), default=None)
    if history:
        actions.append(CaseItem.history.set(True))
    elif touched:
        actions.append(CaseItem.touched_in.set(touched_shard(number)))
        actions.append(CaseItem.touched_at.set(touched))
    skipped = DESK_FIELDS if replaces is not None and not alias else frozenset()
    actions += updates_of(row, replaces, skipped)
    actions += [*name_hashes.changes(row, replaces), *_finds_officer(row, replaces)]
    condition = (
        CaseItem.pk.does_not_exist()
        if replaces is None
        else (CaseItem.digest == replaces.digest) & (CaseItem.export_time == replaces.export_time)
    )
    if alias and replaces is not None:
        condition &= as_read(replaces)
    if isinstance(replaces, Suspect):  # nothing of theirs must be lost between two files
        condition &= unchanged(replaces, "past_contacts", "past_homes")
    if isinstance(replaces, Victim):  # what counts, as a supervisor may have decided meanwhile
        condition &= unchanged(replaces, "judged_at")
    with conflict_if_changed("the row changed since it was read"):
        if told:
            _update_together(item, actions, condition, told)
        else:
            item.update(actions, condition=condition)


def _finds_officer(row: Row, replaces: Row | None) -> list[Action]:
    """Return the update by which the index by email finds a case's officer."""
    if not isinstance(row, Report):
        return []
    if row.assigned_email:
        return [ReportItem.email.set(row.assigned_email)]
    return [ReportItem.email.remove()] if replaces else []


def updates_of(row: Row, replaces: Row | None, skipped: Collection[str] = ()) -> list[Action]:
    """Return the updates that store a row over another."""
    attributes, usual = ITEMS[type(row)][0].get_attributes(), defaults(type(row))
    actions: list[Action] = []
    for name in row.__struct_fields__:
        value = getattr(row, name)
        if name in skipped:
            continue
        if value is None or (name in usual and value == usual[name]):
            if replaces is not None and getattr(replaces, name) != value:
                actions.append(attributes[name].remove())
        else:
            actions.append(attributes[name].set(value))
    return actions


def _update_together(
    item: CaseItem, actions: list[Action], condition: Condition, told: Iterable[EnrollmentChange]
) -> None:
    with transaction() as write:
        write.update(item, actions, condition=condition)
        for saved, unchanged in (one for change in told for one in writes(change)[0]):
            write.save(saved, condition=unchanged)


def read_case(number: str, *, follow: bool = True) -> Case:
    """Read a whole case consistently, whichever of its numbers is given.

    An unknown number gives a case without a report; the caller need not distinguish the two.

    Args:
        number: any number of the case.
        follow: False to read the rows under a later number itself.
    """
    case = _assemble(number, CaseItem.stored(partition(number)))
    if case.report is None or not case.report.alias_of or not follow:
        return case
    return read_case(case.report.alias_of, follow=False)


def _assemble(number: str, images: Iterable[Image]) -> Case:
    enrolled: list[Mapping[str, Any]] = []
    newer = False
    choices: dict[str, Mapping[str, Any]] = {}
    rows: defaultdict[type[Row], list[Any]] = defaultdict(list)
    images = list(images)
    for image in images:
        kind = _text(image, "type")
        if kind == ENROLLMENT:
            enrolled.append(plain(image))
        elif kind == CHOICES:
            choices[_text(image, "victim")] = plain(image)
        elif kind in KINDS and not _text(image, "digest").startswith(ALIAS):
            rows[KINDS[kind]].append(value_of(KINDS[kind], plain(image)))
        elif kind not in KINDS:
            newer = newer or _is_newer(kind)
    if newer and rows[Report]:  # whatever that row says: a person looks at each notice meanwhile
        rows[Report] = [replace(rows[Report][0], restriction=NEWER_RELEASE)]
    _name_by_first_ids(rows, images)
    enrollments = [enrollment_of(values, choices.get(values["victim"])) for values in enrolled]
    return case_of(number, rows, enrollments)


def case_of(
    number: str, rows: Mapping[type[Row], Sequence[Any]], enrollments: Sequence[Enrollment] = ()
) -> Case:
    """Return the case that these rows are, each kind under its type."""
    victims = (row for row in rows.get(Victim, ()) if not row.removed)
    speakers = rows.get(Speaker, ())
    return Case(
        number=number,
        report=next(iter(rows.get(Report, ())), None),
        victims=as_asked(victims, enrollments),
        suspects=tuple(rows.get(Suspect, ())),
        speakers=tuple(row for row in speakers if not row.removed),
        former_speakers=tuple(row for row in speakers if row.removed),
        arrests=tuple(rows.get(Arrest, ())),
        enrollments=tuple(enrollments),
    )


def _name_by_first_ids(rows: dict[type[Row], list[Any]], images: Iterable[Image]) -> None:
    """Let the rows that name a person by a later id name them by the first one."""
    found = [image for image in images if _text(image, "digest").startswith(ALIAS)]
    firsts = {_text(image, "sk"): _text(image, "digest").removeprefix(ALIAS) for image in found}
    if not firsts:
        return
    for kind, name in ((Speaker, "victim"), (Arrest, "suspect")):
        prefix = f"{name.upper()}#"
        for n, row in enumerate(rows[kind]):
            first = firsts.get(prefix + getattr(row, name))
            rows[kind][n] = replace(row, **{name: first}) if first else row


def mark_restricted(number: str, why: Collection[Restriction]) -> None:
    """Record why a case is restricted: a person lifts it, no later feed row (docs/rules.md#12).

    A reason that was not recorded before counts, even if it was lifted: another number is in doubt.

    Raises:
        Conflict: when somebody else changed what restricts the case at this moment.
    """
    report = next((row for row in rows_under(number) if isinstance(row, Report)), None)
    if report is None or restrictions(report.restriction).issuperset(why):
        return
    recorded = restrictions(report.restriction).union(why)
    actions: list[Action] = [ReportItem.restriction.set(words_of(recorded))]
    if report.desk_restriction not in ("", RESTRICTED_BY_DESK):
        lifted = restrictions(report.desk_restriction).difference(why)
        actions.append(ReportItem.desk_restriction.set(words_of(lifted)))
    same = unchanged(report, "restriction", "desk_restriction")
    with conflict_if_changed("what restricts the case changed at this moment"):
        ReportItem(partition(number), "CASE").update(actions, condition=same)


def drop_row(number: str, row: Row) -> None:
    """Delete a row that was moved, if nothing changed it since it was read.

    Raises:
        Conflict: when something did; move it again.
    """
    with conflict_if_changed("the row changed since it was read"):
        CaseItem(partition(number), sort_key(row)).delete(
            condition=as_read(row, "digest", "export_time")
        )


def numbers(start: str = "", part: Part = WHOLE) -> Iterator[str]:
    """Yield every case number, or those of a part of the table.

    Each may be the `start` of a later run over the same part.

    A case of which only an arrest has arrived counts too: a person must look at it
    (docs/rules.md#4). This is a scan, for the nightly reconciliation only.
    """
    # A case's rows are adjacent and sorted by key, and arrests sort before the case's own row.
    last = {"pk": {"S": partition(start)}, "sk": {"S": "CASE"}} if start else None
    found = CaseItem.scan(
        (CaseItem.sk == "CASE") | CaseItem.sk.startswith("ARREST#"),
        last_evaluated_key=last,
        attributes_to_get=["pk", "sk", "type"],
        part=part,
    )
    for pk, _ in groupby(item.pk for item in found):
        yield pk.removeprefix("CASE#")


def touched(since: datetime, start: str = "") -> Iterator[str]:
    """Yield the numbers of cases with a row imported or an enrollment written since a time.

    Rows of a backfill are not news and are left out. Each number may be the `start` of a later run.
    An index that lags may hide a case until the next run or the night.
    """
    found = {
        item.pk.removeprefix("CASE#")
        for shard in touched_shards()
        for item in CaseItem.by_touch.query(shard, CaseItem.touched_at > since)
    }
    yield from sorted(number for number in found if number > start)

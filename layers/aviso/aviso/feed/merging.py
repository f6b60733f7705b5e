"""What a feed row changes in the stored row: nothing, or one write. Pure.

A version is (row time, export time), so files may come in any order and any number of times.
"""

from collections.abc import Collection, Iterable
from datetime import UTC, date, datetime, tzinfo

from msgspec.structs import replace

from aviso.domain.fact_keys import arrest_fact_keys, fact_keys, unsure_keys
from aviso.domain.facts import first_seen
from aviso.domain.model import Arrest, Person, Report, Suspect, Victim
from aviso.domain.people import A_PERSON, ORGANIZATION, PUBLIC, UNKNOWN_TYPE
from aviso.domain.request_history import answered
from aviso.domain.requests import Rights
from aviso.domain.row_size import within_room
from aviso.domain.settings import Settings
from aviso.domain.standing import as_reported, in_force
from aviso.domain.text import joined
from aviso.domain.value import Frozen, defaults
from aviso.feed.rows import KEPT, Parsed, digest
from aviso.storage.cases import Row, alias_of

# A victim's answers, the most careful last: silence is not a waiver (docs/rules.md#16).
CAREFUL_RIGHTS = (Rights.WAIVED, Rights.UNANSWERED, Rights.REQUESTED)
# The types of a victim, the most careful last: of the public nobody is told, and of an organization
# a person decides.
CAREFUL_TYPES = (PUBLIC, A_PERSON, ORGANIZATION, UNKNOWN_TYPE)
LONG_AGO = datetime.min.replace(tzinfo=UTC)
ABSENT = "absent"  # the digest of an arrest that is absent from full files


class MergeResult(Frozen, frozen=True):
    """The result of a feed row; `write` is None when there is nothing to write."""

    count: str  # new, changed, unchanged or older
    write: Row | None = None


Version = tuple[datetime, datetime, str]


def version(row: Row, since: datetime | None = None) -> Version:
    """Return the order of two rows; the digest decides a tie the same way everywhere.

    Args:
        row: a row with its export time.
        since: the latest full file that was imported completely. A row it found unchanged was not
            written again (an unchanged row costs no write), but is known to be of that time.
    """
    exported = max(row.export_time or LONG_AGO, since or LONG_AGO)
    return row.row_time or exported, exported, row.digest


def older(one: Row, other: Row, since: datetime | None = None) -> bool:
    """Whether the first of two rows is the older one.

    Row times decide only when both rows have one; they cannot be compared with an export time.
    `since` is as for `version`, of the other row.
    """
    ours, theirs = version(one), version(other, since)
    return ours < theirs if one.row_time and other.row_time else ours[1:] < theirs[1:]


def decide(
    stored: Row | None, parsed: Parsed, now: datetime, since: datetime | None, settings: Settings
) -> MergeResult:
    """Return what a feed row changes.

    `stored` is the row under the same key, if any. `now` is the first-seen time of facts not seen
    before. `since` is as for `version`.
    """
    zone = settings.agency.zone
    day = now.astimezone(zone).date()
    before = stored and _reported(stored, day)
    parsed = _filled(replace(parsed, row=_reported(parsed.row, day)), before)
    outcome = _decide(before, parsed, now, since, zone)
    lasts = outcome.write or before
    if lasts is None or alias_of(stored):
        return outcome
    kept = careful(lasts, [row for row in (before, parsed.row) if row])
    if kept == before:
        return outcome
    if isinstance(kept, Victim):
        known = stored if isinstance(stored, Victim) else None
        kept = in_force(kept, known, day) if known else kept
        kept = replace(kept, answers=answered(known, kept))
    return replace(outcome, write=kept)


def _reported(row: Row, day: date) -> Row:
    """Return a row as the records system last wrote it."""
    return as_reported(row, day) if isinstance(row, Victim) else row


def _decide(
    stored: Row | None, parsed: Parsed, now: datetime, since: datetime | None, zone: tzinfo
) -> MergeResult:
    if stored is None:
        return MergeResult("new", merged(None, parsed, now, zone))
    if alias_of(stored):
        return MergeResult("older")
    if stored.digest == parsed.row.digest:
        return MergeResult("unchanged")
    if older(parsed.row, stored, since):
        return MergeResult("older")
    return MergeResult("changed", merged(stored, parsed, now, zone))


def merged(stored: Row | None, parsed: Parsed, now: datetime, zone: tzinfo) -> Row:
    """Return the feed's row with the stored origin and first-seen times.

    A report also keeps its restrictions, and an arrest its withdrawals.
    """
    match parsed.row:
        case Report() as report:
            if parsed.listed and isinstance(stored, Report):
                report = _removed(stored, report)
            return _merged_report(stored, report, now, zone)
        case Arrest() as arrest:
            return _merged_arrest(stored, arrest, parsed.withdrawn, now)
        case person:
            return _merged_person(stored, person, now)


def _removed(stored: Report, listed: Report) -> Report:
    """Return a stored case as a list removes it: all else stays, for the desk and the law."""
    return replace(
        stored,
        removed=True,
        restricted=True,
        row_time=None,
        export_time=listed.export_time,
        digest=listed.digest,
    )


def _merged_report(stored: Row | None, row: Report, now: datetime, zone: tzinfo) -> Report:
    before: Collection[str] = ()
    if isinstance(stored, Report):
        row = replace(
            with_dates(row, stored),
            origin=stored.origin,
            restriction=stored.restriction,
            desk_restriction=stored.desk_restriction,
            later_numbers=tuple(sorted({*stored.later_numbers, *row.later_numbers})),
            first_seen=stored.first_seen,
        )
        before = {*fact_keys(stored, zone), *unsure_keys(stored)}
    seen = first_seen(fact_keys(row, zone), before, row.first_seen, now)
    return replace(row, first_seen=seen)


def _merged_person[P: Person](stored: Row | None, row: P, now: datetime) -> P:
    if not isinstance(stored, Person):
        return replace(row, first_seen=now)
    return replace(row, origin=stored.origin, first_seen=stored.first_seen or now)


def _filled(parsed: Parsed, before: Row | None) -> Parsed:
    """Return a row with the earlier one's values where its cells are blank.

    Whether a removed case is back, a person finds out: what is owed must not be lost with it.
    """
    row = parsed.row
    if before is None or type(before) is not type(row):
        return parsed
    usual = defaults(type(row))
    blank = {name for column in parsed.blank for name in KEPT[type(row)][column]}
    said = {n: getattr(before, n) for n in blank if getattr(row, n) == usual[n]}
    if isinstance(before, Report) and before.removed and "removed" in parsed.blank:
        said["restricted"] = True
    return replace(parsed, row=replace(row, **said))


def _merged_arrest(stored: Row | None, row: Arrest, withdrawn: bool, now: datetime) -> Arrest:
    before: Collection[str] = ()
    if isinstance(stored, Arrest):
        row = replace(
            with_dates(row, stored),
            origin=stored.origin,
            withdrawn_at=stored.withdrawn_at,
            withdrawals=stored.withdrawals,
            first_seen=stored.first_seen,
        )
        before = {*arrest_fact_keys(stored), *unsure_keys(stored)}
    if withdrawn:
        return withdraw(row, row.row_time or row.export_time)
    row = replace(row, withdrawn_at=None)
    seen = first_seen(arrest_fact_keys(row), before, row.first_seen, now)
    return replace(row, first_seen=seen)


def with_dates[R: Row](row: R, other: R) -> R:
    """Return a row whose facts keep the dates that another row of the same thing gave them.

    An empty cell is not news. Without its date, a fact of years ago would look like one of today.
    """
    kept: dict[str, datetime | None] = {}
    if isinstance(row, Report) and isinstance(other, Report):
        kept["reported_at"] = other.reported_at
        if row.status == other.status:
            kept["status_at"] = other.status_at
        if row.assigned == other.assigned:
            kept["assigned_at"] = other.assigned_at
    elif isinstance(row, Arrest) and isinstance(other, Arrest):
        kept["arrested_at"] = other.arrested_at
    unreadable = getattr(row, "undated", ())
    lost = [name for name in kept if getattr(row, name) is None and name not in unreadable]
    return replace(row, **{name: kept[name] for name in lost})


def withdraw(row: Arrest, at: datetime | None) -> Arrest:
    """Return an arrest as withdrawn; a repeated withdrawal counts once."""
    if row.withdrawn_at:
        return row
    return replace(row, withdrawn_at=at, withdrawals=row.withdrawals + 1)


def newer(one: Parsed, other: Parsed) -> Parsed:
    """Return the newer of two rows about one thing, with what must not be lost from the older.

    If two rows of one moment differ on `withdrawn`, the row that is not withdrawn is returned, with
    the other in `denied_by`.
    """
    if one.withdrawn != other.withdrawn and _one_moment(one.row, other.row):
        kept, withdrawn = (other, one) if one.withdrawn else (one, other)
        return replace(kept, denied_by=withdrawn)
    if older(one.row, other.row):
        one, other = other, one
    denied_by = one.denied_by
    if denied_by is None and _one_moment(one.row, other.row):
        denied_by = other.denied_by
    row = with_dates(careful(one.row, [other.row]), other.row)
    one = replace(one, row=row, denied_by=denied_by)
    kept = one if _one_moment(one.row, other.row) else _filled(one, other.row)
    return replace(kept, blank=one.blank & other.blank)


def doubtful(stored: Row | None, parsed: Parsed) -> Parsed | None:
    """Return a row to reject, because another row of the same moment contradicts it.

    The question is whether an arrest was withdrawn: nobody can know, so the stored state stays.
    `stored` is the row under the same key, if any; `parsed` is the feed's row, as `newer` returned
    it.
    """
    if not isinstance(stored, Arrest):
        return parsed.denied_by
    was_withdrawn = stored.withdrawn_at is not None
    if parsed.denied_by:
        return parsed if was_withdrawn else parsed.denied_by
    absent = stored.digest == ABSENT  # withdrawn by absence, not by a row
    denied = parsed.withdrawn != was_withdrawn and not absent and _one_moment(stored, parsed.row)
    return parsed if denied and not alias_of(stored) else None


def same_moment[R: Row](one: R, other: R) -> bool:
    """Whether two rows are of the same moment, so that neither corrects the other."""
    return one.export_time == other.export_time or (
        one.row_time is not None and one.row_time == other.row_time
    )


def _one_moment(one: Row, other: Row) -> bool:
    """Whether two rows have one version, so that neither can correct the other."""
    return (one.row_time, one.export_time) == (other.row_time, other.export_time)


RESTRICTING = ("restricted", "offense", "relationship", "street", "postal_code")


def careful(row: Row, others: Iterable[Row]) -> Row:
    """Return a row with what must not be lost from other rows of the same thing.

    `row` is the row that is kept. `others` are other rows of the thing, from the table or the feed.
    """
    for other in others:
        if isinstance(row, Report) and isinstance(other, Report):
            row = _careful_report(row, other)
        elif isinstance(row, Suspect) and isinstance(other, Suspect):
            row = with_past(row, other)
        elif isinstance(row, Victim) and isinstance(other, Victim) and same_moment(row, other):
            row = _careful_victim(row, other)
    return row


def _careful_report(row: Report, other: Report) -> Report:
    """Return a case's row with the offenses of another row of the same moment, and restricted.

    The digest is that of the joined row, as in `_careful_victim`.
    """
    if not same_moment(row, other):
        return row
    doubtful = row.removed != other.removed and _one_moment(row, other)  # a person looks
    both = replace(
        row,
        offense=joined(row.offense, other.offense),
        removed=row.removed and not doubtful,
        restricted=row.restricted or other.restricted or doubtful,
    )
    return row if both == row else replace(both, digest=digest(both, withdrawn=False))


def _careful_victim(row: Victim, other: Victim) -> Victim:
    """Return a victim's row with the precautions of another row of the same moment.

    The digest is that of the joined row: when the rows agree again, that is a change.
    """
    minor = {row.minor, other.minor} - {None}
    youngest = min((v for v in (row, other) if v.age is not None), key=_youth, default=row)
    doubtful = row.removed != other.removed
    same = (row, other) if _one_moment(row, other) else (row,)
    both = replace(
        row,
        removed=row.removed and other.removed,
        safe_to_contact=row.safe_to_contact and other.safe_to_contact and not doubtful,
        confidential_address=row.confidential_address or other.confidential_address,
        deceased=row.deceased or other.deceased,
        incapacitated=row.incapacitated or other.incapacitated,
        minor=any(minor) if minor else None,
        age=youngest.age,
        age_at=youngest.age_at,
        birth_date_unreadable=row.birth_date_unreadable or other.birth_date_unreadable,
        relationship=joined(row.relationship, other.relationship),
        birth_date=max((v.birth_date for v in same if v.birth_date), default=None),
        rights=max((v.rights for v in same), key=CAREFUL_RIGHTS.index),
        victim_type=max(row.victim_type, other.victim_type, key=CAREFUL_TYPES.index),
        told_of=_word_of_both(row, other),
    )
    return row if both == row else replace(both, digest=digest(both, withdrawn=False))


def _word_of_both(row: Victim, other: Victim) -> str:
    """Return what an officer told by both rows; if they differ, nothing."""
    same = (row.told_of, row.told_at) == (other.told_of, other.told_at)
    return row.told_of if same else ""


def _youth(victim: Victim) -> tuple[int, int]:
    """Return a sort key that puts the younger of two ages first: the lower, then the later day."""
    return victim.age or 0, -(victim.age_at or date.max).toordinal()


def restricts_by(row: Row) -> tuple[object, ...]:
    """Return the fields of a row that may restrict its case; see `restriction.by_rule`."""
    return tuple(getattr(row, name, "") for name in RESTRICTING)


def with_past(row: Suspect, *others: Suspect) -> Suspect:
    """Return a suspect's row with each contact and home of other rows, as far as there is room.

    If there is no room, one is lost. Then the suspect counts as having an unreadable contact, and
    texts on the case wait for a person.
    """
    rows = (row, *others)
    now = [a for a in (row.phone, row.email) if a]
    every = {a for s in rows for a in (s.phone, s.email, *s.past_contacts) if a}
    homes = {h for s in rows for h in (home(s), *s.past_homes)} - {home(row), "\n"}
    contacts = within_room(dict.fromkeys((*now, *sorted(every))))
    past_homes = within_room(sorted(homes))
    lost = len(contacts) < len(every) or len(past_homes) < len(homes)
    return replace(
        row,
        past_contacts=tuple(sorted(contacts)),
        past_homes=tuple(past_homes),
        unreadable_contact=row.unreadable_contact or lost,
    )


def home(row: Suspect) -> str:
    """Return a home as `Suspect.past_homes` has it."""
    return f"{row.street}\n{row.postal_code}"

"""Finding cases by the name of a victim, or of a person who speaks for one."""

from collections.abc import Collection
from datetime import date, datetime

from aviso.domain import name_search
from aviso.domain.model import Case, Person
from aviso.domain.representatives import as_person
from aviso.domain.value import Frozen
from aviso.staff.actor import Actor
from aviso.storage import audit, cases, name_index

MOST_SHOWN = 20


class Found(Frozen, frozen=True, kw_only=True):
    """The cases that a name is on, as far as the member may see them, newest first."""

    cases: tuple[Case, ...]
    more: bool  # whether the name is on more than these: it must be narrowed down


def by_name(typed: str, born: Collection[date], actor: Actor) -> Found:
    """Return the cases with a person of this name, and record each in the audit trail.

    The trail has a keyed hash of the name, never the name. A restricted case is left out for a
    member who may not see it, and recorded as found.

    Args:
        typed: the name; see `name_search.keys_of`.
        born: the birth dates that the person may have, empty for any.
    """
    numbers, more = name_index.cases_named(name_search.keys_of(typed), born)
    # The index is moments behind the table.
    read = {case.number: case for case in map(cases.read_case, numbers)}
    named = [
        c for c in read.values() if any(name_search.has_name(p, typed, born) for p in _people(c))
    ]
    seen = sorted(filter(actor.may_see, named), key=_reported, reverse=True)
    shown = seen[:MOST_SHOWN]
    _record(typed, shown, [case for case in named if not actor.may_see(case)], actor)
    return Found(cases=tuple(shown), more=more or len(seen) > MOST_SHOWN)


def namesakes(case: Case, typed: str, born: Collection[date]) -> list[tuple[str, date | None]]:
    """Return who has this name on a case: the first letters alone, and the birth date."""
    found = (p for p in _people(case) if name_search.has_name(p, typed, born))
    return list(dict.fromkeys((name_search.initials(p), p.birth_date) for p in found))


def _people(case: Case) -> tuple[Person, ...]:
    named = [c.holder for e in case.enrollments for c in e.representatives if c.holder]
    return (*case.victims, *case.speakers, *map(as_person, named))


def _reported(case: Case) -> tuple[bool, datetime | None, str]:
    at = case.report.reported_at if case.report else None
    return at is not None, at, case.number


def _record(typed: str, shown: Collection[Case], hidden: Collection[Case], actor: Actor) -> None:
    subject = name_index.typed_hash(name_search.words(typed))
    acts = [("case_listed", case.number) for case in shown]
    acts += [("case_found_restricted", case.number) for case in hidden]
    entries = [
        actor.record(act, number, subject=subject).entry
        for act, number in acts or [("search_found_nothing", "")]
    ]
    audit.append_all(entries, actor.settings.retention.audit)

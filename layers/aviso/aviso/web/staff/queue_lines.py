"""The rows of the work queue as a page shows them: who, of which case, what, why, by when."""

from collections.abc import Mapping, Sequence

from aviso.domain import people, restriction
from aviso.domain.model import Case, Victim
from aviso.domain.reasons import RESTRICTED, UNSAFE, HoldReason
from aviso.domain.value import Frozen
from aviso.staff.actor import Actor
from aviso.storage import cases
from aviso.web.staff import pages, sealed_references, task_filters
from aviso.web.staff.deadlines import ShownDeadline, deadline
from aviso.web.staff.selection import address
from aviso.web.staff.work_queue import QueueRow


class QueueLine(Frozen, frozen=True, kw_only=True):
    """One person to be told, as the page shows them."""

    ids: str  # of the notices, with blanks between
    number: str
    victim: str  # the id in the records system
    name: str
    mark: str  # see `people.mark_of`: who calls must know it before
    to: str  # the address of the case's page, with the list's filters
    offense: str
    language: str
    kinds: tuple[str, ...]
    pill: str  # restricted, call, unsafe, unreached or other
    why: str
    due: ShownDeadline
    owner: str
    restricted: bool
    unsafe: bool  # a call or a letter may be met by somebody else: a person checks first


def lines(
    rows: Sequence[QueueRow], narrow: Mapping[str, str], language: str, actor: Actor
) -> list[QueueLine]:
    """Return the lines of those rows whose case the member may see; each case is read once."""
    known = {number: cases.read_case(number) for number in dict.fromkeys(r.case for r in rows)}
    return [
        line(row, known[row.case], narrow, language, actor)
        for row in rows
        if actor.may_see(known[row.case])
    ]


def line(
    row: QueueRow, case: Case, narrow: Mapping[str, str], language: str, actor: Actor
) -> QueueLine:
    """Return one person's line, in a page's language."""
    words = pages.strings(language)
    victim = victim_of(case, row.victim)
    first = row.tasks[0]
    where = {"c": sealed_references.seal(case.number), "v": row.key}
    return QueueLine(
        ids=" ".join(task.id for task in row.tasks),
        number=case.number,
        victim=row.victim,
        name=name_of(victim) or words["desk_nobody_named"],
        mark=people.mark_of(victim, actor.today) if victim else "",
        to=address("case", {}, **where, **narrow),
        offense=offense_of(case, language, actor),
        language=language_of(victim, words, actor),
        kinds=tuple(dict.fromkeys(task.kind.value for task in row.tasks)),
        pill=pill_of(first.reason),
        why=why_of(first.reason, words),
        due=deadline(row.deadline, actor.now, actor.settings.agency.zone, words),
        owner=", ".join(dict.fromkeys(task.owner for task in row.tasks if task.owner)),
        restricted=bool(restriction.restriction_of(case, actor.settings)),
        unsafe=is_unsafe(row, victim),
    )


def is_unsafe(row: QueueRow, victim: Victim | None) -> bool:
    """Whether a person must check first how to reach a victim, whatever the first task is about."""
    reasons = {task.reason for task in row.tasks}
    return bool(reasons & UNSAFE) or (victim is not None and not victim.safe_to_contact)


def victim_of(case: Case, id: str) -> Victim | None:
    """Return the victim whom the ledger knows by this id, today's or a former one."""
    return next((v for v in case.victims if id in (v.origin, *v.known_as)), None)


def name_of(victim: Victim | None) -> str:
    """Return a victim's whole name; empty without one."""
    return people.name_of(victim) if victim else ""


def offense_of(case: Case, language: str, actor: Actor) -> str:
    """Return a case's offenses by name; a code that the settings do not have is not shown."""
    words = pages.strings(language)
    if case.report is None:
        return words["desk_no_report"]
    named = actor.settings.offense_words(case.report.offense, language)
    return named or words["desk_offense_unknown"]


def status_of(case: Case, language: str, actor: Actor) -> str:
    """Return the label of a case's status, the same that victims read; empty without one."""
    known = actor.settings.statuses.get(case.report.status) if case.report else None
    return known.label[language] if known else ""


def language_of(victim: Victim | None, words: Mapping[str, str], actor: Actor) -> str:
    """Return the language in which a victim is told."""
    code = actor.settings.language_for(victim.language if victim else "")
    return words[f"desk_language_{code}"]


def pill_of(reason: str) -> str:
    """Return the group of a hold reason, which a page shows first."""
    if reason.startswith(RESTRICTED):
        return "restricted"
    if reason == HoldReason.CALL_BACK:
        return "call"
    groups = task_filters.GROUPS.items()
    return next((name for name, of in groups if reason in of), "other")


def why_of(reason: str, words: Mapping[str, str]) -> str:
    """Return why a person is needed, without what the group's name says already."""
    if reason.startswith(RESTRICTED):
        said = words.get(f"desk_restricted_{reason.removeprefix(RESTRICTED)}")
        return said or words.get(f"desk_reason_{reason}", reason)
    return words.get(f"desk_short_{reason}") or words.get(f"desk_reason_{reason}", reason)

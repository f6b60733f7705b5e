"""The rows of the work queue as a page shows them: who, of which case, what, why, by when."""

from collections.abc import Iterable, Mapping, Sequence

from aviso.domain import people
from aviso.domain.model import Case, Victim
from aviso.domain.reasons import IN_DANGER, RESTRICTED, UNSAFE, HoldReason, worst_first
from aviso.domain.value import Frozen
from aviso.domain.victim_holds import dangers
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
    pills: tuple[str, ...]  # unsafe, restricted, unreached, call or other: the worst first
    why: str
    due: ShownDeadline
    owner: str
    first: str  # what to do before a call, a key of the desk's words; or empty
    in_danger: bool  # somebody else may hear whatever the victim is told


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
    victim = case.victim(row.victim)
    reasons = reasons_of(case, victim, (task.reason for task in row.tasks), actor)
    where = {"c": sealed_references.seal(case.number), "v": row.key}
    return QueueLine(
        ids=" ".join(task.id for task in row.tasks),
        number=case.shown,
        victim=row.victim,
        name=name_of(victim) or words["desk_nobody_named"],
        mark=people.mark_of(victim, actor.today) if victim else "",
        to=address("case", {}, **where, **narrow),
        offense=offense_of(case, language, actor),
        language=language_of(victim, words, actor),
        kinds=tuple(dict.fromkeys(task.kind.value for task in row.tasks)),
        pills=pills_of(reasons),
        why=why_of(reasons, words),
        due=deadline(row.deadline, actor.now, actor.settings.agency.zone, words),
        owner=", ".join(dict.fromkeys(task.owner for task in row.tasks if task.owner)),
        first=first_of(reasons),
        in_danger=is_in_danger(reasons),
    )


def reasons_of(
    case: Case, victim: Victim | None, held_for: Iterable[str], actor: Actor
) -> tuple[str, ...]:
    """Return why a person is needed, the worst first: by the notices, the victim and the case."""
    at = actor.at(case)
    return worst_first(
        [
            *held_for,
            *(dangers(at, victim) if victim else ()),
            *([at.restriction.hold] if at.restriction else ()),
        ]
    )


def is_in_danger(reasons: Iterable[str]) -> bool:
    """Whether somebody else may hear whatever the victim is told."""
    return not IN_DANGER.isdisjoint(reasons)


def first_of(reasons: Iterable[str]) -> str:
    """Return what to do before a call, a key of the desk's words; empty when it is only a call."""
    found = set(reasons)
    if is_in_danger(found):
        return "desk_instead_advocate"
    careful = found & UNSAFE or any(reason.startswith(RESTRICTED) for reason in found)
    return "desk_safety_first" if careful else ""


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


def pills_of(reasons: Iterable[str]) -> tuple[str, ...]:
    """Return the groups of hold reasons, each once; `other` only when it is the only one."""
    found = tuple(dict.fromkeys(map(_pill_of, reasons)))
    return tuple(name for name in found if name != "other") or found


def _pill_of(reason: str) -> str:
    groups = task_filters.GROUPS.items()
    if group := next((name for name, of in groups if reason in of), ""):
        return group
    return "restricted" if reason.startswith(RESTRICTED) else "other"


def why_of(reasons: Sequence[str], words: Mapping[str, str]) -> str:
    """Return the worst reason, without what its group's name says, and how to act safely."""
    said = _why_of(reasons[0], words)
    return f"{said} {words[first_of(reasons)]}".strip() if reasons[0] in UNSAFE else said


def _why_of(reason: str, words: Mapping[str, str]) -> str:
    if reason == HoldReason.NOT_SAFE_TO_CONTACT:
        return ""
    if reason.startswith(RESTRICTED):
        said = words.get(f"desk_restricted_{reason.removeprefix(RESTRICTED)}")
        return said or words.get(f"desk_reason_{reason}", reason)
    return words.get(f"desk_short_{reason}") or words.get(f"desk_reason_{reason}", reason)

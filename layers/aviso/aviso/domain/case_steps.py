"""The steps of a case that the status page shows: what happened, where it is, what comes. Pure.

A suspect may see the page over the victim's shoulder. So a step never says that somebody is looked
for: a warrant is not a step, and an arrest is one only after it happened (docs/rules.md#15). Dates
do not say it either: a status with the words of another has none. Work can go to the prosecutor
before an arrest, to ask for a warrant, so it is then a step only when the status itself says so.
"""

from collections.abc import Mapping, Sequence
from datetime import UTC, datetime
from enum import StrEnum

from aviso.domain.model import Arrest, Kind, Report
from aviso.domain.settings import Localized, Status
from aviso.domain.value import Frozen


class StepName(StrEnum):
    """A step, as its strings are named: `step_<name>`."""

    RECEIVED = "received"
    ASSIGNED = "assigned"
    ARREST = "arrest"
    PROSECUTOR = "prosecutor"
    STATUS = "status"  # where the case is now, in the agency's own words
    HEARING = "hearing"
    CHARGES = "charges"


class Step(Frozen, frozen=True, kw_only=True):
    """One step: `when` is "done", "now" or "next"."""

    name: StepName
    when: str
    at: datetime | None = None
    arrest: Arrest | None = None


def case_steps(
    report: Report, arrests: Sequence[Arrest], statuses: Mapping[str, Status], now: datetime
) -> list[Step]:
    """Return the steps in the order of the page: past ones by date, the present one, coming ones.

    Args:
        arrests: those that were not withdrawn.
        statuses: the agency's words for every status, by its code. When the report's status is none
            of them, no coming step is claimed.
        now: a hearing after it is still to come.
    """
    status = statuses.get(report.status)
    return [
        *_past(report, arrests, status),
        _present(report, status, statuses),
        *_coming(report, arrests, status, now),
    ]


def shows_prosecutor(arrests: Sequence[Arrest], status: Status | None) -> bool:
    """Whether the page may say that the case is with the prosecutor.

    Args:
        arrests: those that were not withdrawn.
        status: the case's status in the agency's words, or None if the settings do not have it.
    """
    return bool(arrests) or (status is not None and status.tells is Kind.SENT_TO_PROSECUTOR)


def _past(report: Report, arrests: Sequence[Arrest], status: Status | None) -> list[Step]:
    dated = {a.arrested_at.date(): a for a in arrests if a.arrested_at}
    steps = [Step(name=StepName.RECEIVED, when="done", at=report.reported_at)]
    if report.assigned:
        steps.append(Step(name=StepName.ASSIGNED, when="done", at=report.assigned_at))
    steps += [
        Step(name=StepName.ARREST, when="done", at=arrest.arrested_at, arrest=arrest)
        for arrest in dated.values()
    ]
    if report.prosecutor_at and shows_prosecutor(arrests, status):
        steps.append(Step(name=StepName.PROSECUTOR, when="done", at=report.prosecutor_at))
    known = [at for step in steps if (at := step.at)]
    first = min(known) if known else None
    # A step without a date keeps its place after the report.
    undated = first or datetime.min.replace(tzinfo=UTC)
    return sorted(steps, key=lambda step: (step.name is not StepName.RECEIVED, step.at or undated))


def _present(report: Report, status: Status | None, statuses: Mapping[str, Status]) -> Step:
    dated = False
    if status is not None and status.tells not in (None, Kind.WARRANT):
        alike = [s for s in statuses.values() if _words(s) == _words(status)]
        dated = len(alike) == 1  # else the date would tell which of them it is
    return Step(name=StepName.STATUS, when="now", at=report.status_at if dated else None)


def _words(status: Status) -> tuple[Localized, Localized, Localized]:
    return status.label, status.meaning, status.next_step


def _coming(
    report: Report, arrests: Sequence[Arrest], status: Status | None, now: datetime
) -> list[Step]:
    steps = [
        Step(name=StepName.HEARING, when="next", at=arrest.appearance_at, arrest=arrest)
        for arrest in arrests
        if arrest.appearance_at and arrest.appearance_at > now
    ]
    open_now = status is not None and not status.closed
    if arrests and open_now and not report.prosecutor_at:
        steps.append(Step(name=StepName.CHARGES, when="next"))
    return steps

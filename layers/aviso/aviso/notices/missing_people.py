"""Whether the people of new cases came: nobody on a case without people is told anything.

A people file that was cut at the end of a line looks like a shorter one. The cases show it: many
more of a day's new cases than usual have no person at all. The nightly run counts them.
"""

from datetime import datetime, timedelta
from typing import Any

from aviso.domain.model import Case
from aviso.domain.settings import Settings
from aviso.storage import inbox_tasks, markers
from aviso.storage.guard_items import REJECTED_TASK

DAY = timedelta(days=1)
EXPECTED = 10  # so many cases without people, and twice as many as usual
NAME = "RECONCILED_PEOPLE"
TASK = inbox_tasks.rejected_name("people-missing")
KEEP = timedelta(days=400)


def is_new(case: Case, settings: Settings, now: datetime) -> bool:
    """Whether a case came in the last day, and its people had time to come after it."""
    report = case.report
    if report is None or report.removed or report.alias_of or not report.first_seen:
        return False
    age = now - min(report.first_seen.values())
    return settings.settle <= age < settings.settle + DAY


def has_none(case: Case) -> bool:
    """Whether no person is known on a case."""
    return not (case.victims or case.suspects or case.speakers)


def judge(new: int, none: int, now: datetime) -> None:
    """Give the desk a task if unusually many of a day's new cases have no people.

    The numbers of each day are remembered for the next.
    """
    found = markers.marker(NAME)
    before: dict[str, Any] = dict(found[1]) if found else {}
    all_new, all_none = before.get("new", 0), before.get("none", 0)
    if all_new and none >= EXPECTED and none * all_new > 2 * all_none * new:
        row = {"line": 0, "column": "", "code": "no_people", "rows": none, "about": f"{new}"}
        data = {"file": "people", "first": [row]}
        markers.put_marker(TASK, data, now, KEEP, task=REJECTED_TASK)
    sums = {"new": all_new + new, "none": all_none + none}
    markers.put_marker(NAME, sums, now, KEEP)

"""Calls that reached nobody: logged, counted, and after three days a reason for a letter.

The case page suggests the letter (`web.staff.case_todo`).
"""

from collections.abc import Iterable
from contextlib import suppress
from datetime import timedelta, tzinfo

from msgspec.structs import replace

from aviso.domain.errors import Conflict
from aviso.domain.model import Case, Victim
from aviso.domain.report_dimensions import stamp_of
from aviso.domain.staff import Call, CallOutcome
from aviso.staff.actor import Actor
from aviso.staff.case_decisions import LONGEST_REMARK
from aviso.storage import calls

AGAIN = timedelta(minutes=1)  # a call that is sent again within it is the same one
ENOUGH_DAYS = 3  # calls on so many days that nobody answered
# A wrong number says nothing of the victim; who could not talk was reached.
UNANSWERED = frozenset({CallOutcome.NO_ANSWER, CallOutcome.VOICEMAIL})


def not_reached(case: Case, victim: Victim, outcome: CallOutcome, text: str, actor: Actor) -> None:
    """Log a call that told nobody: a row of the case and one of the audit trail, which is counted.

    The same call within a minute is a double click, and is not logged again.

    Args:
        text: what a colleague should know, such as when to call again.
    """
    call = Call(
        at=actor.now,
        by=actor.name,
        victim=victim.origin,
        outcome=outcome.value,
        text=text[:LONGEST_REMARK],
    )
    if any(_is_same(earlier, call) for earlier in calls.list_calls(case)):
        return
    record = actor.record("call_not_reached", case.number, victim.origin)
    stamped = replace(
        record.entry,
        origin=case.origin,
        stamp=stamp_of(case, victim.origin, actor.settings),
        subject=outcome.value,
    )
    with suppress(Conflict):  # the other click was faster
        calls.add(case.number, call, replace(record, entry=stamped))


def _is_same(earlier: Call, call: Call) -> bool:
    return replace(earlier, at=call.at) == call and call.at - earlier.at < AGAIN


def days(made: Iterable[Call], zone: tzinfo) -> int:
    """Return on how many days of the agency nobody answered one of these calls."""
    return len({call.at.astimezone(zone).date() for call in made if call.outcome in UNANSWERED})

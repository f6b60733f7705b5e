"""How many changes visitors may cause in a day, and the task for the desk when a limit is reached.

Each added contact is confirmed and announced, so each costs several messages. The limits stop
somebody with one code from texting many strangers in the agency's name. docs/security.md lists all
limits and their maximum cost.
"""

from collections.abc import Mapping, Sequence
from datetime import datetime, timedelta
from typing import Any

from msgspec.structs import asdict

from aviso.domain.errors import TooOften
from aviso.domain.model import Case, Consent, Victim
from aviso.domain.text import plain_name
from aviso.runtime import hashing
from aviso.storage import inbox_tasks, limits
from aviso.storage.limits import DayLimit
from aviso.storage.sessions import Limit
from aviso.victims.visitor import PortalVisitor

CHANGES_A_DAY = 6  # with a code: added contacts and answers that are announced to the contacts
# By knowledge, for one victim: two for each contact that may be added, and two more. A form over
# the limit looks as if it were stored: a refusal would say that others were here.
FORMS_A_DAY = 10
# Names of the counters. Each way of proof has its own, so knowledge cannot lock out a code.
CHANGED, ADDED = "CHANGED", "ADDED"
HOUR = timedelta(hours=1)
OFTEN = "often"  # the reason of the desk's task


def on_change(case: Case, victim: Victim, visitor: PortalVisitor, count: int = 1) -> list[Limit]:
    """Return the counters of changes made with a code, which a victim's contacts are told of.

    Args:
        count: how many changes at once.
    """
    most = DayLimit(CHANGED, _whose(case, victim), CHANGES_A_DAY)
    return limits.caused(most, visitor.source, visitor.settings, visitor.now, count)


def on_form(
    case: Case, victim: Victim, visitor: PortalVisitor, *, over_the_day: bool = False
) -> list[Limit]:
    """Return the counters of a form by knowledge; a form counts as one, whatever is in it.

    A refusal must say nothing of the case. So a form over the day's limit still counts for its
    network: otherwise its visitor would see that nothing is refused any more.

    Args:
        over_the_day: the victim's forms of this day are used up: only a warning is stored.
    """
    source, settings, now = visitor.source, visitor.settings, visitor.now
    if over_the_day:
        return [limits.source_limit(f"{ADDED}_SOURCE", source, settings, now)] if source else []
    return limits.caused(_forms(case, victim), source, settings, now)


def is_over_the_day(error: TooOften, case: Case, victim: Victim, now: datetime) -> bool:
    """Whether the only limit reached is that of a victim's forms by knowledge on this day."""
    return error.names == {limits.a_day(_forms(case, victim), now).name}


def _forms(case: Case, victim: Victim) -> DayLimit:
    return DayLimit(ADDED, _whose(case, victim), FORMS_A_DAY)


def _whose(case: Case, victim: Victim) -> str:
    return f"{case.origin}#{victim.origin}"


def words(error: TooOften, now: datetime) -> str:
    """Return the key of the sentence that says when to try again."""
    soon = error.until and error.until - now <= HOUR
    return "enroll_too_often_hour" if soon else "enroll_too_often"


def ask_a_person(
    case: Case, victim: Victim, asked: Sequence[Mapping[str, Any]], consent: Consent
) -> None:
    """Give the desk a task, once a day, for contacts a victim could not add.

    Somebody may be using the limits up to lock her out. The task is listed with the early sign-ups
    that wait for a person, and can be tied like one of them.

    Args:
        asked: the contacts, as `early_sign_up.leave` stores them.
    """
    data = {
        "number": case.number,
        "last_name": plain_name(victim.last_name),
        "typed": victim.last_name,
        "birth_dates": [victim.birth_date.isoformat()] if victim.birth_date else [],
        "asked": list(asked),
        "consent": asdict(consent) | {"at": consent.at.isoformat()},
    }
    name = hashing.address_key(f"{OFTEN}|{case.origin}|{victim.origin}|{consent.at:%Y-%m-%d}")
    inbox_tasks.put_early_task(name, data, OFTEN, consent.at)

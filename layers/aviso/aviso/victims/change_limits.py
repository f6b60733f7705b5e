"""What visitors may cause in a day, and the person who is asked for help at the bound.

Each contact that is added is confirmed and announced, so each costs several messages: bounds keep
somebody with one code from texting half the world in the agency's name. docs/security.md lists them
all, with what they cost at most.
"""

from collections.abc import Mapping, Sequence
from datetime import datetime, timedelta
from typing import Any

from msgspec.structs import asdict

from aviso.domain import people
from aviso.domain.errors import TooOften
from aviso.domain.model import Case, Consent, Victim
from aviso.domain.settings import Settings
from aviso.runtime import hashing
from aviso.storage import inbox_tasks, limits
from aviso.storage.sessions import Limit

CHANGES_A_DAY = 6  # with a code: contacts added and waivers, each announced to the others
# By knowledge, for one victim: two a contact that may be added, and two more. What is over it looks
# as if it were stored, since a refusal would say that others were here.
FORMS_A_DAY = 10
# They name the counters. Each way of proof has its own, so that knowledge shuts no code out.
CHANGED, ADDED = "CHANGED", "ADDED"
HOUR = timedelta(hours=1)
OFTEN = "often"  # why the desk has a task


def on_change(
    case: Case, victim: Victim, source: str, settings: Settings, now: datetime, count: int = 1
) -> list[Limit]:
    """Name the counters of changes with a code that a victim's contacts hear of.

    Args:
        case: the case.
        victim: whose contacts hear.
        source: the visitor's network address.
        settings: the agency's.
        now: the time of the change.
        count: how many at once.
    """
    return limits.caused(CHANGED, _whose(case, victim), CHANGES_A_DAY, source, settings, now, count)


def on_form(
    case: Case,
    victim: Victim,
    source: str,
    settings: Settings,
    now: datetime,
    *,
    over_the_day: bool = False,
) -> list[Limit]:
    """Name the counters of a form by knowledge, which counts one whatever it holds.

    What is refused must say nothing of the case. So a form over the day's bound still counts for
    its network: else its visitor would see that nothing is refused any more.

    Args:
        case: the case.
        victim: whose contacts the form is about.
        source: the visitor's network address.
        settings: the agency's.
        now: the time of the form.
        over_the_day: the victim's forms of this day are used up: a warning alone is stored.
    """
    if over_the_day:
        return [limits.source_limit(f"{ADDED}_SOURCE", source, settings, now)] if source else []
    return limits.caused(ADDED, _whose(case, victim), FORMS_A_DAY, source, settings, now)


def is_over_the_day(error: TooOften, case: Case, victim: Victim, now: datetime) -> bool:
    """Say whether nothing is used up but a victim's forms by knowledge of this day."""
    return error.names == {limits.a_day(ADDED, _whose(case, victim), FORMS_A_DAY, now).name}


def _whose(case: Case, victim: Victim) -> str:
    return f"{case.origin}#{victim.origin}"


def words(error: TooOften, now: datetime) -> str:
    """Return which sentence says when to try again."""
    soon = error.until and error.until - now <= HOUR
    return "enroll_too_often_hour" if soon else "enroll_too_often"


def ask_a_person(
    case: Case, victim: Victim, asked: Sequence[Mapping[str, Any]], consent: Consent
) -> None:
    """Give the desk what a victim could not add, once a day: somebody may be shutting her out.

    It is shown with the sign-ups that wait for a person, and can be tied like one of them.

    Args:
        case: the case.
        victim: whose contacts.
        asked: the contacts, as `early.leave` keeps them.
        consent: what was agreed to, and when.
    """
    data = {
        "number": case.number,
        "last_name": people.plain_name(victim.last_name),
        "typed": victim.last_name,
        "birth_dates": [victim.birth_date.isoformat()] if victim.birth_date else [],
        "asked": list(asked),
        "consent": asdict(consent) | {"at": consent.at.isoformat()},
    }
    name = hashing.address_key(f"{OFTEN}|{case.origin}|{victim.origin}|{consent.at:%Y-%m-%d}")
    inbox_tasks.put_early_task(name, data, OFTEN, consent.at)

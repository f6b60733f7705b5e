"""What visitors may cause in a day, and the person who is asked for help at the bound.

Each contact that is added is confirmed and announced, so each costs several messages: bounds keep
somebody with one code from texting half the world in the agency's name. docs/security.md lists them
all, with what they cost at most.
"""

from collections.abc import Mapping, Sequence
from datetime import datetime
from typing import Any

from msgspec.structs import asdict

from aviso.domain import people
from aviso.domain.model import Case, Consent, Victim
from aviso.domain.settings import Settings
from aviso.runtime import hashing
from aviso.storage import inbox_tasks, limits
from aviso.storage.sessions import Limit

CHANGES_A_DAY = 6  # with a code: contacts added and waivers, each announced to the others
CHANGED = "CHANGED"  # names the counters
OFTEN = "often"  # why the desk has a task


def on_change(
    case: Case,
    victim: Victim,
    source: str,
    settings: Settings,
    now: datetime,
    count: int = 1,
    *,
    by_code: bool = True,
) -> list[Limit]:
    """Name the counters of changes that a victim's contacts hear of.

    Args:
        case: the case.
        victim: whose contacts hear.
        source: the visitor's network address.
        settings: the agency's.
        now: the time of the change.
        count: how many at once.
        by_code: made with a code; what knowledge may add in a day, the enrollment itself tells.
    """
    whose = f"{case.origin}#{victim.origin}"
    most = CHANGES_A_DAY if by_code else 0
    return limits.caused(CHANGED, whose, most, source, settings, now, count)


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

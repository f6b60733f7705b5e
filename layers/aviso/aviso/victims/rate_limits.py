"""How often somebody may try: limits for one case, one source, and all together (docs/rules.md#15).

`access` counts before it compares, and gives back what a success took. A holder of a code is
counted by source alone, so that nobody's failures shut one out.
"""

from datetime import UTC, date, datetime, time, timedelta

from msgspec.structs import replace

from aviso.domain.settings import Settings
from aviso.storage import sessions
from aviso.storage.limits import a_day, hashed, overall, source_limit
from aviso.storage.sessions import Limit

EARLY_OF_ONE_NUMBER = 4  # birth dates, for as long as a sign-up waits for its report
EARLY_A_DAY = 6  # sign-ups from one network


def may_try(what: str, source: str, settings: Settings, now: datetime) -> bool:
    """Count a try of something that is no sign-in; False when this source tried too often.

    Args:
        what: names the counter.
        source: the caller's network address, kept only as a hash.
        settings: the agency's.
        now: the time of the try.
    """
    return sessions.reserve([source_limit(what, source, settings, now)])


def may_leave_early(
    number: str, source: str, settings: Settings, now: datetime, guesses: int = 1
) -> bool:
    """Count a sign-up before the report; False when there were too many.

    One that meets its case is a guess of name and birth date like any other, so of one number only
    a few are kept. Of one network too: each may become a person's task. They are counted apart: a
    failed search must not use up what is offered after it.

    Args:
        number: the report number, normalised.
        source: the caller's network address, kept only as a hash.
        settings: the agency's.
        now: the time of the try.
        guesses: how many birth dates it covers.
    """
    days = settings.verification.early_enrollment_days
    window = now.toordinal() // days
    ends = datetime.combine(date.fromordinal((window + 1) * days), time(), UTC)
    day = datetime.combine(now.date(), time(), UTC) + timedelta(days=1)
    return sessions.reserve(
        [
            Limit(f"EARLY#CASE#{number}#{window}", EARLY_OF_ONE_NUMBER, ends, guesses),
            Limit(f"EARLY#SOURCE#{hashed(source, now)}", EARLY_A_DAY, day),
            overall("EARLY#ALL", settings.verification.fails_overall, now),
        ]
    )


def limits(
    number: str, source: str, settings: Settings, now: datetime, guesses: int = 1
) -> tuple[Limit, ...]:
    """Name the three counters an attempt counts against; each name holds its window of time.

    Args:
        number: the case's first number, or what was typed when there is no such case.
        source: the caller's network address, kept only as a hash.
        settings: the agency's.
        now: the time of the try.
        guesses: how many birth dates it covers; 03/04 may be March or April.
    """
    policy = settings.verification
    found = (
        a_day("CASE", number, policy.fails_per_case, now),
        source_limit("SOURCE", source, settings, now),
        overall("ALL", policy.fails_overall, now),
    )
    return tuple(replace(limit, count=guesses) for limit in found)

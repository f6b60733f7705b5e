"""Rate limits on proving who you are: per case, per network, and overall (docs/rules.md#15).

`visits` counts a try before it compares, and a success takes its count back. The holder of a code
is counted by network alone, so that nobody else's failures lock one out.
"""

from datetime import UTC, date, datetime, time, timedelta

from msgspec.structs import replace

from aviso.domain.settings import Settings
from aviso.storage import sessions
from aviso.storage.limits import DayLimit, a_day, hashed, overall, source_limit
from aviso.storage.sessions import Limit
from aviso.victims.visitor import PortalVisitor

EARLY_OF_ONE_NUMBER = 4  # birth dates, while a sign-up waits for its report
EARLY_A_DAY = 6  # sign-ups from one network


def may_try(what: str, visitor: PortalVisitor) -> bool:
    """Count a try of something other than a sign-in; False when this source tried too often.

    Args:
        what: the counter's name.
    """
    limit = source_limit(what, visitor.source, visitor.settings, visitor.now)
    return sessions.reserve([limit])


def may_leave_early(
    number: str, visitor: PortalVisitor, guesses: int = 1, *, by_card: bool = False
) -> bool:
    """Count a sign-up before the report; False when there were too many.

    A sign-up that meets its case is a guess of name and birth date like any other, so only a few
    are kept for one number. Only a few are kept for one network, because each may become a
    person's task. They have counters of their own: a failed search must not use up the sign-up
    that is offered after it.

    Args:
        number: the report number, normalised.
        guesses: how many birth dates it covers.
        by_card: an officer handed out its card, which nobody has used: others who guessed at this
            number or share the network must not stop who has it.
    """
    settings, now = visitor.settings, visitor.now
    everybody = overall("EARLY#ALL", settings.verification.fails_overall, now)
    if by_card:
        return sessions.reserve([everybody])
    days = settings.verification.early_enrollment_days
    window = now.toordinal() // days
    ends = datetime.combine(date.fromordinal((window + 1) * days), time(), UTC)
    day = datetime.combine(now.date(), time(), UTC) + timedelta(days=1)
    return sessions.reserve(
        [
            Limit(f"EARLY#CASE#{number}#{window}", EARLY_OF_ONE_NUMBER, ends, guesses),
            Limit(f"EARLY#SOURCE#{hashed(visitor.source, now)}", EARLY_A_DAY, day),
            everybody,
        ]
    )


def limits(
    number: str, source: str, settings: Settings, now: datetime, guesses: int = 1
) -> tuple[Limit, ...]:
    """Return the three counters of a try; the name of each includes its window of time.

    Args:
        number: the case's first number, or the typed one when there is no such case.
        source: the caller's network address, kept only as a hash.
        guesses: how many birth dates it covers; 03/04 may be March or April.
    """
    policy = settings.verification
    found = (
        a_day(DayLimit("CASE", number, policy.fails_per_case), now),
        source_limit("SOURCE", source, settings, now),
        overall("ALL", policy.fails_overall, now),
    )
    return tuple(replace(limit, count=guesses) for limit in found)

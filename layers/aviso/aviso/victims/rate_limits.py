"""How often somebody may try: limits for one case, one source, and all together (rule 15).

`access` counts before it compares, and gives back what a success took. A holder of a code is
counted by source alone, so that nobody's failures shut one out. What makes us write to people is
counted here too: docs/security.md lists the bounds and what they cost at most.
"""

import secrets
from datetime import UTC, date, datetime, time, timedelta
from hashlib import sha256
from ipaddress import IPv4Address, ip_address, ip_network

from msgspec.structs import replace

from aviso.domain.settings import Settings
from aviso.storage import sessions
from aviso.storage.sessions import Limit

# The count of all sources is spread over so many rows, for each so many tries. In one row, visitors
# of the same moment would collide, and DynamoDB would refuse all but one of them.
MOST_SHARDS, TRIES_A_SHARD = 8, 30
EARLY_OF_ONE_NUMBER = 4  # birth dates, for as long as a sign-up waits for its report
EARLY_A_DAY = 6  # sign-ups from one network
NETWORK_BITS = 64  # of an IPv6 address: what one household or server is given (RFC 6177)


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
            Limit(f"EARLY#SOURCE#{_hashed(source, now)}", EARLY_A_DAY, day),
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


def may_cause(
    what: str, whose: str, most: int, source: str, settings: Settings, now: datetime
) -> bool:
    """Count what makes us write to somebody; False when it is too often. See `caused`."""
    return sessions.reserve(caused(what, whose, most, source, settings, now))


def caused(
    what: str, whose: str, most: int, source: str, settings: Settings, now: datetime, count: int = 1
) -> list[Limit]:
    """Name the counters of what makes us write to people, for a day or an hour.

    Args:
        what: names the counters.
        whose: a victim or a phone.
        most: how often a day for that one; 0 when that has a limit elsewhere.
        source: the caller's network address, kept only as a hash; empty when there is none.
        settings: the agency's.
        now: the time of the act.
        count: how many at once; none of them, and nothing is counted.
    """
    limits = [overall(what, settings.verification.changes_overall, now)]
    limits += [a_day(what, whose, most, now)] if most else []
    limits += [source_limit(f"{what}_SOURCE", source, settings, now)] if source else []
    return [replace(limit, count=count) for limit in limits] if count else []


def a_day(what: str, whose: str, most: int, now: datetime) -> Limit:
    """Name the counter of one case, victim or phone, which holds its day."""
    end_of_day = datetime.combine(now.date(), time(), UTC) + timedelta(days=1)
    return Limit(f"{what}#{whose}#{now:%Y-%m-%d}", most, end_of_day)


def overall(what: str, most: int, now: datetime) -> Limit:
    """Name one of the rows that count all sources together in an hour, drawn by lot.

    The rows fill evenly, so the limit is met within a few in a hundred.
    """
    shards = max(1, min(MOST_SHARDS, most // TRIES_A_SHARD))
    shard = secrets.randbelow(shards)
    return Limit(f"{what}#{now:%Y-%m-%dT%H}#{shard}", -(-most // shards), _end_of_hour(now))


def source_limit(what: str, source: str, settings: Settings, now: datetime) -> Limit:
    """Name the counter of one network, which holds its hour."""
    name = f"{what}#{_hashed(source, now)}#{now:%Y-%m-%dT%H}"
    return Limit(name, settings.verification.fails_per_source, _end_of_hour(now))


def _hashed(source: str, now: datetime) -> str:
    """Return a network's hash, another one each day."""
    return sha256(f"{now:%Y-%m-%d}|{network_of(source)}".encode()).hexdigest()[:32]


def network_of(source: str) -> str:
    """Return what counts as one source: an IPv4 address, or an IPv6 address's network.

    Whoever has one IPv6 address has 2^64 of them, so that a limit for each would be none.
    """
    try:
        address = ip_address(source)
    except ValueError:
        return source
    if isinstance(address, IPv4Address):
        return source
    if address.ipv4_mapped:
        return str(address.ipv4_mapped)
    return str(ip_network((int(address), NETWORK_BITS), strict=False))


def _end_of_hour(now: datetime) -> datetime:
    return now.replace(minute=0, second=0, microsecond=0) + timedelta(hours=1)

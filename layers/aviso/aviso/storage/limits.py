"""Counters that limit how often something may happen: per day, per network and hour, overall.

`victims.rate_limits` counts attempts with them; messages that a visitor causes are counted too.
docs/security.md lists the limits and what they cost at most.
"""

import secrets
from datetime import UTC, datetime, time, timedelta
from hashlib import sha256
from ipaddress import IPv4Address, ip_address, ip_network

from msgspec.structs import replace

from aviso.domain.settings import Settings
from aviso.domain.value import Frozen
from aviso.storage import sessions
from aviso.storage.sessions import Limit

# The count of all sources is spread over several rows, one row for each `TRIES_A_SHARD` attempts.
# In one row, simultaneous visitors would collide, and DynamoDB would refuse all but one of them.
MOST_SHARDS, TRIES_A_SHARD = 8, 30
NETWORK_BITS = 64  # of an IPv6 address: the prefix that one household or server gets (RFC 6177)


class DayLimit(Frozen, frozen=True):
    """How often something may happen in a day for one victim, phone or case."""

    what: str  # names the counters
    whose: str
    most: int  # 0 when another limit applies


def may_cause(limit: DayLimit, source: str, settings: Settings, now: datetime) -> bool:
    """Count an act that makes us write to somebody; False when over the limit. See `caused`."""
    return sessions.reserve(caused(limit, source, settings, now))


def caused(
    limit: DayLimit, source: str, settings: Settings, now: datetime, count: int = 1
) -> list[Limit]:
    """Return the counters of what makes us write to people, per day or per hour.

    Args:
        source: the caller's network address, stored only as a hash; empty when there is none.
        count: how many at once; 0 counts nothing.
    """
    limits = [overall(limit.what, settings.verification.changes_overall, now)]
    limits += [a_day(limit, now)] if limit.most else []
    limits += [source_limit(f"{limit.what}_SOURCE", source, settings, now)] if source else []
    return [replace(one, count=count) for one in limits] if count else []


def a_day(limit: DayLimit, now: datetime) -> Limit:
    """Return the counter of one case, victim or phone for one day."""
    end_of_day = datetime.combine(now.date(), time(), UTC) + timedelta(days=1)
    return Limit(f"{limit.what}#{limit.whose}#{now:%Y-%m-%d}", limit.most, end_of_day)


def overall(what: str, most: int, now: datetime) -> Limit:
    """Return one, drawn at random, of the rows that count all sources together in an hour.

    The rows fill evenly, so the limit is met within a few percent.
    """
    shards = max(1, min(MOST_SHARDS, most // TRIES_A_SHARD))
    shard = secrets.randbelow(shards)
    return Limit(f"{what}#{now:%Y-%m-%dT%H}#{shard}", -(-most // shards), _end_of_hour(now))


def source_limit(what: str, source: str, settings: Settings, now: datetime) -> Limit:
    """Return the counter of one network for one hour."""
    name = f"{what}#{hashed(source, now)}#{now:%Y-%m-%dT%H}"
    return Limit(name, settings.verification.fails_per_source, _end_of_hour(now))


def hashed(source: str, now: datetime) -> str:
    """Return a network's hash, a different one each day."""
    return sha256(f"{now:%Y-%m-%d}|{network_of(source)}".encode()).hexdigest()[:32]


def network_of(source: str) -> str:
    """Return what counts as one source: an IPv4 address, or an IPv6 address's network.

    Somebody with one IPv6 address has 2^64 of them, so a limit per address would have no effect.
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

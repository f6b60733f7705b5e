"""Counters of how often something may happen: for a day, a network and an hour, and overall.

`victims.rate_limits` counts tries with them; what makes Aviso write to people is counted too.
docs/security.md lists the limits and what they cost at most.
"""

import secrets
from datetime import UTC, datetime, time, timedelta
from hashlib import sha256
from ipaddress import IPv4Address, ip_address, ip_network

from msgspec.structs import replace

from aviso.domain.settings import Settings
from aviso.storage import sessions
from aviso.storage.sessions import Limit

# The count of all sources is spread over so many rows, for each so many tries. In one row, visitors
# of the same moment would collide, and DynamoDB would refuse all but one of them.
MOST_SHARDS, TRIES_A_SHARD = 8, 30
NETWORK_BITS = 64  # of an IPv6 address: what one household or server is given (RFC 6177)


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
    name = f"{what}#{hashed(source, now)}#{now:%Y-%m-%dT%H}"
    return Limit(name, settings.verification.fails_per_source, _end_of_hour(now))


def hashed(source: str, now: datetime) -> str:
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

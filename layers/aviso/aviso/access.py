"""Who may see a case: proof of identity, limits on trying, and visits (rules 14 and 15).

`verify` is pure. `open_case` makes the same calls whether the number is unknown, the person is
wrong, or the case is restricted, locked or renumbered, so that nobody can tell them apart.
"""

import secrets
import unicodedata
from collections.abc import Collection
from dataclasses import dataclass, replace
from datetime import UTC, date, datetime, time, timedelta
from hashlib import sha256
from hmac import compare_digest

from aviso import restriction
from aviso.models import AuditEntry, Case, Session, Victim
from aviso.settings import Settings
from aviso.stamps import stamp_of
from aviso.store import audit, cases, sessions
from aviso.store.sessions import Limit

KNOWLEDGE = "knowledge"
SUFFIXES = frozenset({"jr", "sr", "junior", "senior", "ii", "iii", "iv"})
NOBODY = Victim(id="", origin="", last_name="nobody", birth_date=date(1, 1, 1))
NO_CASE = "0"  # read where a renumbered case would have cost one read more


@dataclass(frozen=True, slots=True, kw_only=True)
class Claim:
    """What a visitor typed to prove who they are, and where they come from."""

    number: str  # normalised
    last_name: str
    birth_dates: Collection[date]  # more than one when the typed order is ambiguous
    source: str  # the caller's network address, kept only as a hash
    former_token: str = ""  # the browser's session so far, which a new one replaces


def normal_number(typed: str) -> str:
    """Return a report number without spaces and dashes, in capitals."""
    return "".join(c for c in unicodedata.normalize("NFKC", typed) if c.isalnum()).upper()


def normal_name(name: str) -> str:
    """Return a name as it is compared: no case, accents, hyphens, apostrophes or suffix."""
    plain = unicodedata.normalize("NFKD", name.casefold())
    plain = "".join(c for c in plain if not unicodedata.combining(c))
    for mark in "'’`´.":
        plain = plain.replace(mark, "")
    words = "".join(c if c.isalnum() else " " for c in plain).split()
    while len(words) > 1 and words[-1] in SUFFIXES:
        words.pop()
    return "".join(words)


def verify(case: Case, last_name: str, birth_dates: Collection[date]) -> Victim | None:
    """Return the living victim with this last name and birth date, who is no suspect here.

    Every victim is compared whatever the first comparison gave, so that the work says nothing.
    """
    typed = normal_name(last_name)
    suspects = {(normal_name(s.last_name), s.birth_date) for s in case.suspects}
    origins = {s.origin for s in case.suspects}
    found = None
    for victim in case.victims or (NOBODY,):
        name = normal_name(victim.last_name)
        same_name = compare_digest(name.encode(), typed.encode())
        same_day = sum(victim.birth_date == day for day in birth_dates) > 0
        suspected = victim.origin in origins or (name, victim.birth_date) in suspects
        may = not (victim.deceased or victim.removed or suspected or victim is NOBODY)
        if same_name & same_day & may & bool(typed) and found is None:
            found = victim
    return found


def open_case(claim: Claim, settings: Settings, now: datetime) -> tuple[str, Session] | None:
    """Open a visit for whoever proves to be a victim of an ordinary case.

    Returns:
        The token for the browser and its session; None in every other case, after the same
        four calls, so that the reason does not show.
    """
    limits = _limits(claim, settings, now)
    allowed = sessions.reserve(limits)
    case = cases.read_case(claim.number)
    victim = verify(case, claim.last_name, claim.birth_dates)
    hidden = restriction.restricted(case, settings) != ""
    keep = settings.retention.audit
    if victim is None or hidden or not allowed or not settings.verification.knowledge:
        if case.number == claim.number:
            cases.read_case(NO_CASE)
        entry = AuditEntry(at=now, actor="visitor", action="verify_failed", case=claim.number)
        audit.append(entry, keep)
        return None
    token, session = _new_session(case.number, victim.origin, settings, now)
    entry = replace(
        _entry(session, "verified", now),
        origin=case.origin,
        stamp=stamp_of(case, victim.origin, settings),
    )
    former = key_of(claim.former_token) if claim.former_token else ""
    sessions.open_session(session, entry, keep, limits, ends=former)
    return token, session


def _new_session(
    number: str, victim: str, settings: Settings, now: datetime
) -> tuple[str, Session]:
    token = secrets.token_urlsafe(16)  # 128 bits, drawn in the handler and never at start
    policy = settings.verification
    session = Session(
        key=key_of(token),
        case=number,
        victim=victim,
        level=KNOWLEDGE,
        csrf=secrets.token_urlsafe(16),
        created_at=now,
        idle_until=now + min(policy.session_idle, policy.session_max),
        max_until=now + policy.session_max,
    )
    return token, session


def key_of(token: str) -> str:
    """Return the hash a token is stored under."""
    return sha256(token.encode()).hexdigest()


def resume(token: str, settings: Settings, now: datetime) -> Session | None:
    """Return the visit this token belongs to, unless it timed out or was ended."""
    if not token:
        return None
    return sessions.resume(key_of(token), now, now + settings.verification.session_idle)


def leave(token: str) -> None:
    """End a visit on the server."""
    if token:
        sessions.end_session(key_of(token))


def visited_case(session: Session, settings: Settings) -> tuple[Case, Victim] | None:
    """Read the case a visit is about; None ends the visit.

    A case that became restricted, or a person taken off it, is shown no more (rule 12).
    """
    case = cases.read_case(session.case)
    victim = case.victim(session.victim)
    if victim is None or victim.deceased or restriction.restricted(case, settings):
        sessions.end_session(session.key)
        return None
    return case, victim


def record(session: Session, action: str, settings: Settings, now: datetime) -> None:
    """Write to the audit trail what a visit did."""
    audit.append(_entry(session, action, now), settings.retention.audit)


def _entry(session: Session, action: str, now: datetime) -> AuditEntry:
    return AuditEntry(
        at=now,
        actor=f"visit:{session.key[:12]}",
        action=action,
        case=session.case,
        victim=session.victim,
    )


def may_try(what: str, source: str, settings: Settings, now: datetime) -> bool:
    """Count a try of something that is no sign-in; False when this source tried too often.

    Args:
        what: names the counter.
        source: the caller's network address, kept only as a hash.
        settings: the agency's.
        now: the time of the try.
    """
    return sessions.reserve([_source_limit(what, source, settings, now)])


def _source_limit(what: str, source: str, settings: Settings, now: datetime) -> Limit:
    """Name the counter of one network address, which holds its hour."""
    hashed = sha256(f"{now:%Y-%m-%d}|{source}".encode()).hexdigest()[:32]
    end_of_hour = now.replace(minute=0, second=0, microsecond=0) + timedelta(hours=1)
    return Limit(
        f"{what}#{hashed}#{now:%Y-%m-%dT%H}", settings.verification.fails_per_source, end_of_hour
    )


def _limits(claim: Claim, settings: Settings, now: datetime) -> tuple[Limit, ...]:
    """Name the three counters an attempt counts against; each name holds its window of time."""
    policy = settings.verification
    day, hour = f"{now:%Y-%m-%d}", f"{now:%Y-%m-%dT%H}"
    end_of_day = datetime.combine(now.date(), time(), UTC) + timedelta(days=1)
    end_of_hour = now.replace(minute=0, second=0, microsecond=0) + timedelta(hours=1)
    return (
        Limit(f"CASE#{claim.number}#{day}", policy.fails_per_case, end_of_day),
        _source_limit("SOURCE", claim.source, settings, now),
        Limit(f"ALL#{hour}", policy.fails_overall, end_of_hour),
    )

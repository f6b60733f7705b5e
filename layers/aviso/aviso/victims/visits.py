"""Who may see a case: proof of identity, rate limits, and visits (docs/rules.md#14, #15).

`open_case` makes the same calls whether the number is unknown or a later one, the person is wrong,
or the case is restricted or locked, so that a visitor cannot tell which. `open_by_code` has limits
of its own: nobody's failed answers lock out the holder of a code.
"""

import secrets
from datetime import datetime
from hashlib import sha256

from msgspec.structs import replace

from aviso.domain import people, restriction
from aviso.domain.contacts import BY_CODE, CODE, RESTRICTED_CODE
from aviso.domain.errors import Conflict
from aviso.domain.model import AuditEntry, Case, Victim
from aviso.domain.report_dimensions import stamp_of
from aviso.domain.session import Session
from aviso.domain.settings import Settings
from aviso.domain.suspects import is_suspect, speaker_suspected
from aviso.storage import audit, cases, limits, sessions
from aviso.storage.access_codes import CodeRecord
from aviso.storage.audited_change import AuditRow
from aviso.victims import access_codes, rate_limits
from aviso.victims.access_codes import CodePurpose
from aviso.victims.verification import Claim, Verified, begins_again, may_see, verify

NO_CASE = "0"  # read in place of the extra read that a later number costs


def open_case(claim: Claim, settings: Settings, now: datetime) -> tuple[str, Session] | None:
    """Open a visit for a visitor who proves to be a victim of an ordinary case.

    Returns:
        The token for the browser and its session; None in every other case, after the same
        four calls, so that the reason does not show.
    """
    # The case is read first, because all its numbers have one counter. Nothing is compared before
    # the try is counted.
    case = cases.read_case(claim.number, follow=False)
    first = case.report.alias_of if case.report else ""
    of = first or case.number
    counted = rate_limits.limits(of, claim.source, settings, now, len(claim.birth_dates))
    allowed = sessions.reserve(counted)
    if first:
        case = cases.read_case(first)
    found = verify(case, claim.last_name, claim.birth_dates, settings.today(now))
    shown = found is not None and may_see(case, found.victim, found.level, settings)
    keep = settings.retention.audit
    if found is None or not shown or not allowed or not settings.verification.knowledge:
        if not first:
            cases.read_case(NO_CASE)
        entry = AuditEntry(at=now, actor="visitor", action="verify_failed", case=claim.number)
        audit.append(entry, keep)
        return None
    token, session, record = _begin(case, found, settings, now)
    sessions.open_session(session, record, counted, ends=_former(claim))
    return token, session


def open_by_code(
    claim: Claim, settings: Settings, now: datetime, *, during: Session | None = None
) -> tuple[str, Session] | None:
    """Open a visit for the holder of a code, and use the code up in the same transaction.

    The typed number is compared with the code's own case and never looked up, so the calls are the
    same for every number. A code for a case that is not shown yet stays valid.

    Args:
        claim: the code, and the number typed with it.
        during: the open visit in which the code was typed: the trail shows one visit, not two.

    Returns:
        The token for the browser and its session; None when the code does not open this case.
    """
    counted = (limits.source_limit("CODE", claim.source, settings, now),)
    code = access_codes.look(claim.code, now) if sessions.reserve(counted) else None
    found = _code_opens(code, claim, settings, now) if code else None
    if code and found:
        former = trail_name(during) if during else ""
        token, session, record = _begin(*found, settings, now, root=code.root, former=former)
        if during is not None:
            record = replace(record, entry=replace(record.entry, action="proved_by_code"))
        try:
            sessions.open_session(session, record, counted, _former(claim), code.key)
        except Conflict:
            pass  # somebody else used the same code first
        else:
            return token, session
    who = trail_name(during) if during else "visitor"
    entry = AuditEntry(at=now, actor=who, action="code_failed", case=claim.number)
    audit.append(entry, settings.retention.audit)
    return None


def _code_opens(
    code: CodeRecord, claim: Claim, settings: Settings, now: datetime
) -> tuple[Case, Verified] | None:
    """Return what a valid code opens, and at which level.

    A code sent to a phone or email never opens a restricted case: it was sent before the case was
    restricted, and others may read there. It opens nothing after its victim locked the case or
    removed a contact. A letter's code opens nothing once the desk knows that the victim's letters
    went to a wrong or unsafe home: somebody else may have it.
    """
    case = cases.read_case(code.case)
    victim = case.victim(code.victim)
    if victim is None or claim.number not in case.numbers:
        return None
    level = RESTRICTED_CODE if restriction.restriction_of(case, settings) else CODE
    issued = access_codes.issued_at(code, settings)
    if issued is not None and (level == RESTRICTED_CODE or issued < begins_again(case, victim)):
        return None
    made = access_codes.made_at(code, settings)
    if code.purpose == CodePurpose.POST and victim.desk_home_at and made < victim.desk_home_at:
        return None
    proof = Verified(victim, level)
    return (case, proof) if _is_open_to(case, proof, settings, now) else None


def _is_open_to(case: Case, proof: Verified, settings: Settings, now: datetime) -> bool:
    """Whether a case is shown to a visitor who was verified in this way."""
    seen = may_see(case, proof.victim, proof.level, settings)
    return seen and not _suspected(case, proof, settings, now)


def _suspected(case: Case, proof: Verified, settings: Settings, now: datetime) -> bool:
    """Whether the visitor may be a suspect on the case, or no longer speaks for the victim.

    A code does not say who has it. For a minor, or a person of unknown age, it opens nothing when
    somebody who might speak for them is a suspect. A minor's other guardian gets in by name and
    birth date.
    """
    victim, level, speaker = proof
    if is_suspect(case, victim):
        return True
    speakers = {person.origin for person in people.spoken_for(case, victim, settings.today(now))}
    if level not in BY_CODE:
        return (speaker or victim.origin) not in speakers
    minor = victim.origin not in speakers or people.age_unknown(victim, settings)
    return minor and speaker_suspected(case, victim)


def _former(claim: Claim) -> str:
    return key_of(claim.former_token) if claim.former_token else ""


def _begin(
    case: Case,
    proof: Verified,
    settings: Settings,
    now: datetime,
    *,
    root: str = "",
    former: str = "",
) -> tuple[str, Session, AuditRow]:
    """Make a visit: the browser's token, its session, and its audit row."""
    victim, level, speaker = proof
    token = secrets.token_urlsafe(16)  # 128 bits, drawn in the handler and never at start
    policy = settings.verification
    session = Session(
        key=key_of(token),
        case=case.number,
        victim=victim.origin,
        level=level,
        root=root,
        former=former,
        speaker=speaker,
        csrf=secrets.token_urlsafe(16),
        created_at=now,
        idle_until=now + min(policy.session_idle, policy.session_max),
        max_until=now + policy.session_max,
    )
    action = "verified_by_code" if level in BY_CODE else "verified"
    row = row_of(session, action, settings, now)
    stamp = stamp_of(case, victim.origin, settings)
    return token, session, replace(row, entry=replace(row.entry, origin=case.origin, stamp=stamp))


def key_of(token: str) -> str:
    """Return the hash that a token is stored under."""
    return sha256(token.encode()).hexdigest()


def resume(token: str, settings: Settings, now: datetime) -> Session | None:
    """Return a token's visit, unless it timed out or was ended."""
    if not token:
        return None
    return sessions.resume(key_of(token), now, now + settings.verification.session_idle)


def leave(token: str) -> None:
    """End a visit on the server."""
    if token:
        sessions.end_session(key_of(token))


def visited_case(session: Session, settings: Settings, now: datetime) -> tuple[Case, Victim] | None:
    """Read the case of a visit; None ends the visit.

    A case is no longer shown when it became restricted or locked, when the visitor was removed from
    it or named a suspect on it, or when an act elsewhere ended this visit.
    """
    case = cases.read_case(session.case)
    victim = case.victim(session.victim)
    if victim is not None and session.created_at >= begins_again(case, victim):
        proof = Verified(victim, session.level, session.speaker)
        if _is_open_to(case, proof, settings, now):
            return case, victim
    sessions.end_session(session.key)
    return None


def record(session: Session, action: str, settings: Settings, now: datetime) -> None:
    """Write an act of a visit to the audit trail."""
    row = row_of(session, action, settings, now)
    audit.append(row.entry, row.keep_days)


def trail_name(session: Session) -> str:
    """Return what the audit trail calls a visit."""
    return f"{audit.VISIT}{session.key[:12]}"


def row_of(session: Session, action: str, settings: Settings, now: datetime) -> AuditRow:
    """Return the audit row of an act of a visit."""
    entry = AuditEntry(
        at=now,
        actor=trail_name(session),
        action=action,
        case=session.case,
        victim=session.victim,
    )
    return AuditRow(entry=entry, keep_days=settings.retention.audit)

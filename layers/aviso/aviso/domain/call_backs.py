"""The call-back list: whom the agency calls after work on a case stopped without an arrest. Pure.

`calls` says for whom a call may help; `duties.owed` asks it. `left_out` says, at the last moment,
who gets none: `route` asks it. Chance decides between people whom the rules treat alike, so what
the called and the others say in the survey can be compared (docs/rules.md#25).
"""

import hashlib
from collections.abc import Iterator, Sequence
from datetime import datetime
from enum import StrEnum

from aviso.domain.contacts import CaseContext, usable
from aviso.domain.fact_keys import FactKey, is_status
from aviso.domain.facts import Fact, facts
from aviso.domain.model import Case, Kind, Victim
from aviso.domain.notice import Notice
from aviso.domain.people import is_minor, is_silenced
from aviso.domain.phones_to_call import own_phones
from aviso.domain.reasons import HoldReason, StopReason
from aviso.domain.send_guards import Guards
from aviso.domain.settings import Settings
from aviso.domain.survey_rules import has_stopped
from aviso.domain.suspects import addresses_of_suspects

# After these somebody else acts, or a suspect could be warned: no call says that the work stopped.
GOES_ON = frozenset({Kind.ARREST, Kind.INITIAL_APPEARANCE, Kind.SENT_TO_PROSECUTOR, Kind.WARRANT})


class Called(StrEnum):
    """To which half of the comparison a survey belongs."""

    CALLED = "called"  # chosen for a call, whether or not it reached anybody
    NOT_CALLED = "not_called"  # could have been chosen, and was not
    NEITHER = "neither"


def calls(case: Case, settings: Settings, now: datetime) -> Iterator[Fact]:
    """Yield a fact for each victim who may be called because work on the case stopped.

    It stops being true with an arrest, a warrant, another status, a restriction, and when the
    deadline of the kind has passed: a late call only surprises.
    """
    report, today = case.report, settings.today(now)
    if report is None or report.status not in settings.call_backs.statuses:
        return
    if not share_of(case, settings):
        return
    if any(is_minor(victim, today) for victim in case.victims):
        return
    stated = list(facts(case, settings))
    ended = next((fact for fact in stated if is_status(fact.key)), None)
    if ended is None or ended.undated or any(fact.kind in GOES_ON for fact in stated):
        return
    if now >= ended.first_seen + settings.kinds[Kind.CALL_BACK].deadline:
        return
    shared: set[str] = set()
    for victim in sorted(case.victims, key=_origin):
        theirs = own_phones(case, victim)
        if _may_be_called(case, victim, settings, now) and theirs - shared:
            yield Fact(
                key=FactKey(f"call_back:{ended.key.removeprefix('status:')}"),
                kind=Kind.CALL_BACK,
                at=ended.at,
                first_seen=ended.first_seen,
                victim=victim.origin,
            )
        shared |= theirs  # two victims with one phone get one call


def share_of(case: Case, settings: Settings) -> int:
    """Return of how many in a hundred victims of such an offense are called."""
    group = settings.offense_group(case.report.offense) if case.report else None
    return settings.call_backs.shares.get(group.name, 0) if group else 0


def _may_be_called(case: Case, victim: Victim, settings: Settings, now: datetime) -> bool:
    """Whether nothing speaks against a call: what would hold a notice leaves out a call."""
    if is_silenced(victim, settings.today(now)) or victim.removed or victim.victim_type:
        return False
    if {victim.phone, victim.email} & addresses_of_suspects(case):
        return False
    if any(suspect.unreadable_contact for suspect in case.suspected):
        return False
    return usable(CaseContext(case, Guards(), settings, now), victim).trouble is None


def draw(key: str) -> int:
    """Return the number that a victim of a case draws, from 0 to 99.

    Args:
        key: a keyed hash of the case's and the victim's origin. It never changes, and nobody
            without the key can say who will be called.
    """
    return int.from_bytes(hashlib.sha256(key.encode()).digest()[:8]) % 100


def left_out(context: CaseContext, victim: Victim, lot: int) -> StopReason | HoldReason | None:
    """Return why a victim who may be called is not, or None: then a person calls.

    The lot is looked at last, so that both halves of the comparison passed all other rules.
    """
    guards = context.guards
    if has_stopped(context.case, victim, guards):
        return StopReason.OPTED_OUT
    if not own_phones(context.case, victim) - guards.not_me:
        return HoldReason.NO_SAFE_CONTACT
    return None if lot < share_of(context.case, context.settings) else StopReason.NOT_DRAWN


def was_listed(notice: Notice) -> bool:
    """Whether a victim was chosen for a call, whatever became of it."""
    return HoldReason.CALL_BACK in (notice.reason, notice.held_for, *notice.overruled)


def compared(told: Sequence[Notice], victim: str, settings: Settings, now: datetime) -> str:
    """Return the half of the comparison for a survey that is entered now; see `Called`.

    Only a call whose time is over counts, for both halves alike: an earlier survey cannot say what
    the call did. Empty while the agency has no call-back list.
    """
    if not settings.kinds[Kind.CALL_BACK].on:
        return ""
    over = (n for n in told if n.kind is Kind.CALL_BACK and n.victim == victim)
    theirs = [n for n in over if n.deadline <= now]
    if any(was_listed(notice) for notice in theirs):
        return Called.CALLED
    left = any(notice.reason == StopReason.NOT_DRAWN for notice in theirs)
    return Called.NOT_CALLED if left else Called.NEITHER


def _origin(victim: Victim) -> str:
    return victim.origin

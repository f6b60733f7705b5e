"""Read what a decision about a notice depends on: its case, the case's notices and the guards."""

from collections.abc import Sequence
from datetime import datetime

from msgspec.structs import replace

from aviso.domain.case_at import CaseAt
from aviso.domain.guards import UNREAD
from aviso.domain.model import Case
from aviso.domain.notice import Notice
from aviso.domain.routing import Situation
from aviso.domain.settings import Settings
from aviso.runtime.invocation import Invocation
from aviso.storage import cases, guards, notices


def read_situation(notice: Notice, invocation: Invocation) -> Situation:
    """Read what `route` decides by; the notice must be claimed first, or be queued."""
    case = cases.read_case(notice.case)
    return situation_of(notice, unguarded(case, invocation.settings, invocation.clock()))


def unguarded(case: Case, settings: Settings, now: datetime) -> CaseAt:
    """Return a case that was just read with its notices, for what no guard decides."""
    return CaseAt(
        case=case, told=notices.list_notices(case), guards=UNREAD, settings=settings, now=now
    )


def situation_of(notice: Notice, at: CaseAt) -> Situation:
    """Return what `route` decides by, of a case and its notices that were just read."""
    return Situation(
        case=at.case,
        notice=notice,
        told=with_attempts(at.told, notice, at.case),
        guards=guards.read_for(at.case, notice.id),
        settings=at.settings,
        now=at.now,
    )


def read_again(before: Situation, notice: Notice, invocation: Invocation) -> Situation:
    """Read the case and the guards again between two messages of one notice."""
    case = cases.read_case(before.case.number)
    known = guards.read_for(case, notice.id)
    return replace(before, case=case, notice=notice, guards=known, now=invocation.clock())


def with_attempts(told: Sequence[Notice], notice: Notice, case: Case) -> list[Notice]:
    """Read consistently the notices that the decision depends on; a case's notice index lags.

    These are the original of a correction, and other victims' notices of the same fact: a victim
    who shares a phone counts as told only if the other's notice arrived there.
    """
    wanted = {notice.corrects} - {""}
    if len(case.victims) > 1:
        wanted |= {n.id for n in told if n.fact == notice.fact and n.id != notice.id}
    found = {n.id: n for n in told} | {notice.id: notice}
    for notice_id in wanted:
        fresh = notices.read(notice_id)
        if fresh is not None:
            found[notice_id] = fresh
    return list(found.values())

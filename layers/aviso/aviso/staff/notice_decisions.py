"""What members of the desk do to notices: release, tell, hold, send again."""

from collections import Counter
from collections.abc import Iterable, Mapping
from typing import Any

from aviso.domain.audience import (
    UNHEARD,
    at_desk,
)
from aviso.domain.errors import Conflict, NotTheirs
from aviso.domain.former_ids import as_now
from aviso.domain.model import (
    Case,
    Channel,
    Kind,
)
from aviso.domain.notice import (
    Notice,
    State,
)
from aviso.domain.notice_states import BY_PERSON, STOPPED, overruling
from aviso.domain.staff import Role
from aviso.notices import receipts
from aviso.notices.planning import LOOK_AGAIN, STUCK
from aviso.staff import case_decisions
from aviso.staff.actor import By, each, open_case
from aviso.storage import notices, tasks

# What can be told once more on a member's word. What failed goes on by itself.
RESENDABLE = (State.DELIVERED, State.MAILED, State.SUPPRESSED, State.UNCONFIRMED)
HOLDABLE = (State.PLANNED, State.WAITING, State.QUEUED, State.FAILED, State.UNCONFIRMED)


def release(shown: Mapping[str, str], why: str, by: By) -> Counter[str]:
    """Send held notices after all; return how many were released, refused, or held no more.

    A member's word overrules the reason that was shown, and no other: whatever else stands or
    comes up holds it again, and one that is held for another reason by now stays. It never makes
    a notice go to a suspect's contact, to one marked unsafe, or past an opt-out: `route` still
    decides.

    Args:
        shown: the notices' ids, with the reason that the member saw each held for.
        why: the member's reason, kept as a note on each case.
        by: who says so.
    """
    note = case_decisions.noted(why, by)  # the same row for each notice of a case

    def act(id: str) -> str:
        notice, case = _held(id, by)
        if notice.reason != shown[id]:
            return "held_otherwise"
        _move(
            notice,
            State.PLANNED,
            "notice_released",
            by,
            note=(case.number, note),
            released_by=by.member.actor,
            overruled=overruling(notice),
            reason="",
        )
        return "released"

    return each(shown, by, act)


def told(ids: Iterable[str], why: str, by: By) -> Counter[str]:
    """End held notices whose victims a member told by telephone or in person; return how many.

    No message goes out, and no figure counts one. Whoever was told so hears of a correction.

    Args:
        ids: the notices'.
        why: whom the member told, and how: kept as a note on each case.
        by: who told them.
    """
    note = case_decisions.noted(why, by)  # the same row for each notice of a case

    def act(id: str) -> str:
        notice, case = _held(id, by)
        _may_silence(notice, case, by)
        _move(
            notice,
            State.SUPPRESSED,
            "notice_told",
            by,
            note=(case.number, note),
            reason=BY_PERSON,
            told_at=notice.told_at or by.now,
            told_by="" if notice.told_at else by.member.actor,
        )
        return "told"

    return each(ids, by, act)


def _held(id: str, by: By) -> tuple[Notice, Case]:
    """Read a held notice and its case.

    Raises:
        Conflict: when it is held no more.
        LookupError: when it or its case is not there.
        NotTheirs: when the case is not for this member.
    """
    notice = notices.read(id)
    if notice is None or notice.state is not State.HELD:
        raise Conflict("it is held no more")
    case = open_case(notice.case, by)
    if notice.reason == UNHEARD and Role.SUPERVISOR not in by.member.roles:
        raise NotTheirs(case.number)  # somebody other than whoever made the change
    return notice, case


def _may_silence(notice: Notice, case: Case, by: By) -> None:
    """Leave it to a supervisor to stop what the contacts on file are told of a change at the desk.

    Else whoever made the change, for a caller who was not the victim, could see to it alone that
    she never hears of it. To let it go is anybody's.

    Raises:
        NotTheirs: when the member is no supervisor.
    """
    (known,) = as_now(case, [notice])
    announces = notice.kind is Kind.CONTACT_CHANGED and at_desk(case, known)
    if announces and Role.SUPERVISOR not in by.member.roles:
        raise NotTheirs(case.number)


def hold(ids: Iterable[str], by: By) -> Counter[str]:
    """Keep unsent notices until a person releases them; return how many."""

    def act(id: str) -> str:
        notice, case = _theirs(id, by)
        _may_silence(notice, case, by)
        if notice.state not in HOLDABLE:
            raise Conflict("it is on its way or over")
        _move(
            notice,
            State.HELD,
            "notice_held",
            by,
            reason="desk",
            released_by="",
            overruled="",
            waits_for="",
        )
        return "held"

    return each(ids, by, act, "stands_elsewhere")


def telling(notice: Notice) -> str:
    """Return which telling of a notice this is, as a page carries it: a resend begins the next."""
    return notice.resent_at.isoformat() if notice.resent_at else "first"


def resend(shown: Mapping[str, str], by: By) -> Counter[str]:
    """Tell notices once more, from the first rung of their ladder; return how many.

    What was sent again since the page was shown is not sent a third time: somebody clicked twice,
    or a colleague was faster.

    Args:
        shown: the notices' ids, with the telling that the member saw of each.
        by: who says so.
    """

    def act(id: str) -> str:
        notice, _ = _theirs(id, by)
        if telling(notice) != shown[id]:
            return "resent_before"
        if notice.state not in RESENDABLE:
            raise Conflict("it is not over yet")
        _move(
            notice,
            State.PLANNED,
            "notice_resent",
            by,
            reason="",
            overruled="",
            resent_at=by.now,
            # Else what was in time long ago would count as overdue from this moment on.
            deadline=by.now + by.settings.kinds[notice.kind].deadline,
        )
        return "resent"

    return each(shown, by, act, "stands_elsewhere")


def letter(notice: Notice) -> str:
    """Return which letter of a notice was the last, as a page carries it; empty without any."""
    letters = [attempt.n for attempt in notice.attempts if attempt.channel is Channel.LETTER]
    return str(max(letters)) if letters else ""


def returned(id: str, shown: str, by: By) -> str:
    """Say that the post brought a notice's letter back; return what that means, as `notices` does.

    Args:
        id: the notice's.
        shown: the letter, as `letter` named it to the page.
        by: who says so.

    Raises:
        Conflict: when another letter of it went since, or the notice moved on at this moment.
        LookupError: when no letter of it was mailed.
    """
    notice, _ = _theirs(id, by)
    if letter(notice) != shown:
        raise Conflict("another letter was posted since the page was shown")
    by.note("letter_returned", notice.case, notice.victim)
    return receipts.returned(notice.id, by.now)


def _theirs(id: str, by: By) -> tuple[Notice, Case]:
    """Read a notice of a case the member may work on, and the case.

    Raises:
        LookupError: when there is no such notice.
        NotTheirs: when the case is not for this member.
    """
    notice = notices.read(id) if id else None
    if notice is None:
        raise LookupError("no such notice")
    return notice, open_case(notice.case, by)


def _move(notice: Notice, to: State, action: str, by: By, **changes: Any) -> None:
    tasks.move(
        notice,
        to,
        due_at=None if to in STOPPED else by.now + (LOOK_AGAIN if to is State.HELD else STUCK),
        only_from=[notice.state],
        record=by.record(action, notice.case, notice.victim),
        **changes,
    )

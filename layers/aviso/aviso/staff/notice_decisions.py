"""What members of staff do to notices: release, tell, hold, send again."""

from collections import Counter
from collections.abc import Collection, Iterable, Mapping
from datetime import timedelta
from functools import partial

from aviso.domain.errors import Conflict, NotTheirs
from aviso.domain.model import Case, Channel, Kind
from aviso.domain.notice import Notice, OfficersWord, State
from aviso.domain.notice_states import NOBODY_TOLD, STUCK, WATCH_AGAIN, as_said, overruling
from aviso.domain.officers_word import counts
from aviso.domain.reasons import SUPERVISORS, HoldReason, StopReason
from aviso.domain.staff import Role
from aviso.letters import mailing
from aviso.notices import receipts
from aviso.staff import acts, case_decisions
from aviso.staff.actor import Actor, each, open_case
from aviso.staff.acts import Act
from aviso.staff.home_letters import CaseNotice, asks, sent_again, sent_anyway
from aviso.storage import notices, tasks
from aviso.storage.audited_change import AuditRow

# States from which a member may send again. A failed notice goes on without a member.
RESENDABLE = (State.DELIVERED, State.MAILED, State.SUPPRESSED, State.UNCONFIRMED)
TAKE_BACK = timedelta(days=1)
HOLDABLE = (State.PLANNED, State.WAITING, State.QUEUED, State.FAILED, State.UNCONFIRMED)


def release(
    shown: Mapping[str, str], why: str, actor: Actor, *, home_checked: bool = False
) -> Counter[str]:
    """Send held notices after all; return how many were released, refused, or no longer held.

    A member overrules only the reason that was shown. Any other reason holds the notice again, and
    a notice that is now held for another reason stays held. That nobody heard of a change is a
    supervisor's to overrule. A release never sends to a suspect's
    contact, to one marked unsafe, or past an opt-out: `route` still decides.

    Args:
        shown: the notices' ids, with the reason that the member saw for each.
        why: the member's reason, kept as a note on each case.
        home_checked: they checked that a letter to the home is safe, where `home_letters` asks.
    """
    note = case_decisions.noted(why, actor)  # the same row for each notice of a case

    def act(id: str) -> str:
        notice, case = _held(id, actor)
        if notice.reason == HoldReason.PLAN_TO_LOOK_AT:
            return "plan_waits"
        if notice.reason in SUPERVISORS:
            _must_be_theirs(notice, actor)
        if notice.reason != shown[id]:
            return "held_otherwise"
        if not home_checked and asks(CaseNotice(notice=notice, case=case), sent_anyway, actor):
            return "home_unchecked"
        tasks.move(
            notice,
            State.PLANNED,
            due_at=actor.now + STUCK,
            record=_record(acts.RELEASE, notice, actor),
            note=(case.number, note),
            released_by=actor.audit_name,
            overruled=overruling(notice),
            reason="",
        )
        return "released"

    return each(shown, actor, act)


def told(
    ids: Iterable[str],
    why: str,
    actor: Actor,
    *,
    in_person: bool = False,
    word: OfficersWord | None = None,
    states: Collection[State] = (State.HELD,),
) -> Counter[str]:
    """End held notices whose victims a person told; return how many.

    No message is sent, and no figure counts one. A victim told in this way is told of a correction.
    A notice that had told the victim before keeps that time, so this cannot be taken back for it.
    Only a look at a plan ends the task to look.

    Args:
        why: whom the member told, and how: kept as a note on each case.
        in_person: nobody was called; otherwise each victim was, once for all these notices.
        word: an officer told them, and not the member; it must count (`officers_word.counts`).
        states: in which of them a notice must be.
    """
    note = case_decisions.noted(why, actor)  # the same row for each notice of a case
    called: set[tuple[str, str]] = set()

    def act(id: str) -> str:
        notice, case = _held(id, actor, states)
        if notice.reason == HoldReason.PLAN_TO_LOOK_AT:
            return "plan_waits"
        _must_be_theirs(notice, actor)
        if word and not counts(word, notice, case, actor.now):
            return "word_refused"
        silent = word or in_person or (case.number, notice.victim) in called
        tasks.move(
            notice,
            State.SUPPRESSED,
            due_at=None,
            record=_record(acts.TELL, notice, actor),
            note=(case.number, note),
            reason=StopReason.TOLD_BY_PERSON,
            called_at=None if silent else actor.now,
            held_for=notice.reason,
            **as_said(notice, word or OfficersWord("", "", actor.now), actor.audit_name),
        )
        called.add((case.number, notice.victim))
        return "told"

    return each(ids, actor, act)


def may_untell(notice: Notice, actor: Actor) -> bool:
    """Whether a member may take back that somebody told a notice by telephone or in person."""
    said_at = notice.told_at if notice.told_by and not notice.officer else None
    if notice.reason != StopReason.TOLD_BY_PERSON or said_at is None:
        return False
    theirs = notice.told_by == actor.audit_name or Role.SUPERVISOR in actor.roles
    return theirs and actor.now - said_at <= TAKE_BACK


def untell(ids: Iterable[str], actor: Actor) -> Counter[str]:
    """Take back that a member told these notices; return how many wait for a person again.

    Each is held for the reason it had, with its deadline, and belongs to the member. Only who said
    it may take it back, or a supervisor, within a day: later the victim may have got a correction.
    """

    def act(id: str) -> str:
        notice, _ = _theirs(id, actor)
        if (notice.state, notice.reason) != (State.SUPPRESSED, StopReason.TOLD_BY_PERSON):
            raise Conflict("nobody's word ended it")
        if not may_untell(notice, actor):
            return "too_late"
        tasks.move(
            notice,
            State.HELD,
            due_at=actor.now + WATCH_AGAIN,
            record=_record(acts.UNTELL, notice, actor),
            reason=HoldReason(notice.held_for or HoldReason.DESK),
            held_for="",
            called_at=None,
            owner=actor.name,
            **NOBODY_TOLD,
        )
        return "told_undone"

    return each(ids, actor, act)


def _held(id: str, actor: Actor, states: Collection[State] = (State.HELD,)) -> tuple[Notice, Case]:
    """Read a held notice, or one in another of these states, and its case.

    Raises:
        Conflict: when it is no longer held.
        LookupError: when the notice or its case does not exist.
        NotTheirs: when the member may not work on the case.
    """
    notice = notices.read(id)
    if notice is None or notice.state not in states:
        raise Conflict("it is held no more")
    case = open_case(notice.case, actor)
    return notice, case


def is_theirs(notice: Notice, actor: Actor) -> bool:
    """Whether a member may hold a notice, or say that a person told it: a change is a supervisor's.

    Otherwise a member who helps an abuser could silence the message about what he did: he added his
    phone, took hers off, or named himself to speak for her. Anyone may release the message, unless
    nobody heard of the change.
    """
    if Role.SUPERVISOR in actor.roles:
        return True
    return notice.kind is not Kind.CONTACT_CHANGED and notice.reason not in SUPERVISORS


def _must_be_theirs(notice: Notice, actor: Actor) -> None:
    """Raise `NotTheirs` where a supervisor decides, and the member is none."""
    if not is_theirs(notice, actor):
        raise NotTheirs(notice.case)


def hold(ids: Iterable[str], actor: Actor) -> Counter[str]:
    """Hold unsent notices until a person releases them; return how many."""

    def act(id: str) -> str:
        notice, _ = _theirs(id, actor)
        _must_be_theirs(notice, actor)
        if notice.state not in HOLDABLE:
            raise Conflict("it is on its way or over")
        tasks.move(
            notice,
            State.HELD,
            due_at=actor.now + WATCH_AGAIN,
            record=_record(acts.HOLD, notice, actor),
            reason=HoldReason.DESK,
            released_by="",
            overruled=(),
            waits_for="",
        )
        return "held"

    return each(ids, actor, act, "already_underway")


def telling(notice: Notice) -> str:
    """Return which telling of a notice this is, for a form to carry: a resend starts the next."""
    return notice.resent_at.isoformat() if notice.resent_at else "first"


def resend(shown: Mapping[str, str], actor: Actor, *, home_checked: bool = False) -> Counter[str]:
    """Tell notices again, from their first channel; return how many.

    A notice that was sent again since the page was shown is not sent a third time: somebody clicked
    twice, or a colleague was faster.

    Args:
        shown: the notices' ids, with the telling that the member saw of each.
        home_checked: they checked that a letter to the home is safe, where `home_letters` asks.
    """

    def act(id: str) -> str:
        notice, case = _theirs(id, actor)
        if telling(notice) != shown[id]:
            return "resent_before"
        if notice.state not in RESENDABLE:
            raise Conflict("it is not over yet")
        if not home_checked and asks(CaseNotice(notice=notice, case=case), sent_again, actor):
            return "home_unchecked"
        tasks.move(
            notice,
            State.PLANNED,
            due_at=actor.now + STUCK,
            record=_record(acts.RESEND, notice, actor),
            reason="",
            overruled=(),
            resent_at=actor.now,
            # With the old deadline, a notice that was in time long ago would become overdue now.
            deadline=actor.now + actor.settings.kinds[notice.kind].deadline,
        )
        return "resent"

    return each(shown, actor, act, "already_underway")


def letter(notice: Notice) -> str:
    """Return the number of a notice's last letter, for a form to carry; empty without one."""
    letters = [attempt.n for attempt in notice.attempts if attempt.channel is Channel.LETTER]
    return str(max(letters)) if letters else ""


def mailed(run: str, actor: Actor) -> Counter[str]:
    """Record that a print run's letters were posted; return how many had each outcome.

    Raises:
        LookupError: when there is no such run.
    """
    ended = mailing.mailed(run, actor.now, partial(actor.record, acts.MAIL.audit))
    return Counter(outcome for _, outcome in ended)


def returned(id: str, shown: str, actor: Actor) -> str:
    """Record that the post returned a notice's letter; return the outcome of `receipts.returned`.

    Args:
        shown: the letter, as `letter` named it to the page.

    Raises:
        Conflict: when another letter of it was sent since, or the notice changed at this moment.
        LookupError: when no letter of it was mailed.
    """
    notice, _ = _theirs(id, actor)
    if letter(notice) != shown:
        raise Conflict("another letter was posted since the page was shown")
    if not shown:
        raise LookupError("no letter of this notice was mailed")
    actor.note(acts.RETURN.audit, notice.case, notice.victim)
    return receipts.returned(notice.id, actor.now)


def _theirs(id: str, actor: Actor) -> tuple[Notice, Case]:
    """Read a notice and its case, if the member may work on the case.

    Raises:
        LookupError: when there is no such notice.
        NotTheirs: when the member may not work on the case.
    """
    notice = notices.read(id) if id else None
    if notice is None:
        raise LookupError("no such notice")
    return notice, open_case(notice.case, actor)


def _record(act: Act, notice: Notice, actor: Actor) -> AuditRow:
    return actor.record(act.audit, notice.case, notice.victim)

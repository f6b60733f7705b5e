"""Give each receiving agency its hand-offs: enter, email, remind, hold, take back.

`planning.plan` enters what is owed and takes back what is owed no more. `send_notice` emails that
something waits, `chase` takes the next step when one is due. A second run of each changes nothing.
No email has personal data: the agency reads a hand-off at the desk (docs/decisions/hand-offs.md).
"""

from collections import Counter
from collections.abc import Iterator, Mapping, Sequence
from datetime import datetime, timedelta

from aviso.domain.contacts import CaseContext
from aviso.domain.errors import Conflict, HandOverError, SendDeferred, SendUnknown
from aviso.domain.hand_off_names import duties_by_id, duty_of
from aviso.domain.hand_offs import (
    NOBODY,
    OVER,
    HandOff,
    HandOffDuty,
    HandOffHold,
    HandOffState,
    contact_of,
    trouble,
)
from aviso.domain.model import Case, Channel
from aviso.domain.notice_states import STUCK, WATCH_AGAIN
from aviso.domain.reasons import RESTRICTED, HoldReason
from aviso.domain.receiving_agencies import Receiver
from aviso.domain.report_dimensions import stamp_of
from aviso.domain.restriction import restriction_of
from aviso.domain.settings import Settings
from aviso.providers import sender
from aviso.providers.message import OutgoingMessage
from aviso.runtime import environment
from aviso.runtime.invocation import Invocation
from aviso.runtime.logs import logger
from aviso.storage import cases, guards, hand_offs

S = HandOffState
NO_NOTICE = "hand_off"  # an email's events name a notice: this email is in no ledger
A_RECEIVER = 200  # hand-offs of an agency in one run of `chase`; the rest comes a minute later
WAITS, TAKEN_BACK = "waits", "taken_back"  # what an email says
LATE = timedelta(hours=1)  # an email that takes a hand-off back is late after this


def of(case: Case) -> dict[str, HandOff]:
    """Return a case's hand-offs by id; none is read where nobody ever gave a consent."""
    asked = any(enrollment.hand_off for enrollment in case.enrollments)
    return {one.id: one for one in hand_offs.of(case)} if asked else {}


def turns(case: Case, known: Mapping[str, HandOff], settings: Settings, now: datetime) -> bool:
    """Whether a case as it was read takes a hand-off back, or gives one again."""
    duties = duties_by_id(case, known, settings, now) if known else {}
    return any((one.id in duties) is _is_over(one) for one in known.values())


def plan(case: Case, known: Mapping[str, HandOff], settings: Settings, now: datetime) -> int:
    """Bring a case's hand-offs in line with the case; return how many are new.

    Args:
        case: as it was read after `known`, if it takes one of them back or gives one again.
        known: its hand-offs: see `of`.
        now: the time of the event.
    """
    duties = duties_by_id(case, known, settings, now)
    missing = [duty for duty in duties.values() if duty.id not in known]
    new = [duty for duty in missing if _enter(duty, case, settings, now)]
    for one in known.values():
        follow(one, duties.get(one.id), case, settings, now)
    return len(new)


def _enter(duty: HandOffDuty, case: Case, settings: Settings, now: datetime) -> bool:
    state, due_at = (S.HELD, now + WATCH_AGAIN) if duty.hold else (S.PLANNED, now + STUCK)
    return hand_offs.insert(duty, state, due_at, stamp_of(case, duty.victim, settings), now)


def follow(
    one: HandOff, duty: HandOffDuty | None, case: Case, settings: Settings, now: datetime
) -> str:
    """Take a hand-off back, hold it or plan it again, as the case says; return what was done."""
    why = restriction_of(case, settings)
    barred = why is not None and why.hold not in one.overruled
    try:
        if duty is None:
            return _taken_back(one, settings, now)
        if _is_over(one):
            return _again(one, duty, now)
        if barred and why and one.state in (S.PLANNED, S.GIVEN):
            return _hold(one, why.hold, now)
        by_case = one.state is S.HELD and one.reason in set(HoldReason)
        if by_case and not duty.hold and not (barred and one.reason.startswith(RESTRICTED)):
            hand_offs.move(one, S.PLANNED, due_at=now + STUCK, reason="")  # `send` decides again
            return "planned"
    except Conflict:
        return "overtaken"
    return ""


def _is_over(one: HandOff) -> bool:
    return one.state in OVER or one.to_take_back


def _taken_back(one: HandOff, settings: Settings, now: datetime) -> str:
    """Take a hand-off back once; one whose email has no receiver any more becomes a task."""
    lost = one.state is S.WITHDRAWING and _receiver(one, settings) is None
    return "" if one.state in OVER and not lost else withdraw(one, settings, now)


def withdraw(one: HandOff, settings: Settings, now: datetime) -> str:
    """Take a hand-off back; its receiver is told if it heard of it.

    A person must call when no email can say it: it was given by telephone, or its agency has left
    the settings since.

    Raises:
        Conflict: when it moved on meanwhile.
    """
    if one.by_telephone or one.to_take_back:
        if one.state is S.CONFIRMED:
            _hold(one, HandOffHold.TAKEN_BACK, now)
        return "to_take_back"
    if one.told_at and _receiver(one, settings) is None:
        why, at = HandOffHold.TAKEN_BACK, one.withdrawn_at or now
        hand_offs.move(one, S.HELD, due_at=now + WATCH_AGAIN, reason=why, withdrawn_at=at)
        return f"held:{why}"
    if one.told_at is None:
        hand_offs.move(one, S.WITHDRAWN, due_at=None, reason="", withdrawn_at=now)
        return "withdrawn"
    hand_offs.move(one, S.WITHDRAWING, due_at=now + STUCK, reason="", withdrawn_at=now)
    return "withdrawing"


def _again(one: HandOff, duty: HandOffDuty, now: datetime) -> str:
    """Give again what was taken back, because it is owed again."""
    if duty.hold:
        return ""  # it stays taken back until the case is whole
    deadline = now + (duty.deadline - duty.first_seen)
    hand_offs.move(
        one,
        S.PLANNED,
        due_at=now + STUCK,
        reason="",
        deadline=deadline,
        first_deadline=deadline,
        emails=0,
        told_at=None,
        confirmed_at=None,
        confirmed_by="",
        withdrawn_at=None,
    )
    return "planned_again"


def send(id: str, invocation: Invocation) -> str:
    """Email a receiver that a hand-off waits, or that one was taken back; return the outcome.

    An email has no personal data, so a second one after a crash does no harm.
    """
    one, settings, now = hand_offs.read(id), invocation.settings, invocation.clock()
    if one is None or one.state not in (S.PLANNED, S.WITHDRAWING):
        return "not_due"
    receiver = _receiver(one, settings)
    try:
        if one.state is S.WITHDRAWING:
            return _take_back(one, receiver, invocation)
        case = cases.read_case(one.case)
        duty = duty_of(one, case, settings, now)
        if duty is None:
            return withdraw(one, settings, now)
        context = CaseContext(case=case, guards=guards.read_for(case), settings=settings, now=now)
        if _waits(context):
            return "waits"  # `chase` asks again in a few minutes
        if receiver is None:
            return _hold(one, HandOffHold.NO_RECEIVER, now)
        switches = context.guards.switches
        if switches.trial and receiver.email not in switches.guests:
            return _hold(one, HoldReason.TRIAL_MODE, now)
        if why := why_not(one, duty, context):
            return _hold(one, why, now)
        return _give(one, receiver, invocation)
    except Conflict:
        return "overtaken"


def why_not(one: HandOff, duty: HandOffDuty, context: CaseContext) -> str:
    """Return why a person must look before the receiver reads a hand-off; empty when it may."""
    if duty.hold and duty.hold not in one.overruled:
        return duty.hold
    victim = context.case.victim(one.victim)
    consent = context.case.enrollment_of(one.victim).hand_off
    assert victim is not None, "what is owed has a victim"
    assert consent is not None, "what is owed has a consent"
    contact = contact_of(context.case, victim, consent, context.settings.today(context.now))
    assert contact is not None, "what is owed has a contact"
    return trouble(context, victim, contact.id, one.overruled) or ""


def _waits(context: CaseContext) -> bool:
    """Whether a switch is on, or people are being imported: a suspect may be unknown yet."""
    known = context.guards
    importing = known.importing_until is not None and known.importing_until > context.now
    return known.switches.kill or bool(known.switches.brake) or importing


def _give(one: HandOff, receiver: Receiver, invocation: Invocation) -> str:
    now = invocation.clock()
    try:
        _email(WAITS, receiver, invocation)
    except SendUnknown:
        pass  # it may have been sent, and the reminder comes in any case
    except SendDeferred as error:
        logger.warning("hand_off_deferred", extra={"hand_off": one.id, "reason": error.reason})
        return "deferred"  # `chase` asks again, until the deadline
    except HandOverError as error:
        logger.warning("hand_off_failed", extra={"hand_off": one.id, "reason": error.reason})
        return _hold(one, HandOffHold.NOT_TOLD, now)
    half = now + max(one.deadline - now, timedelta()) / 2
    hand_offs.move(
        one,
        S.GIVEN,
        due_at=max(one.deadline, now) if one.emails else half,  # one reminder, half-way
        reason="",
        emails=one.emails + 1,
        told_at=one.told_at or now,
    )
    return "given"


def _take_back(one: HandOff, receiver: Receiver | None, invocation: Invocation) -> str:
    now = invocation.clock()
    try:
        if receiver is None:
            return _hold(one, HandOffHold.TAKEN_BACK, now)
        _email(TAKEN_BACK, receiver, invocation)
    except (SendDeferred, SendUnknown) as error:  # no reminder follows: it must have been sent
        logger.warning("hand_off_deferred", extra={"hand_off": one.id, "reason": error.reason})
        return "deferred"
    except HandOverError as error:
        logger.warning("hand_off_failed", extra={"hand_off": one.id, "reason": error.reason})
        return _hold(one, HandOffHold.TAKEN_BACK, now)
    hand_offs.move(one, S.WITHDRAWN, due_at=now + hand_offs.SHOWN)
    return "withdrawn"


def _email(what: str, receiver: Receiver, invocation: Invocation) -> None:
    """Send one email in every language of the desk, because a reader may need any.

    Victims may read more languages than the desk has words in: docs/decisions/languages.md.
    """
    from aviso_compiled.desk_strings import STRINGS  # the build writes this module

    agency, desk = invocation.settings.agency, environment.name("STAFF_URL")
    subjects, texts = [], []
    for language, words in STRINGS.items():
        ours = agency.in_language(language)
        subjects.append(words[f"desk_hand_off_{what}_subject"].format(agency=ours.short_name))
        named = {"agency": ours.name, "receiver": receiver.name[language]}
        texts.append(words[f"desk_hand_off_{what}_email"].format(page=f"{desk}/hand-offs", **named))
    message = OutgoingMessage(
        address=receiver.email,
        subject=" / ".join(subjects),
        text="\n\n".join(texts) + "\n",
        notice=NO_NOTICE,
    )
    sender.sender(Channel.EMAIL).send(message, invocation.seconds_left())


def chase(invocation: Invocation) -> Counter[str]:
    """Take the next step of each hand-off that is due; return how many took which step."""
    steps: Counter[str] = Counter()
    now = invocation.clock()
    for receiver in receivers(invocation.settings):
        for one in hand_offs.due(receiver, now, A_RECEIVER):
            if invocation.seconds_left() < 5:
                steps["out_of_time"] += 1
                return steps
            steps[f"hand_off_{_step(one, invocation.settings, now)}"] += 1
    return steps


def receivers(settings: Settings) -> Sequence[str]:
    """Return the ids under which hand-offs are listed; none when no agency is in the settings."""
    ids = [receiver.id for receiver in settings.receivers]
    return [*ids, NOBODY] if ids else []


def everywhere(settings: Settings) -> Iterator[HandOff]:
    """Yield every hand-off that is not over, of every agency."""
    for receiver in receivers(settings):
        yield from hand_offs.of_receiver(receiver)


def _step(one: HandOff, settings: Settings, now: datetime) -> str:
    """Take one hand-off's next step; an error must not stop the others."""
    try:
        return _next(one, settings, now)
    except Conflict:
        return "overtaken"
    except Exception as error:
        logger.error("chase_failed", extra={"hand_off": one.id, "error": type(error).__name__})
        return "failed"


def _next(one: HandOff, settings: Settings, now: datetime) -> str:
    if one.state in OVER:
        done = one.state is S.WITHDRAWN
        hand_offs.move_due(one, None if done else now + STUCK)
        return "over" if done else "kicked"
    duty = duty_of(one, cases.read_case(one.case), settings, now)
    if duty is None and not one.to_take_back:
        return withdraw(one, settings, now)
    if one.state in (S.PLANNED, S.GIVEN) and now >= one.deadline:
        return _hold(one, HandOffHold.NOT_CONFIRMED if one.told_at else HandOffHold.NOT_TOLD, now)
    if one.state is S.GIVEN:
        hand_offs.move(one, S.PLANNED, due_at=now + STUCK)  # the reminder
        return "reminded"
    later = now + (STUCK if one.state is S.PLANNED else WATCH_AGAIN)
    if one.state is not S.PLANNED and duty:
        later = min(later, duty.ends_at) if one.state is S.HELD else duty.ends_at
    hand_offs.move_due(one, later)
    return "kicked" if one.state is S.PLANNED else "watched"


def _hold(one: HandOff, why: str, now: datetime) -> str:
    hand_offs.move(one, S.HELD, due_at=now + WATCH_AGAIN, reason=why)
    return f"held:{why}"


def _receiver(one: HandOff, settings: Settings) -> Receiver | None:
    return next((r for r in settings.receivers if r.id == one.receiver), None)


def overdue(one: HandOff, now: datetime) -> bool:
    """Whether a hand-off is past its deadline and waits for nobody."""
    if one.state is S.WITHDRAWING:
        return one.withdrawn_at is not None and one.withdrawn_at + LATE < now
    return one.state in (S.PLANNED, S.GIVEN) and one.deadline < now

"""Tell other agencies of victims' requests, by at most one email an hour.

`planning.plan` brings an agency's hand-offs in line with a case. `chase` tells agencies what is new
or taken back: the first change at once, all others of the hour together. A second run of each
changes nothing. An email has numbers and no personal data: the agency reads a request at the desk
(docs/decisions/hand-offs.md).
"""

from collections import Counter
from collections.abc import Iterator, Sequence
from datetime import timedelta

from msgspec.structs import replace

from aviso.domain.case_at import CaseAt
from aviso.domain.errors import Conflict, HandOverError, SendDeferred, SendUnknown
from aviso.domain.guards import UNREAD
from aviso.domain.hand_off_duties import (
    NOBODY,
    HandOffDuty,
    HandOffHold,
    duty_of,
    held_by_case,
    owed_hand_offs,
    why_not,
)
from aviso.domain.hand_offs import (
    EMAIL,
    HandOff,
    HandOffState,
    entered,
    expired,
    followed,
    held,
    told,
    untold,
)
from aviso.domain.model import Channel
from aviso.domain.reasons import HoldReason
from aviso.domain.receiving_agencies import Receiver
from aviso.domain.report_dimensions import stamp_of
from aviso.domain.settings import Settings
from aviso.providers import sender
from aviso.providers.message import OutgoingMessage
from aviso.runtime import environment
from aviso.runtime.invocation import Invocation
from aviso.runtime.logs import logger
from aviso.storage import cases, guards, hand_off_rows

S = HandOffState
A_RECEIVER = 500  # hand-offs of an agency in one run of `chase`; the rest comes a minute later
BETWEEN = timedelta(hours=1)  # two emails to an agency
SECONDS_FOR_NOTICES = 40  # of a run, for what comes after the hand-offs

WAITS = "waits"
Unsaid = tuple[HandOff, HandOffDuty | None]  # an agency has not heard yet that it is new, or over


def plan(at: CaseAt) -> int:
    """Bring a case's hand-offs in line with the case; return how many are new."""
    if not any(enrollment.hand_off for enrollment in at.case.enrollments):
        return 0  # nobody ever gave a consent
    known = {one.id: one for one in hand_off_rows.of_case(at.case)}
    duties = _duties(at)
    if any((one.id in duties) is (one.state is S.OVER) for one in known.values()):
        # Another run may have entered what came after this case was read.
        at = replace(at, case=cases.read_case(at.case.number))
        duties = _duties(at)
    missing = [duty for id, duty in duties.items() if id not in known]
    stamped = [entered(d, stamp_of(at.case, d.victim.origin, at.settings), at.now) for d in missing]
    new = [one for one in stamped if hand_off_rows.insert(one)]
    for one in known.values():
        _follow(one, duties.get(one.id), at)
    return len(new)


def _duties(at: CaseAt) -> dict[str, HandOffDuty]:
    return {duty.id: duty for duty in owed_hand_offs(at)}


def _follow(one: HandOff, duty: HandOffDuty | None, at: CaseAt) -> HandOff | None:
    """Write a hand-off as its case wants it now; return it, or None if another writer was first."""
    why = held_by_case(at, duty, one.overruled) if duty else ""
    known = receiver_of(one.receiver, at.settings) is not None
    return _write(one, followed(one, duty, why, known=known, now=at.now))


def _write(before: HandOff, after: HandOff) -> HandOff | None:
    try:
        return before if before == after else hand_off_rows.write(before, after)
    except Conflict:
        return None


def chase(invocation: Invocation) -> Counter[str]:
    """Take the next step of each hand-off that is due; return how many took which step."""
    steps: Counter[str] = Counter()
    for id in receivers(invocation.settings):
        try:
            _of_agency(id, invocation, steps)
        except Exception as error:  # it must not stop another agency's, nor the notices
            logger.error("chase_failed", extra={"to": id, "error": type(error).__name__})
            steps["email_failed"] += 1
    return steps


def _of_agency(id: str, invocation: Invocation, steps: Counter[str]) -> None:
    unsaid: list[Unsaid] = []
    for one in _due(id, invocation):
        if invocation.seconds_left() < SECONDS_FOR_NOTICES:
            steps["out_of_time"] += 1
            break
        steps[f"hand_off_{_step(one, unsaid, invocation)}"] += 1
    if unsaid:
        steps[f"email_{_tell(id, unsaid, invocation)}"] += 1


def _due(receiver: str, invocation: Invocation) -> Iterator[HandOff]:
    """Yield an agency's hand-offs that are due, without what waits for its next email."""
    now = invocation.clock()
    found = list(hand_off_rows.due(receiver, now, A_RECEIVER))
    waits = any(one.unsaid for one in found) and not hand_off_rows.is_free(receiver, now)
    return (one for one in found if not (one.unsaid and waits))


def _step(one: HandOff, unsaid: list[Unsaid], invocation: Invocation) -> str:
    """Take one hand-off's next step, or add it to what is told; an error must not stop others."""
    try:
        return _next(one, unsaid, invocation)
    except Exception as error:
        logger.error("chase_failed", extra={"hand_off": one.id, "error": type(error).__name__})
        return "failed"


def _next(one: HandOff, unsaid: list[Unsaid], invocation: Invocation) -> str:
    case, now = cases.read_case(one.case), invocation.clock()
    at = CaseAt(case=case, told=(), guards=UNREAD, settings=invocation.settings, now=now)
    duty = duty_of(one.id, at)
    stored = _follow(one, duty, at)
    if stored is None:
        return "overtaken"
    if not stored.unsaid:
        return "watched"
    at = replace(at, guards=guards.read_for(case))
    if duty and (why := bar(stored, duty, at)):
        if why != WAITS:
            _write(stored, held(stored, why, duty, now))
        elif stored.late(now):
            _write(stored, expired(stored, duty, now))
        return why
    unsaid.append((stored, duty))
    return "told"


def bar(one: HandOff, duty: HandOffDuty, at: CaseAt) -> str:
    """Return why an agency must not read a hand-off now: `WAITS`, or why a person must look."""
    receiver = receiver_of(one.receiver, at.settings)
    if receiver is None:
        return HandOffHold.NO_RECEIVER
    return (_switched(receiver, at) if one.unsaid else "") or why_not(at, duty, one.overruled)


def _switched(receiver: Receiver, at: CaseAt) -> str:
    """Return why an agency must not hear of anything new now.

    While people are imported, a suspect may be unknown yet.
    """
    switches, until = at.guards.switches, at.guards.importing_until
    if switches.kill or switches.brake or (until and until > at.now):
        return WAITS
    trial = switches.trial and receiver.email not in switches.guests
    return HoldReason.TRIAL_MODE if trial else ""


def _tell(receiver_id: str, unsaid: list[Unsaid], invocation: Invocation) -> str:
    """Tell an agency of what it has not heard of; a crash leaves all of it to a later run."""
    now, receiver = invocation.clock(), receiver_of(receiver_id, invocation.settings)
    assert receiver is not None, "what has no agency waits for a person"
    if not hand_off_rows.take_turn(receiver_id, now):
        return "by_another_run"
    try:
        _send([one for one, _ in unsaid], receiver, invocation)
    except (SendDeferred, SendUnknown) as error:  # asked again once the turn ends
        logger.warning("agency_email_deferred", extra={"to": receiver_id, "reason": error.reason})
        for one, duty in unsaid:
            if one.late(now):
                _write(one, expired(one, duty, now))
        return "deferred"
    except HandOverError as error:
        logger.warning("agency_email_failed", extra={"to": receiver_id, "reason": error.reason})
        for one, _ in unsaid:
            _write(one, untold(one, now))
        outcome = "refused"
    else:
        for one, duty in unsaid:
            _write(one, told(one, duty, now))
        outcome = "sent"
    hand_off_rows.end_turn(receiver_id, now + BETWEEN)
    return outcome


def _send(told: list[HandOff], receiver: Receiver, invocation: Invocation) -> None:
    """Send one email in every language of the desk, because a reader may need any.

    Victims may read more languages than the desk has words in: docs/decisions/languages.md.
    """
    from aviso_compiled.desk_strings import STRINGS  # the build writes this module

    agency, page = invocation.settings.agency, f"{environment.name('STAFF_URL')}/hand-offs"
    gone = sum(one.state is S.OVER for one in told)
    numbers = {"new": len(told) - gone, "gone": gone}
    subjects, texts = [], []
    for language, words in STRINGS.items():
        ours = agency.in_language(language)
        subject, text = words["desk_hand_off_email_subject"], words["desk_hand_off_email"]
        subjects.append(subject.format(agency=ours.short_name, **numbers))
        named = {"agency": ours.name, "receiver": receiver.name[language], "page": page}
        texts.append(text.format(**named, **numbers))
    id = f"{EMAIL}{receiver.id}-{invocation.clock():%Y%m%d%H%M}"
    hand_off_rows.put_email(id, [one.id for one in told], invocation.clock())
    message = OutgoingMessage(
        address=receiver.email,
        subject=" / ".join(subjects),
        text="\n\n".join(texts) + "\n",
        notice=id,
    )
    sender.sender(Channel.EMAIL).send(message, invocation.seconds_left())


def receivers(settings: Settings) -> Sequence[str]:
    """Return the ids under which hand-offs are listed; none when no agency is in the settings."""
    ids = [receiver.id for receiver in settings.receivers]
    return [*ids, NOBODY] if ids else []


def everywhere(settings: Settings) -> Iterator[HandOff]:
    """Yield every hand-off that is not over, of every agency."""
    for receiver in receivers(settings):
        yield from hand_off_rows.of_receiver(receiver)


def receiver_of(id: str, settings: Settings) -> Receiver | None:
    """Return an agency, or None if the settings have it no more."""
    return next((receiver for receiver in settings.receivers if receiver.id == id), None)

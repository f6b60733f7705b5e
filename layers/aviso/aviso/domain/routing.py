"""Decide how a claimed notice is given (docs/rules.md#3).

Pure functions. `route` reads the whole case, the notice with its attempts, and the guards. It
decides: send on these channels to these addresses, queue a letter, wait, hold for a person, or
suppress.
"""

from collections.abc import Sequence
from datetime import datetime, timedelta

from aviso.domain.audience import (
    UNHEARD,
    at_desk,
    audience_of,
    given_back_since,
    left_by_suspect,
    letters_of,
)
from aviso.domain.contacts import Contact, in_trial, reach, usable
from aviso.domain.duties import Standing, owed, standing
from aviso.domain.fact_keys import ALONE, change
from aviso.domain.model import Case, Channel, Kind, Victim
from aviso.domain.notice import Duty, Notice, State
from aviso.domain.notice_states import counted, never_told, was_told
from aviso.domain.send_guards import Guards
from aviso.domain.settings import Settings
from aviso.domain.survey_rules import has_stopped
from aviso.domain.value import Frozen

RETRY = timedelta(minutes=5)
RETURNED = "returned"  # an attempt's failure: the postal service returned the letter
LETTER_RETURNED = "letter_returned"  # the hold that follows; after a release another letter may go
HEARD = "heard_elsewhere"  # at least two contacts heard: one is not the code's
WITNESSES = 2  # a code goes to at most one contact, so one of two is another
TOLD_TOGETHER = "told_together"  # told with another victim, at a contact they share
# Another victim's notice in one of these states may still reach the phone both share.
OPEN = frozenset({State.PLANNED, State.WAITING, State.CLAIMED, State.SENT})


class Send(Frozen, frozen=True, kw_only=True):
    """Send now, one message for each hop (contact)."""

    hops: tuple[Contact, ...]


class Letter(Frozen, frozen=True, kw_only=True):
    """Queue a letter for the next print run."""

    to: Contact


class Wait(Frozen, frozen=True, kw_only=True):
    """Decide again at `until`, or when the notice `waits_for` has ended."""

    until: datetime
    reason: str
    waits_for: str = ""


class Hold(Frozen, frozen=True, kw_only=True):
    """Hold for a person; the desk has words for the reason key."""

    reason: str


class Suppress(Frozen, frozen=True, kw_only=True):
    """Send nothing; the reason says why."""

    reason: str


Decision = Send | Letter | Wait | Hold | Suppress
NOBODY_ELSE = Suppress(reason="no_other_contact")


def route(
    case: Case,
    notice: Notice,
    told: Sequence[Notice],
    guards: Guards,
    settings: Settings,
    now: datetime,
) -> Decision:
    """Decide how a claimed notice is given, from the case and the guards at this moment.

    `case` must be read consistently after the claim. `told` is the ledger's notices of this case;
    those of the same fact must come with their attempts. `guards` are the switches, opt-outs,
    bounces, "not me" and imports under way.
    """
    victim = case.victim(notice.victim)
    if notice.kind is Kind.SURVEY and victim and has_stopped(case, victim, guards):
        return Suppress(reason="opted_out")
    decision = _decide(case, notice, told, guards, settings, now)
    if isinstance(decision, Hold) and notice.kind is Kind.SURVEY:
        return Suppress(reason=decision.reason)  # an unsent survey is nobody's task
    heard = decision != NOBODY_ELSE or UNHEARD in notice.overruled.split()
    if not heard and (at_desk(case, notice) or given_back_since(case, notice)):
        return Hold(reason=UNHEARD)  # the caller may not have been the victim
    return decision


def _decide(
    case: Case,
    notice: Notice,
    told: Sequence[Notice],
    guards: Guards,
    settings: Settings,
    now: datetime,
) -> Decision:
    duties = owed(case, told, settings, now)
    stop = _switched(notice, guards, now) or _overtaken(case, notice, told, duties, settings, now)
    if stop:
        return stop
    victim = case.victim(notice.victim)
    if victim is None:
        return Hold(reason="nobody_to_tell")
    overruled = frozenset(notice.overruled.split())
    answer = usable(case, victim, guards, settings, now, overruled)
    if answer.trouble:
        return Hold(reason=answer.trouble)
    if now - notice.first_seen > settings.kinds[notice.kind].age_limit and "old" not in overruled:
        return Hold(reason="old")
    contacts = audience_of(case, victim, notice, answer.contacts, guards, settings)
    person = _for_a_person(case, notice, contacts)
    if person:
        return person
    told_of_it = {d.victim for d in duties if _same_news(d, notice)}
    taken = _taken(case, told_of_it, victim, guards, settings, now)
    own = [c for c in contacts if c.address not in taken]
    if len(own) < len(contacts) and not any(c.channel is not Channel.LETTER for c in own):
        theirs = _notice_of(
            taken[next(c.address for c in contacts if c.address in taken)], told, notice
        )
        if theirs is None or theirs.state in OPEN:
            other = theirs.id if theirs else ""
            return Wait(until=now + RETRY, reason=TOLD_TOGETHER, waits_for=other)
        if _delivered(theirs) & {guards.keys.get(c.address, "") for c in contacts}:
            return Suppress(reason=TOLD_TOGETHER)
    return _rung(notice, own, guards, settings, now)


def _switched(notice: Notice, guards: Guards, now: datetime) -> Decision | None:
    """Apply the kill switch, kinds turned off, the brake and imports under way: all act at once."""
    switches = guards.switches
    if switches.kill:
        return Wait(until=now + RETRY, reason="kill_switch")
    if notice.kind in switches.kinds_off:
        return Wait(until=now + RETRY, reason="kind_off")
    if switches.brake:
        return Wait(until=now + RETRY, reason="brake")
    if guards.importing_until and guards.importing_until > now:
        return Wait(until=now + timedelta(minutes=1), reason="import_under_way")
    return None


def _overtaken(
    case: Case,
    notice: Notice,
    told: Sequence[Notice],
    duties: Sequence[Duty],
    settings: Settings,
    now: datetime,
) -> Decision | None:
    """Stop a notice that is no longer owed, or that must wait for the case or for its original."""
    match standing(case, notice, duties, settings):
        case Standing.HALF:
            return Wait(until=now + RETRY, reason="unsettled")
        case Standing.WITHDRAWN | Standing.GONE:
            never = notice.kind is Kind.CORRECTION
            return Suppress(reason="never_told" if never else "no_longer_owed")
    duty = next(d for d in duties if d.id == notice.id)
    half = f"unsettled_{duty.unsettled}"
    if duty.unsettled and half not in notice.overruled.split():
        return Hold(reason=half)
    if notice.corrects:
        original = next((n for n in told if n.id == notice.corrects), None)
        if original and not never_told(original) and not was_told(original):
            return Wait(until=now + RETRY, reason="original_open", waits_for=original.id)
    return None


def _for_a_person(case: Case, notice: Notice, contacts: Sequence[Contact]) -> Decision | None:
    """Hold a change for a person when perhaps only a wrongdoer heard of it.

    A change that at least `WITNESSES` other contacts heard of is suppressed instead.
    """
    if not contacts and left_by_suspect(case, notice):
        return Hold(reason="contact_of_suspect")
    if change(notice.fact) != ALONE:
        return None
    if len(contacts) - len(letters_of(contacts)) >= WITNESSES:
        return Suppress(reason=HEARD)
    return None if UNHEARD in notice.overruled.split() else Hold(reason=UNHEARD)


def _delivered(notice: Notice) -> set[str]:
    """Return the keys of the addresses at which a notice arrived."""
    return {a.address_key for a in counted(notice) if a.state is State.DELIVERED} - {""}


def _same_news(one: Duty | Notice, other: Notice) -> bool:
    """Whether two victims are told the same: one fact, and both its news or both its correction."""
    same = one.fact == other.fact and not change(other.fact)
    return same and bool(one.corrects) == bool(other.corrects)


def _taken(
    case: Case,
    told_of_it: set[str],
    victim: Victim,
    guards: Guards,
    settings: Settings,
    now: datetime,
) -> dict[str, str]:
    """Return the addresses that another victim's notice of this fact uses: address -> victim.

    Two victims who share a phone get one message (docs/rules.md#11): the message of the victim
    whose id sorts first among those who are told.
    """
    taken: dict[str, str] = {}
    for other in sorted(case.victims, key=lambda v: v.origin):
        if other.origin >= victim.origin:
            break
        if other.origin not in told_of_it:
            continue
        theirs = reach(case, other, guards, settings, now)
        for contact in theirs.contacts:
            if not theirs.trouble and contact.channel is not Channel.LETTER:
                taken.setdefault(contact.address, other.origin)
    return taken


def _notice_of(victim: str, told: Sequence[Notice], notice: Notice) -> Notice | None:
    """Return another victim's notice of the same fact."""
    return next((n for n in told if n.victim == victim and _same_news(n, notice)), None)


def _rung(
    notice: Notice,
    contacts: Sequence[Contact],
    guards: Guards,
    settings: Settings,
    now: datetime,
) -> Decision:
    """Use the first rung of the ladder that has a contact not tried yet."""
    kind, switches = settings.kinds[notice.kind], guards.switches
    attempts = counted(notice)
    if LETTER_RETURNED in notice.overruled.split():
        attempts = [a for a in attempts if a.reason != RETURNED]
    tried = {(a.channel, a.address_key) for a in attempts}
    contacts = in_trial(contacts, switches)
    if switches.trial and not contacts:
        return Hold(reason="trial_mode")
    for rung in kind.ladder:
        here = [c for c in contacts if c.channel in rung]
        fresh = [c for c in here if (c.channel, guards.keys.get(c.address, "")) not in tried]
        if not fresh:
            continue
        if fresh[0].channel is Channel.LETTER:
            return Letter(to=fresh[0])
        texts = any(c.channel is Channel.SMS for c in fresh)
        if texts and kind.quiet_hours and (morning := _quiet_until(settings, now)):
            return Wait(until=morning, reason="quiet_hours")
        return Send(hops=tuple(fresh))
    if change(notice.fact):
        return NOBODY_ELSE
    if any(a.reason == RETURNED for a in attempts):
        return Hold(reason=LETTER_RETURNED)
    return Hold(reason="no_safe_contact" if not notice.attempts else "no_channel_left")


def _quiet_until(settings: Settings, now: datetime) -> datetime | None:
    """Return when the quiet hours end, or None outside them."""
    messages, zone = settings.messages, settings.agency.zone
    local = now.astimezone(zone)
    if messages.quiet_until <= local.time() < messages.quiet_from:
        return None
    day = local.date() + (timedelta(days=1) if local.time() >= messages.quiet_from else timedelta())
    return datetime.combine(day, messages.quiet_until, tzinfo=zone).astimezone(now.tzinfo)

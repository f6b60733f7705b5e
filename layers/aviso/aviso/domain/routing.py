"""Decide how a claimed notice is given (docs/rules.md#3).

Pure functions. `route` reads a `Situation`: the whole case, the notice with its attempts, and the
guards. It decides: send on these channels to these addresses, queue a letter, wait, hold for a
person, or suppress.
"""

from collections.abc import Sequence
from datetime import datetime, timedelta
from functools import cached_property

from msgspec.structs import replace

from aviso.domain.announcement import announcement_of
from aviso.domain.audience import (
    as_this_tells,
    audience_of,
    left_by_suspect,
    may_get,
    same_news,
    taken_by_others,
)
from aviso.domain.case_at import CaseAt
from aviso.domain.contact_plans import reach_by_plan
from aviso.domain.contacts import Contact, in_trial
from aviso.domain.duties import Standing, owed, standing
from aviso.domain.fact_keys import CONTACT_IN_FILE, INCAPACITATED, OF_PLAN, REMOVED, UNSAFE
from aviso.domain.guards import without_switches
from aviso.domain.model import Channel, Kind, Victim
from aviso.domain.notice import Attempt, Notice, OfficersWord, State
from aviso.domain.notice_states import (
    RETURNED,
    arrived_at,
    counted,
    never_told,
    never_used,
    told_by_person,
    tried_contacts,
    was_told,
)
from aviso.domain.officers_word import told_by_officer
from aviso.domain.reasons import (
    SOLVED_BY_CHANGE,
    SUPERVISORS,
    WHO_IS_TOLD,
    HoldReason,
    StopReason,
    WaitReason,
    restricts,
)
from aviso.domain.repeated_news import keeps_changing
from aviso.domain.roster import Reach, usable
from aviso.domain.survey_rules import has_stopped
from aviso.domain.timing import (
    COMING,
    after_arrest,
    another_rung,
    enough_today,
    first_rung,
    goes_first,
    quiet_until,
)
from aviso.domain.unheard_changes import only_added_left, unheard
from aviso.domain.value import Frozen

RETRY = timedelta(minutes=5)
SOON = timedelta(minutes=1)
BUSY_FOR = timedelta(hours=4)  # how long a busy provider is asked again before a letter goes
# Another victim's notice in one of these states may still reach the phone both share.
OPEN = COMING | {State.SENT}


class Send(Frozen, frozen=True, kw_only=True):
    """Send now, one message for each hop (contact)."""

    hops: tuple[Contact, ...]


class QueueLetter(Frozen, frozen=True, kw_only=True):
    """Queue a letter for the next print run."""

    to: Contact


class Wait(Frozen, frozen=True, kw_only=True):
    """Decide again at `until`, or when the notice `waits_for` has ended."""

    until: datetime
    reason: WaitReason
    waits_for: str = ""


class Hold(Frozen, frozen=True, kw_only=True):
    """Hold for a person; if nobody told the news by `until`, decide again."""

    reason: HoldReason
    until: datetime | None = None


class Suppress(Frozen, frozen=True, kw_only=True):
    """Send nothing."""

    reason: StopReason | HoldReason  # an unsent survey is nobody's task: it is not held
    channel: str = ""  # on which its news arrived with another's, and whose contact that was
    source: str = ""
    word: OfficersWord | None = None  # that an officer told it


Decision = Send | QueueLetter | Wait | Hold | Suppress


class Situation(CaseAt, frozen=True, kw_only=True, dict=True):
    """All that the decision about a notice depends on.

    `case` and `guards` must be read consistently after the claim. Those of `told` of the same fact
    must come with their attempts.
    """

    notice: Notice

    @cached_property
    def victim(self) -> Victim | None:
        """The victim to tell, if the case still has them, as this notice tells them."""
        found = self.case.victim(self.notice.victim)
        return as_this_tells(found, self.notice) if found else None

    @cached_property
    def reach(self) -> Reach:
        """The victim's usable contacts, or the reason why a person must look first."""
        victim = self.victim
        if victim is None:
            return Reach(trouble=HoldReason.NOBODY_TO_TELL)
        asks = self.notice.kind is Kind.ENROLLMENT_CONFIRMED  # perhaps a representative
        invited = self.notice.fact.subject if asks else ""
        overruled = self.notice.overruled
        if self.notice.fact.kind in (
            CONTACT_IN_FILE,
            INCAPACITATED,
        ):  # who was told before hears it in any case
            overruled = (*overruled, *WHO_IS_TOLD)
        found = usable(self, victim, overruled, invited)
        of_plan = self.notice.fact.kind in OF_PLAN
        if of_plan or restricts(found.trouble):
            return reach_by_plan(self, victim, self.notice) or found
        return found

    @cached_property
    def audience(self) -> list[Contact]:
        """The contacts that hear of notices of this kind, with those that early news could warn."""
        victim = self.victim
        return audience_of(self, victim, self.notice, self.reach.contacts) if victim else []

    @cached_property
    def contacts(self) -> list[Contact]:
        """The contacts that this notice goes to."""
        victim = self.victim
        return may_get(self, victim, self.notice, self.audience) if victim else []

    @cached_property
    def taken(self) -> dict[str, str]:
        """The addresses that another victim's notice of this fact uses: address -> victim."""
        same = [d for d in owed(self) if same_news(d, self.notice)]
        # Whom a person told uses no address.
        heard = {d.victim for d in same if told_by_officer(self, d)}
        heard |= {n.victim for n in self.told if same_news(n, self.notice) and told_by_person(n)}
        theirs = {d.victim for d in same} - heard - {self.notice.victim}
        others = (v for v in self.case.victims if v.origin in theirs)
        return taken_by_others(self, self.notice, others)

    @property
    def own(self) -> list[Contact]:
        """The contacts that no other victim's notice of this fact uses."""
        return [c for c in self.contacts if c.address not in self.taken]


def route(situation: Situation) -> Decision:
    """Decide how a claimed notice is given now: the first rule that applies decides."""
    decision = (
        _refused_survey(situation)
        or _perhaps_told(situation)
        or _stopped_by_switch(situation)
        or _overtaken(situation)
        or _needs_a_person(situation)
        or _told_together(situation)
        or _in_turn(situation, _next_channel(situation))
    )
    if isinstance(decision, Hold) and situation.notice.kind is Kind.SURVEY:
        return Suppress(reason=decision.reason)
    return decision


def _refused_survey(situation: Situation) -> Decision | None:
    """Suppress a survey to a person who stopped the messages of the agency."""
    victim = situation.victim
    if situation.notice.kind is not Kind.SURVEY or victim is None:
        return None
    stopped = has_stopped(situation, victim)
    return Suppress(reason=StopReason.OPTED_OUT) if stopped else None


def _perhaps_told(situation: Situation) -> Decision | None:
    """Hold what was told before its row was lost, even while a switch is on: a person asks."""
    reason = HoldReason.PERHAPS_TOLD
    held = situation.guards.perhaps_told and reason not in situation.notice.overruled
    return Hold(reason=reason) if held else None


def _stopped_by_switch(situation: Situation) -> Decision | None:
    """Let a notice wait for a switch or an import; a person's task stays one, if it still is."""
    wait = _switched_off(situation)
    if wait and situation.notice.held_for in SOLVED_BY_CHANGE:
        decision = route(replace(situation, guards=without_switches(situation.guards)))
        return decision if isinstance(decision, Hold) else wait
    return wait


def _switched_off(situation: Situation) -> Wait | None:
    """Apply the kill switch, kinds turned off, the brake and imports under way: all act at once."""
    guards, now = situation.guards, situation.now
    if guards.switches.kill:
        return Wait(until=now + RETRY, reason=WaitReason.KILL_SWITCH)
    if situation.notice.kind in guards.switches.kinds_off:
        return Wait(until=now + RETRY, reason=WaitReason.KIND_OFF)
    if guards.switches.brake:
        return Wait(until=now + RETRY, reason=WaitReason.BRAKE)
    if guards.importing_until and guards.importing_until > now:
        return Wait(until=now + timedelta(minutes=1), reason=WaitReason.IMPORT_UNDER_WAY)
    return None


def _overtaken(situation: Situation) -> Decision | None:
    """Stop a notice that is no longer owed, or that must wait for the case or for its original."""
    notice = situation.notice
    match standing(situation, notice):
        case Standing.HALF:
            return Wait(until=situation.now + RETRY, reason=WaitReason.UNSETTLED)
        case Standing.REMOVED:
            return Suppress(reason=StopReason.CASE_REMOVED)
        case Standing.WITHDRAWN | Standing.GONE:
            never = notice.kind is Kind.CORRECTION
            return Suppress(reason=StopReason.NEVER_TOLD if never else StopReason.NO_LONGER_OWED)
    duty = next(d for d in owed(situation) if d.id == notice.id)
    if duty.unsettled and duty.unsettled.hold not in notice.overruled:
        return Hold(reason=duty.unsettled.hold)
    if notice.corrects:
        original = next((n for n in situation.told if n.id == notice.corrects), None)
        if original and not never_told(original) and not was_told(original):
            until = situation.now + RETRY
            return Wait(until=until, reason=WaitReason.ORIGINAL_OPEN, waits_for=original.id)
    return None


def _needs_a_person(situation: Situation) -> Decision | None:
    """Hold what a person must look at first, unless an officer has told the victim already."""
    decision = _to_look_at(situation)
    theirs = isinstance(decision, Hold) and decision.reason in SUPERVISORS
    word = None if theirs else told_by_officer(situation, situation.notice)
    return Suppress(reason=StopReason.TOLD_BY_PERSON, word=word) if word else decision


def _to_look_at(situation: Situation) -> Decision | None:
    """Hold what a person must look at before anybody is told."""
    notice = situation.notice
    if trouble := situation.reach.trouble:
        return _with_trouble(situation, trouble)
    if _taken_away_unheard(situation):
        return Hold(reason=HoldReason.CHANGE_UNHEARD)
    age = situation.now - notice.first_seen
    old = age > situation.settings.kinds[notice.kind].age_limit
    if old and HoldReason.OLD not in notice.overruled:
        return Hold(reason=HoldReason.OLD)
    changes = keeps_changing(notice, situation.told)
    if changes and HoldReason.KEEPS_CHANGING not in notice.overruled:
        return Hold(reason=HoldReason.KEEPS_CHANGING)
    # No release overrules this: the only contact is a suspect's, and there is nobody to send to.
    if not situation.contacts and left_by_suspect(situation.case, notice):
        return Hold(reason=HoldReason.CONTACT_OF_SUSPECT)
    return None


def _with_trouble(situation: Situation, trouble: HoldReason) -> Decision:
    """Hold it for a person, who may tell it before a plan's hours open.

    News that is only on the page waits for them, and so does a plan's own question.
    """
    until, notice = situation.reach.until, situation.notice
    on_page = notice.kind in situation.only_on_page
    if until and (on_page or notice.fact.kind in OF_PLAN):
        return Wait(until=until, reason=WaitReason.OUTSIDE_PLAN)
    if on_page and restricts(trouble):
        return Suppress(reason=StopReason.ONLY_ON_PAGE)
    return Hold(reason=trouble, until=until)


def _taken_away_unheard(situation: Situation) -> bool:
    """Whether perhaps somebody else took a contact away, so that only theirs are left."""
    notice, victim = situation.notice, situation.victim
    of_change = notice.kind in (Kind.CONTACT_CHANGED, Kind.ENROLLMENT_CONFIRMED)
    if victim is None or of_change or HoldReason.CHANGE_UNHEARD in notice.overruled:
        return False
    return unheard(situation, victim, (REMOVED, UNSAFE)) or only_added_left(
        situation, victim, situation.contacts
    )


def _told_together(situation: Situation) -> Decision | None:
    """Wait for another victim's notice at a shared contact; suppress this one if it arrived there.

    A contact of the victim's own, other than a postal address, is used in any case.
    """
    notice = situation.notice
    contacts = [c for c in situation.contacts if not c.beside]
    own = [c for c in situation.own if not c.beside]
    if len(own) == len(contacts) or any(c.channel is not Channel.LETTER for c in own):
        return None
    victim = next(situation.taken[c.address] for c in contacts if c.address in situation.taken)
    theirs = next((n for n in situation.told if n.victim == victim and same_news(n, notice)), None)
    if theirs is None or theirs.state in OPEN:
        other = theirs.id if theirs else ""
        return Wait(until=situation.now + RETRY, reason=WaitReason.TOLD_TOGETHER, waits_for=other)
    keys = situation.guards.keys
    if arrived_at(theirs) & {keys.get(c.address, "") for c in contacts}:
        if notice.kind is Kind.SURVEY:  # the other victim was asked, this one was not
            return Suppress(reason=StopReason.TOLD_TOGETHER)
        channel, source = theirs.channel, theirs.source
        return Suppress(reason=StopReason.TOLD_TOGETHER, channel=channel, source=source)
    return None


def _in_turn(situation: Situation, decision: Decision) -> Decision:
    """Let a first message wait for more important news, and routine texts for a better time.

    See docs/rules.md#21.
    """
    notice, told, now = situation.notice, situation.told, situation.now
    if not isinstance(decision, Send) or counted(notice):
        return decision
    if goes_first(notice, told, situation.settings, now):
        return Wait(until=now + SOON, reason=WaitReason.MORE_IMPORTANT_FIRST)
    if not any(hop.channel is Channel.SMS for hop in decision.hops):
        return decision
    if morning := enough_today(notice, told, situation.settings, now):
        return Wait(until=morning, reason=WaitReason.ENOUGH_TODAY)
    if later := after_arrest(notice, told, situation.settings, now):
        return Wait(until=later, reason=WaitReason.MORE_IMPORTANT_FIRST)
    return decision


def _next_channel(situation: Situation) -> Decision:
    """Use the first rung of the ladder that has a contact not tried yet.

    Before a letter or a person's task, contacts that were never used are tried again: their
    provider was busy, at most `BUSY_FOR` ago.
    """
    guards, settings = situation.guards, situation.settings
    kind = settings.kinds[situation.notice.kind]
    attempts = tried_contacts(situation.notice)
    tried = {(a.channel, a.address_key) for a in attempts}
    contacts = in_trial(situation.own, guards.switches)
    if guards.switches.trial and not contacts:
        return Hold(reason=HoldReason.TRIAL_MODE)
    unused = never_used(attempts, situation.now - BUSY_FOR)
    untried = [c for c in contacts if (c.channel, guards.keys.get(c.address, "")) not in tried]
    fresh = first_rung(kind.ladder, untried)
    if not fresh or fresh[0].channel is Channel.LETTER:
        again = [c for c in contacts if (c.channel, guards.keys.get(c.address, "")) in unused]
        fresh = another_rung(kind.ladder, again, situation.notice.tries) or fresh
    if not fresh:
        return _nobody_left(situation, attempts)
    if fresh[0].channel is Channel.LETTER:
        return QueueLetter(to=fresh[0])
    texts = any(c.channel is Channel.SMS for c in fresh)
    if texts and kind.quiet_hours and (morning := quiet_until(settings, situation.now)):
        return Wait(until=morning, reason=WaitReason.QUIET_HOURS)
    return Send(hops=tuple(fresh))


def _nobody_left(situation: Situation, attempts: Sequence[Attempt]) -> Decision:
    """Hold a notice for which no contact is left; a change that nobody else can hear is over."""
    notice = situation.notice
    if notice.fact.kind in OF_PLAN:
        return Suppress(reason=StopReason.NO_OTHER_CONTACT)
    if notice.fact.change:
        changes = situation.case.enrollment_of(notice.victim).changes
        change = announcement_of(notice.fact, changes)
        asks = notice.kind is Kind.CONTACT_CHANGED and change and change.asks
        if asks and HoldReason.CHANGE_UNHEARD not in notice.overruled:
            return Hold(reason=HoldReason.CHANGE_UNHEARD)  # perhaps the victim did not make it
        return Suppress(reason=StopReason.NO_OTHER_CONTACT)
    if any(a.reason == RETURNED for a in attempts):
        return Hold(reason=HoldReason.LETTER_RETURNED)
    if len(situation.contacts) < len(situation.audience):
        return Hold(reason=HoldReason.EARLY_NEWS)  # the others are in use, but not for this
    tried_any = bool(notice.attempts)
    return Hold(reason=HoldReason.NO_CHANNEL_LEFT if tried_any else HoldReason.NO_SAFE_CONTACT)

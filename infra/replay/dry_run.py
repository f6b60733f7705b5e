"""The product's own rules over cases in memory: planned, routed, worded, counted, and not sent.

Every message is taken to arrive, so that a letter goes only where nothing else can. Who opted out,
and what people at the desk decided, the exports do not know.
"""

from collections import Counter, defaultdict
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass, field
from datetime import datetime
from pathlib import Path

from jinja2 import Environment
from msgspec.structs import replace

from aviso.content import messages
from aviso.domain.case_at import CaseAt
from aviso.domain.contacts import Contact
from aviso.domain.duties import owed
from aviso.domain.guards import UNREAD, Guards, Switches
from aviso.domain.model import Case, Channel, Kind, Person, Speaker
from aviso.domain.notice import Attempt, Duty, Notice, State
from aviso.domain.people import addresses_of, name_of
from aviso.domain.reasons import HoldReason, WaitReason
from aviso.domain.routing import Hold, QueueLetter, Send, Situation, Suppress, Wait, route
from aviso.domain.settings import Settings
from aviso.notices.composing import facts_of
from infra.replay.load_exports import Cases, ExportPart, exports

LINK = "t=" + "x" * 38  # as long as the product's own
TRIES = 3  # a night, and one who is told together with another
WHO = "a person"  # what no message may tell becomes somebody's task
NOBODY = "nobody"


@dataclass(frozen=True, slots=True)
class Recipient:
    """Where one message goes, and whose phone or email that is."""

    address: str
    whose: str


@dataclass(frozen=True, slots=True)
class Told:
    """What becomes of one duty."""

    case: str
    name: str
    kind: Kind
    ways: tuple[str, ...]  # channels, "a person" or "nobody"
    reason: str = ""
    to: tuple[Recipient, ...] = ()  # of messages; a letter and a task have none
    happened: datetime | None = None
    victim: str = ""
    group: str = ""  # of the case's offense, as the settings call it


def _arrived(notice: Notice, hops: Sequence[Contact], now: datetime) -> Notice:
    """Return a notice as if each of its messages had arrived."""
    attempts = (
        Attempt(n=n, channel=h.channel, address_key=h.address, state=State.DELIVERED, at=now)
        for n, h in enumerate(hops, 1)
    )
    return replace(notice, attempts=tuple(attempts))


def _recipients(case: Case, notice: Notice) -> Iterator[Recipient]:
    """Yield where the messages of a notice go, with everybody on whose row that address is."""
    victim = case.victim(notice.victim)
    people = (victim, *case.speakers_for(victim)) if victim else ()
    for attempt in notice.attempts:
        address = attempt.address_key
        theirs = [_described(p) for p in people if address in (p.phone, p.email)]
        yield Recipient(address, " or ".join(theirs))


def _described(person: Person) -> str:
    if not isinstance(person, Speaker):
        return "the victim"
    return f"{name_of(person)}, {person.relation.replace('_', ' ')}"


@dataclass(slots=True)
class Rehearsal:
    """One run of the rules over a folder of exports."""

    settings: Settings
    environment: Environment
    portal_url: str
    told: dict[str, Told] = field(default_factory=dict)  # by duty id
    parts: int = 0  # of texts, which are charged by the part
    files: int = 0
    cases: Cases = field(init=False)  # what the exports say so far
    as_of: datetime | None = None
    _ledger: dict[str, list[Notice]] = field(default_factory=lambda: defaultdict(list))

    def __post_init__(self) -> None:
        self.cases = Cases(self.settings)

    def run(self, folder: Path, since: datetime | None) -> None:
        """Play all exports of a folder in the order of their time.

        Args:
            folder: where the CSV files are.
            since: facts from before count as told long ago, unless a later export than the first
                is the first to show them, or completes their case.
        """
        for group in exports(folder, self.settings):
            self.play(group, since)

    def play(self, group: Sequence[ExportPart], since: datetime | None = None) -> None:
        """Play the files of one export; `since` is as for `run`."""
        touched: set[str] = set()
        now = max(export.exported for export in group)
        self.cases.began = self.cases.began or now
        for export in group:
            self.files += 1
            touched |= self.cases.read(export)
        self.as_of = max(self.as_of or now, now)
        settled = self.as_of + self.settings.settle  # before, an incomplete case is nobody's task
        self.tell(touched, settled, since)

    def tell(self, numbers: Iterable[str], now: datetime, since: datetime | None = None) -> None:
        """Tell what these cases owe at a time; `since` is as for `run`."""
        for number in sorted(numbers):
            self._case(self.cases.case(number), now, since)

    def _case(self, case: Case, now: datetime, since: datetime | None) -> None:
        """Tell what a case owes now and has not been told."""
        told = self._ledger[case.origin]
        known = {n.id for n in told}
        held = {n.id: n for n in told if n.state is State.HELD and n.id not in self.told}
        for duty in _in_order(owed(self._at(case, told, now))):
            completed = duty.id in held and not _is_task(duty)
            if duty.id in known and not completed:
                continue
            if completed:
                told.remove(held[duty.id])
            known_at = now if completed else self._known_at(duty)
            if since is None or known_at >= since:
                told.append(self._tell(case, duty, told, now))
            else:
                told.append(_long_ago(duty, now))

    def as_it_stands(self) -> "Rehearsal":
        """Return a rehearsal that decides what was told once more, by the last export.

        For a lost region: nobody knows what of it was sent. What is not owed any more is left out.
        A correction is a person's where perhaps nobody was told of what it takes back.
        """
        last = Rehearsal(self.settings, self.environment, self.portal_url)
        if self.as_of is None:
            return last
        now = self.as_of + self.settings.settle
        for number in sorted(self.cases.rows):
            case = self.cases.case(number)
            ledger = self._ledger[case.origin]
            before = [n for n in ledger if n.id not in self.told]
            sure = {n.id for n in before if n.state is not State.HELD}
            for duty in _in_order(owed(self._at(case, ledger, now))):
                if duty.id not in self.told:
                    continue
                if duty.corrects and duty.corrects not in sure:
                    unsure = WaitReason.ORIGINAL_OPEN
                    last._note(case, _notice(duty, now), (WHO,), State.HELD, unsure)
                else:
                    before.append(last._tell(case, duty, before, now))
        return last

    def _at(self, case: Case, told: Sequence[Notice], now: datetime) -> CaseAt:
        return CaseAt(case=case, told=told, guards=UNREAD, settings=self.settings, now=now)

    def _known_at(self, duty: Duty) -> datetime:
        """Return when a later export was the first to show a fact, or else when it happened."""
        late = self.cases.began is not None and duty.first_seen > self.cases.began
        return duty.first_seen if late else duty.fact_at

    def _tell(self, case: Case, duty: Duty, told: list[Notice], now: datetime) -> Notice:
        notice = _notice(duty, now)
        if _is_task(duty):
            reason = duty.unsettled.hold if duty.unsettled else HoldReason.NOBODY_TO_TELL
            return self._note(case, notice, (WHO,), State.HELD, reason)
        situation = Situation(
            case=case,
            notice=notice,
            told=[*told, notice],
            guards=Guards(switches=Switches(trial=False), keys={a: a for a in addresses_of(case)}),
            settings=self.settings,
            now=now,
        )
        delay = ""
        for _ in range(TRIES):
            match route(situation):
                case Send(hops=hops):
                    self.parts += sum(self._parts(case, notice, told, hop) for hop in hops)
                    ways = tuple(hop.channel.value for hop in hops)
                    arrived = _arrived(notice, hops, situation.now)
                    return self._note(case, arrived, ways, State.DELIVERED)
                case QueueLetter():
                    return self._note(case, notice, ("letter",), State.MAILED)
                case Hold(reason=reason):
                    return self._note(case, notice, (WHO,), State.HELD, reason)
                case Suppress(reason=stopped):
                    return self._note(case, notice, (NOBODY,), State.SUPPRESSED, stopped)
                case Wait(until=until, reason=waits):
                    situation, delay = replace(situation, now=until), waits
        return self._note(case, notice, (NOBODY,), State.WAITING, delay)

    def _note(
        self, case: Case, notice: Notice, ways: tuple[str, ...], state: State, reason: str = ""
    ) -> Notice:
        victim = case.victim(notice.victim)
        name = f"{victim.first_name} {victim.last_name}" if victim else ""
        to = tuple(_recipients(case, notice))
        group = self.settings.offense_group(case.report.offense) if case.report else None
        self.told[notice.id] = Told(
            *(case.number, name, notice.kind, ways, reason),
            to=to,
            happened=notice.fact_at,
            victim=notice.victim,
            group=group.name if group else "",
        )
        gone = state in (State.DELIVERED, State.MAILED)
        return replace(notice, state=state, told_at=notice.created_at if gone else None)

    def _parts(self, case: Case, notice: Notice, told: list[Notice], hop: Contact) -> int:
        if hop.channel is not Channel.SMS:
            return 0
        facts = messages.MessageFacts(
            portal_url=self.portal_url,
            not_me_url=f"{self.portal_url}/not-me?{LINK}",
            stop_url=f"{self.portal_url}/stop?{LINK}",
            check_code="0000-0000",
            represents=hop.source == "representative",
            **facts_of(self._at(case, told, notice.created_at), notice),
        )
        text = messages.render(
            notice.kind,
            hop.channel,
            hop.language,
            facts,
            self.settings,
            environment=self.environment,
        )
        return text.segments if isinstance(text, messages.Sms) else 0

    def counts(self) -> Counter[tuple[Kind, str]]:
        """Return how many are told what, by kind and way."""
        return Counter((told.kind, way) for told in self.told.values() for way in told.ways)

    def cost(self) -> dict[str, float]:
        """Return what the messages cost, in dollars, by channel."""
        prices, counts = self.settings.messages, self.counts()
        number = {c: sum(counts[kind, c.value] for kind in Kind) for c in Channel}
        return {
            "texts": self.parts * prices.sms_cost_microdollars / 1e6,
            "emails": number[Channel.EMAIL] * prices.email_cost_microdollars / 1e6,
            "letters": number[Channel.LETTER] * prices.letter_cost_cents / 100,
        }


def _in_order(duties: Iterable[Duty]) -> list[Duty]:
    return sorted(duties, key=lambda d: (d.fact_at, d.kind, d.victim))


def _is_task(duty: Duty) -> bool:
    """Whether a person finds out what is missing before anybody is told."""
    return bool(duty.unsettled) or not duty.victim


def _long_ago(duty: Duty, now: datetime) -> Notice:
    """Return the notice of a duty from before the days asked for; it may be corrected now."""
    if _is_task(duty):  # told when its case is complete
        return replace(_notice(duty, now), state=State.HELD)
    return replace(_notice(duty, now), state=State.DELIVERED, told_at=duty.fact_at)


def _notice(duty: Duty, now: datetime) -> Notice:
    return Notice(
        id=duty.id,
        case=duty.case,
        victim=duty.victim,
        kind=duty.kind,
        fact=duty.fact,
        fact_at=duty.fact_at,
        first_seen=duty.first_seen,
        deadline=duty.deadline,
        created_at=now,
        state=State.CLAIMED,
        corrects=duty.corrects,
    )

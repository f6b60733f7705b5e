"""What a scenario owes to whom, in this project's rules as a person would say them once.

Imports nothing of the product and shares no code with it (a test holds this file to that), so
that a mistake in the product is not repeated here. Where an outcome depends on what happened first,
the model takes what local AWS recorded as sent, and which receipts were given, and says which
ends are right after that.
"""

import unicodedata
from collections import Counter
from collections.abc import Iterable
from dataclasses import dataclass, replace
from datetime import datetime, timedelta

from tests.rig.model.observed import (
    ABSENT,
    DELIVERED,
    HELD,
    LETTERED,
    SUPPRESSED,
    Evidence,
    Expected,
    Key,
    Sent,
    known_then,
    right_ends,
)
from tests.rig.model.scenario import (
    KNOWLEDGE,
    WORD,
    Arrest,
    Case,
    Left,
    Named,
    Person,
    Scenario,
    State,
)

RESTRICTED_OFFENSES = {"13-3601", "13-1406", "13-2923", "13-3623", "13-1105"}
KNOWN_OFFENSES = RESTRICTED_OFFENSES | {
    *("13-1507", "13-1814", "13-1802", "13-1203", "13-1602", "13-2008", "13-1904"),
}
ORDINARY_RELATIONS = {"", "STRANGER", "NEIGHBOR"}
PROPERTY_RELATIONS = ORDINARY_RELATIONS | {"UNKNOWN", "FRIEND"}  # of these offenses alone
PROPERTY = {"13-1814", "13-1802", "13-2008"}
KIND_OF_STATUS = {
    "ACTIVE": "status_changed",
    "SUSPENDED": "status_changed",
    "SUBMITTED": "sent_to_prosecutor",
    "CLOSED": "case_closed",
    "CLEARED_ARREST": "case_closed",
}
OLD = {"first_contact": 14, "arrest": 30}  # days after which a fact is history
ALWAYS_TOLD = {"first_contact", "correction"}  # whatever the victim answered
SPEAKS_FOR = {
    "minor": {"GRD", "REP"},
    "dead": {"NOK", "REP"},
    "incapacitated": {"GRD", "NOK", "REP"},
}


@dataclass(frozen=True, slots=True)
class Reach:
    """How one victim can be told, as the case is now."""

    addresses: frozenset[str] = frozenset()
    letter: bool = False
    held: bool = False


def expect_of(scenario: Scenario, case: Case, evidence: Evidence) -> Iterable[Expected]:
    """Yield what one case owes, or may have owed for a while."""
    return _CaseModel(scenario, case, evidence).all()


# --------------------------------------------------------------------------- whom a case reaches


def reach(state: State, victim: Person) -> Reach:
    """Say how a victim may be told (held: by a person alone)."""
    suspects = state.suspects
    doubted = victim.doubt or victim.waits or any(same_human(victim, s) for s in suspects)
    if doubted or restricted(state):
        return Reach(held=True)
    speakers = [p for p in told(state, victim) if not any(same_human(p, s) for s in suspects)]
    if not speakers or any(p is victim and p.unsafe for p in speakers):
        return Reach(held=True)
    addresses = {a for p in speakers for a in p.addresses}
    if addresses & {a for s in suspects for a in (s.phone, s.email)}:
        return Reach(held=True)
    streets = [p.street for p in speakers if p.street]
    if victim.confidential:
        streets = [s for s in streets if s.upper().startswith("PO BOX")]
    return Reach(frozenset(addresses), bool(streets))


def restricted(state: State) -> bool:
    """Whether a case sends nothing by itself."""
    homes = {_home(s) for s in state.suspects if s.street}
    ordinary = PROPERTY_RELATIONS if state.offense in PROPERTY else ORDINARY_RELATIONS
    return (
        state.flagged
        or state.offense in RESTRICTED_OFFENSES
        or state.offense not in KNOWN_OFFENSES
        or any(v.relationship.upper() not in ordinary for v in state.victims)
        or any(_home(p) in homes for p in state.people if p.role != "SUS")
    )


def same_human(one: Person, other: Person) -> bool:
    """Whether two people are one: the same name and birth date."""
    return _name(one) == _name(other) and one.born == other.born and one.born is not None


def is_child(victim: Person) -> bool:
    """Whether a victim's flag or birth date says that guardians speak."""
    return victim.minor or (victim.born is not None and victim.born.year > 2009)


def _name(person: Person) -> str:
    return f"{person.first} {person.last}".casefold()


def _home(person: Person) -> str:
    return person.street.upper().replace(".", "")


def told(state: State, victim: Person) -> list[Person]:
    """Return who is told of a victim's case."""
    if victim.deceased:
        wanted = SPEAKS_FOR["dead"]
    elif victim.incapacitated:
        wanted = SPEAKS_FOR["incapacitated"]
    elif is_child(victim):
        wanted = SPEAKS_FOR["minor"]
    else:
        return [victim]
    return [p for p in state.people if p.role in wanted and p.speaks_for == victim.id]


# ------------------------------------------------------------------------------ what it owes


def facts(state: State, now: datetime) -> dict[tuple[str, str], bool]:
    """Return what a case states: (kind, fact) -> whether it may be told without a person."""
    found: dict[tuple[str, str], bool] = {}
    known = state.offense in KNOWN_OFFENSES
    if now - state.reported <= timedelta(days=OLD["first_contact"]):
        found["first_contact", "report"] = known
    if state.assigned:
        found["detective_assigned", "assigned:" + _slug(state.assigned)] = known
    if state.prosecutor_at:
        found["sent_to_prosecutor", f"prosecutor:{state.prosecutor_at:%Y-%m-%d}"] = known
    if state.status_at and (kind := KIND_OF_STATUS.get(state.status)):
        found[kind, f"status:{state.status}@{state.status_at:%Y-%m-%d}"] = known
    for arrest in state.arrests:
        if not arrest.withdrawn and now - arrest.at <= timedelta(days=OLD["arrest"]):
            suspect_known = arrest.suspect in {s.id for s in state.suspects}
            found["arrest", f"arrest:{arrest.id}"] = known and suspect_known
    return found


def _slug(name: str) -> str:
    plain = unicodedata.normalize("NFKD", name).encode("ascii", "ignore").decode().lower()
    return "-".join("".join(c if c.isalnum() else " " for c in plain).split())


def _hearings(before: State, after: State) -> Iterable[tuple[Arrest, str]]:
    """Yield hearings that became known after their arrest: only these are news of their own."""
    earlier = {a.id: a for a in before.arrests}
    for arrest in after.arrests:
        if arrest.appearance and not arrest.withdrawn and not earlier[arrest.id].appearance:
            yield arrest, f"appearance:{arrest.id}@{arrest.appearance:%Y-%m-%dT%H:%MZ}"


class _CaseModel:
    def __init__(self, scenario: Scenario, case: Case, evidence: Evidence) -> None:
        self.scenario, self.case, self.evidence = scenario, case, evidence
        self.facts = facts(case.after, scenario.now)
        for arrest, key in _hearings(case.before, case.after):
            self.facts["initial_appearance", key] = self.facts["arrest", f"arrest:{arrest.id}"]

    def all(self) -> Iterable[Expected]:
        """Yield the case's duties."""
        for (kind, fact), tellable in self.facts.items():
            yield from self._duties(kind, fact, tellable)
        earlier = facts(self.case.before, self.scenario.now)
        for kind, fact in earlier:
            for victim in self._ever():
                gone = (kind, fact) not in self.facts or victim.id not in self._ids()
                if gone and _wants(victim, kind):
                    yield self._gone(victim, kind, fact)
        yield from self._corrections()
        if not self.case.after.victims:
            yield from self._without_victims()

    def _ever(self) -> Iterable[Person]:
        """Return the victims of both states: a new one may come before the fact is taken back."""
        every = (*self.case.after.victims, *self.case.before.victims)
        return {victim.id: victim for victim in every}.values()

    def _ids(self) -> set[str]:
        return {v.id for v in self.case.after.victims}

    def _duties(self, kind: str, fact: str, tellable: bool) -> Iterable[Expected]:
        """Yield what each victim is owed of a fact that holds; a shared phone is told once."""
        taken: dict[str, frozenset[str]] = {}  # address -> how the one it belongs to may end
        for victim in self._in_turn(kind, fact):
            if not _wants(victim, kind):
                if any(v.id == victim.id and _wants(v, kind) for v in self.case.before.victims):
                    yield self._gone(victim, kind, fact)
                continue
            how = reach(self.case.after, victim)
            if tellable and restricted(self.case.after) and kind in self.scenario.only_on_page:
                yield self._on_page(victim, kind, fact)
                continue
            if tellable and victim.heard == WORD and kind == "first_contact":
                yield self._heard(victim, kind, fact)
                continue
            if not tellable:
                how = Reach(held=True)
            duty = self._standing(victim, kind, fact, how, taken)
            yield duty
            if not how.held:
                for address in how.addresses:
                    taken.setdefault(address, duty.ends | self._doubt(duty.key))

    def _in_turn(self, kind: str, fact: str) -> list[Person]:
        """Return the victims, those first who were told first at a phone that others share."""
        victims = self.case.after.victims
        users = Counter(a for v in victims for a in reach(self.case.after, v).addresses)

        def first(victim: Person) -> tuple[bool, float, str]:
            sent = self.evidence.sent.get((self.case.number, victim.id, kind, fact), [])
            shared = [s.at.timestamp() for s in sent if users[s.to] > 1]
            return not shared, min(shared, default=0), victim.id

        return sorted(victims, key=first)

    def _doubt(self, key: Key) -> frozenset[str]:
        """Record that those who share a phone may have been told elsewhere before this one."""
        late = any(s.late for s in self.evidence.sent.get(key, []))
        return frozenset({LETTERED} if late or key in self.evidence.disturbed else ())

    def _standing(
        self, victim: Person, kind: str, fact: str, how: Reach, taken: dict[str, frozenset[str]]
    ) -> Expected:
        key = (self.case.number, victim.id, kind, fact)
        sent = self.evidence.sent.get(key, [])
        own = frozenset(a for a in how.addresses if a not in taken)
        left = self._left_for(victim)
        if how.held or (left and left.warned_from):
            ends = self._ends_held(left, key, {HELD} if how.held else {HELD, LETTERED})
            ends |= self.evidence.told_with_arrest(key)
            return Expected(key, self._wrong(victim, key, sent), False, ends)
        otherwise = {LETTERED if how.letter else HELD}
        together = [taken[a] for a in how.addresses if a in taken]
        if together and not own:
            first = frozenset.union(*together)
            unsure = any(self._may_be_spent(a) for a in how.addresses)
            otherwise = (
                {SUPPRESSED}
                if first == {DELIVERED} and not unsure
                else otherwise | {SUPPRESSED}
                if DELIVERED in first
                else otherwise
            )
        elif together and all(self._may_be_spent(a) for a in own):
            otherwise |= {SUPPRESSED}  # what is left is the phone that another was told at
        if left and own <= self.evidence.stopped.keys():
            otherwise |= {HELD}  # only what was added is left: a supervisor looks
        ends = right_ends(sent, otherwise) | self.evidence.told_with_arrest(key)
        untold = self._untold(key, own, how) or self._unheard(victim, key, sent)
        return Expected(key, self._wrong(victim, key, sent), untold, ends)

    def _heard(self, victim: Person, kind: str, fact: str) -> Expected:
        """Say how a notice ends that an officer told: nobody is written to."""
        key = (self.case.number, victim.id, kind, fact)
        wrong = len(self.evidence.sent.get(key, []))
        ends = {SUPPRESSED, *({HELD} if self._left_for(victim) else ())}
        return Expected(key, wrong, False, frozenset(ends))

    def _on_page(self, victim: Person, kind: str, fact: str) -> Expected:
        """Say how news of a restricted case ends; what was a person's before may stay theirs."""
        key = (self.case.number, victim.id, kind, fact)
        sent, before = self.evidence.sent.get(key, []), self.case.before
        was = next((v for v in before.victims if v.id == victim.id), None)
        theirs = was is not None and not restricted(before) and reach(before, was).held
        otherwise = {SUPPRESSED, *({HELD} if theirs else ())}
        ends = self._ends_held(self._left_for(victim), key, otherwise)
        return Expected(key, self._wrong(victim, key, sent), False, ends)

    def _ends_held(self, left: Left | None, key: Key, otherwise: set[str]) -> frozenset[str]:
        """Return the ends where a person or the page tells: knowledge alone is not enough."""
        sent, stopped = self.evidence.sent.get(key, []), self.evidence.stopped
        counts = right_ends(sent, otherwise)
        if not (left and left.proof == KNOWLEDGE and sent):
            return counts
        over = [stopped[address] for address in left.own if address in stopped]
        if over and not (left.warned_by and min(over) > left.warned_by):
            return counts  # what it warned of was not used any more
        own = [message for message in sent if message.to != left.address]
        if own or key in self.evidence.cut_short:
            # What a crash kept unmarked may be unknown: then that contact is known to have it.
            return right_ends(own, otherwise) | counts
        return frozenset(otherwise) | (counts if over else frozenset())

    def _gone(self, victim: Person, kind: str, fact: str) -> Expected:
        """Say how a duty may end whose fact or victim is gone by now."""
        key = (self.case.number, victim.id, kind, fact)
        sent = self.evidence.sent.get(key, [])
        ends = {SUPPRESSED} if sent else {SUPPRESSED, ABSENT}
        if any(s.receipt == "delivered" for s in sent):
            ends.add(DELIVERED)
        return Expected(key, self._wrong(victim, key, sent), False, frozenset(ends))

    def _without_victims(self) -> Iterable[Expected]:
        """Yield a person's task for each arrest, if the last victim left before anybody heard."""
        number, before = self.case.number, self.case.before.victims
        for kind, fact in self.facts:
            sent = (self.evidence.sent.get((number, v.id, kind, fact), []) for v in before)
            told = any(s.receipt == "delivered" for messages in sent for s in messages)
            if kind == "arrest":
                ends = {ABSENT, SUPPRESSED} if told else {ABSENT, SUPPRESSED, HELD}
                yield Expected((number, "", kind, fact), 0, False, frozenset(ends))

    def _corrections(self) -> Iterable[Expected]:
        """Yield a correction to those who were, or may have been, told what was withdrawn."""
        for arrest in self.case.after.arrests:
            if not arrest.withdrawn:
                continue
            fact = f"arrest:{arrest.id}"
            for victim in self.case.after.victims:
                original = (self.case.number, victim.id, "arrest", fact)
                sent = self.evidence.sent.get(original, [])
                how = reach(self.case.after, victim)
                duty = self._standing(victim, "correction", fact, how, {})
                never = frozenset({ABSENT, SUPPRESSED})
                if any(s.receipt != "failed" for s in sent):
                    yield duty
                elif original in self.evidence.disturbed:  # nobody can know: both are right
                    yield replace(duty, untold=False, ends=duty.ends | never)
                else:
                    wrong = len(self.evidence.sent.get(duty.key, []))
                    yield Expected(duty.key, wrong, False, never)

    def _wrong(self, victim: Person, key: Key, sent: list[Sent]) -> int:
        """Count messages to an address that was not the victim's to be told at when it left."""
        both = self.case.before, self.case.after
        says = [s for s in both if key[2:] in facts(s, self.scenario.now)]
        states = says or [self.case.after]  # a correction, or a hearing set after the arrest
        return sum(not self._right(victim, key[2], s, states) for s in sent)

    def _right(self, victim: Person, kind: str, message: Sent, states: list[State]) -> bool:
        """Whether some state of the case that was known then allows this address.

        While a case changes, its facts and its people may be known from different states.

        Args:
            states: those that say what the message says.
        """
        heeded, left = self.evidence.stopped.get(message.to), self._left_for(victim)
        warned = left.warned_by if left else None
        if (heeded and message.at > heeded) or (warned and message.at > warned):
            return False
        known = known_then(self.case, message, self.evidence)
        if not any(state in known for state in states):
            return False
        for state in known:
            person = next((v for v in state.victims if v.id == victim.id), None)
            if person and self.case.before in known:
                # A file whose import was cut off: the row that makes them wait was not read.
                person = replace(person, waits=False)
            how = reach(state, person) if person else Reach(held=True)
            if message.to in how.addresses:
                return True
            if left and message.to == left.address and not how.held:
                return left.may_hear(kind, message.at, known, self.evidence.stopped)
            named = self._named_by(victim)
            if named and not how.held and named.may_hear(message.to, message.decided, message.at):
                return True
        return False

    def _named_by(self, victim: Person) -> Named | None:
        named = self.evidence.named.get(self.case.number)
        return named if named and named.victim == victim.id else None

    def _left_for(self, victim: Person) -> Left | None:
        left = self.evidence.left.get(self.case.number)
        return left if left and left.victim == victim.id else None

    def _untold(self, key: Key, own: frozenset[str], how: Reach) -> bool:
        """Whether an address that could be used all the time got nothing."""
        sure = {a for a in own if not self._may_be_spent(a)}
        reached = {s.to for s in self.evidence.sent.get(key, [])}
        was = next((v for v in self.case.before.victims if v.id == key[1]), None)
        changed = was is not None and reach(self.case.before, was) != how
        if changed or key in self.evidence.disturbed | self.evidence.cut_short:
            return bool(sure) and not reached  # one of two may have been enough, or another then
        return not sure <= reached

    def _unheard(self, victim: Person, key: Key, sent: list[Sent]) -> bool:
        """Whether whom a victim named, or a new contact, had to be told as well, and was not."""
        named, left = self._named_by(victim), self._left_for(victim)
        if not sent or key in self.evidence.disturbed | self.evidence.cut_short:
            return False
        first, reached = min(message.at for message in sent), {message.to for message in sent}
        if left and left.address not in {*reached, *self.evidence.stopped}:
            return left.must_hear(key[2], first, self.case)
        if named is None:
            return False
        news = key[2:] not in facts(self.case.before, self.scenario.now)
        must = named.must_hear(first, self.evidence.news_from if news else None)
        return must and named.address not in reached

    def _may_be_spent(self, address: str) -> bool:
        return address in self.scenario.dead or address in self.evidence.stopped


def _wants(victim: Person, kind: str) -> bool:
    """Whether a victim's answer lets a kind go; silence is not a waiver."""
    return kind in ALWAYS_TOLD or victim.rights != "W"

"""What records systems say of a victim: dead, incapacitated, a minor, off. Like `oracle`.

Imports nothing of the product. What the first row says counts. A later row that says otherwise
holds everything for this victim, and asks a person once. Taking a victim off the case is such a
word, and holds everything for a victim who came later too. That an adult grew up, that a waiver was
taken back, or that a victim is on the case again, asks nobody.

Of some, a supervisor then says whether the later row is right. If it is wrong, all is as before;
who came later waits still. If it is right, those are told whom she names, and the victim's own
contacts hear of it once.

The victims are drawn from random numbers of their own. A scenario without them stays as it was, and
so do the seeds that once failed.
"""

from collections.abc import Iterable, Mapping
from dataclasses import replace
from datetime import date
from random import Random
from typing import Any

from tests.rig.model import oracle
from tests.rig.model.observed import ABSENT, HELD, SUPPRESSED, Evidence, Expected, Sent, right_ends
from tests.rig.model.scenario import Case, Judged, Person, Scenario, State

# The sample agency has no such column: these lines of its settings are exchanged for a run.
SETTINGS = {
    "      # incapacitated: INCAP_FLAG ": "      incapacitated: INCAP_FLAG #",
    '      deceased: {"Y": "yes", "N": "no"}\n': (
        '      deceased: {"Y": "yes", "N": "no"}\n      incapacitated: {"Y": "yes", "N": "no"}\n'
    ),
}
CHANGE, MARK = "contact_changed", "incapacitated"
FIT = frozenset({"none", "hearing_added", "withdrawn"})  # cases with nothing else wrong
SHARE = 0.25  # of these
WAIVES = 0.1  # likewise, in a later row
REPLACED = 0.05  # likewise: another victim comes in their place
JUDGED = 0.5  # of the victims in doubt
MARKS = frozenset({"deceased", "incapacitated", "minor"})
UNJUDGED = frozenset({"victim_removed"})  # agencies have requests of these
ALWAYS, BECOMES, ENDS = "always", "becomes", "ends"  # when the first victim of a case is marked
COURSES = (BECOMES, BECOMES, ALWAYS, ENDS)
SPEAKERS = ("NOK", "GRD", "REP", "")  # who speaks for the victim; nobody: each notice is a task
LATER = (  # a mark that comes or goes, what a row says then, and who speaks for the victim
    ("dead", {"deceased": True}, "NOK"),
    ("a minor by flag", {"minor": True}, "GRD"),
    ("a minor by birth date", {"born": date(2015, 5, 5)}, "GRD"),
)


def mapped(settings: str) -> str:
    """Return the sample agency's settings with the column."""
    for usual, here in SETTINGS.items():
        assert settings.count(usual) == 1, f"the sample agency has {usual!r} no more"
        settings = settings.replace(usual, here)
    return settings


def mark(scenario: Scenario) -> None:
    """Mark some victims; the other cases stay as they are."""
    dice = Random(f"incapacity {scenario.seed}")
    for place, case in enumerate(scenario.cases):
        drawn, course, role = dice.random(), dice.choice(COURSES), dice.choice(SPEAKERS)
        if role == "REP":
            course = ALWAYS  # of a victim who can act, a representative is told beside the victim
        if case.trouble in FIT and drawn < SHARE:
            victim = case.before.victims[0]
            speakers = [_speaker(victim, role, place)] if role else []
            scenario.cases[place] = replace(
                case,
                before=_state(case.before, victim, speakers, {MARK: course in (ALWAYS, ENDS)}),
                after=_state(case.after, victim, speakers, {MARK: course in (ALWAYS, BECOMES)}),
                trouble=f"{case.trouble}, {MARK} {course}",
            )


def mark_later(scenario: Scenario) -> None:
    """Let some victims die, become minors, waive or be replaced, or back; call after `mark`.

    Some victims who are incapacitated die as well.
    """
    dice = Random(f"later marks {scenario.seed}")
    for place, case in enumerate(scenario.cases):
        drawn, (word, said, role) = dice.random(), dice.choice(LATER)
        course = dice.choice((BECOMES, BECOMES, ENDS))
        role = dice.choice((role, role, "NOK", "GRD", ""))
        if drawn < SHARE and case.trouble in FIT:
            victim = case.before.victims[0]
            speakers = [_speaker(victim, role, place)] if role else []
            then, now = ({}, said) if course == BECOMES else (said, {})
            scenario.cases[place] = replace(
                case,
                before=_state(case.before, victim, speakers, then),
                after=_state(case.after, victim, speakers, now),
                trouble=f"{case.trouble}, {word} {course}",
            )
        elif case.trouble in FIT and drawn < SHARE + WAIVES:
            victim = case.before.victims[0]
            after = _state(case.after, victim, (), {"rights": "W"})
            scenario.cases[place] = replace(case, after=after, trouble=f"{case.trouble}, waives")
        elif case.trouble in FIT and drawn < SHARE + WAIVES + REPLACED:
            victim = case.before.victims[0]
            other = replace(victim, id=f"P8{place:04d}", last=f"Other-{place}", phone="", **said)
            other = replace(other, email=f"other{place}@example.net")
            more = [other, *([_speaker(other, role, place)] if role else [])]
            after = _state(case.after, victim, more, {"removed": True})
            scenario.cases[place] = replace(case, after=after, trouble=f"{case.trouble}, replaced")
        elif drawn < SHARE and case.trouble.endswith((ALWAYS, f"{MARK} {BECOMES}")):
            both = _state(case.after, case.before.victims[0], (), {"deceased": True})
            scenario.cases[place] = replace(case, after=both, trouble=f"{case.trouble}, dies")


def _speaker(victim: Person, role: str, n: int) -> Person:
    """Return a person who speaks for a victim, reached in one way or two."""
    return replace(
        victim,
        id=f"P9{n:04d}",
        role=role,
        last=f"Kin-{n}",
        phone=f"+1707555{100 + n % 100:04d}" if n % 3 else "",
        email=f"kin{n}@example.net" if n % 3 != 1 else "",
        street=f"{n} N Kin Way" if n % 2 else "",
        rights="",
        speaks_for=victim.id,
    )


def _state(
    state: State, victim: Person, speakers: Iterable[Person], said: Mapping[str, Any]
) -> State:
    people = (replace(p, **said) if p.id == victim.id else p for p in state.people)
    return replace(state, people=(*people, *speakers))


def words(person: Person) -> set[str]:
    """Return what a row says of a person that decides who is told."""
    said = {
        "deceased": person.deceased,
        "incapacitated": person.incapacitated,
        "minor": oracle.is_child(person),
        "waived": person.rights == "W",
        "removed": person.removed,
    }
    return {word for word, so in said.items() if so}


def judged(scenario: Scenario) -> dict[str, Judged]:
    """Return what a supervisor says, by case: of half of those in doubt.

    Only of a victim who was told before, and is called dead, incapacitated or a minor, a row may be
    right. All who may speak then are named.
    """
    dice, found = Random(f"judged {scenario.seed}"), dict[str, Judged]()
    for case in scenario.cases:
        asked, right = dice.random() < JUDGED, dice.random() < JUDGED
        firsts = {victim.id: victim for victim in case.before.victims}
        for victim in (v for v in in_force(case).after.victims if v.doubt):
            said = next(p for p in case.after.people if p.id == victim.id)
            doubt = {*victim.doubt.split("-")}
            silenced = doubt <= words(said) & MARKS and not words(firsts[victim.id])
            if asked and case.trouble not in UNJUDGED:
                speak = tuple(p.id for p in oracle.told(case.after, said) if p.id != said.id)
                found[case.number] = Judged(
                    *(case.number, victim.id, tuple(sorted(doubt)), right and silenced, speak)
                )
    return found


def in_force(case: Case, decided: Judged | None = None) -> Case:
    """Return a case whose first row came first, with its victims as they count in the end."""
    if decided and decided.right:
        return case
    firsts = {victim.id: victim for victim in case.before.victims}
    gone = [p for p in case.after.people if p.id in firsts and p.removed]

    def counts(person: Person) -> Person:
        first = firsts.get(person.id)
        if first is None:
            return replace(person, waits=bool(gone) and person.role == "VIC")
        says = words(person)
        doubt = says ^ (words(first) - ({"minor", "waived", "removed"} - says))
        if not doubt:
            return person
        if doubt - {"waived"}:
            before = {
                name: getattr(first, name) for name in ("phone", "landline", "email", "street")
            }
            person = replace(person, **before)
        return replace(
            person,
            deceased=first.deceased,
            incapacitated=first.incapacitated,
            minor=first.minor,
            born=first.born,
            rights=first.rights,
            removed=first.removed,
            doubt="-".join(sorted(doubt)),
        )

    people: Iterable[Person] = map(counts, case.after.people)
    if decided:
        people = (replace(person, doubt="") for person in people)
    return replace(case, after=replace(case.after, people=tuple(people)))


def expect_of(scenario: Scenario, case: Case, evidence: Evidence) -> list[Expected]:
    """Return what one case owes, by `oracle` and here.

    If the later row may have come first, it may be the one that counts.
    """
    counts, decided = _in_turn(in_force(case), evidence), evidence.judged.get(case.number)
    if decided and decided.stored_by:
        return _decided(scenario, case, decided, evidence)
    found = [*oracle.expect_of(scenario, counts, evidence), *_asked(counts, evidence)]
    if not evidence.first_late or counts == case:
        return found
    either = {duty.key: duty for duty in oracle.expect_of(scenario, case, evidence)}
    both = {duty.key: duty for duty in found}
    return [_of(both.get(key), either.get(key)) for key in {**both, **either}]


def _in_turn(case: Case, evidence: Evidence) -> Case:
    """Return a case in which who came after a victim that may be removed waits (docs/rules.md#23).

    They may be of one file, if its import was cut off between them.
    """
    came, people = evidence.came, case.after.people
    gone = [came[p.id] for p in people if "removed" in p.doubt.split("-") and p.id in came]

    def waits(person: Person) -> bool:
        later = person.id in came and any(at < came[person.id] for at in gone)
        return person.waits or (later and person.role == "VIC")

    people = tuple(replace(person, waits=waits(person)) for person in people)
    return replace(case, after=replace(case.after, people=people))


def _decided(scenario: Scenario, case: Case, one: Judged, evidence: Evidence) -> list[Expected]:
    """Return what a case owes of which a supervisor has decided; nobody is told before."""
    found = []
    for duty in oracle.expect_of(scenario, in_force(case, one), evidence):
        if duty.key[1] == one.victim:
            sent = evidence.sent.get(duty.key, [])
            early = sum(_in_doubt(message, one, evidence) for message in sent)
            untold = duty.untold and not sent
            duty = replace(duty, wrong=max(duty.wrong, early), untold=untold)
        found.append(duty)
    asked = (case.number, one.victim, CHANGE, f"doubt:{'-'.join(one.doubt)}")
    # The case page asks before anything is planned: a stream may lose the change for an hour.
    ends = frozenset({SUPPRESSED, ABSENT})
    found.append(Expected(asked, len(evidence.sent.get(asked, [])), False, ends))
    if one.right:
        found.append(_silenced(case, one, evidence))
    return found


def _in_doubt(message: Sent, one: Judged, evidence: Evidence) -> bool:
    """Whether a message was decided on and left while nobody knew what its victim is."""
    began, over = evidence.change_by, one.since
    if began is None or over is None:
        return False
    return began < message.decided and message.at < over


def _silenced(case: Case, one: Judged, evidence: Evidence) -> Expected:
    """Return the duty to tell a victim's own contacts that others are told now, or nobody."""
    victim = next(v for v in case.before.victims if v.id == one.victim)
    own = oracle.reach(case.before, victim).addresses
    key = (case.number, one.victim, CHANGE, MARK)
    sent = evidence.sent.get(key, [])
    missed = own - evidence.stopped.keys() - {message.to for message in sent}
    unsure = key in evidence.disturbed | evidence.cut_short and sent
    wrong = sum(message.to not in own for message in sent)
    return Expected(key, wrong, bool(missed) and not unsure, right_ends(sent, {HELD}))


def _asked(case: Case, evidence: Evidence) -> Iterable[Expected]:
    """Yield a supervisor's task for each victim in doubt; no message says it."""
    for victim in case.after.victims:
        if victim.doubt:
            key = (case.number, victim.id, CHANGE, f"doubt:{victim.doubt}")
            yield Expected(key, len(evidence.sent.get(key, [])), False, frozenset({HELD}))


def _of(one: Expected | None, other: Expected | None) -> Expected:
    """Return what is right in one of two ways."""
    found = [duty for duty in (one, other) if duty]
    ends = frozenset[str]().union(*(duty.ends for duty in found))
    return Expected(
        found[0].key,
        min(duty.wrong for duty in found),
        all(duty.untold for duty in found) and len(found) == 2,
        ends if len(found) == 2 else ends | {ABSENT},
    )


def cannot_look(case: Case, state: State) -> bool:
    """Whether the first victim's name and birth date open nothing now."""
    now = in_force(case).after if state is case.after else state
    return any(v.deceased or v.incapacitated or v.doubt or v.waits for v in now.victims[:1])

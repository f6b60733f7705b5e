"""Generated cases that are odder than any agency's, for `tests.rig.decisions`.

A number always draws the same case: its people, what they left on the portal, what the desk did,
the guards, and how far its notices came. An oddity is a function that changes a draft.
"""

from collections.abc import Callable, Iterator
from datetime import date, timedelta
from random import Random
from typing import Any

from msgspec.structs import replace

from aviso.domain.announcement import Announcement, Hearer
from aviso.domain.case_at import CaseAt
from aviso.domain.duties import owed
from aviso.domain.fact_keys import FactKey, next_key, timed
from aviso.domain.guards import Guards, Switches
from aviso.domain.model import Case, Channel, Holder, Kind, Suspect
from aviso.domain.notice import Attempt, Duty, Notice, State
from aviso.domain.people import addresses_of
from aviso.domain.reasons import HoldReason
from aviso.domain.requests import Right, Rights
from aviso.domain.settings import Settings
from aviso.runtime import hashing
from infra.cost.journey import NOW
from infra.harness.builders import LIFTED, CaseBuilder, a_consent, a_contact, a_notice, an_answer

PHONES = [f"+15205550{n}" for n in range(100, 112)]
EMAILS = [f"p{n}@example.com" for n in range(6)]
HOME = {"street": "12 E Pima St", "city": "Tucson", "region": "AZ", "postal_code": "85701"}
OTHER_HOME = HOME | {"street": "480 N Oracle Rd"}
DAY, HOUR = timedelta(days=1), timedelta(hours=1)


class Draft:
    """A case while it is made; each number draws the same one again."""

    def __init__(self, number: int) -> None:
        """Draw a case of ordinary people, and some oddities."""
        self.random = random = Random(number)
        self.number = f"26{number:08}"
        self.report: dict[str, Any] | None = {"status": random.choice(("OPEN", "OPEN", "ASSN"))}
        self.victims = [self._victim("v1")]
        self.suspects: list[dict[str, Any]] = [{"id": "s1"}]
        self.speakers: list[dict[str, Any]] = []
        self.arrests: list[dict[str, Any]] = [{"id": "a1", "suspect": "s1"}]
        self.enrolled: dict[str, dict[str, Any]] = {}
        self.guards: dict[str, Any] = {}
        self.switches: dict[str, Any] = {"trial": False}
        self.nobody = False
        self.late = timedelta()
        self.again = False
        self.overruled: tuple[str, ...] = ()
        self.states: tuple[str, ...] = ()
        twists = random.sample(TWISTS, random.choice((0, 1, 1, 2, 2, 3)))
        if number % 2:
            twists += random.sample(PEOPLE, random.choice((1, 2, 3)))
        for twist in twists:
            twist(self)

    def _victim(self, id: str) -> dict[str, Any]:
        random = self.random
        return {
            "id": id,
            "phone": random.choice((*PHONES[:4], "")),
            "email": random.choice((*EMAILS[:3], "")),
            "birth_date": date(1985, 4, 12),
            **random.choice((HOME, {})),
        }

    def one(self) -> dict[str, Any]:
        """Return one of the victims."""
        return self.random.choice(self.victims)

    def enrollment(self, victim: str) -> dict[str, Any]:
        """Return what a victim did on the portal so far."""
        return self.enrolled.setdefault(victim, {"contacts": [], "requests": [], "changes": []})

    def case(self) -> Case:
        """Return the case as the product has it."""
        built = CaseBuilder(Case(number=self.number))
        if self.report is not None:
            built = built.with_report(**self.report)
        for row in [] if self.nobody else self.victims:
            built = built.with_victim(**row)
        for row in self.suspects:
            built = built.with_suspect(**row)
        for row in self.speakers:
            built = built.with_speaker(**row)
        for row in self.arrests:
            built = built.with_arrest(**row)
        for victim, given in self.enrolled.items():
            rest: dict[str, Any] = {
                n: tuple(v) if isinstance(v, list) else v for n, v in given.items()
            }
            contacts = rest.pop("contacts")
            built = built.with_enrollment(victim, *contacts, **rest)
        return built.case


Twist = Callable[[Draft], None]


def _report(**changes: Any) -> Twist:
    def twist(draft: Draft) -> None:
        draft.report = {**(draft.report or {}), **changes}

    return twist


def _victim(**changes: Any) -> Twist:
    return lambda draft: draft.one().update(changes)


def _suspect(**changes: Any) -> Twist:
    def twist(draft: Draft) -> None:
        for suspect in draft.suspects[:1]:
            suspect.update(changes)

    return twist


def _no_report(draft: Draft) -> None:
    draft.report = None


def _no_victims(draft: Draft) -> None:
    draft.nobody = True


def _no_suspect(draft: Draft) -> None:
    draft.suspects.clear()


def _second(draft: Draft) -> None:
    draft.victims += [draft._victim(f"v{len(draft.victims) + 1}")]


def _victim_is_suspect(draft: Draft) -> None:
    row = draft.one()
    name = {"first_name": "Ana", "last_name": f"Muñoz-{row['id']}"}
    draft.suspects.append({"id": "s2", "birth_date": row["birth_date"], **name})


def _shared_with_suspect(draft: Draft) -> None:
    row = draft.one()
    draft.suspects.append({"id": "s3", "phone": row["phone"], "email": row["email"]})


def _cleared(draft: Draft) -> None:

    row = draft.one()
    named = {"phone": row["phone"], "digest": "as-first-built", "first_name": "Sam"}
    entry = Suspect(id="s4", origin="s4", last_name="Poole-s4", **named).entry
    draft.suspects.append({"id": "s4", "phone": row["phone"], "desk_cleared": entry})


def _speaker(relation: str, **changes: Any) -> Twist:
    def twist(draft: Draft) -> None:
        id = f"r{len(draft.speakers) + 1}"
        phone, email = draft.random.choice(PHONES[4:8]), draft.random.choice((*EMAILS[3:], ""))
        row = {"id": id, "victim": draft.one()["id"], "relation": relation, "phone": phone}
        draft.speakers.append(row | {"email": email, **draft.random.choice((HOME, {})), **changes})

    return twist


def _suspected_speaker(draft: Draft) -> None:
    _speaker(draft.random.choice(("guardian", "next_of_kin", "representative")))(draft)
    row = draft.speakers[-1]
    name = {"first_name": "Rosa", "last_name": f"Muñoz-{row['id']}"}
    draft.suspects.append({"id": "s5", **name, "phone": draft.random.choice(PHONES)})


def _contact(**changes: Any) -> Twist:
    """Return what leaves a contact on the portal or at the desk."""

    def twist(draft: Draft) -> None:

        random, row = draft.random, draft.one()
        given = draft.enrollment(row["id"])
        channel = random.choice((Channel.SMS, Channel.EMAIL))
        known = row["phone"] if channel is Channel.SMS else row["email"]
        pool = PHONES[:10] if channel is Channel.SMS else EMAILS
        address = random.choice((known or pool[0], *pool))
        level = random.choice(("knowledge", "code", "code_restricted", "desk", "guardian"))
        values: dict[str, Any] = {"level": level, "root": random.choice(("", "k1", "desk"))}
        values |= {"new_to_agency": address != known or random.random() < 0.5}
        if level == "guardian" and draft.speakers:
            values["giver"] = draft.speakers[-1]["id"]
        id = f"{row['id']}c{len(given['contacts'])}"
        given["contacts"].append(a_contact(address, channel, id=id, **(values | changes)))

    return twist


def _removed(draft: Draft) -> None:
    why = draft.random.choice(("victim", "not_mine", "not_me", "replaced", "judged"))
    _contact(removed_at=NOW - HOUR, removed_why=why)(draft)


def _named(draft: Draft) -> None:
    """Let a victim name a person, who said yes, said no or nothing."""
    random = draft.random
    names = [("Luis", "Ochoa"), ("Rosa", "Poole-s1"), ("Sam", "Poole-s1")]
    first, last = random.choice((names[0], *names))
    agreed = random.choice((None, None, NOW - DAY))
    home = random.random() < 0.4
    holder = Holder(first_name=first, last_name=last, agreed_at=agreed, lives_with_suspect=home)
    gone: dict[str, Any] = {}
    if random.random() < 0.2:
        why = random.choice(("ended", "declined"))
        gone = {"removed_at": NOW - HOUR, "removed_why": why}
    _contact(holder=holder, safe=random.random() < 0.9, **gone)(draft)


def _change(draft: Draft) -> None:
    """Let somebody make a change that can silence a victim, which others hear or nobody."""
    random, row = draft.random, draft.one()
    kinds = ("removed:x", "unsafe:x", "waived:", "doubt:deceased", "lock:", "incapacitated:")
    kind = random.choice((*kinds, "speaker:r1", "hidden:", "shared:", "agreed:x"))
    at = NOW - random.choice((timedelta(minutes=3), HOUR, DAY))
    mine = Hearer(address=row["phone"] or PHONES[0], language="es")
    hears = random.choice(((), (mine,), (mine, Hearer(address=EMAILS[4], language="en"))))
    asks, key = random.random() < 0.7, kind if kind[-1] == "x" else timed(kind, at)
    change = Announcement(key=key, at=at, hears=hears, asks=asks)
    draft.enrollment(row["id"])["changes"].append(change)


def _answer(draft: Draft) -> None:

    random = draft.random
    right = random.choice((Right.NEWS, Right.NEWS, Right.REPRESENTATIVE, Right.ADDRESS))
    answer = random.choice((Rights.REQUESTED, Rights.WAIVED))
    about = random.choice(("r1", "r2", "v1c0")) if right is Right.REPRESENTATIVE else ""
    record = an_answer(answer, NOW - HOUR, right=right, about=about)
    draft.enrollment(draft.one()["id"])["requests"].append(record)


def _consent(draft: Draft) -> None:

    row = draft.one()
    _contact(level="code")(draft)
    given = draft.enrollment(row["id"])
    contact = given["contacts"][-1].id if given["contacts"] else "v1c0"
    ended = {"ended_at": NOW - HOUR} if draft.random.random() < 0.1 else {}
    given["hand_off"] = a_consent(contact, **ended)


def _lock(draft: Draft) -> None:
    draft.enrollment(draft.one()["id"])["locked_at"] = NOW - DAY


def _unsafe(draft: Draft) -> None:
    row = draft.one()
    found = [row["phone"], row["email"], PHONES[5], "12 E Pima St\nTucson, AZ 85701"]
    draft.one()["desk_unsafe"] = tuple(filter(None, draft.random.sample(found, 2)))


def _shared_home(draft: Draft) -> None:
    draft.one().update(HOME)
    draft.suspects.append({"id": "s6", **HOME})


def _guard(name: str) -> Twist:
    def twist(draft: Draft) -> None:
        pool = (*PHONES[:6], *EMAILS[:4])
        draft.guards[name] = frozenset(draft.random.sample(pool, 4))

    return twist


def _switch(**changes: Any) -> Twist:
    return lambda draft: draft.switches.update(changes)


def _perhaps_told(draft: Draft) -> None:
    draft.guards["perhaps_told"] = True


def _importing(draft: Draft) -> None:
    draft.guards["importing_until"] = NOW + HOUR


def _age(draft: Draft) -> None:
    draft.late = draft.random.choice((3 * HOUR, 14 * HOUR, 3 * DAY, 20 * DAY, 90 * DAY))


def _overruled(draft: Draft) -> None:

    draft.overruled = tuple(draft.random.sample(list(HoldReason), draft.random.choice((1, 4, 20))))


def _earlier(*states: str) -> Twist:
    def twist(draft: Draft) -> None:
        draft.states += states

    return twist


def _again(draft: Draft) -> None:
    """Let the records system say what it said yesterday, in the same words."""
    draft.again = True
    _report(status="SUSPENDED", status_at=NOW - HOUR, assigned="Det. Quintero")(draft)


def _early(draft: Draft) -> None:
    """Let early news meet a contact that nothing proves."""
    _report(prosecutor_at=NOW - HOUR)(draft)
    draft.arrests.clear()
    for row in draft.victims:
        row.update(phone="", email="", street="")
    _contact(level="knowledge", new_to_agency=True)(draft)


def _all(*twists: Twist) -> Twist:
    def twist(draft: Draft) -> None:
        for one in twists:
            one(draft)

    return twist


def _withdrawn(draft: Draft) -> None:
    lives = draft.random.choice((1, 2))
    gone = {"withdrawn_at": NOW - HOUR} if draft.random.random() < 0.7 else {}
    draft.arrests.append({"id": "a2", "suspect": "s1", "withdrawals": lives, **gone})


def _hearing(draft: Draft) -> None:
    place = {"appearance_at": NOW + DAY, "appearance_place": "Justice Court"}
    seen = {"first_seen": {"arrest:a3": NOW - DAY}}
    draft.arrests.append(
        {"id": "a3", "suspect": "s1", **place, **(draft.random.choice(({}, seen)))}
    )


AGO = NOW - DAY
PEOPLE: tuple[Twist, ...] = (
    *(_contact() for _ in range(6)),
    *(_contact(safe=False), _contact(safe=False, level="knowledge"), _removed, _removed),
    *(_contact(level="guardian"), _contact(tied_at=AGO, level="knowledge")),
    *(_named, _named, _named, _change, _change, _answer, _consent, _lock),
    *(_speaker("guardian"), _speaker("next_of_kin"), _speaker("representative")),
    *(_speaker("guardian"), _suspected_speaker, _speaker("representative", phone_type="landline")),
    *(_second, _second, _unsafe, _unsafe),
    *(_all(_named, _victim(victim_type="organization")), _all(_named, _victim(deceased=True))),
    *(_all(_second, _contact(safe=False)), _all(_second, _unsafe)),
    *(_all(_victim(minor=True), _suspected_speaker, _contact(level=w)) for w in ("code", "desk")),
)
TWISTS: tuple[Twist, ...] = (
    *(_no_report, _no_victims, _no_suspect, _second, _second),
    *(_report(removed=True), _report(desk_restriction="restricted"), _report(restricted=True)),
    *(_report(desk_restriction=LIFTED), _report(restriction="recorded")),
    *(_report(former_number="2611249999"), _report(offense="13-2923"), _report(offense="99-9999")),
    *(_report(status="CLOSED", status_at=AGO), _report(status="SUSPENDED", status_at=AGO)),
    *(_report(warrant_at=AGO), _report(warrant_at=AGO), _report(prosecutor_at=AGO)),
    *(_report(undated=("warrant_at",), warrant_at=AGO), _report(assigned="Det. Quintero")),
    *(_victim(minor=True), _victim(age=15, birth_date=None), _victim(birth_date=date(2012, 1, 2))),
    *(_victim(birth_date=None), _victim(birth_date=None, birth_date_unreadable=True)),
    *(_victim(deceased=True), _victim(deceased=True, judged_at=AGO)),
    *(_victim(incapacitated=True), _victim(incapacitated=True, judged_at=AGO)),
    *(_victim(differs=("minor",)), _victim(differs=("organization", "person"))),
    _victim(differs=("deceased",), overruled=("deceased",), judged_at=NOW - HOUR),
    *(_victim(victim_type=word) for word in ("organization", "organization", "public", "unknown")),
    *(_victim(safe_to_contact=False), _victim(confidential_address=True, **HOME)),
    *(_victim(relationship="SPOUSE"), _victim(phone_type="landline")),
    *(_victim(phone="", email=""), _victim(phone="", email="", street="")),
    *(
        _victim(rights=Rights.WAIVED),
        _victim(differs=("waived",)),
        _victim(rights=Rights.REQUESTED),
    ),
    _victim(desk_home=tuple(OTHER_HOME.values()), desk_home_at=AGO),
    *(_victim_is_suspect, _shared_with_suspect, _shared_home, _cleared),
    *(_suspect(unreadable_contact=True), _suspect(phone=PHONES[1], **HOME)),
    *(_guard("opted_out"), _guard("bounced"), _guard("not_me"), _guard("opted_out")),
    *(_switch(kill=True), _switch(brake="notices"), _switch(kinds_off=frozenset({"arrest"}))),
    *(_switch(trial=True), _switch(trial=True, guests=frozenset({PHONES[0], EMAILS[0]}))),
    *(_perhaps_told, _importing, _age, _age, _overruled, _overruled),
    *(_earlier("delivered"), _earlier("failed"), _earlier("sent"), _earlier("returned")),
    *(_earlier("failed", "failed"), _earlier("replaced"), _earlier("held")),
    *(_withdrawn, _withdrawn, _hearing, _hearing, _again, _again, _early, _early),
    *(_all(_no_victims, _age), _all(_no_victims, _age), _all(_no_suspect, _age)),
    *(_all(_no_suspect, _age), _all(_no_victims, _no_suspect, _age)),
    *(_report(status="SUSPENDED", status_at=None, undated=("status_at",)), _no_victims),
    *(_no_suspect, _all(_earlier("returned"), _victim(phone="", email="", **HOME))),
)


def drawn(draft: Draft, settings: Settings) -> CaseAt:
    """Return a generated case with its notices and guards."""
    case = draft.case()
    keys = {address: hashing.address_key(address) for address in sorted(addresses_of(case))}
    known = Guards(switches=Switches(**draft.switches), keys=keys, **draft.guards)
    at = CaseAt(case=case, told=(), guards=known, settings=settings, now=NOW)
    told = [n for duty in owed(at) for n in _notices(draft, duty, known)]
    return replace(at, told=told, now=NOW + draft.late)


def _notices(draft: Draft, duty: Duty, known: Guards) -> Iterator[Notice]:
    """Yield the notice of a duty as far as it came, with what was sent."""
    random = draft.random
    if draft.again and duty.kind not in (Kind.ARREST, Kind.ENROLLMENT_CONFIRMED):
        before, key = duty.first_seen - DAY, FactKey(next_key(duty.fact))
        heard = {"state": State.DELIVERED, "told_at": before, "first_seen": before}
        yield _notice(duty, key, id=f"{duty.id}-", **heard)
    if random.random() < 0.3:
        return
    word = random.choice(draft.states) if draft.states else ""
    state = State(word) if word in set(State) else State.CLAIMED
    tried: tuple[Attempt, ...] = ()
    if word:
        arrived = State.FAILED if word in ("failed", "returned") else State.DELIVERED
        count = random.choice((1, 2, len(known.keys)))
        tried = tuple(
            Attempt(
                n=n,
                channel=Channel.LETTER if word == "returned" and n == 1 else _channel(address),
                address_key="" if word == "returned" and n == 1 else key,
                state=arrived,
                at=NOW - HOUR,
                reason="returned" if word == "returned" else "",
                source=random.choice(("report", "portal", "representative")),
                contact=random.choice(("", "v1c0", "v1c1")),
            )
            for n, (address, key) in enumerate([*known.keys.items()][:count], 1)
        )
    told = NOW - HOUR if state in (State.DELIVERED, State.SENT) else None
    yield _notice(
        duty,
        duty.fact,
        state=state,
        reason="change_unheard" if word == "held" else "",
        told_at=told,
        attempts=tried,
        channel="sms" if told else "",
        overruled=" ".join(draft.overruled),
    )


def _notice(duty: Duty, fact: FactKey, **changes: Any) -> Notice:
    names = ("id", "case", "victim", "fact_at", "first_seen", "deadline", "corrects")
    values = {name: getattr(duty, name) for name in names}
    return a_notice(duty.kind, fact, **(values | changes))


def _channel(address: str) -> Channel:
    return Channel.EMAIL if "@" in address else Channel.SMS

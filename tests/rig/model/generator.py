"""Makes scenarios: cases with all that can be wrong with them, the same for the same seed."""

import random
from collections.abc import Callable, Mapping
from dataclasses import replace
from datetime import date, datetime, timedelta
from typing import Any

from tests.rig.model.scenario import Arrest, Case, Person, Scenario, State

# Three-digit areas in which the reserved 555-01xx numbers are well-formed.
AREAS = ("201 202 203 205 206 207 208 209 210 212 213 214 215 216 217 218 219 220 224 225 228 229 "
         "231 234 239 240 248 251 252 253 254 256 480 520 602 623 928").split()  # fmt: skip
ORDINARY = ("13-1507", "13-1814", "13-1802", "13-1203", "13-1602", "13-2008", "13-1904")
DANGEROUS = ("13-3601", "13-1406", "13-2923", "13-3623", "13-1105")
UNKNOWN = "99-9999"
FIRST = "Ana Luis Mara Omar Ruth Ivan Nora Hugo Vera Saul Lena Abel Irma Rosa Joel Alma".split()
LAST = "Avila Brandt Castro Dunn Estrada Flores Greene Huerta Ibarra Jensen Kemp Lucero".split()
STATUSES = ("ACTIVE", "SUSPENDED", "SUBMITTED", "CLOSED", "CLEARED_ARREST")
RELATIONS = ("SPOUSE", "Ex-Partner", "SIBLING", "UNKNOWN", "Friend")
HIDDEN = ("PO Box 1180", "88 W Hidden Rd")
NO_CONTACT = {"phone": "", "email": "", "street": ""}
DETECTIVES = ("Det. R. Molina", "Det. T. Okafor", "Det. S. Whitehorse", "Det. L. Peña")


def make(seed: int, cases: int, now: datetime) -> Scenario:
    """Return the scenario of a seed."""
    return _Maker(seed, now).make(cases)


# What is wrong with a case, and how many in a hundred have it. The rest have nothing wrong.
RARE = 0.4
TROUBLES = {
    # Nobody is told, or only by letter, or by a person.
    **dict.fromkeys(
        (
            *("dangerous_offense", "unknown_offense", "flagged", "relationship", "shared_home"),
            *("email_of_suspect", "is_suspect", "suspect_missing"),
            *("minor_alone", "guardian_is_suspect", "dead_alone", "unsafe", "no_contact"),
            *("nothing", "confidential", "dead_both", "silent", "victim_removed"),
        ),
        RARE,
    ),
    "phone_of_suspect": 3,  # in every run, however short
    # Somebody is told, by the right way.
    "minor": 2,
    "minor_siblings": 1,
    "dead": 2,
    "landline": 2,
    "shared_phone": 3,
    "shared_phone_only": 1.5,
    "waived": 2,
    "old": 2,
    "dead_phone": 3,
    "stop": 3,
    # What becomes of a case while its messages are under way.
    "withdrawn": 3,
    "becomes_flagged": 1.5,
    "becomes_dangerous": 0.6,
    "becomes_suspects_phone": 0.8,
    "new_phone": 2,
    "victim_added": 2,
    "hearing_added": 10,
}


class _Maker:
    def __init__(self, seed: int, now: datetime) -> None:
        self.random = random.Random(seed)
        self.now = now.replace(second=0, microsecond=0)
        self.scenario = Scenario(seed, now)
        self.people = 0
        self.contacts = 0

    def make(self, cases: int) -> Scenario:
        """Make the cases, each trouble in about its share of them."""
        drawn: list[str] = []
        for trouble, share in TROUBLES.items():
            sure, chance = divmod(share * cases / 100, 1)
            drawn += [trouble] * (int(sure) + (self.random.random() < chance))
        drawn += ["none"] * (cases - len(drawn))
        self.random.shuffle(drawn)
        for n, trouble in enumerate(drawn):
            number = f"{self.now:%y%m%d}{n:04d}"
            before = self._state()
            if changes := OF_STATE.get(trouble):
                before = replace(before, **changes(self))
            if changes_of_victim := OF_VICTIM.get(trouble):
                before = self._with(before, self._victim(**changes_of_victim(self, before)))
            before, after = getattr(self, f"_{trouble}", self._both)(before)
            case = Case(number=number, before=before, after=after, trouble=trouble)
            self.scenario.cases.append(case)
        return self.scenario

    # ---- people and states

    def _person(self, role: str, **changes: Any) -> Person:
        self.people += 1
        r = self.random
        person = Person(
            id=f"P{self.people:05d}",
            role=role,
            first=r.choice(FIRST),
            last=f"{r.choice(LAST)}-{self.people}",
            born=date(r.randint(1950, 2000), r.randint(1, 12), r.randint(1, 28)),
            language="S" if self.people % 3 == 0 else "E",
        )
        return replace(person, **changes)

    def phone(self) -> str:
        self.contacts += 1
        area = AREAS[(self.contacts // 100) % len(AREAS)]
        return f"+1{area}55501{self.contacts % 100:02d}"

    def _email(self) -> str:
        self.contacts += 1
        return f"person{self.contacts}@example.{self.random.choice(('com', 'org'))}"

    def street(self) -> str:
        self.contacts += 1
        return f"{self.contacts} E Chollo St"

    def _victim(self, **changes: Any) -> Person:
        """Make a victim who can be reached, most of them in two ways."""
        both = self.random.random()
        contacts: dict[str, Any] = {
            "role": "VIC",
            "phone": self.phone() if both < 0.85 else "",
            "email": self._email() if both > 0.30 else "",
            "street": self.street() if self.random.random() < 0.7 else "",
            "rights": self.random.choice(("R", "R", "")),
        }
        return self._person(**{**contacts, **changes})

    def ago(self, days: float) -> datetime:
        """Return noon some days ago, so that a day is the same day in every time zone near."""
        return (self.now - timedelta(days=days)).replace(hour=19, minute=0)

    def _state(self) -> State:
        """Make a case with nothing wrong: a suspect, an arrest and a change ahead of it."""
        suspect = self._person("SUS", phone=self.phone())
        victims = [self._victim() for _ in range(1 if self.random.random() < 0.75 else 2)]
        arrest = Arrest(
            id=f"A{self.people:05d}",
            suspect=suspect.id,
            at=self.now - timedelta(hours=self.random.randint(1, 6)),
            juvenile=self.random.random() < 0.1,
        )
        return State(
            offense=self.random.choice(ORDINARY),
            reported=self.ago(self.random.randint(2, 6)),
            assigned=self.random.choice(DETECTIVES) if self.random.random() < 0.8 else "",
            people=(suspect, *victims),
            arrests=(arrest,) if self.random.random() < 0.8 else (),
        )

    def _later(self, state: State) -> State:
        """Return the case with the news of a later export."""
        chance = self.random.random()
        if chance < 0.25:
            return state
        if chance < 0.40:
            return replace(state, prosecutor_at=self.ago(1))
        # The same status with another day is news that comes back: a person's, which no model has.
        status = self.random.choice([s for s in STATUSES if s != state.status])
        return replace(state, status=status, status_at=self.ago(1))

    def _both(self, state: State) -> tuple[State, State]:
        """Have the trouble from the beginning."""
        return state, self._later(state)

    def _with(self, state: State, victim: Person, *more: Person) -> State:
        """Give the case this one victim, and others beside."""
        return replace(state, people=(*state.suspects, victim, *more))

    def _suspect(self, state: State, **changes: Any) -> State:
        suspect = replace(state.suspects[0], **changes)
        rest = tuple(p for p in state.people if p.role != "SUS")
        return replace(state, people=(suspect, *rest))

    def _arrested(self, state: State) -> State:
        """Make sure that there is an arrest."""
        arrest = Arrest(id=f"A{self.people}X", suspect=state.suspects[0].id, at=self.ago(1))
        return state if state.arrests else replace(state, arrests=(arrest,))

    # ---- what is wrong from the beginning

    def _shared_home(self, state: State) -> tuple[State, State]:
        home = self.street()
        with_victim = self._with(state, self._victim(street=home.replace("St", "St.")))
        return self._both(self._suspect(with_victim, street=home.upper()))

    def _email_of_suspect(self, state: State) -> tuple[State, State]:
        email = self._email()
        return self._both(self._suspect(self._with(state, self._victim(email=email)), email=email))

    def _suspect_missing(self, state: State) -> tuple[State, State]:
        arrest = replace(self._arrested(state).arrests[0], suspect="P99999")
        return self._both(replace(state, arrests=(arrest,)))

    def _minor(self, state: State) -> tuple[State, State]:
        child = self._victim(minor=True, born=date(2015, 5, 5))
        parent = self._victim(role="GRD", speaks_for=child.id, rights="")
        return self._both(self._with(state, child, parent))

    def _minor_siblings(self, state: State) -> tuple[State, State]:
        phone = self.phone()
        children = [self._victim(minor=True) for _ in range(2)]
        parents = [
            self._person("GRD", phone=phone, speaks_for=child.id, street="7 N Ash Way")
            for child in children
        ]
        return self._both(self._with(state, children[0], children[1], *parents))

    def _guardian_is_suspect(self, state: State) -> tuple[State, State]:
        suspect = state.suspects[0]
        child = self._victim(minor=True)
        parent = self._person("GRD", speaks_for=child.id, phone=self.phone(), **_identity(suspect))
        return self._both(self._with(state, child, parent))

    def _dead(self, state: State) -> tuple[State, State]:
        victim = self._victim(deceased=True)
        kin = self._victim(role="NOK", speaks_for=victim.id, rights="")
        return self._both(self._with(state, victim, kin))

    def _shared_phone(self, state: State) -> tuple[State, State]:
        phone = self.phone()
        two = [self._victim(phone=phone, email=self._email()) for _ in range(2)]
        return self._both(self._with(state, two[0], two[1]))

    def _shared_phone_only(self, state: State) -> tuple[State, State]:
        phone = self.phone()
        two = [self._victim(phone=phone, email="") for _ in range(2)]
        return self._both(self._with(state, two[0], two[1]))

    # ---- phones and mailboxes that do not work, people who want no more

    def _dead_phone(self, state: State) -> tuple[State, State]:
        victim = self._victim(phone=self.phone(), email=self._email())
        self.scenario.dead.add(victim.phone)
        return self._both(self._with(state, victim))

    def _dead_both(self, state: State) -> tuple[State, State]:
        victim = self._victim(phone=self.phone(), email=self._email())
        self.scenario.dead |= {victim.phone, victim.email}
        return self._both(self._with(state, victim))

    def _silent(self, state: State) -> tuple[State, State]:
        victim = self._victim(phone=self.phone(), email="")
        self.scenario.silent.add(victim.phone)
        return self._both(self._with(state, victim))

    def _stop(self, state: State) -> tuple[State, State]:
        victim = self._victim(phone=self.phone())
        self.scenario.stops.append(victim.phone)
        return self._both(self._with(state, victim))

    # ---- what changes with messages under way

    def _withdrawn(self, state: State) -> tuple[State, State]:
        state = self._arrested(state)
        return state, replace(state, arrests=(replace(state.arrests[0], withdrawn=True),))

    def _becomes_flagged(self, state: State) -> tuple[State, State]:
        return state, replace(self._later(state), flagged=True)

    def _becomes_dangerous(self, state: State) -> tuple[State, State]:
        return state, replace(state, offense=DANGEROUS[0])

    def _victim_removed(self, state: State) -> tuple[State, State]:
        gone = tuple(replace(p, removed=p.role == "VIC") for p in state.people)
        return state, replace(state, people=gone)

    def _becomes_suspects_phone(self, state: State) -> tuple[State, State]:
        state = self._with(state, self._victim(phone=self.phone()))
        return state, self._suspect(self._later(state), phone=state.victims[0].phone)

    def _new_phone(self, state: State) -> tuple[State, State]:
        victim = self._victim(phone=self.phone())
        state = self._with(state, victim)
        return state, self._with(self._later(state), replace(victim, phone=self.phone()))

    def _victim_added(self, state: State) -> tuple[State, State]:
        return state, replace(state, people=(*state.people, self._victim()))

    def _hearing_added(self, state: State) -> tuple[State, State]:
        state = self._arrested(state)
        hearing = (self.now + timedelta(days=1)).replace(hour=20, minute=30)
        return state, replace(state, arrests=(replace(state.arrests[0], appearance=hearing),))


def _identity(person: Person) -> dict[str, Any]:
    return {"first": person.first, "last": person.last, "born": person.born}


# What is wrong from the beginning with a case as such, or with its only victim.
OF_STATE: Mapping[str, Callable[[_Maker], dict[str, Any]]] = {
    "dangerous_offense": lambda maker: {"offense": maker.random.choice(DANGEROUS)},
    "unknown_offense": lambda _: {"offense": UNKNOWN},
    "flagged": lambda _: {"flagged": True},
    "old": lambda maker: {"reported": maker.ago(60), "arrests": ()},
}
OF_VICTIM: Mapping[str, Callable[[_Maker, State], dict[str, Any]]] = {
    "relationship": lambda maker, _: {"relationship": maker.random.choice(RELATIONS)},
    "phone_of_suspect": lambda _, state: {"phone": state.suspects[0].phone},
    "is_suspect": lambda _, state: {
        **_identity(state.suspects[0]),
        "first": state.suspects[0].first.upper(),
    },
    "minor_alone": lambda *_: {"born": date(2014, 2, 2)},
    "dead_alone": lambda *_: {"deceased": True},
    "unsafe": lambda *_: {"unsafe": True},
    "landline": lambda maker, _: {"phone": maker.phone(), "landline": True},
    "no_contact": lambda maker, _: NO_CONTACT | {"street": maker.street()},
    "nothing": lambda *_: NO_CONTACT,
    "confidential": lambda maker, _: (
        NO_CONTACT | {"street": maker.random.choice(HIDDEN), "confidential": True}
    ),
    "waived": lambda *_: {"rights": "W"},
}

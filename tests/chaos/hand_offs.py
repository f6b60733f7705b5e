"""What a scenario hands on to which agency, in a person's words; and whether that came to be.

Imports nothing of the product, like `oracle`. A victim agrees that the jail gets the request. Some
take it back while messages are under way, some jails confirm. By the end of a run the deadline is
over: what nobody confirmed is a person's task.
"""

from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass

from tests.chaos import oracle
from tests.chaos.scenario import Arrest, Case, Scenario

CONFIRMED, HELD, WITHDRAWN, ABSENT = "confirmed", "held", "withdrawn", "absent"
UNTOLD = "held, and the agency never heard of it"
JAIL, DETENTION = "county_jail", "juvenile_detention"
MAILBOXES = {
    JAIL: "victim-notices@jail.example.org",
    DETENTION: "victim-notices@juvenile.example.org",
}
# What may be wrong with a case in which somebody agrees: nothing that ends a contact by itself.
FIT = frozenset(
    {
        *("none", "hearing_added", "withdrawn", "victim_removed"),
        *("becomes_flagged", "becomes_dangerous", "dangerous_offense", "flagged", "relationship"),
    }
)
Key = tuple[str, str, str, str]  # case, victim, agency, fact


@dataclass(frozen=True, slots=True)
class Agreement:
    """A victim who lets the jail have a phone, and perhaps takes it back."""

    case: str
    victim: str
    phone: str
    taken_back: bool


def agreements(scenario: Scenario) -> list[Agreement]:
    """Return who agrees: each victim with a phone in a fit case; every third takes it back."""
    fit = [
        (case.number, victim)
        for case in scenario.cases
        if case.trouble in FIT
        for victim in case.before.victims[:1]
        if victim.phone
    ]
    return [
        Agreement(number, victim.id, victim.phone, n % 3 == 0)
        for n, (number, victim) in enumerate(fit)
    ]


def expect(
    scenario: Scenario, agreed: Iterable[Agreement], confirmed: set[Key]
) -> dict[Key, frozenset[str]]:
    """Return each hand-off that may have been owed, with the ends that are right."""
    cases = {case.number: case for case in scenario.cases}
    return {key: ends for one in agreed for key, ends in _of(cases[one.case], one, confirmed)}


def _of(case: Case, one: Agreement, confirmed: set[Key]) -> Iterator[tuple[Key, frozenset[str]]]:
    now = {arrest.id: arrest for arrest in case.after.arrests}
    victim = next((v for v in case.after.victims if v.id == one.victim), None)
    for arrest in case.before.arrests:
        key = (case.number, one.victim, _agency(arrest), f"arrest:{arrest.id}")
        if one.taken_back or victim is None or now[arrest.id].withdrawn:
            yield key, frozenset({WITHDRAWN} if key in confirmed else {WITHDRAWN, ABSENT})
        elif key in confirmed:
            yield key, frozenset({CONFIRMED})
        else:
            by_person = oracle.restricted(case.after)
            yield key, frozenset({HELD, UNTOLD} if by_person else {HELD})


def _agency(arrest: Arrest) -> str:
    return DETENTION if arrest.juvenile else JAIL


def problems(
    expected: Mapping[Key, frozenset[str]], found: Mapping[Key, str]
) -> dict[str, list[str]]:
    """Return what is wrong, by what it is: lost, wrong_recipient (agency) or unequal."""
    wrong: dict[str, list[str]] = {"lost": [], "wrong_recipient": [], "unequal": []}
    for key, ends in expected.items():
        end = found.get(key, ABSENT)
        if end in ends:
            continue
        said = f"{_words(key)}: {end} instead of {' or '.join(sorted(ends))}"
        # A request that was taken back and is still there is read by who must not read it.
        what = (
            "wrong_recipient"
            if WITHDRAWN in ends
            else "lost"
            if end in (ABSENT, UNTOLD)
            else "unequal"
        )
        wrong[what].append(said)
    for key, end in found.items():
        if key not in expected:
            wrong["wrong_recipient"].append(f"{_words(key)}: nobody agreed, yet it is {end}")
    return wrong


def said_too_much(texts: Iterable[str], scenario: Scenario) -> list[str]:
    """Return what is wrong with the emails to agencies: a name, a phone or a number of a case."""
    words = {
        word
        for case in scenario.cases
        for word in (case.number, *(w for p in case.before.people for w in (p.last, p.phone) if w))
    }
    found = [text for text in texts if any(word in text for word in words)]
    return [f"{len(found)} emails to agencies name somebody"] if found else []


def _words(key: Key) -> str:
    case, victim, agency, fact = key
    return f"hand-off {case} {victim} {agency} {fact.partition(':')[0]}"

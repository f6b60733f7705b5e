"""What a scenario hands on to which agency, in a person's words; and whether that came to be.

Imports nothing of the product, like `oracle`. A victim agrees that the jail, the prosecutor or both
get the request. Some take it back while messages are under way, some once an agency has confirmed:
it must hear of that. By the end of a run the deadline is over: what nobody confirmed is a person's
task.

An agency reads on its page who speaks for the victim. A request with another name is another one:
the former is taken back from who heard of it.
"""

from collections import Counter
from collections.abc import Collection, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime

from tests.rig.model import oracle
from tests.rig.model.incapacity import in_force
from tests.rig.model.scenario import Arrest, Case, Scenario

CONFIRMED, HELD, OVER, ABSENT = "confirmed", "a person's task", "over", "absent"
UNTOLD = "a person's task, and the agency never heard of it"
JAIL, DETENTION, PROSECUTOR = "county_jail", "juvenile_detention", "county_attorney"
MAILBOXES = {
    JAIL: "victim-notices@jail.example.org",
    DETENTION: "victim-notices@juvenile.example.org",
    PROSECUTOR: "victim-services@attorney.example.org",
}
RELEASE, COURT = "release", "court"  # what the jail and the prosecutor tell of
# When a victim takes it back: with messages under way, or once an agency has confirmed it.
EARLY, LATE = "early", "late"
# What victims agree to, and when they take it back if they do, in turn.
COURSES = (
    ((RELEASE,), EARLY),
    ((RELEASE,), LATE),
    ((RELEASE, COURT), ""),
    ((RELEASE, COURT), LATE),
    ((RELEASE,), ""),
    ((COURT,), ""),
)
# What may be wrong with a case in which somebody agrees: nothing that ends a contact by itself. A
# waiver in the report ends nothing: who agrees here still wants to be called.
FIT = frozenset(
    {
        *("none", "hearing_added", "withdrawn", "victim_removed", "waived"),
        *("becomes_flagged", "becomes_dangerous", "dangerous_offense", "flagged", "relationship"),
    }
)
Key = tuple[str, str, str, str]  # case, victim, agency, fact


@dataclass(frozen=True, slots=True)
class Agreement:
    """A victim who lets agencies have a phone for these purposes, and perhaps takes it back."""

    case: str
    victim: str
    phone: str
    purposes: tuple[str, ...]
    taken_back: str  # EARLY, LATE or never


@dataclass(frozen=True, slots=True)
class Email:
    """An email that an agency got."""

    to: str
    at: datetime
    words: str
    new: int = 0  # requests
    gone: int = 0  # taken back


def end(rows: Sequence[Mapping[str, str]]) -> str:
    """Return what became of a request: all but one of its rows, with other names, are over."""
    live = [row for row in rows if row["state"] != OVER]
    if len(live) > 1:
        return "given twice"
    if not live:
        return "over, and nobody said so" if any("unsaid" in row for row in rows) else OVER
    (row,) = live
    if row["state"] == CONFIRMED:
        return CONFIRMED
    if "reason" not in row:
        return "owed, and nobody looks"
    return HELD if "told_at" in row else UNTOLD


def agreements(scenario: Scenario) -> list[Agreement]:
    """Return who agrees, and to what: each victim with a phone in a fit case.

    Those who waived come last, so that the others have the same courses with or without them.
    """
    fit = [
        (case.number, victim)
        for case in sorted(scenario.cases, key=lambda case: case.trouble == "waived")
        if case.trouble in FIT
        for victim in case.before.victims[:1]
        if victim.phone
    ]
    return [
        Agreement(number, victim.id, victim.phone, *COURSES[n % len(COURSES)])
        for n, (number, victim) in enumerate(fit)
    ]


def expect(
    scenario: Scenario, agreed: Iterable[Agreement], confirmed: set[Key]
) -> dict[Key, frozenset[str]]:
    """Return each hand-off that may have been owed, with the ends that are right."""
    cases = {case.number: case for case in scenario.cases}
    return {key: ends for one in agreed for key, ends in _of(cases[one.case], one, confirmed)}


def _of(case: Case, one: Agreement, confirmed: set[Key]) -> Iterator[tuple[Key, frozenset[str]]]:
    after = in_force(case).after
    victim = next((v for v in after.victims if v.id == one.victim), None)
    for agency, fact, mistaken in occasions(case, one):
        key = (case.number, one.victim, agency, fact)
        if one.taken_back or victim is None or mistaken:
            yield key, frozenset({OVER} if key in confirmed else {OVER, ABSENT})
        elif key in confirmed:
            yield key, frozenset({CONFIRMED})
        else:
            by_person = oracle.restricted(after) or victim.doubt
            yield key, frozenset({HELD, UNTOLD} if by_person else {HELD})


def occasions(case: Case, one: Agreement) -> Iterator[tuple[str, str, bool]]:
    """Yield the agencies that must act, each with the fact, and whether that was a mistake."""
    mistaken = {arrest.id for arrest in case.after.arrests if arrest.withdrawn}
    if RELEASE in one.purposes:
        for arrest in case.before.arrests:
            yield _agency(arrest), f"arrest:{arrest.id}", arrest.id in mistaken
    if COURT in one.purposes and (case.after.prosecutor_at or case.after.status == "SUBMITTED"):
        yield PROSECUTOR, "prosecutor", False


def _agency(arrest: Arrest) -> str:
    return DETENTION if arrest.juvenile else JAIL


def taken_back(expected: Mapping[Key, frozenset[str]], confirmed: Iterable[Key]) -> list[Key]:
    """Return what an agency had confirmed before it was taken back: it must hear of that."""
    return [key for key in confirmed if OVER in expected.get(key, ())]


def problems(
    expected: Mapping[Key, frozenset[str]], found: Mapping[Key, str]
) -> dict[str, list[str]]:
    """Return what is wrong, by what it is: lost, wrong_recipient (agency) or unequal."""
    wrong: dict[str, list[str]] = {"lost": [], "wrong_recipient": [], "unequal": []}
    for key, ends in expected.items():
        end = found.get(key, ABSENT)
        if end in ends:
            continue
        said = f"{words(key)}: {end} instead of {' or '.join(sorted(ends))}"
        # A request that was taken back and is still there is read by who must not read it.
        what = (
            "wrong_recipient" if OVER in ends else "lost" if end in (ABSENT, UNTOLD) else "unequal"
        )
        wrong[what].append(said)
    for key, end in found.items():
        if key not in expected:
            wrong["wrong_recipient"].append(f"{words(key)}: nobody agreed, yet it is {end}")
    return wrong


def unsaid(
    expected: Mapping[Key, frozenset[str]],
    read: Mapping[str, int],
    gone: Mapping[str, int],
    emails: Collection[Email],
    *,
    named: Collection[str],
    since: datetime,
) -> dict[str, list[str]]:
    """Return what is wrong with what agencies heard of requests: lost or wrong_recipient.

    An email names nobody, so each agency's numbers are compared. One may come twice after a crash.

    Args:
        expected: the ends that are right.
        read: how many requests each agency read on its page.
        gone: how many each one confirmed that were taken back or renamed since.
        emails: all that they got.
        named: cases in which a name was added or ended.
        since: when agencies began to confirm: that it was taken back is told later.
    """
    new, back, later = Counter[str](), Counter[str](), Counter[str]()
    for email in emails:
        new[email.to] += email.new
        back[email.to] += email.gone
        later[email.to] += email.gone * (email.at >= since)
    held = Counter(key[2] for key, ends in expected.items() if ends == {HELD})
    may_go = {key[2] for key, ends in expected.items() if OVER in ends or key[0] in named}
    wrong: dict[str, list[str]] = {"lost": [], "wrong_recipient": []}
    for agency, mailbox in MAILBOXES.items():
        heard = new[mailbox] + read.get(agency, 0)
        if heard < held[agency]:
            wrong["lost"].append(f"{agency}: heard of {heard} of {held[agency]} requests")
        if later[mailbox] < gone.get(agency, 0):
            said = f"heard of {later[mailbox]} of {gone[agency]} confirmed requests taken back"
            wrong["lost"].append(f"{agency}: {said}")
        if any((e.to, e.new, e.gone) == (mailbox, 0, 0) for e in emails):
            wrong["wrong_recipient"].append(f"{agency}: an email tells of no request")
        if back[mailbox] and agency not in may_go:
            wrong["wrong_recipient"].append(f"{agency}: nothing was taken back, an email says so")
    return wrong


def said_too_much(texts: Iterable[str], scenario: Scenario) -> list[str]:
    """Return what is wrong with the emails to agencies: a name, a phone or a number of a case."""
    personal = {
        word
        for case in scenario.cases
        for word in (case.number, *(w for p in case.before.people for w in (p.last, p.phone) if w))
    }
    found = [text for text in texts if any(word in text for word in personal)]
    return [f"{len(found)} emails to agencies name somebody"] if found else []


def words(key: Key) -> str:
    """Return what a hand-off is called in a report."""
    case, victim, agency, fact = key
    return f"hand-off {case} {victim} {agency} {fact.partition(':')[0]}"

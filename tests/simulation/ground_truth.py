"""What truly happened, counted from what people did and what was sent.

It imports nothing of the product and reads none of its tables. It learns of messages from the two
providers and the printer. A message's own words say what it was about, as a reader would see it.
"""

from collections import Counter
from collections.abc import Collection, Iterable, Mapping
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from statistics import median
from typing import Any

from tests.simulation.entries import Asked, Costs, Cuts, Message, Numbers, Who, local, share
from tests.simulation.handed_on import HandedOn
from tests.simulation.people import Contact

NO_NOTICES = frozenset({"code", "answer"})
UNWANTED = frozenset({"arrest", "news", "survey"})  # by who waived
NEWS = frozenset({"arrest", "rights", "news"})  # of the case, which the agency owes

HOURS = {"arrest": 2, "rights": 24}  # in which the sample agency wants it told
CHANGE = "contact_changed"
CALLERS = ("clerks", "detectives", "plans", "renewals")  # who calls a victim
# The ends of the stretches in which the report counts times, in minutes.
ENDS = tuple("15 30 45 60 90 120 180 240 360 480 720 1440 2880 10080 longer".split())


@dataclass
class Ledger:
    """Everything that happened."""

    acts: Counter[str] = field(default_factory=Counter)  # also what no figure asks for
    cases: dict[str, Cuts] = field(default_factory=dict)  # by number: what figures are cut by
    languages: dict[Who, str] = field(default_factory=dict)
    logins: list[tuple[datetime, Who]] = field(default_factory=list)
    contacts: dict[tuple[Who, str], bool] = field(default_factory=dict)  # -> is new to the agency
    by_portal: set[tuple[Who, str]] = field(default_factory=set)  # that nothing else could reach
    enrolled: dict[Who, datetime] = field(default_factory=dict)
    enrolled_at_arrest: dict[str, set[Who]] = field(default_factory=dict)  # by the case's number
    messages: dict[str, Message] = field(default_factory=dict)  # by the provider's own id
    letters: list[tuple[Who, str, datetime]] = field(default_factory=list)
    stopped: dict[str, bool] = field(default_factory=dict)  # address -> wants no messages now
    dead: set[str] = field(default_factory=set)
    answers: dict[Who, dict[str, str]] = field(default_factory=dict)
    mailed: list[tuple[Who, str, datetime]] = field(default_factory=list)  # and when
    owed: dict[tuple[Who, str], datetime] = field(default_factory=dict)  # since when it was known
    arrested: dict[str, datetime] = field(default_factory=dict)  # by the case's number
    calls: list[tuple[Who, str, datetime]] = field(default_factory=list)  # the desk's, and of what
    officers: dict[tuple[Who, str], datetime] = field(default_factory=dict)  # their words
    tasks: list[Asked] = field(default_factory=list)  # what each call was about
    working: dict[Who, set[str]] = field(default_factory=dict)  # phones and emails, safe ones
    reached: list[Who] = field(default_factory=list)  # calls, each once for all that it told
    missed: list[Who] = field(default_factory=list)  # calls that nobody answered
    decided: list[Who] = field(default_factory=list)  # calls after which somebody said what one is
    plan_calls: list[tuple[Who, bool]] = field(default_factory=list)  # and whether once more
    erased: set[Who] = field(default_factory=set)
    waived: set[Who] = field(default_factory=set)  # who wants no news now
    unwanted: int = 0  # what came to them anyway
    hidden: set[Who] = field(default_factory=set)  # whose home is confidential
    handed_on: HandedOn = field(default_factory=HandedOn)  # to other agencies

    def got_in(self, who: Who, at: datetime) -> None:
        """Somebody proved who they are, and the portal opened."""
        self.logins.append((at, who))

    def learnt(self, number: str) -> None:
        """Note who of a case had enrolled when the agency's file told of an arrest."""
        theirs = {who for who in self.enrolled if who[0] == number}
        self.enrolled_at_arrest.setdefault(number, theirs)

    def left(self, who: Who, address: str, at: datetime, *, new: bool, only_way: bool) -> None:
        """A victim left an address, and the portal thanked.

        Args:
            new: the report does not have it.
            only_way: the report has no way to reach it, though it may have it as a landline.
        """
        self.contacts.setdefault((who, address), new)
        self.enrolled.setdefault(who, at)
        if only_way:
            self.by_portal.add((who, address))

    def works(self, who: Who, contact: Contact) -> None:
        """Note a phone or an email that a victim says is safe, if messages come there."""
        if contact.nature in ("good", "silent"):
            self.working.setdefault(who, set()).add(contact.address)

    def took(self, id: str, message: Message) -> None:
        """Note what a provider took."""
        self.acts[f"handed over: {message.kind}"] += 1
        self._came(message.who, message.kind)
        self.messages[id] = message

    def printed(self, who: Who, kind: str, at: datetime) -> None:
        """Note that a letter came out of the printer."""
        self.acts[f"printed: {kind}"] += 1
        self._came(who, kind)
        self.letters.append((who, kind, at))

    def _came(self, who: Who, kind: str) -> None:
        """Note what somebody got who may want no news."""
        self.unwanted += who in self.waived and kind in UNWANTED

    def against_wishes(self) -> list[str]:
        """Return what came where victims did not want it: news after a waiver, letters home."""
        sent = sum(who in self.hidden for who, _, _ in self.letters)
        found = {f"{sent} letters to a confidential home": sent}
        found[f"{self.unwanted} pieces of news to those who waived"] = self.unwanted
        return [words for words, times in found.items() if times]

    def post(self, at: datetime) -> None:
        """Note that everything printed so far is in the mailbox."""
        fresh = self.letters[len(self.mailed) :]
        self.mailed += [(who, kind, at) for who, kind, _ in fresh]

    def owes(self, who: Who, kind: str, at: datetime) -> None:
        """Note that the agency's files say something that a victim must be told."""
        if who not in self.erased and not (who in self.waived and kind in UNWANTED):
            self.owed.setdefault((who, kind), at)

    def takes_back(self, number: str) -> None:
        """Note that there was no arrest: who has heard nothing of it need not hear of it."""
        heard = {who for who, kind, _ in (*self.letters, *self.calls) if kind == "arrest"}
        heard |= self._told("arrest")
        for who, kind in list(self.owed):
            if who[0] == number and kind == "arrest" and who not in heard:
                del self.owed[who, kind]

    def called(self, who: Who, kind: str, at: datetime) -> None:
        """Note that a member of the desk told somebody by telephone."""
        self.acts[f"told by telephone: {kind}"] += 1
        self._came(who, kind)
        if (who, kind) in self.officers:  # a supervisor had to decide, so that word did not count
            self.calls.remove((who, kind, self.officers.pop((who, kind))))
        self.calls.append((who, kind, at))

    def told_by_officer(self, who: Who, kind: str, at: datetime) -> None:
        """Note, once, that an officer told somebody what was owed."""
        if (who, kind) in self.owed and (who, kind, at) not in self.calls:
            self.acts[f"told by an officer: {kind}"] += 1
            self.officers[who, kind] = at
            self.calls.append((who, kind, at))

    def rang(self, who: Who) -> None:
        """Note that a member of the desk called somebody, and nobody answered."""
        self.acts["called, and nobody answered"] += 1
        self.missed.append(who)

    def decides(self, who: Who, *, right: bool) -> None:
        """Note that a supervisor called, and said whether a later row of a victim is right."""
        self.acts[f"later rows that are {'right' if right else 'wrong'}"] += 1
        self.decided.append(who)

    def desk(self) -> dict[str, dict[str, dict[str, float]]]:
        """Return what was called about, by reason and kind, and what changes of a victim's own.

        It also says, by reason, how long tasks had waited. One call may be about several of them.
        """
        calls: dict[str, dict[str, float]] = {}
        changes: dict[str, dict[str, float]] = {}
        waited: dict[str, list[int]] = {}
        for one in sorted(self.tasks):
            places = [(calls, f"{one.reason}, {one.kind}")]
            places += [(changes, one.word)] if one.kind == CHANGE else []
            for table, name in places:
                of = table.setdefault(name, {"made": 0, "unanswered": 0})
                of["made"] += 1
                of["unanswered"] += not one.answered
            waited.setdefault(one.reason, []).append(one.minutes)
        tasks = {
            reason: {"called": len(each), "median_minutes": median(each)}
            for reason, each in waited.items()
        }
        return {"calls": calls, "changes": changes, "tasks": tasks}

    def people(self, victims: int, call: float, letter: float) -> dict[str, Any]:
        """Return what telling costs people, which no figure of the dashboard says."""
        clerks = len(self.reached) + len(self.missed) + len(self.decided)
        renewals = sum(again for _, again in self.plan_calls)
        attempts = dict.fromkeys(CALLERS, 0) | {"clerks": clerks, "renewals": renewals}
        attempts["plans"] = len(self.plan_calls) - renewals
        told, on_time = Telling(self), Telling(self).on_time("arrest")
        reachable = {who for who in told.owed("arrest") if self._is_reachable(who)}
        return {
            "calls_per_100_victims": round(100 * sum(attempts.values()) / victims, 1),
            "calls_per_100_victims_by": {
                caller: round(100 * calls / victims, 1) for caller, calls in attempts.items()
            },
            "arrest_on_time_share_reachable": share(len(on_time & reachable), len(reachable)),
            "told_twice": sum(len(told.twice(kind)) for kind in HOURS),
            "minutes_of_people": {
                "calls": sum(attempts.values()) * call,
                "letters": len(self.mailed) * letter,
            },
        }

    def _is_reachable(self, who: Who) -> bool:
        """Whether a phone or an email of a victim works, is safe, and gets messages at the end."""
        return any(not self.stopped.get(address) for address in self.working.get(who, ()))

    def posted(self) -> Counter[str]:
        """Return how many letters were posted, by what they are about."""
        return Counter(kind for _, kind, _ in self.mailed)

    def answered(self, who: Who, given: Mapping[str, str]) -> None:
        """A survey was sent in; what was left blank stays as it was."""
        self.answers.setdefault(who, {}).update(given)

    def figures(self, costs: Costs) -> Numbers:
        """Return what the dashboard must show, by its figures' names."""
        counts = self.counts()
        notified, lettered = counts["victims_notified"], counts["letters"]
        told = Telling(self)
        arrests, contacts = self._told("arrest"), len(self.contacts)
        enrolled = {who for who in arrests if who in self.enrolled_at_arrest.get(who[0], ())}
        portal = {who for who in arrests if self._by_portal(who)}
        spared = notified * costs.share_before - lettered
        scores = [int(a["satisfaction"]) for a in self.answers.values() if "satisfaction" in a]
        called = [a["still_called"] != "0" for a in self.answers.values() if "still_called" in a]
        came = self.enrolled.keys() & {who for _, who in self.logins}
        same = ("logins", "visitors", "enrolled", "arrests_owed", "victims_owed", "victims_told")
        more = ("told_by_person", "victims_notified", "letters", "surveys_sent", "responses")
        return {
            **{name: counts[name] for name in (*same, *more)},
            "enrolled_share": share(len(came), counts["visitors"]),
            "contacts": contacts,
            "contacts_new_share": share(sum(self.contacts.values()), contacts),
            "arrest_notices": len(arrests),
            "arrest_enrolled_share": share(len(enrolled), len(arrests)),
            "arrest_portal_share": share(len(portal), len(arrests)),
            "arrest_on_time_share": share(len(told.on_time("arrest")), counts["arrests_owed"]),
            "victims_told_share": share(counts["victims_told"], counts["victims_owed"]),
            "letter_share": share(lettered, notified),
            "response_rate": share(counts["responses"], counts["surveys_sent"]),
            "satisfaction": share(sum(scores), len(scores)),
            "still_called_share": share(sum(called), len(called)),
            "hours_saved": spared * costs.hours,
            "money_saved": spared * costs.dollars,
            "bounces": len(self.dead),
            "opt_outs": sum(self.stopped.values()),
        }

    def counts(self, people: Collection[Who] | None = None) -> dict[str, int]:
        """Return the counts of these people alone, or of everyone."""
        told = Telling(self)
        found: dict[str, Collection[Who]] = {
            "logins": [who for _, who in self.logins],
            "visitors": {who for _, who in self.logins},
            "enrolled": self.enrolled,
            "contacts": [who for who, _ in self.contacts],
            "arrest_notices": self._told("arrest"),
            "arrests_owed": told.owed("arrest"),
            "victims_owed": {who for who, _ in self.owed},
            "victims_told": told.arrived(),
            "told_by_person": [who for who, kind, _ in self.calls if kind in NEWS],
            "calls_tried": [*self.reached, *self.missed],
            "calls_reached": self.reached,
            "calls_missed": self.missed,
            "victims_notified": self._notified(),
            "letters": self._lettered(),
            "surveys_sent": self._asked_at(),
            "responses": self.answers,
            **self.handed_on.by_outcome(),
        }
        return {
            name: sum(people is None or who in people for who in theirs)
            for name, theirs in found.items()
        }

    def by_time(self, form: str) -> dict[str, dict[str, int]]:
        """Return by day or month what has a day of its own, in Arizona's time (UTC-7 all year)."""
        asked = self._asked_at()
        days: dict[str, list[datetime]] = {
            "logins": [at for at, _ in self.logins],
            "enrolled": list(self.enrolled.values()),
            "surveys_sent": list(asked.values()),
            "responses": [asked[who] for who in self.answers],
            **self.handed_on.days(),
        }
        found: dict[str, dict[str, int]] = {}
        for name, moments in days.items():
            for at in moments:
                row = found.setdefault(local(at).strftime(form), dict.fromkeys(days, 0))
                row[name] += 1
        return dict(sorted(found.items()))

    def by_cut(self) -> dict[str, dict[str, dict[str, int]]]:
        """Return the counts by offense group, division and language."""
        cuts: dict[str, dict[str, set[Who]]] = {"group": {}, "division": {}, "language": {}}
        for who, language in self.languages.items():
            case = self.cases[who[0]]
            of = {"group": case.group, "division": case.division, "language": language}
            for cut, label in of.items():
                cuts[cut].setdefault(label, set()).add(who)
        return {
            cut: {label: self.counts(people) for label, people in sorted(labels.items())}
            for cut, labels in cuts.items()
        }

    def by_answer(self) -> dict[str, int]:
        """Return how often each answer was given, as `question: answer`."""
        given = (f"{q}: {a}" for answers in self.answers.values() for q, a in answers.items())
        return dict(sorted(Counter(given).items()))

    def _asked_at(self) -> dict[Who, datetime]:
        """Return when a message first asked each how they were treated, whatever became of it."""
        asked: dict[Who, datetime] = {}
        for message in self.messages.values():
            if message.kind == "survey":
                asked[message.who] = min(asked.get(message.who, message.at), message.at)
        return asked

    def _lettered(self) -> set[Who]:
        return {who for who, _, _ in self.letters}

    def _notified(self) -> set[Who]:
        """Return the victims to whom anything was handed over, or printed; surveys left out."""
        silent = NO_NOTICES | {"survey"}
        handed = {m.who for m in self.messages.values() if m.kind not in silent}
        return handed | self._lettered()

    def _told(self, kind: str) -> set[Who]:
        """Return the victims to whom a message of one kind went, or a letter that was posted."""
        handed = {m.who for m in self.messages.values() if m.kind == kind and m.may_have_told}
        return handed | {who for who, about_it, _ in self.mailed if about_it == kind}

    def _by_portal(self, who: Who) -> bool:
        """Whether a victim's arrest notice went to a contact that only the portal brought."""
        handed = (m for m in self.messages.values() if m.who == who and m.kind == "arrest")
        return any((who, m.address) in self.by_portal for m in handed)


@dataclass(frozen=True, slots=True)
class Telling:
    """What was told, when and how, of all that was owed."""

    ledger: Ledger

    def owed(self, kind: str) -> set[Who]:
        """Return who was owed this news."""
        return {who for who, of in self.ledger.owed if of == kind}

    def told_at(self, kind: str) -> dict[Who, datetime]:
        """Return when each who was owed it first got it, or may have got it."""
        messages = self.ledger.messages.values()
        times = [(m.who, m.at) for m in messages if m.kind == kind and m.may_have_told]
        others = (*self.ledger.mailed, *self.ledger.calls)
        times += [(who, at) for who, of, at in others if of == kind]
        first: dict[Who, datetime] = {}
        for who, at in times:
            first[who] = min(at, first.get(who, at))
        return {who: at for who, at in first.items() if who in self.owed(kind)}

    def twice(self, kind: str) -> set[Who]:
        """Return who was told the same by a person, and by a message or a letter, in any order."""
        messages = self.ledger.messages.values()
        came = {m.who for m in messages if m.kind == kind and m.may_have_told}
        came |= {who for who, of, _ in self.ledger.mailed if of == kind}
        return came & {who for who, of, _ in self.ledger.calls if of == kind}

    def on_time(self, kind: str) -> set[Who]:
        """Return who got it within the hours that the agency's settings give it."""
        hours = timedelta(hours=HOURS[kind])
        known = self.ledger.owed
        return {who for who, at in self.told_at(kind).items() if at <= known[who, kind] + hours}

    def arrived(self) -> set[Who]:
        """Return to whom any news came for certain."""
        messages = self.ledger.messages.values()
        came = {m.who for m in messages if m.kind in NEWS and m.delivered}
        others = (*self.ledger.mailed, *self.ledger.calls)
        return came | {who for who, kind, _ in others if kind in NEWS}

    def table(self, kind: str) -> dict[str, int]:
        """Return how many were owed one kind of news, and how and when they were told."""
        told, owed = self.told_at(kind), self.owed(kind)
        called = {who for who, of, _ in self.ledger.calls if of == kind} & owed
        posted = {who for who, of, _ in self.ledger.mailed if of == kind} & owed - called
        return {
            "total": len(owed),
            "told_on_time": len(self.on_time(kind)),
            "told_by_message": len(told.keys() - called - posted),
            "told_by_letter": len(posted),
            "told_by_person": len(called),
            "not_told": len(owed - told.keys()),
        }

    def minutes(self) -> dict[str, int]:
        """Return how many arrests were told within each stretch of time after they were known."""
        told = self.told_at("arrest").items()
        return stretches(at - self.ledger.owed[who, "arrest"] for who, at in told)

    def known(self) -> dict[str, int]:
        """Return how many arrests were known within each stretch of time after the arrest."""
        owed = self.ledger.owed.items()
        return stretches(
            at - self.ledger.arrested[n] for ((n, _), of), at in owed if of == "arrest"
        )


def stretches(times: Iterable[timedelta]) -> dict[str, int]:
    """Return how many times are in each of the report's stretches."""
    found = dict.fromkeys(ENDS, 0)
    for time in times:
        taken = time.total_seconds() / 60
        found[next((end for end in ENDS[:-1] if taken <= float(end)), ENDS[-1])] += 1
    return found

"""The invariants of a finished run, and its figures; nothing here is the product's.

What each duty may end as says `tests/chaos/oracle.py`.
"""

import re
from collections import Counter
from collections.abc import Iterable
from dataclasses import dataclass, field, replace
from datetime import UTC, datetime
from itertools import chain
from typing import Any

from tests.chaos import incapacity, observed, oracle, sure_ends, waivers
from tests.chaos.observed import ABSENT, DELIVERED, ENDS, HELD, LETTERED, Evidence, Expected, Key
from tests.storm.calls import Sent
from tests.storm.days import AT_MOST, HOUR, Days
from tests.storm.waits import AT_NIGHT, is_quiet

LEASE, FOREVER = 120.0, float("inf")  # seconds of a claim (docs/rules.md#6)
KEEPS_FAILING, CRASHES = "keeps_failing", 5  # after so many crashed hand-overs a person looks
NOBODY = ("suppressed", "no_longer_owed")  # the end of a notice from before any victim was known
VENDOR = "records-vendor@example.org"  # hears of mistakes in files: the sample agency's settings
DIGITS, CODE = re.compile(r"\d+"), re.compile(r"\b[A-Z0-9]{4}-[A-Z0-9]{4}\b")
MODELS = (oracle, incapacity, waivers)
BROKEN = (  # each of these is 0 in a run that holds every invariant
    *("lost", "wrong_recipient", "unexplained_duplicates", "unsettled", "unequal_to_model"),
    *("recount_differences", "held_without_task", "items_too_large", "claims_taken_early"),
    *("sessions_wrong", "nights_wrong", "texts_at_night", "unexplained_failures"),
)


@dataclass
class Verdict:
    """The figures of a run; those of several add up."""

    figures: Counter[str] = field(default_factory=Counter)
    faults: Counter[str] = field(default_factory=Counter)
    problems: list[tuple[str, str]] = field(default_factory=list)  # case, what is wrong
    ends: sure_ends.Ends = field(default_factory=dict)  # of one run, to compare with local AWS

    @property
    def broken(self) -> set[str]:
        """Which invariants do not hold."""
        return {name for name in BROKEN if self.figures[name]}

    def add(self, other: "Verdict") -> None:
        """Add another run's figures."""
        self.figures += other.figures
        self.faults += other.faults
        self.problems += other.problems

    def problem(self, figure: str, case: str, what: str, count: int = 1) -> None:
        """Count what is wrong, and keep it in words."""
        self.figures[figure] += count
        self.problems.append((case, f"{figure}: {what}"))


def judge(run: Days, recount: Iterable[str]) -> Verdict:
    """Hold a finished run against the model and the invariants.

    Args:
        recount: the counters that differ from their rows, in words.
    """
    verdict = Verdict(faults=Counter(run.cloud.faults.done))
    ledger = incapacity.with_short_keys(run.ledger(), (incapacity.MARK, *waivers.WORDS))
    keys = {r["pk"]: (r["case"], r["victim"], r["kind"], r["fact"]) for r in ledger}
    states = {keys[row["pk"]]: row for row in ledger}
    evidence = _evidence(run, keys)
    entered = {keys[r["pk"]]: datetime.fromisoformat(r["first_seen"]) for r in ledger}
    evidence = replace(evidence, entered=entered)
    for case in run.scenario.cases:
        seen = _of_case(run, case.number, evidence)
        duties = chain(*(e.expect_of(run.scenario, case, seen) for e in MODELS))
        for duty in duties:
            row = states.pop(duty.key, None)
            if row is not None or ABSENT not in duty.ends:
                _judge(
                    verdict,
                    duty,
                    row,
                    sent=evidence.sent.get(duty.key, []),
                    crashes=run.streams.crashes[row["pk"]] if row else 0,
                    changed=run.changed.get(case.number),
                )
            end = ENDS.get(row["state"] if row else "", ABSENT)
            verdict.ends |= sure_ends.ended(run.scenario, case, duty, end, seen)
    for key, row in states.items():
        if not key[1] and (row["state"], row.get("reason")) == NOBODY:
            continue  # a person's task while the victims' file was late
        said = f"{_words(key)}: nobody owes this, it is {row['state']}"
        verdict.problem("unequal_to_model", key[0], said)
    _duplicates(verdict, run, keys)
    _messages(verdict, run, keys)
    _answers(verdict, run)
    _rows(verdict, run, ledger)
    for number, what in run.visits.mistakes():
        verdict.problem("sessions_wrong", number, f"{number} {what}")
    verdict.figures["visits"] = run.visits.opened
    verdict.figures["pages"] = run.visits.pages
    for notice in run.streams.taken_early:
        said = f"{_words(keys[notice])} counts as crashed before its lease is over"
        verdict.problem("claims_taken_early", keys[notice][0], said)
    for what in run.functions.failures:
        verdict.problem("unexplained_failures", "", what)
    for line in recount:
        verdict.problem("recount_differences", "", line)
    verdict.figures["calls"] = run.cloud.calls
    return verdict


def _evidence(run: Days, keys: dict[str, Key]) -> Evidence:
    sent: dict[Key, list[observed.Sent]] = {}
    for message in run.cloud.sent:
        if message.notice in keys:
            sent.setdefault(keys[message.notice], []).append(
                observed.Sent(
                    to=message.address,
                    at=_time(message.case_at),
                    channel=message.channel,
                    crash=not message.marked,
                    receipt=run.outcomes.get(message.id, ""),
                    late=message.id in run.late,
                )
            )
    again = {notice for notice, times in run.cloud.claims.items() if times > 1}
    disturbed = {keys[n] for n in run.cloud.disturbed | again if n in keys}
    cut_short = {keys[n] for n in run.streams.cut_short if n in keys}
    stopped = {address: _time(at) for address, at in run.stopped.items()}
    return Evidence(sent=sent, disturbed=disturbed, cut_short=cut_short, stopped=stopped)


def _of_case(run: Days, number: str, evidence: Evidence) -> Evidence:
    """Return the evidence with the times at which this case changed."""
    begin, end = run.changed.get(number, (None, None))
    return replace(
        evidence,
        change_from=None if begin is None else _time(begin),
        change_by=None if end is None else _time(end),
        first_late=number in run.first_late,
    )


def _judge(
    verdict: Verdict,
    duty: Expected,
    row: dict[str, str] | None,
    *,
    sent: list[observed.Sent],
    crashes: int,
    changed: list[float] | None,
) -> None:
    figures, case = verdict.figures, duty.key[0]
    figures["duties"] += 1
    state = row["state"] if row else "not in the ledger"
    end = ENDS.get(state, "")
    figures[end or "open"] += 1
    said = f"{_words(duty.key)}: {state} {row.get('reason', '') if row else ''}".strip()
    told = [f"{s.channel} {s.at:%d %H:%M:%S} {s.receipt}{' crash' * s.crash}" for s in sent]
    said += f" ({'; '.join(told) or 'nothing sent'})"
    if duty.wrong:
        verdict.problem("wrong_recipient", case, said, duty.wrong)
    by_person = duty.ends - {DELIVERED} == {HELD}
    if row and row.get("reason") == KEEPS_FAILING and crashes >= CRASHES:
        figures["given_to_a_person"] += 1  # five hand-overs crashed: a person has the task
        return
    if not end:
        verdict.problem("lost", case, said)
    elif end == LETTERED and (by_person or duty.untold) and _waits_to_be_printed(row, changed):
        figures["judged_in_print"] += 1  # printing decides again, and is not played
    elif duty.untold or (end == DELIVERED and not sent):
        verdict.problem("lost", case, f"{said}, and not everybody was sent a message")
    elif end not in duty.ends:
        said += f" instead of {' or '.join(sorted(duty.ends))}"
        verdict.problem("unequal_to_model", case, said)


def _waits_to_be_printed(row: dict[str, str] | None, changed: list[float] | None) -> bool:
    """Whether a letter was queued before its case had changed."""
    if row is None or changed is None or row["state"] != "queued":
        return False
    return datetime.fromisoformat(row["due_at"]).timestamp() < changed[1]


def _duplicates(verdict: Verdict, run: Days, keys: dict[str, Key]) -> None:
    """Count messages that told one address one fact again, and those that no crash explains."""
    told: dict[tuple[str, str, str, str], list[Sent]] = {}
    for message in run.cloud.sent:
        if message.notice in keys:
            case, _, kind, fact = keys[message.notice]
            told.setdefault((case, kind, fact, message.address), []).append(message)
    for (case, kind, fact, _), messages in told.items():
        crashes = sum(m.struck and not m.marked for m in messages)
        verdict.figures["crash_window"] += crashes
        verdict.figures["duplicates"] += len(messages) - 1
        if len(messages) - 1 > crashes:
            said = f"{kind} {fact} told {len(messages)} times, with {crashes} crashes"
            verdict.problem("unexplained_duplicates", case, said)


def _messages(verdict: Verdict, run: Days, keys: dict[str, Key]) -> None:
    """Hold each hand-over against what its own reading of the guards must have shown.

    A hand-over comes soon after its reading: a claim's lease is over after two minutes.
    """
    numbers, codes = {case.number for case in run.scenario.cases}, dict[str, str]()
    for message in run.cloud.sent:
        if not message.notice:
            continue
        case = keys[message.notice][0] if message.notice in keys else ""
        if not case:
            verdict.problem("wrong_recipient", "", f"no notice accounts for {message.id}")
        elif said := _of_another(message, case, numbers, codes):
            verdict.problem("wrong_recipient", case, f"{message.id} {said}")
        elif any(_within(message, off, on) for off, on in run.killed):
            verdict.problem("wrong_recipient", case, f"{message.id} left under the kill switch")
        elif _within(message, run.stopped.get(message.address, FOREVER), FOREVER):
            verdict.problem("wrong_recipient", case, f"{message.id} left after an opt-out")
        elif _wakes(message, keys[message.notice][2]):
            verdict.problem("texts_at_night", case, f"{message.id} left in the quiet hours")


def _of_another(message: Sent, case: str, numbers: set[str], codes: dict[str, str]) -> str:
    """Return how a message is about another notice or case than its own, "" if it is not.

    Args:
        numbers: of all cases.
        codes: by which the portal says that a message is real -> the case of each.
    """
    if message.tags.get("notice", message.notice) != message.notice:
        return "names another notice"
    named = numbers.intersection(DIGITS.findall(message.words))
    named |= {codes.setdefault(code, case) for code in CODE.findall(message.words)}
    return f"names {', '.join(sorted(named - {case}))}" if named - {case} else ""


def _wakes(message: Sent, kind: str) -> bool:
    """Whether a text came in the quiet hours that could wait, and was decided on in them."""
    quiet = is_quiet(message.left) and is_quiet(message.left - LEASE)
    return message.channel == "sms" and kind not in AT_NIGHT and quiet


def _answers(verdict: Verdict, run: Days) -> None:
    """Let each message without a notice answer a text that has no answer yet."""
    given: Counter[str] = Counter()
    for message in run.cloud.sent:
        if message.notice or message.address == VENDOR:
            continue
        given[message.address] += 1
        texts = sum(at <= message.left for at in run.texted.get(message.address, ()))
        if given[message.address] > texts:
            said = f"{message.id} answers no text, or one that has its answer"
            verdict.problem("wrong_recipient", "", said)


def _within(message: Sent, begin: float, end: float) -> bool:
    """Whether a message was decided on in a time, or left in it when every older claim was over."""
    return begin < message.switches_at < end or begin + LEASE < message.left < end


def _rows(verdict: Verdict, run: Days, ledger: list[dict[str, str]]) -> None:
    tasks = run.cloud.tables.leader.tables["Notices"].indexes["task_index"].entries
    on_list = {pk for rows in tasks.values() for _, pk, _ in rows}
    for row in ledger:
        if (row["state"] == "held") != (row["pk"] in on_list):
            verdict.problem("held_without_task", row["case"], f"{row['kind']} is {row['state']}")
        if stayed := run.streams.waits.overstayed.get(row["pk"]):
            said = f"{row['kind']} was {stayed}; now {row['state']}"
            verdict.problem("unsettled", row["case"], said)
    for what in run.schedules.wrong:
        verdict.problem("nights_wrong", "", what)
    if not run.finished:
        verdict.problem("unsettled", "", f"the run is not over after {AT_MOST / HOUR:.0f} hours")
    for name, size in run.cloud.tables.growth.too_large.items():
        verdict.problem("items_too_large", "", f"{name} took {size} bytes")


def _words(key: Key) -> str:
    case, victim, kind, fact = key
    return f"{case} {victim} {kind} {fact.partition(':')[0]}"


def _time(at: float) -> datetime:
    return datetime.fromtimestamp(at, UTC)


def plain(value: Any) -> Any:
    """Return counters as plain numbers, for JSON."""
    return dict(sorted(value.items()))

"""The invariants of a finished run, and its figures; nothing here is the product's.

What each duty may end as says `tests/rig/model/oracle.py`.
"""

import re
from collections import Counter
from collections.abc import Iterable
from dataclasses import replace
from datetime import UTC, datetime
from itertools import chain

from tests.rig import agencies
from tests.rig.calls import Sent
from tests.rig.model import contacts, incapacity, moved, observed, renumbered
from tests.rig.model.hand_offs import MAILBOXES
from tests.rig.model.observed import ABSENT, Evidence, Key
from tests.rig.verdict import Verdict, judge_duty, words
from tests.rig.waits import AT_NIGHT, is_quiet
from tests.storm.days import AT_MOST, HOUR, Days

LEASE, FOREVER = 120.0, float("inf")  # seconds of a claim (docs/rules.md#6)
NOBODY = ("suppressed", "no_longer_owed")  # the end of a notice from before any victim was known
VENDOR = "records-vendor@example.org"  # hears of mistakes in files: the sample agency's settings
DIGITS, CODE = re.compile(r"\d+"), re.compile(r"\b[A-Z0-9]{4}-[A-Z0-9]{4}\b")
MODELS = (incapacity, moved, contacts)


def judge(run: Days, recount: Iterable[str]) -> Verdict:
    """Hold a finished run against the model and the invariants."""
    verdict = Verdict(faults=Counter(run.cloud.faults.done))
    again = {notice for notice, times in run.cloud.claims.items() if times > 1}
    disturbed = run.cloud.disturbed | again
    ledger = moved.with_short_keys(run.ledger())
    ledger = renumbered.as_one_case(run.scenario, ledger, disturbed)
    keys = {r["pk"]: (r["case"], r["victim"], r["kind"], r["fact"]) for r in ledger}
    states = {keys[row["pk"]]: row for row in ledger}
    evidence = _evidence(run, keys, disturbed)
    entered = {keys[r["pk"]]: datetime.fromisoformat(r["first_seen"]) for r in ledger}
    evidence = replace(evidence, entered=entered)
    for case in run.scenario.cases:
        seen = _of_case(run, case.number, evidence)
        for duty in chain(*(e.expect_of(run.scenario, case, seen) for e in MODELS)):
            row = states.pop(duty.key, None)
            if row is not None or ABSENT not in duty.ends:
                judge_duty(
                    *(verdict, duty, row, evidence.sent.get(duty.key, [])),
                    crashes=run.streams.crashes[row["pk"]] if row else 0,
                    changed=run.changed.get(case.number),
                )
    _numbers(verdict, run, states)
    for key, row in states.items():
        if not key[1] and (row["state"], row.get("reason")) == NOBODY:
            continue  # a person's task while the victims' file was late
        said = f"{words(key)}: nobody owes this, it is {row['state']}"
        verdict.problem("unequal_to_model", key[0], said)
    _duplicates(verdict, run, keys)
    _messages(verdict, run, keys)
    _answers(verdict, run)
    _rows(verdict, run, ledger)
    rows = agencies.by_key(run.agencies.rows())
    run.agencies.requests.judge(verdict, run.scenario, rows, run.agencies.emails(), {})
    _pages(verdict, run)
    for notice in run.streams.taken_early:
        said = f"{words(keys[notice])} counts as crashed before its lease is over"
        verdict.problem("claims_taken_early", keys[notice][0], said)
    for what in run.functions.failures:
        verdict.problem("unexplained_failures", "", what)
    for line in recount:
        verdict.problem("recount_differences", "", line)
    verdict.figures["calls"] = run.cloud.calls
    return verdict


def _pages(verdict: Verdict, run: Days) -> None:
    """Judge what visitors were shown, and whether a supervisor could decide."""
    for number, what in run.visits.mistakes():
        verdict.problem("sessions_wrong", number, f"{number} {what}")
    verdict.figures["visits"] = run.visits.opened
    verdict.figures["contacts_left"] = sum(bool(o.id) for o in run.leavers.left.values())
    verdict.figures["warnings"] = sum(bool(o.warned_by) for o in run.leavers.left.values())
    verdict.figures["pages"] = run.visits.pages
    verdict.figures["standings"] = sum(bool(o.stored_by) for o in run.supervisor.judged.values())
    for number in run.supervisor.undecided:
        verdict.problem("unequal_to_model", number, f"{number}: no page lets her decide")


def _numbers(verdict: Verdict, run: Days, states: dict[Key, dict[str, str]]) -> None:
    """See that each later number leads to the first, and take away what was planned under it."""
    cases = run.cloud.tables.leader.tables["Cases"].items
    for case in (c for c in run.scenario.cases if c.later_number):
        verdict.figures["renumbered"] += 1
        leads = cases.get((f"CASE#{case.later_number}", "CASE"), {}).get("alias_of", {"S": ""})
        under = [states.pop(key) for key in [*states] if key[0] == case.later_number]
        for said in renumbered.problems(case, leads["S"], under):
            verdict.problem("unequal_to_model", case.number, said)


def _evidence(run: Days, keys: dict[str, Key], disturbed: Iterable[str]) -> Evidence:
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
    cut_short = {keys[n] for n in run.streams.cut_short if n in keys}
    stopped = {address: _time(at) for address, at in run.stopped.items()}
    return Evidence(
        sent=sent,
        disturbed={keys[n] for n in disturbed if n in keys},
        cut_short=cut_short,
        stopped=stopped,
        left=run.leavers.left,
        judged=run.supervisor.judged,
    )


def _of_case(run: Days, number: str, evidence: Evidence) -> Evidence:
    """Return the evidence with the times at which this case changed."""
    begin, end = run.changed.get(number, (None, None))
    return replace(
        evidence,
        change_from=None if begin is None else _time(begin),
        change_by=None if end is None else _time(end),
        came=_came(run, number),
        first_late=number in run.first_late,
    )


def _came(run: Days, number: str) -> dict[str, datetime]:
    """Return when each victim was first seen: a file may be imported in two parts."""
    rows, prefix = run.cloud.tables.leader.tables["Cases"].items, "VICTIM#"
    return {
        sort_key.removeprefix(prefix): datetime.fromisoformat(row["first_seen"]["S"])
        for (key, sort_key), row in rows.items()
        if key == f"CASE#{number}" and sort_key.startswith(prefix) and "first_seen" in row
    }


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
    numbers, codes = renumbered.numbers(run.scenario), dict[str, str]()
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


def _of_another(message: Sent, case: str, numbers: dict[str, str], codes: dict[str, str]) -> str:
    """Return how a message is about another notice or case than its own, "" if it is not.

    Args:
        numbers: of all cases -> the first of each.
        codes: by which the portal says that a message is real -> the case of each.
    """
    if message.tags.get("notice", message.notice) != message.notice:
        return "names another notice"
    named = {numbers[digits] for digits in DIGITS.findall(message.words) if digits in numbers}
    named |= {codes.setdefault(code, case) for code in CODE.findall(message.words)}
    return f"names {', '.join(sorted(named - {case}))}" if named - {case} else ""


def _wakes(message: Sent, kind: str) -> bool:
    """Whether a text came in the quiet hours that could wait, and was decided on in them."""
    quiet = is_quiet(message.left) and is_quiet(message.left - LEASE)
    return message.channel == "sms" and kind not in AT_NIGHT and quiet


def _answers(verdict: Verdict, run: Days) -> None:
    """Let each message without a notice answer a text that has no answer yet, or bring a code."""
    given: Counter[str] = Counter()
    asked = {a: case for case, one in run.leavers.left.items() for a in one.own}
    codes = {case: len(times) for case, times in run.leavers.codes.items()}
    for message in run.cloud.sent:
        if message.notice or message.address in (VENDOR, *MAILBOXES.values()):
            continue
        case = asked.get(message.address, "")
        if CODE.search(message.words) and codes.get(case):
            codes[case] -= 1
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


def _time(at: float) -> datetime:
    return datetime.fromtimestamp(at, UTC)

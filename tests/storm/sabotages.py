"""Mistakes made in the product on purpose, from outside: the storm must notice each.

A sabotage exchanges functions or values of the product by name; the product has no switch for it.
`make storm SABOTAGE=all` tries every one, and docs/results.md shows what noticed it.
"""

import multiprocessing
import time
from collections.abc import Callable
from concurrent.futures import ProcessPoolExecutor, as_completed
from dataclasses import asdict, dataclass
from datetime import timedelta
from importlib import import_module
from itertools import count
from typing import Any

from infra.local.run import end_with_parent
from tests.chaos import report_file
from tests.storm import results, shrink
from tests.storm.plan import Plan
from tests.storm.run import Outcome, enter, play

MOST = 2000  # duties within which each must be noticed


@dataclass(frozen=True)
class Sabotage:
    """A mistake: what it says it is, and how it is made."""

    mistake: str
    make: Callable[[], None]
    later: bool = False  # it needs victims who die, become minors or waive, in a later file


@dataclass(frozen=True)
class Noticed:
    """What noticed a sabotage, and after how many duties; nothing when none did."""

    name: str
    mistake: str
    duties: int
    by: list[str]


def _set(place: str, value: Any) -> None:
    """Exchange `module:name` or `module:Class.name` of the product."""
    module, _, path = place.partition(":")
    target: Any = import_module(f"aviso.{module}")
    *owners, name = path.split(".")
    for owner in owners:
        target = getattr(target, owner)
    assert hasattr(target, name), f"{place} is not there any more: this file follows the product"
    setattr(target, name, value)


def _get(place: str) -> Any:
    module, _, path = place.partition(":")
    found: Any = import_module(f"aviso.{module}")
    for name in path.split("."):
        found = getattr(found, name)
    return found


def _set_key(place: str, key: Any, value: Any) -> None:
    """Exchange an entry of a mapping of the product."""
    mapping = _get(place)
    assert key in mapping, f"{place} has no {key} any more: this file follows the product"
    mapping[key] = value


def _skip_claim_condition() -> None:
    honest, pk = _get("storage.notices:transition"), _get("storage.notices:NoticeItem.pk")
    claimed = _get("domain.notice:State").CLAIMED

    def transition(notice_id: str, to: Any, due_at: Any, **rest: Any) -> Any:
        actions, condition = honest(notice_id, to, due_at, **rest)
        return actions, pk.exists() if to is claimed else condition

    _set("storage.notices:transition", transition)


def _drop_lease() -> None:
    _set("notices.sending:LEASE", timedelta(0))
    _set("notices.sending:LATE_RECEIPT", timedelta(0))


def _mark_before_send() -> None:
    honest, move = _get("notices.sending:hand_over"), _get("storage.notices:move")
    sent = _get("domain.notice:State").SENT

    def hand_over(hop: Any, situation: Any, invocation: Any) -> Any:
        notice = situation.notice
        move(notice, sent, due_at=None, token=notice.token)
        return honest(hop, situation, invocation)

    _set("notices.sending:hand_over", hand_over)


def _trust_silence() -> None:
    errors = import_module("aviso.providers.errors")
    handed = _get("providers.message:Handed")
    for place in ("providers.sns:SnsSender.send", "providers.ses:SesSender.send"):
        honest = _get(place)

        def send(self: Any, message: Any, left: float, honest: Any = honest) -> Any:
            try:
                return honest(self, message, left)
            except errors.SendUnknown:
                return handed("")

        _set(place, send)


def _cache_guards() -> None:
    honest = _get("storage.guards:read_for")
    known: dict[str, Any] = {}

    def read_for(case: Any) -> Any:
        if case.origin not in known:
            known[case.origin] = honest(case)
        return known[case.origin]

    _set("storage.guards:read_for", read_for)


def _guards(**changes: Any) -> Callable[[], None]:
    def make() -> None:
        from msgspec.structs import replace

        for name in changes:
            _get(f"domain.send_guards:Guards.{name}")  # is there
        honest = _get("storage.guards:read")
        _set("storage.guards:read", lambda *a, **k: replace(honest(*a, **k), **changes))

    return make


def _count_twice() -> None:
    honest = _get("storage.counters:_put")

    def put(*given: Any) -> Any:
        written = honest(*given)
        written["Put"].pop("ConditionExpression")
        return written

    _set("storage.counters:_put", put)


def _miscount() -> None:
    honest, seen = _get("storage.counters:_adds"), []

    def adds(event: str, deltas: Any) -> Any:
        seen.append(event)
        return honest(event, deltas) if len(seen) % 40 else iter(())

    _set("storage.counters:_adds", adds)


def _stale_claim() -> None:
    read = _get("storage.notices:read")

    def still_due(notice: Any, _: Any) -> Any:
        found = read(notice.id)
        return found if found and found.state is notice.state else None

    _set("notices.overdue:_still_due", still_due)


def _one_hop() -> None:
    honest = _get("notices.sending:hand_over_each")
    _set("notices.sending:hand_over_each", lambda hops, *rest: honest(hops[:1], *rest))


def _never(place: str, value: Any) -> Callable[[], None]:
    return lambda: _set(place, lambda *_args, **_names: value)


def _to(place: str, value: Any) -> Callable[[], None]:
    return lambda: _set(place, value)


def _step(state: str) -> Callable[[], None]:
    def make() -> None:
        state_of, over = _get("domain.notice:State"), _get("notices.overdue:_over")
        _set_key("notices.overdue:STEPS", state_of(state), over)

    return make


def _sessions_never_end() -> None:
    honest = _get("storage.sessions:resume")

    def resume(key: str, now: Any, idle_until: Any) -> Any:
        return honest(key, now - timedelta(days=1), idle_until)

    _set("storage.sessions:resume", resume)


def _keep_a_mark() -> None:
    honest = _get("feed.row_writer:decide")
    _get("domain.model:Victim.incapacitated")  # is there

    def decide(stored: Any, parsed: Any, *rest: Any) -> Any:
        from msgspec.structs import replace

        if getattr(stored, "incapacitated", False) and hasattr(parsed.row, "incapacitated"):
            parsed = replace(parsed, row=replace(parsed.row, incapacitated=True))
        return honest(stored, parsed, *rest)

    _set("feed.row_writer:decide", decide)


def _die_unheard() -> None:
    for mark in ("deceased_at", "minor_at"):
        _set_key("feed.marks:SAYS", mark, lambda *_: False)


def _reconcile_nothing() -> None:
    nothing = _get("notices.reconciliation:NOTHING")
    _never("notices.reconciliation:_plan", nothing)()


SABOTAGES: dict[str, Sabotage] = {
    "skip_condition": Sabotage("a claim has no condition", _skip_claim_condition),
    "drop_lease": Sabotage("a claim is over at once", _drop_lease),
    "mark_first": Sabotage("a notice is marked before it is sent", _mark_before_send),
    "trust_silence": Sabotage("no answer counts as sent", _trust_silence),
    "forget_withdrawal": Sabotage(
        "no correction is owed", _never("domain.duties:_corrections", ())
    ),
    "cache_guards": Sabotage("a case's guards are read once", _cache_guards),
    "ignore_opt_out": Sabotage("opt-outs are not read", _guards(opted_out=frozenset())),
    "ignore_kill": Sabotage(
        "switches stop nothing", _never("domain.routing:_stopped_by_switch", None)
    ),
    "drop_records": Sabotage("reconcile plans nothing", _reconcile_nothing),
    "count_twice": Sabotage("a repeated record counts again", _count_twice),
    "miscount": Sabotage("one count in forty is lost", _miscount),
    "send_to_suspect": Sabotage(
        "contacts are not compared with suspects'",
        _never("domain.contacts:addresses_of_suspects", set()),
    ),
    "ignore_restriction": Sabotage(
        "no rule restricts a case", _never("domain.restriction:by_rule", None)
    ),
    "never_retry": Sabotage("an expired claim is over", _step("claimed")),
    "stale_claim": Sabotage("a new claim is taken for the crashed one", _stale_claim),
    "wait_for_ever": Sabotage("what waits is not decided again", _step("waiting")),
    "no_next_channel": Sabotage("a message without a receipt is over", _step("sent")),
    "hold_without_task": Sabotage(
        "held notices are on no list", _to("storage.notices:HELD_TASK", None)
    ),
    "forget_tries": Sabotage(
        "tried channels are forgotten", _never("domain.routing:_attempts", [])
    ),
    "tell_each": Sabotage(
        "a shared phone is told each time", _to("domain.routing:Situation.taken", {})
    ),
    "one_hop": Sabotage("only the first of two contacts is told", _one_hop),
    "tell_incapacitated": Sabotage(
        "victims who cannot act are told", _to("domain.model:Victim.is_incapacitated", False)
    ),
    "silence_a_victim": Sabotage(
        "who is said to be incapacitated never hears of it",
        _never("domain.facts:silenced_since", None),
    ),
    "keep_a_mark": Sabotage("a mark is never taken back", _keep_a_mark),
    "die_unheard": Sabotage(
        "who dies or becomes a minor never hears of it", _die_unheard, later=True
    ),
    "waive_unheard": Sabotage(
        "whom a later file silences never hears of it",
        _never("domain.facts:waived_since", None),
        later=True,
    ),
    "sessions_never_end": Sabotage("a visit does not time out", _sessions_never_end),
}


def try_one(name: str, cases: int) -> tuple[Noticed, Outcome]:
    """Play seeds with a sabotage until it is noticed, or `MOST` duties were owed."""
    enter()
    sabotage = SABOTAGES[name]
    sabotage.make()
    duties = 0
    for seed in count(1):
        outcome = play(Plan(seed, cases, incapacity=True, later=sabotage.later))
        duties += outcome.verdict.figures["duties"]
        if outcome.verdict.broken or duties >= MOST:
            break
    by = sorted(outcome.verdict.broken)
    return Noticed(name, sabotage.mistake, duties, by), outcome


def explain(name: str, cases: int, say: Callable[[str], None]) -> int:
    """Try a sabotage in this process, make what noticed it small, and tell its story."""
    noticed, outcome = try_one(name, cases)
    _say(noticed, say)
    if not noticed.by:
        return 1
    for line in shrink.story(shrink.shrink(outcome, say)):
        say(line)
    return 0


def _say(noticed: Noticed, say: Callable[[str], None]) -> None:
    by = ", ".join(noticed.by) or "NOTHING"
    say(f"{noticed.name} ({noticed.mistake}): {by} after {noticed.duties:,} duties")


def try_all(names: list[str], cases: int, jobs: int, say: Callable[[str], None]) -> int:
    """Try sabotages, each in a process of its own; return 1 when one was not noticed."""
    found: dict[str, Noticed] = {}
    started = time.monotonic()

    def keep(*, finished: bool = False) -> None:
        listed = [asdict(found[name]) for name in names if name in found]
        report_file.write(results.TRIED, {"sabotages": listed}, finished=finished)

    keep()  # not the last run's
    spawn = multiprocessing.get_context("spawn")
    with ProcessPoolExecutor(
        jobs, spawn, initializer=end_with_parent, max_tasks_per_child=1
    ) as pool:
        for done in as_completed([pool.submit(try_one, name, cases) for name in names]):
            noticed, _ = done.result()
            found[noticed.name] = noticed
            _say(noticed, say)
            keep()
            duties = sum(one.duties for one in found.values())
            seconds = time.monotonic() - started
            say(report_file.pace(len(found), len(names), "sabotages", duties, seconds))
    keep(finished=True)
    return 0 if all(one.by and one.duties <= MOST for one in found.values()) else 1

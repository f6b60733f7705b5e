"""Plays the whole day in memory and returns its figures, as `__main__` has them for local AWS."""

import sys
import time
from collections import Counter
from collections.abc import Mapping
from contextlib import redirect_stdout
from datetime import UTC, datetime
from typing import Any
from unittest.mock import patch

from tests.bad_day import alarms, people, verdict, visitors
from tests.bad_day.memory_day import (
    AGE,
    BEFORE,
    ERRORS,
    MESSAGES_TO,
    NINE,
    VISIBLE,
    Fair,
    MemoryDay,
    Watched,
)
from tests.bad_day.verdict import Send
from tests.rig.cloud import Cloud
from tests.rig.scheduler import Scheduler
from tests.storm import sabotages
from tests.storm.run import enter, in_the_rig, on_a_clock, prepare

VENDOR = "records-vendor@example.org"  # of the sample agency: hears of files that cannot be read
SIGHT = alarms.Sight(of_aws=frozenset({"5XXError", VISIBLE, ERRORS, AGE}))
SERVICES = {"sns": "sns", "sesv2": "ses", "dynamodb": "CasesTable"}  # as local AWS's proxy counts
# What `mutations.OF_A_DAY` does to the deployed copy, done to the product in this process.
MISTAKES = {"forget": "wait_for_ever", "tell": "ignore_restriction"}


def play(scale: Mapping[str, Any], sabotage: str = "") -> dict[str, Any]:
    """Play a day of this size in this process, perhaps sabotaged; return its figures."""
    out, began = sys.stdout, time.perf_counter()

    def say(text: str) -> None:
        print(f"bad-day: {time.perf_counter() - began:.0f} s: {text}", file=out, flush=True)

    prepare()
    enter()
    if sabotage:
        sabotages.SABOTAGES[MISTAKES[sabotage]].make()
    cases = people.make(scale["arrests"], NINE)
    start = datetime.fromtimestamp(NINE.timestamp() - BEFORE, UTC)
    with on_a_clock(start) as clock:
        cloud = Cloud(Scheduler(start.timestamp(), clock.move_to), Fair(1), 1)
        scale_of = (scale["minutes"] * 60, scale["visitors"], scale["desk_pause"])
        day = MemoryDay(Watched(cloud), cases, *scale_of, say)
        # A day is long enough for a kept secret to be read again.
        age = patch("time.monotonic", lambda: day.cloud.time.now)
        with in_the_rig(day.cloud, 1), age, redirect_stdout(day.log):
            day.play()
        return figures(day, scale) | {"processor_seconds": round(time.process_time())}


def figures(day: MemoryDay, scale: Mapping[str, Any]) -> dict[str, Any]:
    """Return all that is told of a day, once it is over."""
    ledger, answers = day.ledger(), day.crowd.answers
    found = verdict.judge(day.cases, ledger, _sends(day, ledger))
    seen = own_figures(day)
    rang, unjudged = alarms.judge(seen, day.nine, day.cloud.time.now, SIGHT)
    return {
        "scale": scale,
        "refused_minutes": scale["minutes"] * MESSAGES_TO,
        "duties": found.figures(),
        "strangers": _strangers(day),
        "open": day.open(),
        "problems": found.lost + found.wrong,
        "waited": visitors.spread(found.waited),
        "in_full": visitors.spread(found.in_full),
        "tasks_after": visitors.spread(verdict.oldest_tasks(ledger, day.nine)),
        "events": day.events,
        "refused_calls": {
            name: day.cloud.faults.done[f"{service}_throttled"]
            for service, name in SERVICES.items()
        },
        "brakes": day.brakes,
        "visits": day.crowd.visits,
        **visitors.figures(answers),
        "a_second": _most_a_second(day),
        "at_once": dict(sorted(day.functions.most.items())),
        "alarms": [alarm.since(day.nine) for alarm in rang],
        "not_judged": unjudged,
        "unexplained": sorted(set(day.functions.failures)),
        "dead_letters": len(seen.get(f"{VISIBLE} {alarms.LEFT}", ())),
        "calls": day.cloud.calls,
    }


def own_figures(day: MemoryDay) -> dict[str, list[tuple[float, float]]]:
    """Return every figure that an alarm can be judged by here."""
    found = alarms.own_figures(day.log.figures) | day.functions.seen
    for who, api in (("visitor", alarms.PAGES), ("desk", alarms.DESK)):
        failed = [(a.at, 1.0) for a in day.crowd.answers if a.who == who and a.status >= 500]
        found[f"5XXError {api}"] = failed
    return found


def _sends(day: MemoryDay, ledger: list[dict[str, str]]) -> list[Send]:
    case = {row["pk"]: row["case"] for row in ledger}
    return [
        Send(
            since=message.left - day.nine,
            notice=message.notice,
            case=case.get(message.notice, ""),
            to=message.address,
            channel=message.channel,
            words=message.words,
        )
        for message in day.cloud.sent
        if message.address != VENDOR
    ]


def _strangers(day: MemoryDay) -> int:
    """Return how many messages went to an address that nobody of the day has."""
    known = {VENDOR} | {a for c in day.cases for a in (c.phone, c.email, c.signed_up)}
    return sum(message.address not in known for message in day.cloud.sent)


def _most_a_second(day: MemoryDay) -> dict[str, int]:
    """Return the most pages that were asked for within one second, by who asked."""
    seconds = Counter((a.who, int(a.at)) for a in day.crowd.answers)
    most: dict[str, int] = {}
    for (who, _), count in seconds.items():
        most[who] = max(most.get(who, 0), count)
    return most

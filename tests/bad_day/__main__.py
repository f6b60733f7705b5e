"""`make bad-day`: play the day, judge it, write `build/bad-day.json`.

Exits 1 when anything was lost, told to the wrong person or left open, when a record went to the
dead-letter queue, or when a visitor got an error without a page or without a time to come back.
"""

import argparse
import sys
import time
from collections import Counter
from collections.abc import Mapping
from contextlib import redirect_stdout
from datetime import UTC, datetime
from pathlib import Path
from typing import Any
from unittest.mock import patch

from infra.local.run import end_on_signals
from infra.repository import ROOT, commit
from tests.bad_day import alarms, answers, people, verdict
from tests.bad_day.crowd import PAUSE
from tests.bad_day.day import BEFORE, MESSAGES_TO, NINE, TABLE, Day, Fair, Watched
from tests.rig import figures
from tests.rig.cloud import Cloud
from tests.rig.sabotages import OF_A_BAD_DAY
from tests.rig.scheduler import Scheduler
from tests.storm.run import again_with_fixed_hashes, enter, in_the_rig, on_a_clock, prepare

# An hour of refusals is three quarters of the minutes.
FULL = {"arrests": 5_000, "visitors": 500, "minutes": 80.0, "desk_pause": PAUSE}
SHORT = {"arrests": 40, "visitors": 2, "minutes": 80.0, "desk_pause": 50 * PAUSE}
VENDOR = "records-vendor@example.org"  # of the sample agency: hears of files that cannot be read
SERVICES = {"sns": "sns", "sesv2": "ses", "dynamodb": f"{TABLE}Table"}

say = figures.say_as("bad-day")


def main() -> int:
    """Play and judge; return the exit code."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--arrests", type=int, help="in one file")
    parser.add_argument("--visitors", type=int, help="a minute")
    parser.add_argument("--minutes", type=float, help="that visitors come")
    parser.add_argument("--short", action="store_true", help="a small day, in seconds")
    parser.add_argument("--sabotage", default="", choices=["", *OF_A_BAD_DAY])
    parser.add_argument("--out", type=Path, default=ROOT / "build", help="where figures go")
    options = parser.parse_args()
    again_with_fixed_hashes("tests.bad_day")
    short = options.short or bool(options.sabotage)
    usual = SHORT if short else FULL
    scale = {name: getattr(options, name, None) or value for name, value in usual.items()}
    end_on_signals()
    played = commit()  # the tree may change meanwhile
    found = play(scale, options.sabotage)
    found |= {"at": f"{datetime.now(UTC):%Y-%m-%d}", "commit": played}
    out = options.out / f"bad-day{'-short' * short}.json"
    figures.write(out, found)
    failures = faults(found)
    for line in [*found["problems"][:20], *(f"FAILED: {failure}" for failure in failures)]:
        say(line)
    told = found["duties"]
    say(f"{told['told']} told of {told['owed']}, {told['lost']} lost; figures in {out}")
    return 1 if failures else 0


def play(scale: Mapping[str, Any], sabotage: str = "") -> dict[str, Any]:
    """Play a day of this size in this process, perhaps sabotaged; return its figures."""
    out, began = sys.stdout, time.perf_counter()

    def tell(text: str) -> None:
        print(f"bad-day: {time.perf_counter() - began:.0f} s: {text}", file=out, flush=True)

    prepare()
    enter()
    if sabotage:
        OF_A_BAD_DAY[sabotage].make()
    cases = people.make(scale["arrests"], NINE)
    start = datetime.fromtimestamp(NINE.timestamp() - BEFORE, UTC)
    with on_a_clock(start) as clock:
        cloud = Cloud(Scheduler(start.timestamp(), clock.move_to), Fair(1), 1)
        scale_of = (scale["minutes"] * 60, scale["visitors"], scale["desk_pause"])
        day = Day(Watched(cloud), cases, *scale_of, tell)
        # A day is long enough for a kept secret to be read again.
        age = patch("time.monotonic", lambda: day.cloud.time.now)
        with in_the_rig(day.cloud, 1), age, redirect_stdout(day.log):
            day.play()
        return figures_of(day, scale) | {"processor_seconds": round(time.process_time())}


def figures_of(day: Day, scale: Mapping[str, Any]) -> dict[str, Any]:
    """Return all that is told of a day, once it is over."""
    ledger, got = day.ledger(), day.crowd.answers
    sends = [message for message in day.cloud.sent if message.address != VENDOR]
    found = verdict.judge(day.cases, ledger, sends, day.nine)
    seen = _alarm_figures(day)
    rang, unjudged = alarms.judge(seen, day.nine, day.cloud.time.now)
    return {
        "scale": scale,
        "refused_minutes": scale["minutes"] * MESSAGES_TO,
        "duties": found.day(),
        "strangers": _strangers(day),
        "open": day.open(),
        "problems": [said for _, said in found.problems],
        "waited": answers.spread(found.waited),
        "in_full": answers.spread(found.in_full),
        "tasks_after": answers.spread(verdict.oldest_tasks(ledger, day.nine)),
        "events": day.events,
        "refused_calls": {
            name: day.cloud.faults.done[f"{service}_throttled"]
            for service, name in SERVICES.items()
        },
        "brakes": day.brakes,
        "visits": day.crowd.visits,
        **answers.figures(got),
        "unanswered": day.crowd.here,
        "a_second": _most_a_second(day),
        "at_once": dict(sorted(day.functions.most.items())),
        "alarms": [alarm.since(day.nine) for alarm in rang],
        "not_judged": unjudged,
        "unexplained": sorted(set(day.functions.failures)),
        "dead_letters": len(seen.get(f"{alarms.VISIBLE} {alarms.LEFT}", ())),
        "calls": day.cloud.calls,
    }


def _alarm_figures(day: Day) -> dict[str, list[tuple[float, float]]]:
    """Return every figure that an alarm can be judged by here."""
    found = alarms.own_figures(day.log.figures) | day.functions.seen
    for who, api in (("visitor", alarms.PAGES), ("desk", alarms.DESK)):
        failed = [(a.at, 1.0) for a in day.crowd.answers if a.who == who and a.status >= 500]
        found[f"5XXError {api}"] = failed
    return found


def _strangers(day: Day) -> int:
    """Return how many messages went to an address that nobody of the day has."""
    known = {VENDOR} | {a for c in day.cases for a in (*c.addresses, c.signed_up)}
    return sum(message.address not in known for message in day.cloud.sent)


def _most_a_second(day: Day) -> dict[str, int]:
    """Return the most pages that were asked for within one second, by who asked."""
    seconds = Counter((a.who, int(a.at)) for a in day.crowd.answers)
    most: dict[str, int] = {}
    for (who, _), count in seconds.items():
        most[who] = max(most.get(who, 0), count)
    return most


def faults(found: Mapping[str, Any]) -> list[str]:
    """Return why a day must not pass; nothing when it may."""
    duties = found["duties"]
    silent = {
        who: of["errors"] - of["say_when"]
        for who, of in found["say_when"].items()
        if of["say_when"] < of["errors"]
    }
    wrong = {
        f"{duties['lost']} lost": duties["lost"],
        f"{duties['wrong_recipient']} to the wrong person": duties["wrong_recipient"],
        f"{duties['duplicates']} messages twice": duties["duplicates"],
        f"{found['strangers']} messages that nothing accounts for": found["strangers"],
        f"{found['open']} notices still open": found["open"],
        f"{found['bare']} errors without a page": found["bare"],
        f"errors that do not say when to come back: {silent}": silent,
        f"{found['dead_letters']} records in the dead-letter queue": found["dead_letters"],
        f"{found['unanswered']} got no answer": found["unanswered"],
        f"failures that no refusal explains: {found['unexplained']}": found["unexplained"],
        "nobody visited": not found["answers"],
    }
    return [why for why, is_so in wrong.items() if is_so]


if __name__ == "__main__":
    try:
        sys.exit(main())
    except KeyboardInterrupt:
        sys.exit("bad-day: stopped; nothing is left running")

"""`make bad-day`: play the day, judge it, write `build/bad-day.json` and docs/bad-day.md.

`IN=memory` plays it in this process, where one scheduler owns the time.

Exits 1 when anything was lost, told to the wrong person or left open, when a record went to the
dead-letter queue, or when a visitor got an error without a page or without a time to come back.
"""

import argparse
import sys
import time
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

from infra.local.run import end_on_signals
from infra.local.sam_build import BuildError
from infra.local.stack import LocalAws, StackError
from infra.repository import ROOT, commit
from tests.bad_day import alarms, in_memory, page, people, verdict, visitors
from tests.bad_day.crowd import PAUSE
from tests.bad_day.in_memory import VENDOR
from tests.bad_day.morning import MESSAGES_TO, Morning
from tests.bad_day.verdict import Send
from tests.bad_day.world import BusyWorld
from tests.chaos import environment, mutations
from tests.rig import figures
from tests.storm.run import again_with_fixed_hashes

# An hour of throttling is among the minutes: three quarters of them in memory, a half elsewhere.
FULL = page.WHOLE | {"minutes": 120.0}
FULL_IN_MEMORY = FULL | {"minutes": 80.0, "desk_pause": PAUSE}
SHORT = {"arrests": 20, "visitors": 20, "minutes": 0.5}
SHORT_IN_MEMORY = {"arrests": 40, "visitors": 2, "minutes": 80.0, "desk_pause": 50 * PAUSE}
SIZES = {
    ("local-aws", False): FULL,
    ("local-aws", True): SHORT,
    ("memory", False): FULL_IN_MEMORY,
    ("memory", True): SHORT_IN_MEMORY,
}
SEED = 19


say = figures.say_as("bad-day")


def main() -> int:
    """Play and judge; return the exit code."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--arrests", type=int, help="in one file")
    parser.add_argument("--visitors", type=int, help="a minute")
    parser.add_argument("--minutes", type=float, help="that visitors come")
    parser.add_argument("--short", action="store_true", help="seconds; writes no page")
    parser.add_argument("--sabotage", default="", choices=["", *mutations.OF_A_DAY])
    parser.add_argument("--where", default="local-aws", choices=["local-aws", "memory"])
    parser.add_argument("--out", type=Path, default=ROOT / "build", help="where figures go")
    options = parser.parse_args()
    memory = options.where == "memory"
    if memory:
        again_with_fixed_hashes("tests.bad_day")
    short = options.short or bool(options.sabotage)
    usual = SIZES[options.where, short]
    scale = {name: getattr(options, name, None) or value for name, value in usual.items()}
    end_on_signals()
    played = commit()  # the tree may change meanwhile
    found = (in_memory.play if memory else play)(scale, options.sabotage)
    found |= {"at": f"{datetime.now(UTC):%Y-%m-%d}", "commit": played, "where": options.where}
    name = "-".join(["bad-day", *["memory"] * memory, *["short"] * short])
    out = options.out / f"{name}.json"
    figures.write(out, found)
    if not short:
        whole_enough = page.is_of_the_page(found)
        if whole_enough:
            page.write(found)
        say(f"docs/bad-day.md is {'written' if whole_enough else 'left: this day is too small'}")
    failures = faults(found)
    for line in [*found["problems"][:20], *(f"FAILED: {failure}" for failure in failures)]:
        say(line)
    told = found["duties"]
    say(f"{told['told']} told of {told['owed']}, {told['lost']} lost; figures in {out}")
    return 1 if failures else 0


def play(scale: dict[str, Any], sabotage: str) -> dict[str, Any]:
    """Play a day of this size on a stack of its own; return its figures."""
    cases = people.make(scale["arrests"], datetime.now(UTC))
    visitors.provide()
    template = environment.prepare(sabotage, visitors.FOLDER)
    with BusyWorld(SEED, 0) as busy:
        say("building and deploying the template to local AWS ...")
        busy.deploy(template)
        morning = Morning(busy, cases, scale["minutes"] * 60, scale["visitors"], say)
        morning.bring()
        say(f"{len(cases)} cases are there; it is nine o'clock")
        morning.play(template)
        return figures_of(morning, scale)


def figures_of(morning: Morning, scale: dict[str, Any]) -> dict[str, Any]:
    """Return all that is told of a day, once it is over."""
    aws, told = morning.world.aws, morning.world.told()
    ledger = morning.world.ledger()
    found = verdict.judge(morning.cases, ledger, _sends(morning, told["sends"], ledger))
    known = {send["id"] for send in told["sends"]}
    recorded = {t.id for t in aws.sent_texts()} | {e.id for e in aws.sent_emails()}
    answers = morning.visitors.answers() if morning.visitors else []
    rang, unjudged = alarms.judge(_alarm_figures(aws, answers), morning.nine, time.time())
    return {
        "scale": scale,
        "refused_minutes": scale["minutes"] * MESSAGES_TO,
        "duties": found.figures(),
        "strangers": len(recorded ^ known),
        "open": morning.open(),
        "problems": found.lost + found.wrong,
        "waited": visitors.spread(found.waited),
        "in_full": visitors.spread(found.in_full),
        "tasks_after": visitors.spread(verdict.oldest_tasks(ledger, morning.nine)),
        "events": morning.events,
        "put_forward": [[round(at - morning.nine), ahead] for at, ahead in morning.ahead],
        "imported": {k: v for k, v in morning.imported.items() if isinstance(v, int)},
        "refused_calls": told["refused"],
        "release_seconds": round(morning.release_seconds, 1),
        "brakes": morning.brakes,
        **visitors.figures(answers),
        "alarms": [alarm.since(morning.nine) for alarm in rang],
        "not_judged": unjudged,
        "access_denied": aws.access_denied(),
        "dead_letters": dead_letters(aws),
    }


def _sends(
    morning: Morning, journal: list[dict[str, Any]], ledger: list[dict[str, str]]
) -> list[Send]:
    aws = morning.world.aws
    words = {t.id: t.body for t in aws.sent_texts()}
    words |= {e.id: f"{e.subject}\n{e.text}" for e in aws.sent_emails()}
    case = {row["pk"]: row["case"] for row in ledger}
    return [
        Send(
            since=morning.since_nine(send["at"]),
            notice=send["notice"],
            case=case.get(send["notice"], ""),
            to=send["to"],
            channel=send["channel"],
            words=words.get(send["id"], ""),
        )
        for send in journal
        if send["to"] != VENDOR
    ]


def _alarm_figures(
    aws: LocalAws, answers: list[visitors.Answer]
) -> dict[str, list[tuple[float, float]]]:
    """Return every figure that an alarm can be judged by here."""
    found = alarms.own_figures(aws.log_lines())
    for who, api in (("visitor", alarms.PAGES), ("desk", alarms.DESK)):
        failed = [(a.at, 1.0) for a in answers if a.who == who and a.status >= 500]
        found[f"5XXError {api}"] = failed
    found[f"ApproximateNumberOfMessagesVisible {alarms.LEFT}"] = [
        (time.time(), float(dead_letters(aws)))
    ]
    return found


def dead_letters(aws: LocalAws) -> int:
    """Return how many records no function could take."""
    queues = aws.client("sqs")
    found = 0
    for url in queues.list_queues().get("QueueUrls", ()):
        if "dead" in url.rpartition("/")[2].lower():
            asked = {"QueueUrl": url, "AttributeNames": ["ApproximateNumberOfMessages"]}
            count = queues.get_queue_attributes(**asked)["Attributes"]
            found += int(count["ApproximateNumberOfMessages"])
    return found


def faults(found: dict[str, Any]) -> list[str]:
    """Return why a day must not pass; nothing when it may."""
    duties = found["duties"]
    silent = {
        who: of["errors"] - of["say_when"]
        for who, of in found["say_when"].items()
        if of["say_when"] < of["errors"]
    }
    rules = {
        f"{duties['lost']} lost": duties["lost"] == 0,
        f"{duties['wrong_recipient']} to the wrong person": duties["wrong_recipient"] == 0,
        f"{duties['duplicates']} messages twice": duties["duplicates"] == 0,
        f"{found['strangers']} messages that nothing accounts for": found["strangers"] == 0,
        f"{found['open']} notices still open": found["open"] == 0,
        f"{found['bare']} errors without a page": found["bare"] == 0,
        f"errors that do not say when to come back: {silent}": not silent,
        f"{found['dead_letters']} records in the dead-letter queue": found["dead_letters"] == 0,
        # Local AWS cuts no answer short, so a busy machine leaves some without one there.
        f"{found['unanswered']} got no answer in time": (
            found["unanswered"] == 0 or found["where"] != page.MEMORY
        ),
        f"{found.get('access_denied')} calls denied": not found.get("access_denied"),
        f"failures that no refusal explains: {found.get('unexplained')}": not found.get(
            "unexplained"
        ),
        "nobody visited": found["answers"] > 0,
    }
    return [why for why, holds in rules.items() if not holds]


if __name__ == "__main__":
    try:
        sys.exit(main())
    except KeyboardInterrupt:
        sys.exit("bad-day: stopped; nothing is left running")
    except (StackError, BuildError, mutations.SabotageError) as error:
        sys.exit(f"bad-day: {error}")

"""Writes the figures of a day into docs/bad-day.md, between its markers.

A day on local AWS and a day in memory have places of their own.
"""

from collections.abc import Mapping
from itertools import batched
from typing import Any

from benchmarks.report import between_marks, table
from infra.deploy import sending_rates
from infra.repository import ROOT

UNJUDGED = "not judged"
NOT_OVER = (
    '"Not yet" is an alarm that still rang when the day ended, with the last open notice. An alarm '
    "looks at whole periods of some minutes, so it is over some minutes after its cause."
)
RAISED = "administrator-guide.md#4-deploy"
A_LINE = 6  # names of alarms in one line
PAGE = ROOT / "docs/bad-day.md"
# The product's pauses before it tries a message again that a provider refused, in minutes
# (docs/rules.md#3): each is twice the one before, and an hour at most.
PAUSES = (2, 4, 8, 16, 32, 60)


WHOLE = {"arrests": 5_000, "visitors": 500}
TENTH = 0.1  # of the whole: what two processors can play on local AWS
HOUR = 60  # minutes in which SES and SNS refuse everything, on the whole day
MEMORY, LOCAL = "memory", "local-aws"
PLACES = {
    MEMORY: ("full", "make bad-day IN=memory writes them"),
    LOCAL: ("figures", "make bad-day writes them"),
}


def is_of_the_page(found: Mapping[str, Any]) -> bool:
    """Whether a day is large enough for the page: the whole in memory, a tenth on local AWS."""
    least = 1 if found["where"] == MEMORY else TENTH
    long_enough = found["refused_minutes"] >= HOUR * least
    return long_enough and all(
        found["scale"][name] >= whole * least for name, whole in WHOLE.items()
    )


def write(found: Mapping[str, Any]) -> None:
    """Put a day's figures into the page.

    Raises:
        ValueError: when the page has lost its markers.
    """
    name, written = PLACES[found["where"]]
    between_marks(PAGE, written, {name: figures(found)})


def figures(found: Mapping[str, Any]) -> str:
    """Return a day's figures as Markdown."""
    parts = (size, duties, waits, _pages, errors, rang, _events)
    text = "\n\n".join(part(found) for part in parts)
    if found["where"] == MEMORY:
        text = text.replace("\n### ", "\n### In memory: ")  # headings of a page differ
    return text


def clock(seconds: float) -> str:
    """Return a moment of the day, given in seconds after nine."""
    whole = 9 * 3600 + round(seconds)
    return f"{whole // 3600}:{whole // 60 % 60:02d}:{whole % 60:02d}"


def throttled_for(minutes: float) -> float:
    """Return at which minute a message is taken that was first tried at nine.

    Args:
        minutes: how long providers refuse, from nine on.
    """
    return sum(_pauses_begun(minutes))


def throttled_at_most(minutes: float) -> float:
    """Return by which minute each message is taken, whenever before the end it was first tried.

    One that was refused just before the end still waits for the whole of its pause. Which pause
    that is depends on when it was first tried, and the longest is the last of those begun at nine.
    """
    return minutes + max(_pauses_begun(minutes), default=0)


def _pauses_begun(minutes: float) -> list[int]:
    """Return the pauses of a message first tried at nine that begin before so many minutes."""
    begun: list[int] = []
    for pause in (*PAUSES, *[60] * 48):
        if sum(begun) >= minutes:
            break
        begun.append(pause)
    return begun


def size(found: Mapping[str, Any]) -> str:
    """Return when a day was played, and how large it was."""
    scale = found["scale"]
    minutes = found["refused_minutes"]
    hour = (
        f"The hour in which SES and SNS refuse everything was {minutes:g} minutes long here. "
        if minutes < HOUR
        else ""
    )
    return (
        f"Measured on {found['at']} at commit {found['commit']}: "
        f"{scale['arrests']:,} arrests in one file, "
        f"{scale['visitors']:,} visitors a minute for {scale['minutes']:g} minutes, and three "
        f"members of the desk. {hour}"
        f"{found['answers']:,} pages were asked for.{_work(found)}{_part(scale)}"
    )


def _part(scale: Mapping[str, Any]) -> str:
    """Return a word about a day that is smaller than the whole."""
    if all(scale[name] >= whole for name, whole in WHOLE.items()):
        return ""
    return (
        f" **This is not the whole day**, which has {WHOLE['arrests']:,} arrests and "
        f"{WHOLE['visitors']:,} visitors a minute."
    )


def _work(found: Mapping[str, Any]) -> str:
    """Return what a day in memory took, and what it asked of AWS at most."""
    if found["where"] != MEMORY:
        return ""
    most = max(found["at_once"].items(), key=lambda one: one[1])
    return (
        f" That is {found['visits']:,} visits, and {found['calls']:,} calls to AWS. In the busiest "
        f"second the portal was asked for {found['a_second'].get('visitor', 0):,} pages and the "
        f"desk for {found['a_second'].get('desk', 0):,}. At most {most[1]:,} invocations of one "
        f"function, `{most[0]}`, were under way at once. `PortalConcurrency` lets the portal "
        f"answer {sending_rates.PORTAL} at once ([how to raise it]({RAISED})). The whole day took "
        f"{_minutes(found['processor_seconds'])} of one processor."
    )


def duties(found: Mapping[str, Any]) -> str:
    """Return a table of who was told; what a run could not judge is said to be that."""
    told = found["duties"]
    # A run that knew no address of a visitor cannot say which address was a stranger's.
    wrong, signed_up = (
        told[name] if "signed_up" in told else UNJUDGED for name in ("wrong_recipient", "signed_up")
    )
    rows = [
        ("victims owed a notice of an arrest", told["owed"]),
        ("told by text or email", told["told"]),
        ("a letter is queued, since only an address is known", told["letter"]),
        ("a task for a person, since the case is restricted", told["task"]),
        ("**lost**", told["lost"]),
        ("**told to the wrong person**", wrong),
        ("messages twice", told["duplicates"]),
        ("also told to an email that a visitor of the case had signed up", signed_up),
        ("still open at the end", found["open"]),
        ("records in the dead-letter queue", found["dead_letters"]),
        ("times that the brake stopped everything until a person released it", found["brakes"]),
    ]
    return "### Who was told\n\n" + table(("what", "how many"), rows)


def waits(found: Mapping[str, Any]) -> str:
    """Return a table of how long people waited, and what the rig leaves out of that."""
    minutes = found["refused_minutes"]
    spreads = {
        "until a victim's first message was handed over": found["waited"],
        "until all of a victim's messages were": found["in_full"],
        "until a letter or a task was in its list": found["tasks_after"],
    }
    rows = [
        (what, *(_minutes(spread[name]) for name in ("p50", "p95", "p99", "longest")))
        for what, spread in spreads.items()
        if spread
    ]
    last = found["in_full"].get("longest", 0.0)
    said = [
        "### What waits how long\n",
        table(("from nine o'clock", "median", "95%", "99%", "the last"), rows),
        f"\nThe last person was told at {clock(last)}. {paced(found['duties']['text_parts'])}",
        due(minutes),
    ]
    if found.get("put_forward"):
        at, ahead = found["put_forward"][0][0], found["put_forward"][-1][1]
        said.append(
            f"From {clock(at)} on nobody visited, and `chase` was told later times, up to "
            f"{_minutes(ahead)} later. The table counts that time as waited."
        )
    return "\n".join(said)


def paced(parts: int) -> str:
    """Return how long the day's texts take at the rates that `make deploy` sets for a number."""
    slow, fast = sending_rates.UNKNOWN_NUMBER, sending_rates.BY_NUMBER[sending_rates.TOLL_FREE]
    return (
        f"No sending rate is in this. The texts about arrests have {parts:,} parts, which take "
        f"{_minutes(parts / slow)} at {slow} a second (10DLC, or a number of unknown kind) and "
        f"{_minutes(parts / fast)} at {fast} a second (toll-free)."
    )


def due(minutes: float) -> str:
    """Return when the last try is due by the product's pauses, and of a whole hour too."""
    said = (
        f"A message that a provider refuses is tried again after {_pauses()} minutes. By these "
        f"pauses alone, after {minutes:g} minutes of refusals a message that was first tried at "
        f"nine goes at minute {throttled_for(minutes):g}. One that was first tried later may be "
        f"refused just before they end. It goes at minute {throttled_at_most(minutes):g} at the "
        "latest."
    )
    if minutes < HOUR:
        said += (
            f" After a whole hour these are the minutes {throttled_for(HOUR):g} and "
            f"{throttled_at_most(HOUR):g}."
        )
    return f"{said} `chase` looks once a minute, so each try can be a minute late."


def _pauses() -> str:
    return ", ".join(str(p) for p in PAUSES[:-1]) + f" and then every {PAUSES[-1]}"


def _pages(found: Mapping[str, Any]) -> str:
    rows = [
        (page, got["answers"], got["errors"], *(f"{got[n]:,.0f}" for n in LATENCIES))
        for page, got in found["pages"].items()
    ]
    head = ("page", "answers", "errors", "median ms", "95% ms", "99% ms", "longest ms")
    said = (
        "\n\nThese times are waits for AWS alone, its repetitions among them. The processor's own "
        "time is in [Performance](performance.md#what-a-victim-waits-by-memory)."
        if found["where"] == MEMORY
        else ""
    )
    return f"### Pages\n\n{table(head, rows)}{said}"


LATENCIES = ("p50", "p95", "p99", "longest")


def errors(found: Mapping[str, Any]) -> str:
    """Return a table of the answers that were not a page, and who said when to come back."""
    rows = list(found["errors"].items())
    site, own = (found["say_when"][name] for name in ("site", "gateway"))
    said = (
        f"{found['unanswered']} got no answer in time. {found['bare']} of the others had no page "
        "that says what happened and the way on. "
        f"{site['say_when']:,} of {site['errors']:,} errors of the site said when to come back."
    )
    if own["errors"]:
        said += (
            f" So did {own['say_when']:,} of {own['errors']:,} pages that the gateway gave by "
            "itself because a function had failed. They are the template's."
        )
    shown = table(("status and heading", "answers"), rows) if rows else "There was none."
    return f"### Answers that were not a page of the journey\n\n{shown}\n\n{said}"


def rang(found: Mapping[str, Any]) -> str:
    """Return a table of the alarms that went off, and the names of those not judged."""
    rows = [
        (
            f"[{name}](runbook.md#{name.lower()})",
            says,
            clock(at),
            clock(until) if until else "not yet",
        )
        for name, says, at, until in found["alarms"]
    ]
    shown = table(("alarm", "it says", "rings", "is over"), rows) if rows else "None rang."
    if any(until is None for *_, until in found["alarms"]):
        shown += f"\n\n{NOT_OVER}"
    names = batched(found["not_judged"], A_LINE, strict=False)
    not_judged = "\n".join(f"- {', '.join(some)}" for some in names)
    return f"### What the alarms said\n\n{shown}\n\nNot judged here:\n\n{not_judged}"


def _events(found: Mapping[str, Any]) -> str:
    refused = ", ".join(f"{n:,} by {_plain(what)}" for what, n in found["refused_calls"].items())
    rows = [(clock(at), what) for at, what in found["events"]]
    return (
        "### What happened when\n\n"
        + table(("at", "what"), rows)
        + f"\n\nCalls that were refused: {refused or 'none'}."
        + (
            f" The release took {found['release_seconds']:,.0f} seconds."
            if "release_seconds" in found
            else ""
        )
    )


def _plain(what: str) -> str:
    """Return the name of a service or of a table as a reader knows it."""
    return {"sns": "SNS", "ses": "SES"}.get(what, "the Cases table")


def _minutes(seconds: float) -> str:
    minutes, rest = divmod(round(seconds), 60)
    return f"{minutes} min {rest} s" if minutes else f"{rest} s"

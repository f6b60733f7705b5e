"""`make told-since`: settle what was told after the moment to which tables were restored.

    make told-since AT=2026-11-24T08:30Z BY=<your name> AGENCY=police.yaml

A notice that came back from before its message, or that planning entered again, looks as if nobody
had been told. The logs know better: each hand-over and each receipt is a line with the notice's id,
and a duty always has the same id. A notice whose message arrived is marked so. One whose message
was handed over, or whose letter was printed, is held with a note: a person asks before it goes
again.
`make restore` does this at its end; run it again once files were imported and Reconcile has ended.
What is still not in the ledger then is owed no more: it was withdrawn, or its victim was erased.
A survey that was told is entered here: else the next night would ask the same person again.
"""

import json
import os
from collections import Counter
from collections.abc import Iterator, Mapping, Sequence, Set
from datetime import UTC, datetime
from typing import Any

import boto3

from aviso.domain.duties import duty_id
from aviso.domain.errors import Conflict
from aviso.domain.model import Kind
from aviso.domain.notice import Notice, State
from aviso.domain.notice_states import OVER, sources, was_told
from aviso.domain.staff import Remark
from aviso.domain.survey_rules import FIRST, REMINDER
from aviso.domain.value import Frozen
from aviso.letters import bucket
from aviso.notices import survey_invitations
from aviso.notices.reconciliation import ALL_CASES_PLANNED, AS_OF
from aviso.staff import notice_decisions
from aviso.staff.actor import Actor
from aviso.storage import case_decisions, cases, notices
from infra.deploy.progress import say
from infra.deploy.rows import scan_rows
from infra.deploy.stacks import DeployError
from infra.ops import acts_since
from infra.ops.connection import begun, by_a_person, past

MESSAGES = ("dispatched", "receipt")  # the log lines of hand-overs and of receipts
RUNS = ("reconciled", "night")  # those of a run of Reconcile, and of all parts of a night
MISSING = "missing"
# Outcomes of a hand-over after which a provider has the message, or may have it.
HANDED = frozenset({"sent", "delivered", "unconfirmed", "unknown", "overtaken"})
NOTE = (
    "The tables were restored to {moment:%Y-%m-%d %H:%M} UTC. A message about a held notice on "
    "this case was handed over after that, at {at:%Y-%m-%d %H:%M} UTC. Ask the victim before "
    "you send it again."
)
OWED_NO_MORE = (
    "told-since: Reconcile has gone through all cases, so these are owed no more, if the records "
    "system has sent its files since AT again"
)
NOT_YET = (
    "told-since: run `make told-since` again when Reconcile has gone through all cases: in minutes "
    "in a city, in an estimated hour with four million cases. Where this stays for more than two "
    "hours, a case or a part of them fails: docs/runbook.md, ReconcileFails"
)


class ToldSince(Frozen, frozen=True, kw_only=True):
    """What the logs know about a notice."""

    at: datetime  # the first hand-over
    arrived_at: datetime | None = None
    channel: str = ""


class Settled(Frozen, frozen=True, kw_only=True):
    """What became of the notices that were told after a moment."""

    delivered: int
    held: int
    under_way: int
    missing: Sequence[str]  # the ids of those that are not in the ledger
    final: bool  # whether the missing are owed no more, because all cases were planned

    @property
    def done(self) -> bool:
        """Whether nothing is left to settle."""
        return not self.under_way and (self.final or not self.missing)


def told_in_logs(logs: Any, group: str, at: datetime) -> dict[str, ToldSince]:
    """Return what the logs know was told from a moment on, by notice."""
    found: dict[str, ToldSince] = {}
    arrived: dict[tuple[str, int], tuple[datetime, str]] = {}
    for when, line in _lines(logs, group, at, MESSAGES):
        notice, outcome = str(line.get("notice", "")), str(line.get("outcome", ""))
        receipt = line["message"] == "receipt"
        if not receipt and outcome.partition(":")[0] not in HANDED:
            continue
        found.setdefault(notice, ToldSince(at=when))
        if receipt and outcome in ("delivered", "complaint"):
            arrived[notice, line["attempt"]] = (when, str(line.get("channel", "")))
        elif receipt:
            arrived.pop((notice, line["attempt"]), None)  # delivered, and then sent back
    for (notice, _), (when, channel) in arrived.items():
        found[notice] = ToldSince(at=found[notice].at, arrived_at=when, channel=channel)
    return found


def _lines(
    logs: Any, group: str, at: datetime, messages: Sequence[str]
) -> list[tuple[datetime, Mapping[str, Any]]]:
    """Return the log lines with one of these messages from a moment on, in order of time."""
    found = []
    for message in messages:
        pages = logs.get_paginator("filter_log_events").paginate(
            logGroupName=group, startTime=int(at.timestamp() * 1000), filterPattern=f'"{message}"'
        )
        for event in (event for page in pages for event in page["events"]):
            line = json.loads(event["message"]) if event["message"].startswith("{") else {}
            if line.get("message") == message:
                found.append((datetime.fromtimestamp(event["timestamp"] / 1000, UTC), line))
    return sorted(found, key=lambda one: one[0])


def told_by_letter(s3: Any, at: datetime) -> dict[str, ToldSince]:
    """Return the notices whose letters were printed from a moment on."""
    found: dict[str, ToldSince] = {}
    pages = s3.get_paginator("list_objects_v2").paginate(
        Bucket=os.environ["LETTERS_BUCKET"], Prefix="runs/"
    )
    for item in (item for page in pages for item in page.get("Contents", ())):
        _, run, name = item["Key"].split("/")
        if name == "manifest.csv" and item["LastModified"] >= at:
            letters = bucket.manifest(run) or ()
            found |= {
                row.notice: ToldSince(at=item["LastModified"])
                for row in letters
                if row.mail == "yes"
            }
    return found


def settle(
    told: Mapping[str, ToldSince],
    moment: datetime,
    actor: Actor,
    strangers: Set[str] = frozenset(),
) -> dict[str, str]:
    """Mark or hold each notice that was told; return what became of each.

    Doing it again changes nothing more. A notice that is not in the ledger is `MISSING`: planning
    has not entered it again yet.

    Args:
        told: what logs and print runs know, by notice.
        moment: to which the tables were restored.
        strangers: cases of which somebody said "this is not me" since. What arrived there is held.
    """
    return {id: _settle(id, one, moment, actor, strangers) for id, one in told.items()}


def _settle(id: str, told: ToldSince, moment: datetime, actor: Actor, strangers: Set[str]) -> str:
    notice = notices.read(id)
    if notice is None:
        return MISSING
    if notice.state in OVER or (was_told(notice) and told.arrived_at is None):
        return "known"
    tried = [attempt for attempt in notice.attempts if attempt.at >= moment]
    if tried and (was_told(notice) or all(one.state is State.FAILED for one in tried)):
        return "known"  # its rows are as they were
    sure = told.arrived_at and strangers.isdisjoint(cases.read_case(notice.case).numbers)
    if sure and notice.state in sources(State.DELIVERED):
        return _arrived(notice, told)
    if notice.state is not State.HELD and not notice_decisions.hold([id], actor)["held"]:
        return "under way"
    _note(notice, told, moment, actor)
    return "held"


def _arrived(notice: Notice, told: ToldSince) -> str:
    changes: dict[str, Any] = {"channel": told.channel} if told.channel else {}
    first = notice.told_at or told.at
    try:
        notices.move(
            notice, State.DELIVERED, due_at=None, only_from=[notice.state], told_at=first,
            reason="", **changes,
        )  # fmt: skip
    except Conflict:
        return "under way"
    return "delivered"


def _note(notice: Notice, told: ToldSince, moment: datetime, actor: Actor) -> None:
    """Say on the case why; the time makes it the same row, however often it is written."""
    number = cases.read_case(notice.case).number
    note = Remark(at=told.at, by=actor.name, text=NOTE.format(moment=moment, at=told.at))
    case_decisions.add_remark(number, note, actor.record("note_added", number))


def enter_surveys(told: Mapping[str, ToldSince], cases_table: str, actor: Actor) -> None:
    """Enter surveys that were told, with the marks that their people were asked, as at that time.

    No plan enters them: a night asks, and it would ask a person who has no mark.
    """
    numbers = dict(_surveys(cases_table))
    surveys = sorted((one.at, numbers[id]) for id, one in told.items() if id in numbers)
    for at, number in surveys:  # a reminder after its survey
        case = cases.read_case(number)
        survey_invitations.ask(case, notices.of(case), actor.settings, at)


def _surveys(cases_table: str) -> Iterator[tuple[str, str]]:
    """Yield the id of each victim's survey and of its reminder, with the case's number."""
    origins: dict[str, str] = {}
    victims: list[tuple[str, str]] = []
    for row in scan_rows(boto3.client("dynamodb"), cases_table):
        number, sort_key = row["pk"]["S"].removeprefix("CASE#"), row["sk"]["S"]
        if sort_key == "CASE":
            origins[number] = row["origin"]["S"]
        elif sort_key.startswith("VICTIM#"):
            victims.append((number, row["origin"]["S"]))
    for number, victim in victims:
        for fact in (FIRST, REMINDER):
            yield duty_id(origins.get(number, number), fact, Kind.SURVEY, victim), number


def reconciled_since(logs: Any, group: str, at: datetime) -> bool:
    """Whether a run of Reconcile that began after a time has planned every case."""
    lines = [line for _, line in _lines(logs, group, at, RUNS) if line.get(ALL_CASES_PLANNED)]
    began = [datetime.fromisoformat(line[AS_OF]) for line in lines if line.get(AS_OF)]
    return any(began_at >= at for began_at in began)


def settle_since(outputs: Mapping[str, str], at: datetime, actor: Actor) -> Settled:
    """Settle what logs and print runs know was told from a moment on."""
    os.environ["LETTERS_BUCKET"] = outputs["LettersBucket"]
    logs, group = boto3.client("logs"), outputs["LogGroup"]
    told = told_by_letter(boto3.client("s3"), at) | told_in_logs(logs, group, at)
    acts = acts_since.of_trail(boto3.client("dynamodb"), outputs["AuditTable"], at)
    strangers = {act.case for act in acts if act.action == "not_me"}
    lost = {id: one for id, one in told.items() if notices.read(id) is None}
    if lost:
        enter_surveys(lost, outputs["CasesTable"], actor)
    became = settle(told, at, actor, strangers)
    missing = sorted(id for id, word in became.items() if word == MISSING)
    back = acts_since.last_run(acts, at) if missing else None
    count = Counter(became.values())
    return Settled(
        delivered=count["delivered"],
        held=count["held"],
        under_way=count["under way"],
        missing=missing,
        final=back is not None and reconciled_since(logs, group, back),
    )


def report(settled: Settled) -> None:
    """Print what became of what was told, and what to do."""
    say(f"told-since: {settled.delivered:9,} notices had arrived since, and are marked so")
    say(f"told-since: {settled.held:9,} were handed over since: held until a person has asked")
    if settled.under_way:
        say(f"told-since: {settled.under_way:9,} are under way: run `make told-since` again")
    if settled.missing:
        say(f"told-since: {len(settled.missing):9,} told since are not in the ledger:")
        say("told-since: " + " ".join(settled.missing))
        say(OWED_NO_MORE if settled.final else NOT_YET)


def main() -> int:
    """Settle; return 1 while something told may still be owed and is not in the ledger."""
    parser = by_a_person(__doc__)
    parser.add_argument("--at", required=True, help="the moment of `make restore`, in UTC")
    options = parser.parse_args()
    if (at := past(options.at)) is None:
        raise DeployError("say AT which moment the tables were restored to: AT=2026-11-24T08:30Z")
    outputs, actor = begun(options)
    settled = settle_since(outputs, at, actor)
    report(settled)
    if not settled.done:
        return 1
    say("told-since: done. Go on with the next step.")
    return 0

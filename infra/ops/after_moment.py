"""What happened after the moment to which tables are restored, entered again by ids.

A row that comes back is as old as that moment. The audit trail and its locked copy know who said
STOP since, and which cases somebody had to do with; the logs and the print runs know which notices
were told. Nothing is replayed: a protection holds again, and a person looks at the rest.
"""

import json
import os
from collections.abc import Callable, Collection, Iterator, Mapping, Sequence, Set
from concurrent.futures import ThreadPoolExecutor
from datetime import UTC, datetime, timedelta
from functools import partial
from typing import Any

import boto3

from aviso.compliance import audit_check, retention
from aviso.domain.model import AuditEntry
from aviso.letters import bucket
from aviso.staff import account_locks, case_decisions
from aviso.staff.actor import Actor
from aviso.storage import audit, cases, inbox, markers, suppressions
from infra.deploy.progress import say
from infra.deploy.rows import AT_ONCE, Row, copy_missing

STRANGERS = ("verify_failed", "code_failed")  # anybody may type the number of any case
# Outcomes of a hand-over after which a provider has the message, or may have it.
HANDED = frozenset({"sent", "delivered", "unconfirmed", "unknown", "overtaken"})


def acts(outputs: Mapping[str, str], since: datetime, now: datetime) -> list[AuditEntry]:
    """Return what the trail and its locked copy say was done from a moment on, in order of time.

    A row that only the copy has comes back to the trail.
    """
    first, database = since.astimezone(UTC).date(), boto3.client("dynamodb")
    days = [first + timedelta(days=n) for n in range((now.date() - first).days + 1)]
    kept = [row for day in days for row in audit_check.copied(outputs["AuditBucket"], day)]
    rows = [row for row in kept if "at" in row and _entry(row).at >= since]
    count = copy_missing(database, rows, outputs["AuditTable"])
    say(f"restore: {count:9,} rows into Audit from its locked copy")
    found = (_entry(row) for day in days for row in audit.of_day(day))
    return sorted((act for act in found if act.at >= since), key=lambda act: act.at)


def _entry(row: Row) -> AuditEntry:
    return audit.entry_of(audit.AuditItem.from_raw_data(dict(row)))


def enter_again(done: Sequence[AuditEntry], names: Collection[str], actor: Actor) -> None:
    """Do again what protected somebody since, for the restored tables; restrict what was touched.

    If a subject had several acts of one sort, only the last is done. The order is that of time.
    """
    known = (act for act in done if act.action in AGAIN)
    last = {(act.action, act.case, act.victim, act.subject): act for act in known}
    count = 0
    for act in sorted(last.values(), key=lambda act: act.at):
        tables, do = AGAIN[act.action]
        if tables & set(names):
            do(act, actor)
            count += 1
    say(f"restore: {count:9,} STOPs, locks, holds, erasures and the like are entered again")
    if "Cases" in names:
        _restrict(done, actor)


def _stop(act: AuditEntry, _: Actor) -> None:
    suppressions.opt_out(_address(act), "restored", act.at)


def _start(act: AuditEntry, _: Actor) -> None:
    suppressions.opt_in(_address(act), act.at)


def _not_me(act: AuditEntry, _: Actor) -> None:
    suppressions.not_me(_address(act), act.case, act.at)


def _theirs(act: AuditEntry, _: Actor) -> None:
    case = cases.read_case(act.case)
    for number in {act.case, case.origin, *case.numbers}:  # it may be recorded under any of them
        suppressions.not_me_undone(_address(act), number)


def _address(act: AuditEntry) -> str:
    return act.subject.rpartition(": ")[2]  # the desk's row has a text's id first


def _lock(act: AuditEntry, actor: Actor) -> None:
    do = account_locks.lock if act.action == "account_locked" else account_locks.release
    keep_days = actor.settings.retention.audit
    do(act.subject.partition(":")[0], actor.audit_name, keep_days, actor.now)


def _hold(act: AuditEntry, actor: Actor) -> None:
    on = act.action == "legal_hold"
    retention.hold(act.case, actor.audit_name, actor.settings, actor.now, on)


def _erase(act: AuditEntry, actor: Actor) -> None:
    try:
        retention.erase(act.case, act.victim, actor.audit_name, actor.settings, actor.now)
    except LookupError:
        return  # none of their rows were restored
    except retention.LegalHoldError:
        say(f"restore: a victim of {act.case} is not erased again: the case is under a legal hold")


def _erase_texts(act: AuditEntry, _: Actor) -> None:
    """Delete texts by the ids in the trail: whose they were cannot be found out any more."""
    if not retention.held(cases.read_case(act.case)):
        for id in act.subject.split():
            inbox.forget(id)


_CASES, _GUARDS, _MEMBERS = {"Cases", "Responses"}, {"Guards"}, {"Members"}
# Acts that are done again where rows of these tables came back.
AGAIN: Mapping[str, tuple[Set[str], Callable[[AuditEntry, Actor], None]]] = {
    "opted_out": (_GUARDS, _stop),
    "reply_stopped": (_GUARDS, _stop),
    "opted_in": (_GUARDS, _start),
    "opt_out_undone": (_GUARDS, _start),
    "not_me": (_GUARDS, _not_me),
    "not_me_undone": (_GUARDS, _theirs),
    "legal_hold": (_GUARDS, _hold),
    "legal_hold_ended": (_GUARDS, _hold),
    "account_locked": (_MEMBERS, _lock),
    "account_released": (_MEMBERS, _lock),
    "victim_erased": (_CASES, _erase),
    "texts_erased": (_GUARDS, _erase_texts),
}


def _restrict(done: Sequence[AuditEntry], actor: Actor) -> None:
    """Restrict each case with a row in the trail: something that protected may be lost."""
    count = 0
    for number in sorted({a.case for a in done if a.case and a.action not in STRANGERS}):
        case = cases.read_case(number)
        if case.report is None:
            say(f"restore: case {number} is missing: restrict it when it is back")
        elif case.report.desk_restriction != "restricted":
            case_decisions.restrict(case, actor)
            count += 1
    say(f"restore: {count:9,} cases with a row in the trail since are restricted: look at each")


def hold_told(outputs: Mapping[str, str], since: datetime, now: datetime) -> None:
    """Have each notice held that was told since, whenever it is planned again."""
    told = {*_messages(outputs["LogGroup"], since), *_letters(outputs["LettersBucket"], since)}
    with ThreadPoolExecutor(AT_ONCE) as pool:
        list(pool.map(partial(markers.put_perhaps_told, now=now), told))
    say(f"restore: {len(told):9,} notices told since are held if they are planned again")


def _messages(group: str, since: datetime) -> Iterator[str]:
    """Yield the notices of the hand-overs and receipts in the logs."""
    logs, start = boto3.client("logs"), int(since.timestamp() * 1000)
    for message in ("dispatched", "receipt"):
        pages = logs.get_paginator("filter_log_events").paginate(
            logGroupName=group, startTime=start, filterPattern=f'"{message}"'
        )
        for event in (event for page in pages for event in page["events"]):
            line = json.loads(event["message"]) if event["message"].startswith("{") else {}
            if line.get("message") == message and _was_handed(line):
                yield str(line["notice"])


def _was_handed(line: Mapping[str, Any]) -> bool:
    outcome = str(line.get("outcome", "")).partition(":")[0]
    return bool(line.get("notice")) and (line["message"] == "receipt" or outcome in HANDED)


def _letters(name: str, since: datetime) -> Iterator[str]:
    """Yield the notices whose letters were printed."""
    os.environ["LETTERS_BUCKET"] = name
    pages = (
        boto3.client("s3").get_paginator("list_objects_v2").paginate(Bucket=name, Prefix="runs/")
    )
    for item in (item for page in pages for item in page.get("Contents", ())):
        _, run, file = item["Key"].split("/")
        if file == "manifest.csv" and item["LastModified"] >= since:
            yield from (row.notice for row in bucket.manifest(run) or () if row.mail == "yes")

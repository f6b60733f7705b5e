"""Process again what functions gave up on, once the cause is fixed.

Each record is processed by the function that gave it up. With `--done`, recount and audit began
then and were dealt with: their records are deleted too. A file of the feed, a receipt or an inbound
text exists only in its record: the function is called with it again, which changes nothing where
its work was done. A record of a table's stream only says what changed: the table has the row, and
planning or sending reads the rows. A call that a schedule could not make is made now, as of its own
time; where the next call does the same work, nothing is left to do. One night that starts now makes
up for all missed ones. No record leaves the queue before that. Counts are printed, never a record's
content, which may be anything.
"""

import json
from collections.abc import Iterator, Mapping
from contextlib import suppress
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import boto3
from botocore.exceptions import ClientError

from infra.deploy.answers import named_as
from infra.ops import connection, every_case
from infra.repository import SAMPLE

WAIT_SECONDS = 2
HELD_SECONDS = 900  # other readers get no record meanwhile; after a crash it is back then
AGAIN = ("ImportFeed", "RecordReceipt")  # started by an event that exists only in its record
PLANNED = ("PlanNotices", "Reconcile")  # Reconcile finds what they missed
CHASED = ("SendNotice",)  # chase processes a notice that is not sent
COUNTED = ("Tally",)
COPIED = ("KeepAudit",)
# On a schedule whose next call is tomorrow, or on the next working day.
DAILY = ("PrintLetters", "Staff", "Tally")
OFTEN = ("Chase", "Reconcile")  # on a schedule whose next call looks at the same rows
NIGHTLY = "NightlyMachine"  # the output with the ARN of the night, which a schedule starts
A_DAY = timedelta(days=1)  # a stream's record is retried this long


@dataclass
class Record:
    """A record that a function gave up on."""

    handle: str
    body: Mapping[str, Any]
    target: str = ""  # the ARN that a schedule could not call
    scheduled: str = ""  # and the time of that call

    @property
    def function(self) -> str:
        """Return the function that gave up, or that a schedule could not call."""
        arn = self.target or (self.body.get("requestContext") or {}).get("functionArn", "")
        parts = str(arn).split(":")
        return parts[6] if len(parts) > 6 else ""

    @property
    def at(self) -> datetime:
        """Return when it gave up."""
        return datetime.fromisoformat(self.body["timestamp"]).astimezone(UTC)


@dataclass
class Redrive:
    """One run: processes the queue's records."""

    queue: Any
    functions: Any
    outputs: Mapping[str, str]
    now: datetime
    done: datetime | None = None  # when recount and audit began
    stack: str = ""  # the stack's arguments in a command
    left: list[Record] = field(default_factory=list)
    reconciled: str | None = None

    def run(self) -> Iterator[str]:
        """Process the records; yield a line for each function that has some."""
        names = {
            value: output.removesuffix("Function")
            for output, value in self.outputs.items()
            if output.endswith("Function")
        }
        names[self.outputs[NIGHTLY]] = NIGHTLY
        records: dict[tuple[str, bool], list[Record]] = {}
        for record in self._letters():
            name = names.get(record.target) or names.get(record.function, "")
            records.setdefault((name, bool(record.target)), []).append(record)
        for (name, by_schedule), mine in sorted(records.items()):
            who = name or "of no function of this stack"
            said = self._missed(name, mine) if by_schedule else self._one(name, mine)
            yield f"{who:14} {len(mine):6,}  {said}"
        for record in self.left:
            with suppress(ClientError):  # the time is over: it is back already
                self.queue.change_message_visibility(
                    QueueUrl=self.outputs["DeadLettersUrl"],
                    ReceiptHandle=record.handle,
                    VisibilityTimeout=0,
                )

    def _letters(self) -> Iterator[Record]:
        while found := self.queue.receive_message(
            QueueUrl=self.outputs["DeadLettersUrl"],
            MaxNumberOfMessages=10,
            WaitTimeSeconds=WAIT_SECONDS,
            VisibilityTimeout=HELD_SECONDS,
            MessageAttributeNames=["TARGET_ARN", "SCHEDULED_TIME"],
        ).get("Messages"):
            yield from map(_record, found)

    def _one(self, name: str, records: list[Record]) -> str:
        """Process one function's records; return what was done, and what is left to do."""
        if name in AGAIN:
            return self._again(name, records)
        if name in PLANNED:
            return self._plan_all(records)
        if name in CHASED:
            return self._forget(records, "nothing to do: chase takes up what is not sent")
        if name in COUNTED + COPIED:
            return self._dealt_with(name, records)
        return self._leave(records, "left: look at them in the SQS console")

    def _missed(self, name: str, records: list[Record]) -> str:
        """Make the calls that a schedule could not make, where no later call does their work."""
        if name in OFTEN:
            return self._forget(records, "nothing to do: the schedule's next call does the same")
        if name == NIGHTLY:
            return self._plan_all(records)
        if name not in DAILY:
            return self._leave(records, "left: look at them in the SQS console")
        failed = ""
        for record in records:
            if error := self._call(name, {"time": record.scheduled}):
                failed = self._leave([record], error)
            else:
                self._forget([record], "")
        if failed:
            return f"called as the schedule would have, except for some that are left: {failed}"
        return "called as the schedule would have"

    def _dealt_with(self, name: str, records: list[Record]) -> str:
        """Delete what a person dealt with; their recount does not cover what was given up since."""
        old = [record for record in records if self.done and record.at < self.done]
        since = [record for record in records if record not in old]
        removed = self._forget(old, f"{len(old):,} removed")
        if not since:
            return removed
        asked = f"'./aviso data recount{self.stack}' must say 0 differences"
        if name in COPIED:
            days = sorted(record.at for record in since)
            span = f"{days[0] - A_DAY:%Y-%m-%d}..{days[-1]:%Y-%m-%d}"
            asked = f"'./aviso data audit {span}{self.stack}' names what the copy lacks"
        then = f"'./aviso data redrive --done {self.now:%Y-%m-%dT%H:%M:%SZ}{self.stack}'"
        return self._leave(since, f"{removed}, {len(since):,} left: {asked}, then {then}")

    def _again(self, name: str, records: list[Record]) -> str:
        failed = ""
        for record in records:
            if "requestPayload" not in record.body:
                self.left.append(record)
                failed = "it has no event"
            elif error := self._call(name, record.body["requestPayload"]):
                self.left.append(record)
                failed = error
            else:
                self._forget([record], "")
        if failed:
            return f"called again, except for some that are left: {failed}"
        return "called again; what fails again is back in a few minutes"

    def _plan_all(self, records: list[Record]) -> str:
        if error := self._reconciled():
            return self._leave(records, f"left, since Reconcile could not be called: {error}")
        return self._forget(records, "Reconcile goes through all cases, plans what is missing")

    def _reconciled(self) -> str:
        """Have every case planned, once per run; return the error, if any."""
        if self.reconciled is None:
            self.reconciled = ""
            try:
                every_case.plan(self.outputs, self.now)
            except ClientError as error:
                self.reconciled = str(error.response["Error"]["Code"])
        return self.reconciled

    def _call(self, name: str, event: Any) -> str:
        """Call a function as its event did; return the error, empty when it worked."""
        try:
            self.functions.invoke(
                FunctionName=self.outputs[f"{name}Function"],
                Qualifier="live",
                InvocationType="Event",
                Payload=json.dumps(event).encode(),
            )
        except ClientError as error:
            return str(error.response["Error"]["Code"])
        return ""

    def _forget(self, records: list[Record], said: str) -> str:
        for record in records:
            self.queue.delete_message(
                QueueUrl=self.outputs["DeadLettersUrl"], ReceiptHandle=record.handle
            )
        return said

    def _leave(self, records: list[Record], said: str) -> str:
        self.left += records
        return said


def _record(message: Mapping[str, Any]) -> Record:
    """Read a message of the queue.

    The body names a function that gave up; attributes name what a schedule could not call:
    https://docs.aws.amazon.com/scheduler/latest/UserGuide/configuring-schedule-dlq.html
    """
    said = {name: a["StringValue"] for name, a in message.get("MessageAttributes", {}).items()}
    return Record(
        message["ReceiptHandle"],
        _parsed(message["Body"]),
        said.get("TARGET_ARN", ""),
        said.get("SCHEDULED_TIME", ""),
    )


def _parsed(body: str) -> Mapping[str, Any]:
    try:
        found = json.loads(body)
    except ValueError:
        return {}
    return found if isinstance(found, dict) else {}


def run(agency: Path, done: datetime | None) -> int:
    """Redrive; return 1 while records are left."""
    outputs = connection.connect(agency)
    stack = named_as(None if agency == SAMPLE else agency)
    queue, functions, now = boto3.client("sqs"), boto3.client("lambda"), datetime.now(UTC)
    run = Redrive(queue, functions, outputs, now, done, stack)
    for line in run.run():
        print(f"redrive: {line}", flush=True)
    print(f"redrive: {len(run.left):,} records are left in the queue")
    return 1 if run.left else 0

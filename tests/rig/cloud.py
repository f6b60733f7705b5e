"""AWS as the functions see it: each call waits for its turn, and may fail as its fault says.

botocore's repetitions happen here, because its own would wait in real time: the same number of
tries, the same errors repeated, and a repeated transaction is known by its token.
"""

import hashlib
import uuid
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from typing import Any

from botocore.client import BaseClient
from greenlet import getcurrent

from infra.harness.client_calls import refusal
from infra.harness.dynamodb.indexes import Refused
from infra.harness.services import Message, Services
from tests.rig.calls import (
    WAITED,
    WRITES,
    Call,
    Failure,
    Once,
    Outage,
    Sent,
    Task,
    about,
    checksum,
    claims,
    error_of,
    role_of,
    tables_of,
)
from tests.rig.faults import TAKEN, Faults
from tests.rig.scheduler import Killed, Scheduler
from tests.rig.tables import Tables


@dataclass
class Cloud:
    """Everything outside the functions."""

    time: Scheduler
    faults: Faults
    seed: int
    tables: Tables = field(init=False)
    services: Services = field(init=False)
    sent: list[Sent] = field(default_factory=list)
    disturbed: set[str] = field(default_factory=set)  # notices whose hand-over was disturbed
    claims: dict[str, int] = field(default_factory=dict)
    outages: list[Outage] = field(default_factory=list)
    invoke_again: Callable[[str, bytes], None] = lambda _name, _payload: None
    wrote: Callable[[], None] = lambda: None
    journal: list[str] | None = None  # what happened, for a story; costs time
    calls: int = 0

    def __post_init__(self) -> None:
        lag, quick = self.faults.dice, 0.7 if self.faults.overlap else 0.97
        self.tables = Tables(
            lambda: self.time.now,
            lambda: 0.02 if lag.random() < quick else lag.uniform(0.2, 3.0),
        )
        self.services = Services(lambda: self.time.utc, self._take)
        self.digest = hashlib.blake2b()

    def note(self, text: str) -> None:
        """Enter an event in the digest of the run, and in its journal when there is one."""
        line = f"{self.time.now:.4f} {text}\n"
        self.digest.update(line.encode())
        if self.journal is not None:
            self.journal.append(line)

    def tell(self, text: str) -> None:
        """Enter something in the journal alone."""
        if self.journal is not None:
            self.journal.append(f"{self.time.now:.4f} {text}\n")

    def call(self, client: BaseClient, operation: str, params: Mapping[str, Any]) -> Any:
        """Answer a call of an invocation; a call from outside always succeeds at once."""
        service = client.meta.service_model.service_name
        task = getcurrent()
        if not isinstance(task, Task):
            return self._effect(client, service, operation, params, None)
        self.calls += 1
        role = role_of(service, operation, params)
        if role == "claim":
            self._claims(task, params["Key"]["pk"]["S"])
        call = Call(client, service, operation, params, role, task)
        config: Any = client.meta.config
        tries: int = config.retries["total_max_attempts"]
        done = Once(lambda: self._effect(client, service, operation, params, task))
        for n in range(1, tries + 1):
            answer, failed = self._try(call, done, again=n > 1)
            if failed is None:
                assert answer is not None, "what did not fail has an answer"
                return answer()
            if n == tries or failed.final:
                break
            self.time.sleep(min(20, 0.5 * 2**n) * self.faults.dice.random())
        self._alive(task)
        task.struck = True
        self.gives_up(task)
        raise failed.error

    def _try(
        self, call: Call, done: Once, *, again: bool
    ) -> tuple[Callable[[], Any] | None, Failure | None]:
        """Make a call once: it takes effect, or fails, or both."""
        fault = self._fault(call, again=again)
        self.time.sleep(self.faults.latency() + (fault == "slow") * self.faults.slow())
        self._alive(call.task)
        if fault:
            self._strike(call, fault)
        if fault == "killed_before":
            self._kill(call.task, fault)
        self.note(f"{call.task.name} {call.service}.{call.operation} {fault} {about(call.params)}")
        error = error_of(fault, call) if fault else None
        answer = None
        if error is None or fault in TAKEN:
            answer = done(idempotent=call.operation == "TransactWriteItems")
            if fault == "killed_after":
                self._kill(call.task, fault)
        if error is None:
            return answer, None
        self.time.sleep(WAITED.get(fault, 0.0))
        return None, Failure(error, final=fault == "conflict")

    # ---- what strikes a call

    def _fault(self, call: Call, *, again: bool) -> str:
        fault = self.faults.of_call(call.role, again=again)
        refused = 0.0 if fault or not self.faults.on else self._refused(call)
        if not refused:
            return fault
        return "throttled" if self.faults.dice.random() < refused else ""

    def _refused(self, call: Call) -> float:
        """Return the share of such calls that are refused now."""
        now = self.time.now
        shares = [o.share for o in self.outages if o.begin <= now < o.end and _strikes(o, call)]
        return max(shares, default=0.0)

    def _strike(self, call: Call, fault: str) -> None:
        name = fault if fault.startswith("killed") else f"{call.service}_{fault}"
        self.faults.done[name] += 1
        # Other faults explain nothing once a repetition succeeds.
        call.task.struck |= fault in TAKEN
        if call.role == "send" or "killed" in fault:
            self.disturbed.add(call.task.notice)

    def _alive(self, task: Task) -> None:
        """End an invocation that was killed before, or whose time is over."""
        if task.gone:
            raise Killed
        if self.time.now > task.deadline:
            self.faults.done["timed_out"] += 1
            self._kill(task, "timed_out")

    def _kill(self, task: Task, why: str) -> None:
        self.note(f"{task.name} {why}")
        task.gone = True
        self.gives_up(task)
        raise Killed

    def gives_up(self, task: Task) -> None:
        """Note that a fault reached the function, which may not know what it has sent."""
        self.disturbed.add(task.notice)
        for message in task.unmarked:
            message.struck = True

    def _claims(self, task: Task, notice: str) -> None:
        task.notice = notice
        task.unmarked = []
        task.read_at = {}

    # ---- what a call does

    def _effect(
        self,
        client: BaseClient,
        service: str,
        operation: str,
        params: Mapping[str, Any],
        task: Task | None,
    ) -> Any:
        if service == "dynamodb":
            return self._table(client, operation, params, task)
        if (service, operation) == ("lambda", "Invoke"):
            self.invoke_again(params["FunctionName"].rpartition(":")[2], params["Payload"])
            return {"StatusCode": 202}
        return self.services.answer(client, operation, params)

    def _table(
        self, client: BaseClient, operation: str, params: Mapping[str, Any], task: Task | None
    ) -> Any:
        try:
            answer = self.tables.answer(operation, params)
        except Refused as refused:
            raise refusal(client, operation, refused.code, 400, refused.reasons) from None
        if task is not None:
            self._observe(task, operation, params)
        if operation in WRITES:
            # The order of a transaction's parts may be a set's, which differs between processes.
            written = sorted(self.tables.written)
            self.tables.written.clear()
            self.digest.update("\n".join(written).encode())
            self.wrote()
        return answer

    def _observe(self, task: Task, operation: str, params: Mapping[str, Any]) -> None:
        """Note what an invocation has claimed, read and recorded by now."""
        if operation == "BatchGetItem":
            task.read_at.update(dict.fromkeys(params["RequestItems"], self.time.now))
        elif operation == "Query":
            task.read_at[params["TableName"]] = self.time.now
        elif operation == "UpdateItem" and claims(params):
            self.claims[task.notice] = self.claims.get(task.notice, 0) + 1
        elif operation == "TransactWriteItems" and task.unmarked:
            for message in task.unmarked:
                message.marked = True
            task.unmarked = []

    def _take(self, message: Message) -> str:
        """Keep a message that an invocation, or a call from outside, hands over."""
        current = getcurrent()
        task = current if isinstance(current, Task) else None
        read_at, now = task.read_at if task else {}, self.time.now
        channel, address, words, tags, unsubscribe = message
        id = f"{channel}-{uuid.UUID(int=len(self.sent) + 1)}"
        sent = Sent(
            *(id, channel, address, words, self.time.utc, tags, unsubscribe),
            left=now,
            switches_at=read_at.get("Guards", now),
            case_at=read_at.get("Cases", now),
            notice=task.notice if task else "",
        )
        self.sent.append(sent)
        self.note(f"LEFT {channel} to {address} for {sent.notice} {checksum(words)}")
        if task:
            task.unmarked.append(sent)
        self.wrote()
        return id


def _strikes(outage: Outage, call: Call) -> bool:
    there = not outage.table or outage.table in tables_of(call.params)
    return outage.service == call.service and there

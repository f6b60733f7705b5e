"""One call of an invocation: what it is to the flow, how it fails, and that it happens once."""

import hashlib
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import Any, NamedTuple

from botocore.client import BaseClient
from botocore.exceptions import (
    ClientError,
    ConnectionClosedError,
    ConnectTimeoutError,
    ReadTimeoutError,
)
from greenlet import greenlet

from infra.harness import in_process
from infra.harness.client_calls import refusal
from tests.rig.faults import refusal_of

# How long a caller waits for what never comes, in seconds, as `aviso.runtime.clients` says.
WAITED = {"reply_lost": 5.0, "no_connection": 2.0}
CONNECTIONS: Mapping[str, Callable[..., Exception]] = {
    "reset": ConnectionClosedError,
    "no_connection": ConnectTimeoutError,
    "reply_lost": ReadTimeoutError,
}
WRITES = {"UpdateItem", "PutItem", "DeleteItem", "BatchWriteItem", "TransactWriteItems"}
OFTEN = 0.7  # share of the calls that a service refuses while it is down, unless said otherwise
SENDS = {("sns", "Publish"), ("sesv2", "SendEmail")}


@dataclass(slots=True, kw_only=True)
class Sent(in_process.Sent):
    """A message that a provider took."""

    left: float  # when, in seconds since 1970, as the two that follow
    switches_at: float  # when the guards were read for it: before the claim counts as never
    case_at: float
    notice: str  # that the invocation claimed last; empty for an answer to somebody
    marked: bool = False  # the invocation recorded it
    struck: bool = False  # something kept it from being recorded


class Outage(NamedTuple):
    """A time, in seconds since 1970, in which a service refuses calls; perhaps of one table."""

    service: str
    begin: float
    end: float
    share: float = OFTEN
    table: str = ""


class Task(greenlet):  # type: ignore[misc]  # greenlet has no types
    """One invocation, and what the rig notes about it."""

    def __init__(self, name: str, function: str, run: Callable[[], None], deadline: float) -> None:
        super().__init__(run)
        self.name, self.function, self.deadline = name, function, deadline
        self.gone = False
        self.struck = False
        self.notice = ""
        self.unmarked: list[Sent] = []
        self.read_at: dict[str, float] = {}


class Call(NamedTuple):
    """One call of an invocation, and what it is to the flow."""

    client: BaseClient
    service: str
    operation: str
    params: Mapping[str, Any]
    role: str
    task: Task


class Failure(NamedTuple):
    """What a caller sees of a call that failed, and whether its client tries again."""

    error: Exception
    final: bool


class Once:
    """A call's effect, which a repetition of a transaction does not have a second time."""

    def __init__(self, effect: Callable[[], Any]) -> None:
        self._effect = effect
        self._answer: Callable[[], Any] | None = None

    def __call__(self, *, idempotent: bool) -> Callable[[], Any]:
        """Take effect; return what answers, or raises the service's refusal."""
        if self._answer is None or not idempotent:
            self._answer = self._take()
        return self._answer

    def _take(self) -> Callable[[], Any]:
        try:
            found = self._effect()
        except ClientError as error:
            refusal = error

            def refuse() -> Any:
                raise refusal

            return refuse
        return lambda: found


def error_of(fault: str, call: Call) -> Exception | None:
    """Return the exception that a fault is to its caller, None when it answers."""
    if fault in CONNECTIONS:
        return CONNECTIONS[fault](endpoint_url="https://aws.example.org")
    if fault == "conflict":
        reasons = [{"Code": "TransactionConflict"}]
        return refusal(call.client, call.operation, "TransactionCanceledException", 400, reasons)
    if fault.startswith(("5xx", "throttled")):
        return refusal(call.client, call.operation, *refusal_of(call.service, fault))
    return None


def role_of(service: str, operation: str, params: Mapping[str, Any]) -> str:
    """Return what a call is to the flow: a key of `RATES` in `faults`."""
    if service == "dynamodb":
        if operation == "TransactWriteItems":
            return "transaction"
        return "claim" if operation == "UpdateItem" and claims(params) else "table"
    return "send" if (service, operation) in SENDS else "other"


def claims(params: Mapping[str, Any]) -> bool:
    """Whether an update claims a notice: only a claim counts its tries."""
    return params["Key"].get("sk") == {"S": "NOTICE"} and "ADD" in params["UpdateExpression"]


def about(params: Mapping[str, Any]) -> str:
    """Return the key that a call is about, if it has one."""
    key = params.get("Key") or params.get("Item")
    if not isinstance(key, dict) or "pk" not in key:  # S3's keys are texts
        return ""
    return f"{key['pk']['S']} {key['sk']['S']}" if "sk" in key else str(key["pk"]["S"])


def tables_of(params: Mapping[str, Any]) -> set[str]:
    """Return the tables that a call reads or writes."""
    parts = [part for one in params.get("TransactItems", ()) for part in one.values()]
    named = (part.get("TableName", "") for part in (params, *parts))
    return {*named, *params.get("RequestItems", ())} - {""}


def checksum(text: str) -> str:
    """Return a short hash, the same in every process."""
    return hashlib.blake2b(text.encode(), digest_size=6).hexdigest()

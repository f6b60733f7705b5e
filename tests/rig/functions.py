"""What Lambda does: processes that serve one invocation at a time, time-outs, repetitions.

Each process is a copy of the handler's module, since a module's own state belongs to one process.
The product's packages are shared. What they remember between calls, they forget when any process
begins, so it reads that again as a new one does.
"""

import traceback
from collections import defaultdict
from collections.abc import Callable, Iterator
from dataclasses import dataclass, field
from functools import cache
from itertools import count
from types import CodeType, ModuleType, SimpleNamespace
from typing import Any

from infra.harness import cloudformation
from infra.harness.in_process import REGION
from infra.repository import ROOT
from tests.rig.calls import Task
from tests.rig.cloud import Cloud
from tests.rig.scheduler import Killed

LATER = 503  # the status of the page that says to try again later
AGAIN_AFTER = (60.0, 120.0)  # seconds until an event whose function failed comes again
Ended = Callable[[Any, bool], None]  # gets what a function returned, and whether it failed


@cache
def _timeouts() -> dict[str, float]:
    """Return each function's time-out in seconds, from the template that AWS deploys."""
    template = cloudformation.read(cloudformation.TEMPLATES[0])
    usual = template["Globals"]["Function"]["Timeout"]
    return {
        resource["Properties"]["CodeUri"].strip("/").rpartition("/")[2]: float(
            resource["Properties"].get("Timeout", usual)
        )
        for resource in template["Resources"].values()
        if resource["Type"] == "AWS::Serverless::Function"
    }


@dataclass
class Functions:
    """All functions, and their processes that wait for work."""

    cloud: Cloud
    running: int = 0
    failures: list[str] = field(default_factory=list)  # that no fault explains

    def __post_init__(self) -> None:
        self._idle: dict[str, list[Any]] = defaultdict(list)
        self._numbers = count(1)
        self._release = 0

    def renew(self) -> None:
        """Roll out a release: from now on, every invocation begins in a process of it."""
        self._release += 1
        self._idle.clear()

    def invoke(
        self, function: str, event: Any, ended: Ended, *, later: bool = False, seconds: float = 0
    ) -> None:
        """Start a function; `ended` is told what came of it.

        Args:
            later: whether the page "try again later" is right: the portal does not know yet to
                whom a message went whose hand-over no invocation has recorded.
            seconds: until it times out; 0 for the template's time.
        """
        time, cloud = self.cloud.time, self.cloud
        number = next(self._numbers)
        name = f"{function}-{number}"
        deadline = time.now + (seconds or _timeouts()[function])

        def left() -> float:
            return max(0.0, deadline - time.now) * 1000

        context = SimpleNamespace(
            function_name=function,
            memory_limit_in_mb=512,
            invoked_function_arn=f"arn:aws:lambda:{REGION}:123456789012:function:{function}",
            aws_request_id=f"request-{number}",
            get_remaining_time_in_millis=left,
        )

        def run() -> None:
            process = self._idle[function].pop() if self._idle[function] else _process(function)
            found, failed, release = None, True, self._release
            try:
                found = process.handler(event, context)
                failed = False
            except Killed:
                process = None
            except Exception as error:
                if task.struck:  # else the product's own mistake: it explains no second message
                    cloud.gives_up(task)
                cloud.note(f"{name} failed {type(error).__name__}")
                self._explain(task, f"{type(error).__name__} in {_place(error)}")
            for what in _failed(found, event, LATER if later else 0):
                self._explain(task, what)
            if process is not None and release == self._release:
                self._idle[function].append(process)
            self.running -= 1
            time.at(time.now, lambda: ended(found, failed))

        task = Task(name, function, run, deadline)
        self.running += 1
        cloud.note(f"{name} starts")
        time.start(task)

    def _explain(self, task: Task, what: str) -> None:
        """Keep a failure that no fault explains."""
        if not task.struck:
            self.failures.append(f"{task.function}: {what}")

    def send(
        self, function: str, event: Any, done: Callable[[bool], None] = lambda _: None
    ) -> None:
        """Give a function an event without waiting; it comes again when the function fails."""
        fault = self.cloud.faults.of_delivery()
        if fault.startswith("twice"):
            longest = {"twice_at_once": 3.0, "twice_later": 90.0}.get(fault, 0.0)
            later = self.cloud.faults.between(0, longest)
            self.cloud.faults.done["event_twice"] += 1
            self.cloud.time.after(later, lambda: self._try(function, event, 0, lambda _: None))
        wait = self.cloud.faults.between(5, 300) if fault == "late" else 0.0
        self.cloud.time.after(wait, lambda: self._try(function, event, 0, done))

    def _try(self, function: str, event: Any, n: int, done: Callable[[bool], None]) -> None:
        def ended(_: Any, failed: bool) -> None:
            if failed and n < len(AGAIN_AFTER):
                self.cloud.time.after(
                    AGAIN_AFTER[n], lambda: self._try(function, event, n + 1, done)
                )
            else:
                done(not failed)

        self.invoke(function, event, ended)


def _failed(found: Any, event: Any, accepted: int) -> Iterator[str]:
    """Yield what an answer says has failed: a page, records of a batch, some of a schedule's work.

    Args:
        event: a part of a night has in it what failed in the calls before.
        accepted: the status of an error page that is right.
    """
    if not isinstance(found, dict):
        return
    if found.get("statusCode", 0) >= 500 and found["statusCode"] != accepted:
        yield f"a page {found['statusCode']}"
    if found.get("batchItemFailures"):
        yield "a record of a batch"
    before = [event.get("found"), *event.get("parts", ())]
    failed = found.get("failed", 0) - sum(one["failed"] for one in before if one)
    if failed > 0:
        yield f"{failed} of a schedule's work"


def _place(error: Exception) -> str:
    """Return the product's function that failed."""
    frames = traceback.extract_tb(error.__traceback__)
    return next((f.name for f in reversed(frames) if "/layers/aviso/" in f.filename), "a handler")


def _process(function: str) -> Any:
    """Return a new process of a function: its handler's module, run again."""
    from aviso.runtime import secrets
    from aviso.storage import name_key

    for remembered in (secrets, name_key):
        remembered.forget()
    module = ModuleType(f"rig_{function}")
    exec(_code(function), module.__dict__)
    return module


@cache
def _code(function: str) -> CodeType:
    """Return a function's handler, compiled once for all its processes."""
    path = ROOT / "functions" / function / "handler.py"
    return compile(path.read_bytes(), path, "exec")

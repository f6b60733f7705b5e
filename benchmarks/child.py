"""One process of a program: `python child.py <scenario.json> <program.json> once|many`.

Once: load the handler, answer one event, print the answer as Lambda's runtime serializes it, and
end at once. On stderr it prints when it had loaded and when it had answered, by clock and
processor, and how long it was ready to run and did not. With BENCH_SHARE, a file of a control
group, it enters that group between the two. Many: for each number read from stdin, answer that
many events. On stderr it prints the processor time, the time and the time ready, in nanoseconds.
It imports next to nothing, since whatever it imported would count for every program alike.
"""

import json
import os
import sys
from datetime import datetime
from importlib import import_module
from time import perf_counter_ns, process_time_ns
from typing import Any


class Context:
    """What Lambda passes beside the event."""

    function_name = memory_limit_in_mb = invoked_function_arn = "bench"
    aws_request_id = "00000000-0000-0000-0000-000000000000"

    def get_remaining_time_in_millis(self) -> int:
        """Return time enough."""
        return 300_000


def main() -> None:
    """Load what the two files name and answer."""
    scenario_file, program_file, how = sys.argv[1:]
    with open(scenario_file) as file:
        scenario = json.load(file)
    with open(program_file) as file:
        program = json.load(file)
    # Not PYTHONPATH: Python would then look for its own modules in these folders first, and the
    # number of folders would count for a program.
    sys.path[:0] = program["paths"]
    module: Any = import_module(program["module"])
    at = datetime.fromisoformat(scenario["at"])
    clock = type("Clock", (datetime,), {"now": staticmethod(lambda _zone=None: at)})
    # The handler's clock shows the time at which the scenario was recorded.
    readers: list[Any] = [module, sys.modules.get("aviso.runtime.invocation")]
    for reader in readers:
        if hasattr(reader, "datetime"):
            reader.datetime = clock
    event, context = scenario["event"], Context()
    if how == "once":
        if share := os.environ.pop("BENCH_SHARE", ""):
            with open(share, "w") as file:
                file.write("0")  # this process
        loaded = perf_counter_ns(), process_time_ns()
        answer = module.handler(event, context)
        sys.stdout.write(json.dumps(answer))
        sys.stdout.flush()
        answered = perf_counter_ns(), process_time_ns()
        print("loaded", *loaded, "answered", *answered, "ready", _ready(), file=sys.stderr)
        if os.path.exists("/proc/self/status"):
            with open("/proc/self/status") as file:
                sys.stderr.write(next(line for line in file if line.startswith("VmHWM")))
        os._exit(0)
    for line in sys.stdin:
        number = int(line)
        ready, began, before = _ready(), perf_counter_ns(), process_time_ns()
        for _ in range(number):
            answer = module.handler(event, context)
        took, passed = process_time_ns() - before, perf_counter_ns() - began
        _hold(answer, scenario)
        # Standard output belongs to the handler's log lines.
        print("cpu", took, passed, _ready() - ready, file=sys.stderr, flush=True)


def _ready() -> int:
    """Return the nanoseconds in which this process was ready to run and did not; 0 if unknown."""
    if not os.path.exists("/proc/self/schedstat"):
        return 0
    with open("/proc/self/schedstat") as file:
        return int(file.read().split()[1])


def outcome(answer: Any) -> dict[str, Any]:
    """Return what every program must answer alike: the status, and the page or where to go on.

    A page that only sends on is shown to nobody, and a visit's cookie is random.
    """
    found = answer or {}
    headers = {**(found.get("multiValueHeaders") or {}), **(found.get("headers") or {})}
    said = next((value for name, value in headers.items() if name.lower() == "location"), "")
    location = said[0] if isinstance(said, list) else said
    body = "" if location else found.get("body", "")
    return {"status": found.get("statusCode", 0), "location": location, "body": body}


def _hold(answer: Any, scenario: dict[str, Any]) -> None:
    """Hold a warm answer against the recorded one; the floor gives none.

    Raises:
        ValueError: when it is another.
    """
    if answer is None:
        return
    found = outcome(answer)
    if found != {name: scenario[name] for name in found} or answer.get("batchItemFailures"):
        raise ValueError(f"a warm request was answered otherwise: {str(answer)[:500]}")


if __name__ == "__main__":
    main()

"""What botocore takes for the calls of a scheduled work: their processor time over HTTP.

The tables of `make bench ONLY=growth` are in memory, below botocore, so its own time is in none of
their figures. Here the calls of a run are kept with their answers, and the product's own client
makes them again to a process that repeats the answers (`benchmarks.stub`). TLS is not in it.
"""

import json
import os
import statistics
import subprocess
import sys
import time
from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Any
from unittest.mock import patch

from botocore import xform_name
from botocore.client import BaseClient

from infra.harness.client_calls import Ask, every_call
from infra.harness.in_process import ENVIRONMENT
from infra.repository import ROOT

ROUNDS = 5  # after one to settle; the median counts
TARGET = "DynamoDB_20120810"
Call = tuple[str, Mapping[str, Any], Any]  # operation, parameters, answer


@contextmanager
def kept() -> Iterator[list[Call]]:
    """Keep every call that is made meanwhile, with its answer."""
    calls: list[Call] = []

    def call(_: BaseClient, operation: str, params: dict[str, Any], ask: Ask) -> Any:
        answer = ask(operation, params)
        calls.append((operation, json.loads(_json(params)), json.loads(_json(answer))))
        return answer

    with every_call(call):
        yield calls


def processor_ms(calls: list[Call]) -> float:
    """Return the milliseconds of this process's processor that a call takes."""
    from aviso.runtime import clients

    with _answering(calls) as address, patch.dict(os.environ, ENVIRONMENT | address):
        client = clients.client.__wrapped__("dynamodb")
        ask: dict[str, Callable[..., Any]] = {
            operation: getattr(client, xform_name(operation)) for operation, *_ in calls
        }
        rounds = []
        for _ in range(1 + ROUNDS):
            began = time.process_time()
            for operation, params, _answer in calls:
                ask[operation](**params)
            rounds.append((time.process_time() - began) * 1000 / len(calls))
    return statistics.median(rounds[1:])


@contextmanager
def _answering(calls: list[Call]) -> Iterator[dict[str, str]]:
    """Let a process answer these calls; give the environment of a client that asks it."""
    recorded = [
        {
            "service": "dynamodb",
            "wire": f"{TARGET}.{operation}",
            "body": _json(params),
            "answer": {
                "status": 200,
                "headers": {"content-type": "application/x-amz-json-1.0"},
                "body": _json(answer),
            },
        }
        for operation, params, answer in calls
    ]
    with TemporaryDirectory() as folder:
        scenario = Path(folder) / "calls.json"
        scenario.write_text(json.dumps({"calls": recorded}), encoding="utf-8")
        command = [sys.executable, "-m", "benchmarks.stub", str(scenario)]
        with subprocess.Popen(
            command, cwd=ROOT, stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True
        ) as stub:
            assert stub.stdout
            assert stub.stdin
            yield {"AWS_ENDPOINT_URL": f"http://127.0.0.1:{stub.stdout.readline().strip()}"}
            stub.stdin.close()


def _json(value: Any) -> str:
    """Return what DynamoDB gets or sends; the imitation's rows are mappings of its own."""
    return json.dumps(value, default=dict)

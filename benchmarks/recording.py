"""Keeps what an event of a function did on an imitation of AWS: every call with its answer.

A scenario is one event of one function, the page or result it gave, the calls it made and what
they cost. From it come the event that every program answers, what the stub answers them, the calls
that the floor makes, and the counts.
"""

import json
import os
from collections import Counter
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from datetime import UTC, datetime
from io import BytesIO
from pathlib import Path
from typing import Any
from unittest.mock import patch
from urllib.parse import urlsplit

from botocore import xform_name
from botocore.client import BaseClient
from botocore.endpoint import Endpoint
from botocore.response import StreamingBody

from benchmarks.child import outcome
from benchmarks.stub import wire_of
from infra.cost.journey import ENVIRONMENT
from infra.cost.metering import Taken
from infra.cost.write_units import TableShape, tables
from infra.harness.client_calls import Ask, every_call
from infra.harness.cloudformation import table_definitions


@dataclass
class Scenario:
    """One event and all that came of it."""

    name: str
    function: str
    at: str  # what time it was
    event: Any = None
    status: int = 0
    location: str = ""  # where the answer sends on to
    body: str = ""
    environment: dict[str, str] = field(default_factory=dict)
    calls: list[dict[str, Any]] = field(default_factory=list)
    units: Counter[str] = field(default_factory=Counter)

    def write(self, folder: Path) -> Path:
        """Write what the processes read, and return the file."""
        folder.mkdir(parents=True, exist_ok=True)
        file = folder / f"{self.name}.json"
        file.write_text(json.dumps(vars(self)), encoding="utf-8")
        (folder / f"{self.name}.calls.json").write_text(json.dumps(self.calls), encoding="utf-8")
        return file


class Recorder:
    """Keeps scenarios by name while the journey is walked."""

    def __init__(self) -> None:
        self.scenarios: dict[str, Scenario] = {}
        self.tables = tables(table_definitions())

    def take(self, function: str, name: str, ask: Callable[[], Any]) -> Any:
        """Record what one event does; `ask` makes it happen and its answer is returned."""
        from aviso.runtime import secrets
        from infra.harness.staff_browser import DESK_ENVIRONMENT

        made = Scenario(name, function, at=datetime.now(UTC).isoformat())
        made.environment = {
            k: os.environ[k]
            for k in (*ENVIRONMENT, *DESK_ENVIRONMENT, "AUDIT_BUCKET")
            if k in os.environ
        }
        secrets.forget()  # as the first of a process would find it
        with _events(function, made), _calls(made, self.tables):
            answer = ask()
        self.scenarios[name] = made
        return answer


@contextmanager
def _events(function: str, made: Scenario) -> Iterator[None]:
    from importlib import import_module

    module: Any = import_module(f"functions.{function}.handler")
    original = module.handler

    def kept(event: Any, context: Any) -> Any:
        made.event = _whole(json.loads(json.dumps(event)))
        answer = original(event, context)
        found = outcome(answer)
        made.status, made.location, made.body = found["status"], found["location"], found["body"]
        return answer

    with patch.object(module, "handler", kept):
        yield


@contextmanager
def _calls(made: Scenario, tables: dict[str, TableShape]) -> Iterator[None]:
    on_the_wire: list[dict[str, Any]] = []
    send = Endpoint.make_request

    def _call(client: BaseClient, operation: str, params: dict[str, Any], ask: Ask) -> Any:
        service = client.meta.service_model.service_name
        taken = Taken(ask, service, operation, params, tables)
        on_the_wire.clear()
        answer = None
        try:
            answer = ask(operation, params)
            return answer
        finally:
            wire = on_the_wire[-1]
            made.units.update(taken.units(answer))
            made.calls.append(
                {
                    "service": service,
                    "operation": operation,
                    "method": xform_name(operation),
                    "params": json.loads(json.dumps(params, default=_plain)),
                    **wire,
                }
            )

    def _send(self: Any, model: Any, request: dict[str, Any]) -> Any:
        http, parsed = send(self, model, request)
        body = request["body"]
        text = _form(body) if isinstance(body, dict) else _text(body)
        target = request["headers"].get("X-Amz-Target", "")
        kept = ("x-amz", "content", "etag", "last-modified")
        headers = {k: str(v) for k, v in http.headers.items() if k.lower().startswith(kept)}
        if request["method"] != "HEAD":  # there it is all that is said of a body
            headers = {k: v for k, v in headers.items() if k.lower() != "content-length"}
        content = http.content
        if isinstance(parsed.get("Body"), StreamingBody):  # it is read once, and was just now
            parsed["Body"] = StreamingBody(BytesIO(content), len(content))
        on_the_wire.append(
            {
                "wire": wire_of(target, request["method"], _path(model, request), text),
                "body": text,
                "answer": {
                    "status": http.status_code,
                    "headers": headers,
                    "body": content.decode(),
                },
            }
        )
        return http, parsed

    with (
        every_call(_call),
        patch.object(Endpoint, "make_request", _send),
    ):
        yield


def _whole(event: dict[str, Any]) -> dict[str, Any]:
    """Add what a REST API sends beside what ours reads: other frameworks look for it."""
    if "httpMethod" not in event:
        return event
    query = event["queryStringParameters"]
    context = {
        "resourcePath": event["path"],
        "httpMethod": event["httpMethod"],
        "path": f"/live{event['path']}",
        "stage": "live",
        "protocol": "HTTP/1.1",
        "requestId": "00000000-0000-0000-0000-000000000000",
        "apiId": "bench",
        **event["requestContext"],
    }
    return event | {
        "resource": event["path"],
        "multiValueHeaders": {k: [v] for k, v in event["headers"].items()},
        "multiValueQueryStringParameters": {k: [v] for k, v in query.items()} if query else None,
        "pathParameters": None,
        "stageVariables": None,
        "requestContext": context,
    }


def _path(model: Any, request: dict[str, Any]) -> str:
    """Return a request's path; a bucket is part of it, as the stub will be asked."""
    address = urlsplit(request["url"])
    bucket, s3, _ = (address.hostname or "").partition(".s3.")
    named = model.service_model.service_name == "s3" and s3
    return f"/{bucket}{address.path}" if named else address.path


def _text(body: Any) -> str:
    """Return a body as text, and leave a file at its start; what is not text is not compared."""
    if hasattr(body, "read"):
        whole = body.read()
        body.seek(0)
    else:
        whole = body or b""
    return bytes(whole).decode(errors="replace") if not isinstance(whole, str) else whole


def _plain(value: Any) -> str:
    """Return what JSON has no form for as text: a file to upload, a moment."""
    return _text(value) if isinstance(value, bytes) or hasattr(value, "read") else str(value)


def _form(body: dict[str, Any]) -> str:
    from urllib.parse import urlencode

    return urlencode(body, doseq=True)

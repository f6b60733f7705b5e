"""Walks the journey once on an imitation of AWS in memory, and keeps every call with its answer.

A scenario is one event of one function, the page or result it gave, the calls it made and what
they cost. From it come the event that every program answers, what the stub answers them, the calls
that the floor makes, and the counts.
"""

import json
import os
import sys
from collections import Counter
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any
from unittest.mock import patch

from botocore import xform_name
from botocore.client import BaseClient
from botocore.endpoint import Endpoint

from benchmarks.stub import wire_of
from infra.cost.counting import of_call
from infra.cost.journey import ENVIRONMENT, NOW, imitation
from infra.cost.templates import table_definitions

CASE_NAME, BORN = "munoz v1", "4/12/1985"


@dataclass
class Scenario:
    """One event and all that came of it."""

    name: str
    function: str
    at: str  # what time it was
    event: Any = None
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
        self.indexes = {
            name: len(t.get("GlobalSecondaryIndexes", ()))
            for name, t in table_definitions().items()
        }

    def take(self, function: str, name: str, ask: Callable[[], Any]) -> Any:
        """Record what one event does; `ask` makes it happen and its answer is returned."""
        from aviso import secrets
        from tests.colleague import ENVIRONMENT as DESK

        made = Scenario(name, function, at=datetime.now(UTC).isoformat())
        made.environment = {k: os.environ[k] for k in ENVIRONMENT | DESK if k in os.environ}
        secrets.forget()  # as the first of a process would find it
        with _events(function, made), _calls(made, self.indexes):
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
        made.body = (answer or {}).get("body", "")
        return answer

    with patch.object(module, "handler", kept):
        yield


@contextmanager
def _calls(made: Scenario, indexes: dict[str, int]) -> Iterator[None]:
    on_the_wire: list[dict[str, Any]] = []
    call, send = BaseClient._make_api_call, Endpoint.make_request  # type: ignore[attr-defined]

    def _call(self: Any, operation: str, params: dict[str, Any]) -> Any:
        service = self.meta.service_model.service_name
        on_the_wire.clear()
        answer: dict[str, Any] = {}
        try:
            answer = call(self, operation, params)
            return answer
        finally:
            made.units.update(of_call(service, operation, params, answer, indexes))
            made.calls.append(
                {
                    "service": service,
                    "operation": operation,
                    "method": xform_name(operation),
                    "params": params,
                    **on_the_wire[-1],
                }
            )

    def _send(self: Any, model: Any, request: dict[str, Any]) -> Any:
        http, parsed = send(self, model, request)
        body = request["body"]
        text = _form(body) if isinstance(body, dict) else bytes(body or b"").decode()
        target = request["headers"].get("X-Amz-Target", "")
        kept = {k: v for k, v in http.headers.items() if k.lower().startswith(("x-amz", "content"))}
        on_the_wire.append(
            {
                "wire": wire_of(target, request["method"], request["url_path"], text),
                "body": text,
                "answer": {
                    "status": http.status_code,
                    "headers": {
                        k: str(v) for k, v in kept.items() if k.lower() != "content-length"
                    },
                    "body": http.content.decode(),
                },
            }
        )
        return http, parsed

    with (
        patch.object(BaseClient, "_make_api_call", _call),
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


def _form(body: dict[str, Any]) -> str:
    from urllib.parse import urlencode

    return urlencode(body, doseq=True)


def record(settings_folder: Path) -> dict[str, Scenario]:
    """Walk the journey and return its scenarios by name."""
    import time_machine

    recorder = Recorder()
    with imitation(str(settings_folder)), time_machine.travel(NOW, tick=False):
        from aviso.portal import evenly

        evenly.STEP = 0
        _visit(recorder)
        _desk(recorder)
        _notices(recorder)
    with imitation(str(settings_folder)), time_machine.travel(NOW, tick=False):
        _survey(recorder)  # tables of its own: who else is asked would be billed to this one
    return recorder.scenarios


def _stored(number: str, **victim: Any) -> None:
    from tests.builders import Case, CaseBuilder
    from tests.visitor import store

    report = {"assigned": "Det. Quintero", "division": "Midtown", "assigned_phone": "+15205550131"}
    built = CaseBuilder(Case(number=number)).with_report(**report).with_victim("v1", **victim)
    store(built.with_suspect().with_arrest(appearance_place="Justice Court").case)


def _visit(recorder: Recorder) -> None:
    """Find the case, prove who one is, see it, sign up."""
    from tests.builders import NUMBER
    from tests.visitor import Visitor

    _stored(NUMBER, phone="", email="")
    visitor = Visitor(language="es")

    def take(name: str, ask: Callable[[], Any]) -> Any:
        page = recorder.take("portal", name, ask)
        if page.status >= 400:
            raise RuntimeError(f"{name} answered {page.status}")
        return page

    take("find", lambda: visitor.get("/"))
    take("who", lambda: visitor.post("/find", number=NUMBER))
    take("verify", lambda: visitor.verify(NUMBER, CASE_NAME, BORN))
    csrf = take("status", lambda: visitor.get("/status")).value("csrf")
    form = {"phone": "520-555-0142", "phone_safe": "yes", "email": "ana@example.com"}
    form |= {"email_safe": "yes", "consent": "yes", "lang": "", "csrf": csrf}
    take("enroll", lambda: visitor.post("/enroll", **form))
    take("done", lambda: visitor.get("/done"))
    take("status_enrolled", lambda: visitor.get("/status"))


def _desk(recorder: Recorder) -> None:
    """Look at the figures, the tasks and a case from the staff desk."""
    from aviso.staff import Role
    from tests.builders import NUMBER
    from tests.colleague import ENVIRONMENT, Colleague, case_address

    os.environ.update(ENVIRONMENT)
    colleague = Colleague()
    colleague.sign_in(Role.SUPERVISOR, now=NOW)
    for name, address in (
        ("figures", "figures"),
        ("tasks", "tasks"),
        ("case", case_address(NUMBER)),
    ):
        page = recorder.take("staff", name, lambda address=address: colleague.get(address))  # type: ignore[misc]
        if page.status != 200:
            raise RuntimeError(f"{name} answered {page.status}")


def _notices(recorder: Recorder) -> None:
    """Plan an arrest's notices and give the first."""
    from aviso import planning, settings

    number = "2611240002"
    _stored(number, phone="+15205550143", email="")
    planning.plan(number, settings.current(), NOW)
    _given(recorder, "send_notice", number, "arrest")


def _survey(recorder: Recorder) -> None:
    """Ask how the agency did two weeks after a report, and answer."""
    import time_machine

    from aviso import links
    from benchmarks.child import Context
    from functions.send_surveys import handler as send_surveys
    from tests.visitor import Visitor

    number, later = "2611240003", NOW + timedelta(days=12)
    event = {"time": later.isoformat()}
    with time_machine.travel(later, tick=False):
        recorder.take("send_surveys", "ask_nobody", lambda: send_surveys.handler(event, Context()))
    _stored(number, phone="+15205550145", email="")
    with time_machine.travel(later, tick=False):
        done = recorder.take("send_surveys", "ask", lambda: send_surveys.handler(event, Context()))
        if done["asked"] != 1:
            raise RuntimeError(f"{done['asked']} were asked how the agency did, not one")
        notice = _given(recorder, "send_survey", number, "survey")
        visitor, token = Visitor(), links.token(links.Purpose.SURVEY, notice, 1)
        recorder.take("portal", "survey", lambda: visitor.get("/survey", t=token))
        form = {"t": token, "q-satisfaction": "5", "q-comment": "Thank you."}
        page = recorder.take("portal", "answer", lambda: visitor.post("/survey", **form))
        if page.status != 303:
            raise RuntimeError(f"the survey's answer was answered {page.status}")


def _given(recorder: Recorder, name: str, number: str, kind: str) -> str:
    """Send the one notice of this kind, and return its id."""
    from aviso.store import notices as ledger
    from benchmarks.child import Context
    from functions.send_notice import handler as send_notice

    notice = next(n for n in ledger.of_case(number) if n.kind == kind)
    event = {
        "Records": [
            {
                "eventID": "1",
                "eventName": "INSERT",
                "eventSource": "aws:dynamodb",
                "dynamodb": {
                    "Keys": {"pk": {"S": notice.id}, "sk": {"S": "NOTICE"}},
                    "SequenceNumber": "1",
                    "NewImage": {"pk": {"S": notice.id}, "state": {"S": "planned"}},
                },
            }
        ]
    }
    answer = recorder.take("send_notice", name, lambda: send_notice.handler(event, Context()))
    if answer["batchItemFailures"]:
        raise RuntimeError(f"the recorded notice of kind {kind} was not given")
    return notice.id


def main(folder: str, settings_folder: str) -> None:
    """Record into a folder: in a process of its own, since the imitation changes the process."""
    for scenario in record(Path(settings_folder)).values():
        scenario.write(Path(folder))


if __name__ == "__main__":
    main(*sys.argv[1:])

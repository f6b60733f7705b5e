"""A small browser for tests: it calls the portal's handler and keeps cookies."""

from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from typing import Any
from urllib.parse import parse_qsl, urlencode

from msgspec.structs import replace

from aviso.domain.model import Case
from infra.harness.web_page import FORM, Page, answer

HOST = "portal.example.org"


@dataclass
class Visitor:
    """A person with a browser that prefers one language."""

    language: str = "en"
    source: str = "203.0.113.9"
    jar: dict[str, str] = field(default_factory=dict)
    stage: dict[str, str] = field(default_factory=dict)  # the gateway's variables

    def get(self, path: str, **query: str) -> Page:
        """Ask for a page."""
        return self.ask("GET", path, query=query or None)

    def post(self, path: str, headers: Any = None, **form: str) -> Page:
        """Send a form."""
        kind = {"Content-Type": FORM}
        return self.ask("POST", path, body=urlencode(form), headers=kind | (headers or {}))

    def ask(
        self,
        method: str,
        path: str,
        body: str | None = None,
        headers: dict[str, str] | None = None,
        query: dict[str, str] | None = None,
    ) -> Page:
        """Make any request as API Gateway would pass it on."""
        from functions.portal.handler import handler

        path, _, asked = path.partition("?")
        event = {
            "httpMethod": method,
            "path": path,
            "headers": {"Host": HOST, "Accept-Language": self.language} | (headers or {}),
            "queryStringParameters": query or dict(parse_qsl(asked)) or None,
            "body": body,
            "stageVariables": self.stage or None,
            "requestContext": {"identity": {"sourceIp": self.source}},
        }
        return answer(handler, self.jar, event)

    def verify(self, number: str, last_name: str, birth_date: str) -> Page:
        """Send the second step's form."""
        return self.post("/verify", number=number, last_name=last_name, birth_date=birth_date)


def store(case: Case) -> None:
    """Write a case's rows as an import would."""
    from aviso.storage import cases
    from aviso.storage.cases import Row

    rows: tuple[Row | None, ...] = (
        case.report,
        *case.victims,
        *case.suspects,
        *case.speakers,
        *case.arrests,
    )
    for row in rows:
        if row is not None:
            cases.write_row(case.number, replace(row, digest="1"), None)


@contextmanager
def aws_calls() -> Iterator[list[str]]:
    """Collect the names of the DynamoDB calls made meanwhile."""
    from aviso.storage.model_calls import client

    made: list[str] = []
    events = client().meta.events

    def note(model: Any, **_: Any) -> None:
        made.append(model.name)

    events.register("before-call.dynamodb", note)
    try:
        yield made
    finally:
        events.unregister("before-call.dynamodb", note)

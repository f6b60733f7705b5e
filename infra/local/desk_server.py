"""The staff desk or the portal in this process, behind an address: for a browser without local AWS.

A stage has the sample agency's cases, imported and planned by the product's own functions. A small
web server passes each request to the function as API Gateway would.
"""

import json
import tempfile
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from datetime import datetime, timedelta
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from importlib import import_module
from pathlib import Path
from types import TracebackType
from typing import Self
from urllib.parse import parse_qsl, urlencode, urlsplit

from infra.harness.in_process import Stage, StageError, stage
from infra.harness.services import FEED
from infra.harness.staff_browser import StaffBrowser
from infra.local.sample.export import export
from infra.local.sample.story import ARREST_FILE
from infra.repository import ROOT

AGENCY = ROOT / "infra/agency/sample.yaml"
DROPPED = {  # name in the bucket: name in the export; no name pattern has the arrest's
    "people.csv": "people.csv",
    "cases.csv": "cases.csv",
    "arrests.csv": "arrests.csv",
    "arrests_1.csv": ARREST_FILE,
}
DOOR = "/_door"
TURN = threading.Lock()  # the stage is one process: one request at a time


@contextmanager
def stage_with_cases(now: datetime, cases: int, seed: int = 7) -> Iterator[Stage]:
    """Give a stage with the sample's cases, its notices sent or held as of `now`."""
    from infra.compiler.kept import folder_of

    settings = folder_of(AGENCY, ROOT / "templates")
    with tempfile.TemporaryDirectory() as folder:
        feed = Path(folder) / "feed"
        export(feed, cases, now, seed)
        with stage(str(settings), now - timedelta(hours=1), 1, 0.0) as on_stage:
            _release_brake(now)
            for name, exported in DROPPED.items():
                _import(on_stage, name, feed / exported)
            for minutes in range(0, 60, 5):
                on_stage.at(now - timedelta(minutes=60 - minutes))
                for function in ("chase", "reconcile"):
                    on_stage.schedule(function)
            on_stage.at(now)
            yield on_stage


def _import(on_stage: Stage, name: str, exported: Path) -> None:
    """Drop an export under this name.

    Raises:
        StageError: when it is refused: a browser would be shown less than was exported.
    """
    on_stage.drop(name, exported.read_bytes())
    summary = json.loads(on_stage.files[FEED][f"summaries/{Path(name).stem}.json"])
    if summary["result"] != "imported":
        raise StageError(f"{name} was not imported: {summary['reason']}")


def _release_brake(now: datetime) -> None:
    from aviso.storage import sending_controls

    sending_controls.turn(
        brake_released_until=now + timedelta(hours=12),
        released_notices=1_000_000,
        released_corrections=1_000_000,
    )


class DeskServer:
    """A web server before the staff function, or another; a context that ends it."""

    def __init__(self, on_stage: Stage, function: str = "staff") -> None:
        class Handler(_Handler):
            scene = on_stage
            behind = function

        self.server = ThreadingHTTPServer(("127.0.0.1", 0), Handler)
        self._thread = threading.Thread(target=self.server.serve_forever, daemon=True)

    @property
    def url(self) -> str:
        """The desk's address, without a slash at the end."""
        return f"http://localhost:{self.server.server_port}"

    def door(self, colleague: StaffBrowser) -> str:
        """Return the address at which a browser gets a signed-in colleague's cookies."""
        return f"{self.url}{DOOR}?{urlencode(colleague.jar)}"

    def __enter__(self) -> Self:
        """Start serving."""
        self._thread.start()
        return self

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        trace: TracebackType | None,
    ) -> None:
        """Stop serving."""
        self.server.shutdown()
        self.server.server_close()


class _Handler(BaseHTTPRequestHandler):
    scene: Stage
    behind: str

    def do_GET(self) -> None:
        if self.path.startswith(DOOR):
            self._let_in()
        else:
            self._answer("")

    def _let_in(self) -> None:
        self.send_response(204)
        for name, value in parse_qsl(urlsplit(self.path).query):
            self.send_header("Set-Cookie", f"{name}={value}; Path=/; Secure; HttpOnly")
        self.end_headers()

    def do_POST(self) -> None:
        length = int(self.headers.get("Content-Length", 0))
        self._answer(self.rfile.read(length).decode())

    def _answer(self, body: str) -> None:
        handler = import_module(f"functions.{self.behind}.handler").handler
        parts = urlsplit(self.path)
        event = {
            "httpMethod": self.command,
            "path": parts.path,
            "headers": dict(self.headers),
            "queryStringParameters": dict(parse_qsl(parts.query)) or None,
            "body": body,
            "isBase64Encoded": False,
            "requestContext": {"identity": {"sourceIp": "203.0.113.20"}},
        }
        with TURN:
            found = handler(event, None)
            self.scene.settle()
        self.send_response(found["statusCode"])
        for name, value in found["headers"].items():
            if name != "Strict-Transport-Security":  # this server has no TLS
                self.send_header(name, value)
        for cookie in found["multiValueHeaders"].get("Set-Cookie", []):
            self.send_header("Set-Cookie", cookie)
        content = found["body"].encode()
        self.send_header("Content-Length", str(len(content)))
        self.end_headers()
        self.wfile.write(content)

    def log_message(self, format: str, *args: object) -> None:
        """Keep quiet: an address of the desk is private."""

"""`python -m tests.second_engine.functions PORT`: the real handlers, called over HTTP by name."""

import importlib
import json
import sys
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from threading import Lock
from types import SimpleNamespace

HANDLERS = {"import-feed": "import_feed", "reconcile": "reconcile"}
ONE_AT_A_TIME = Lock()  # an environment of Lambda runs one call, and a handler may rely on that


def call(arn: str, event: bytes) -> object:
    """Return what a handler returns for an event."""
    name = next(folder for part, folder in HANDLERS.items() if part in arn)
    context = SimpleNamespace(
        function_name=name,
        function_version="1",
        invoked_function_arn=arn,
        memory_limit_in_mb=1024,
        aws_request_id="second-engine",
        get_remaining_time_in_millis=lambda: 600_000,
    )
    with ONE_AT_A_TIME:
        handler = importlib.import_module(f"functions.{name}.handler").handler
        return handler(json.loads(event), context)


class Caller(BaseHTTPRequestHandler):
    """Answers as Lambda does: 200 with the result, 500 with the error."""

    def do_POST(self) -> None:
        """Call the function that the path names with the body as its event."""
        event = self.rfile.read(int(self.headers["Content-Length"]))
        try:
            status, answer = 200, call(self.path, event)
        except Exception as error:  # the state machine decides what an error means
            status, answer = 500, {"errorType": type(error).__name__, "errorMessage": str(error)}
        body = json.dumps(answer).encode()
        self.send_response(status)
        self.send_header("Content-Length", str(len(body)))
        self.end_headers()
        self.wfile.write(body)

    def log_message(self, format: str, *args: object) -> None:
        """Print nothing for a call."""


if __name__ == "__main__":
    ThreadingHTTPServer(("127.0.0.1", int(sys.argv[1])), Caller).serve_forever()

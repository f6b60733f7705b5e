"""A bucket that takes S3 puts over HTTP, keeps them in order, and fails when a test says so."""

import base64
import hashlib
import threading
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import Any, Self

ERROR = "<Error><Code>{code}</Code><Message>no</Message></Error>"
DENIED = (403, "AccessDenied")
BUSY = (503, "SlowDown")
LOST = (0, "")  # the file is stored, and the answer never comes


class Receiver:
    """The files that were put, as (key, content), and the faults still to come."""

    def __enter__(self) -> Self:
        self.files: list[tuple[str, bytes]] = []
        self.headers: list[dict[str, str]] = []
        self.faults: list[tuple[int, str]] = []
        self._server = ThreadingHTTPServer(("127.0.0.1", 0), self._handler())
        self._thread = threading.Thread(target=self._server.serve_forever, args=(0.05,))
        self._thread.start()
        return self

    def __exit__(self, *_: object) -> None:
        self._server.shutdown()
        self._thread.join()
        self._server.server_close()

    @property
    def environment(self) -> dict[str, str]:
        """What a process needs to put files here."""
        return {
            "AWS_ENDPOINT_URL": f"http://127.0.0.1:{self._server.server_address[1]}",
            "AWS_ACCESS_KEY_ID": "testing",
            "AWS_SECRET_ACCESS_KEY": "testing",
            "AWS_EC2_METADATA_DISABLED": "true",
        }

    def _handler(self) -> type[BaseHTTPRequestHandler]:
        receiver = self

        class Handler(BaseHTTPRequestHandler):
            protocol_version = "HTTP/1.1"

            def do_PUT(self) -> None:
                body = self.rfile.read(int(self.headers["Content-Length"]))
                fault = receiver.faults.pop(0) if receiver.faults else None
                sent = base64.b64encode(hashlib.sha256(body).digest()).decode()
                if self.headers["x-amz-checksum-sha256"] != sent:
                    fault = (400, "BadDigest")
                if fault in (None, LOST):
                    receiver.files.append((self.path.split("/", 2)[2], body))
                    receiver.headers.append(dict(self.headers))
                if fault == LOST:
                    self.close_connection = True
                    return
                status, code = fault or (200, "")
                text = ERROR.format(code=code).encode() if code else b""
                self.send_response(status)
                self.send_header("Content-Length", str(len(text)))
                self.end_headers()
                self.wfile.write(text)

            def log_message(self, *_: Any) -> None:
                pass

        return Handler

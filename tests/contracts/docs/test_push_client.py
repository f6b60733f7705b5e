"""The example client in docs/feed-format.md, as a vendor copies it, sends what the API expects."""

import base64
import hashlib
import re
import subprocess
import sys
import threading
from http.server import BaseHTTPRequestHandler, HTTPServer

import pytest

from infra.repository import ROOT

PAGE = (ROOT / "docs/feed-format.md").read_text("utf-8")
BODY = '{"number": "26-1", "first_name": "Ñ"}\n'.encode()


@pytest.fixture
def server():
    """Listen on this machine; return the address and the requests that came."""
    came = []

    class Handler(BaseHTTPRequestHandler):
        def do_POST(self):
            body = self.rfile.read(int(self.headers["Content-Length"]))
            came.append((self.path, dict(self.headers), body))
            self.send_response(202)
            self.end_headers()
            self.wfile.write(b'{"id": "1"}')

        def log_message(self, *_):
            """Write nothing."""

    with HTTPServer(("127.0.0.1", 0), Handler) as listening:
        threading.Thread(target=listening.serve_forever, daemon=True).start()
        yield f"http://127.0.0.1:{listening.server_port}/feed/cases", came
        listening.shutdown()


class TestExampleClient:
    def test_it_has_ten_lines(self):
        for language in ("python", "powershell"):
            (code,) = re.findall(rf"```{language}\n(.*?)```", PAGE, re.DOTALL)
            lines = [line for line in code.splitlines() if not re.match(r"(import|from) |$", line)]
            assert len(lines) <= 10

    def test_it_sends_the_signed_body_with_its_checksum(self, server, tmp_path):
        url, came = server
        (code,) = re.findall(r"```python\n(.*?)```", PAGE, re.DOTALL)
        (tmp_path / "push.py").write_text(code)
        (tmp_path / "cases.ndjson").write_bytes(BODY)
        key = {"AWS_ACCESS_KEY_ID": "AKIDEXAMPLE", "AWS_SECRET_ACCESS_KEY": "secret"}
        done = subprocess.run(
            [sys.executable, "push.py", url, "cases.ndjson"],
            cwd=tmp_path,
            env=key | {"AWS_REGION": "us-west-2", "AWS_DEFAULT_REGION": "us-west-2"},
            capture_output=True,
            text=True,
            check=False,
        )
        assert done.stdout == '{"id": "1"}\n', done.stderr
        ((path, headers, body),) = came
        sent = {name.casefold(): value for name, value in headers.items()}
        assert (path, body) == ("/feed/cases", BODY)
        assert sent["content-type"] == "application/x-ndjson"
        checksum = base64.b64encode(hashlib.sha256(BODY).digest()).decode()
        assert sent["x-amz-checksum-sha256"] == checksum
        assert re.match(
            r"AWS4-HMAC-SHA256 Credential=AKIDEXAMPLE/\d{8}/us-west-2/execute-api/aws4_request, "
            r"SignedHeaders=content-type;host;x-amz-checksum-sha256;x-amz-date, ",
            sent["authorization"],
        )

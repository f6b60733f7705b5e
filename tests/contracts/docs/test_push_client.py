"""The example client in docs/feed-format.md, as a vendor copies it, sends what the API expects."""

import base64
import hashlib
import re
import subprocess
import sys

import pytest

from infra.repository import ROOT
from tests.support.http_answers import answering

PAGE = (ROOT / "docs/feed-format.md").read_text("utf-8")
BODY = '{"number": "26-1", "first_name": "Ñ"}\n'.encode()


@pytest.fixture
def server():
    """Listen on this machine; return the address and the requests that came."""
    came = []

    def answer(asked):
        came.append((asked.path, asked.headers, asked.body))
        return 202, {}, b'{"id": "1"}'

    with answering(answer) as url:
        yield f"{url}/feed/cases", came


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
        ((path, sent, body),) = came
        assert (path, body) == ("/feed/cases", BODY)
        assert sent["content-type"] == "application/x-ndjson"
        checksum = base64.b64encode(hashlib.sha256(BODY).digest()).decode()
        assert sent["x-amz-checksum-sha256"] == checksum
        assert re.match(
            r"AWS4-HMAC-SHA256 Credential=AKIDEXAMPLE/\d{8}/us-west-2/execute-api/aws4_request, "
            r"SignedHeaders=content-type;host;x-amz-checksum-sha256;x-amz-date, ",
            sent["authorization"],
        )

"""What a client would send, caught before it leaves.

botocore's documented event `before-send` hands over the finished request and takes an answer in
its place, so that nothing goes out: https://docs.aws.amazon.com/botocore/latest/topics/events.html
"""

import os
from collections.abc import Iterator, Mapping
from contextlib import contextmanager, suppress
from dataclasses import dataclass
from datetime import UTC, datetime
from io import BytesIO
from typing import Any
from unittest.mock import patch
from uuid import UUID

import time_machine
from botocore.awsrequest import AWSPreparedRequest, AWSResponse
from botocore.exceptions import ClientError

from tests.wire.calls_found import Call

AT = datetime(2026, 11, 26, 12, tzinfo=UTC)
ENOUGH = 418  # a status that botocore neither tries again nor reads anything into
ERROR = b"<ErrorResponse><Error><Code>Caught</Code></Error></ErrorResponse>"
SECONDS = 300  # that a presigned address holds
CREDENTIALS = {
    "AWS_ACCESS_KEY_ID": "AKIAIOSFODNN7EXAMPLE",
    "AWS_SECRET_ACCESS_KEY": "wJalrXUtnFEMI/K7MDENG/bPxRfiCYEXAMPLEKEY",
    "AWS_SESSION_TOKEN": "session",  # a function's role always has one
}


@dataclass(frozen=True, slots=True)
class Sent:
    """A request as it would go over the wire; all of it is compared."""

    method: str
    url: str
    headers: Mapping[str, str]
    body: bytes


@contextmanager
def function_of(region: str, *, fips: bool) -> Iterator[None]:
    """Have the environment of a function in AWS: no endpoint, no profile, and a fixed time.

    Random ids of requests are equal in both, since they are signed.
    """
    kept = {k: v for k, v in os.environ.items() if not k.startswith("AWS_")}
    nowhere = dict.fromkeys(("AWS_CONFIG_FILE", "AWS_SHARED_CREDENTIALS_FILE"), os.devnull)
    own = {"AWS_REGION": region, "AWS_USE_FIPS_ENDPOINT": str(fips).lower()}
    with (
        patch.dict(os.environ, kept | CREDENTIALS | nowhere | own, clear=True),
        patch("uuid.uuid4", lambda: UUID(int=1)),
        time_machine.travel(AT, tick=False),
    ):
        yield


def sent(client: Any, call: Call, parameters: Mapping[str, Any]) -> Sent:
    """Return what a client would send for a call; a presigned one is what its reader sends."""
    if call.presigned:
        address = client.generate_presigned_url(
            call.method, Params=dict(parameters), ExpiresIn=SECONDS
        )
        return Sent("GET", address, {}, b"")
    found: list[AWSPreparedRequest] = []

    def keep(request: AWSPreparedRequest, **_: object) -> AWSResponse:
        found.append(request)
        return AWSResponse(request.url, ENOUGH, {}, _Answer(ERROR))  # type: ignore[arg-type]

    events = client.meta.events
    events.register_last("before-send", keep)
    try:
        with suppress(ClientError):
            getattr(client, call.method)(**parameters)
    finally:
        events.unregister("before-send", keep)
    (request,) = found
    headers = {str(k).lower(): _text(v) for k, v in request.headers.items()}
    return Sent(str(request.method), str(request.url), headers, _bytes(request.body))


class _Answer(BytesIO):
    """The body of an answer: an error that every parser of botocore's can read."""

    def stream(self) -> Iterator[bytes]:
        """Yield what botocore reads."""
        yield self.read()


def _text(value: str | bytes) -> str:
    return value.decode() if isinstance(value, bytes) else str(value)


def _bytes(body: Any) -> bytes:
    if body is None or isinstance(body, bytes | bytearray):
        return bytes(body or b"")
    if isinstance(body, str):
        return body.encode()
    body.seek(0)
    return bytes(body.read())

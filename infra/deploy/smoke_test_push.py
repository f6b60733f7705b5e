"""The deployment's test of pushes: an unsigned one is refused, a signed one is imported.

Local AWS has no gateway that writes into a bucket, so only a deployment on AWS takes this test.
"""

import base64
import hashlib
import json
from collections.abc import Callable, Iterator, Mapping
from datetime import datetime
from typing import Any

import boto3
from botocore.auth import SigV4Auth
from botocore.awsrequest import AWSRequest

from aviso.domain.settings import Settings
from aviso.feed.ndjson_fields import needed
from infra.deploy.smoke_test import (
    GATEWAY_SECONDS,
    WAIT_SECONDS,
    SmokeError,
    asked,
    imported_by,
    until,
)
from infra.deploy.smoke_test_rows import Operator, codes_of, rows_of

KIND = "cases"


def walk(
    clients: Callable[[str], Any],
    outputs: Mapping[str, str],
    settings: Settings,
    operator: Operator,
    now: datetime,
    *,
    wait_seconds: float = WAIT_SECONDS,
    gateway_seconds: float = GATEWAY_SECONDS,
) -> Iterator[str]:
    """Push the made-up case unsigned, then signed; yield a line for each that works.

    Raises:
        SmokeError: when the unsigned push is not refused, or the signed one is not imported.
    """
    url = f"{outputs['FeedUrl']}/{KIND}"
    body = _line(settings, operator, now)
    found = asked("POST", url, gateway_seconds, body, _headers(body))
    if found.status == 202:
        raise SmokeError(
            "AN UNSIGNED PUSH IS NOT REFUSED: anybody could write cases. Delete the stage 'feed' "
            "of this API in the API Gateway console at once, and tell who maintains Aviso"
        )
    if found.status != 403:
        raise SmokeError(f"an unsigned push to {url} is answered {found.status}, not 403")
    yield "push: refused without a signature"
    signed = _signature(url, body, clients("s3").meta.region_name)
    found = asked("POST", url, gateway_seconds, body, signed)
    if found.status != 202:
        said = found.data.decode(errors="replace")
        raise SmokeError(f"a signed push to {url} is not taken (answer {found.status}): {said}")
    taken = found.json()
    yield until(
        lambda: imported_by(
            clients("s3"), outputs["FeedBucket"], f"push {taken['id']}", taken["summary"]
        ),
        wait_seconds,
        f"a signed push has no {taken['summary']}; look at the log of import_feed",
    )


def _line(settings: Settings, operator: Operator, now: datetime) -> bytes:
    """Return the made-up case as a records system pushes it."""
    (row,) = rows_of(settings, operator, now)[KIND]
    file = next(file for file in settings.feed if file.kind == KIND)
    codes = codes_of(file)
    theirs = {name: codes.get(name, {}).get(str(value), value) for name, value in row.items()}
    line = dict.fromkeys(needed(KIND)) | theirs
    return (json.dumps(line, default=datetime.isoformat) + "\n").encode()


def _headers(body: bytes) -> dict[str, str]:
    checksum = base64.b64encode(hashlib.sha256(body).digest()).decode()
    return {"Content-Type": "application/x-ndjson", "x-amz-checksum-sha256": checksum}


def _signature(url: str, body: bytes, region: str) -> dict[str, str]:
    """Return the headers of a push that the person who deploys signed."""
    request = AWSRequest("POST", url, _headers(body), body)
    credentials = boto3.Session().get_credentials()
    assert credentials, "the checks have used them"
    SigV4Auth(credentials, "execute-api", region).add_auth(request)
    return dict(request.headers)

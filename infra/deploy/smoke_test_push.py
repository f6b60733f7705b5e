"""The deployment's test of pushes: an unsigned one is refused, a signed one is imported.

Local AWS has no gateway that writes into a bucket, so only a deployment on AWS takes this test.
"""

import base64
import hashlib
import json
import urllib.error
import urllib.request
from collections.abc import Callable, Iterator, Mapping
from datetime import datetime
from typing import Any

import boto3
from botocore.auth import SigV4Auth
from botocore.awsrequest import AWSRequest

from aviso.domain.settings import Settings
from aviso.feed.ndjson_fields import needed
from infra.deploy.smoke_test import WAIT_SECONDS, SmokeError, imported_by, until
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
) -> Iterator[str]:
    """Push the made-up case unsigned, then signed; yield a line for each that works.

    Raises:
        SmokeError: when the unsigned push is not refused, or the signed one is not imported.
    """
    url = f"{outputs['FeedUrl']}/{KIND}"
    body = _line(settings, operator, now)
    status, said = _posted(url, body, {})
    if status != 403:
        raise SmokeError(
            f"AN UNSIGNED PUSH IS NOT REFUSED (answer {status}, not 403): anybody could write "
            "cases. Delete the stage 'feed' of this API in the API Gateway console at once, and "
            "tell who maintains Aviso"
        )
    yield "push: refused without a signature"
    status, said = _posted(url, body, _signature(url, body, clients("s3").meta.region_name))
    if status != 202:
        raise SmokeError(f"a signed push to {url} is not taken (answer {status}): {said}")
    taken = json.loads(said)
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


def _posted(url: str, body: bytes, signed: Mapping[str, str]) -> tuple[int, str]:
    """Return the status and text of the gateway's answer."""
    headers = dict(signed) or _headers(body)
    request = urllib.request.Request(url, body, headers, method="POST")  # noqa: S310 - our own
    try:
        with urllib.request.urlopen(request, timeout=20) as reply:  # noqa: S310 - our own
            return reply.status, reply.read().decode()
    except urllib.error.HTTPError as error:
        return error.code, error.read().decode(errors="replace")
    except OSError as error:
        raise SmokeError(f"the API of pushes does not answer at {url}: {error}") from None

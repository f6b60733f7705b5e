"""The floor: bare botocore clients that make the calls a page makes, and no page."""

import contextlib
import json
import os
from typing import Any

import botocore.session
from botocore.config import Config
from botocore.exceptions import ClientError

with open(os.environ["BENCH_CALLS"]) as _file:  # noqa: PTH123 - pathlib is an import more
    CALLS = json.load(_file)
_clients: dict[str, Any] = {}


def _client(service: str) -> Any:
    if service not in _clients:
        _clients[service] = botocore.session.get_session().create_client(
            service,
            region_name="us-west-2",
            config=Config(connect_timeout=2, read_timeout=5, retries={"total_max_attempts": 3}),
        )
    return _clients[service]


def handler(event: dict[str, Any], context: object) -> dict[str, Any]:
    """Make the calls; a secret is read once a process, as Aviso does.

    A refused condition is an answer too: a survey that is answered already is found so.
    """
    for call in CALLS:
        if call["service"] == "secretsmanager" and call["service"] in _clients:
            continue
        client = _client(call["service"])
        with contextlib.suppress(ClientError):
            getattr(client, call["method"])(**call["params"])
    return {"statusCode": 200, "body": ""}

"""The floor: bare botocore clients that make the calls a page makes, and no page."""

import json
import os
from typing import Any

import botocore.session
from botocore.config import Config
from botocore.exceptions import ClientError

REFUSED = ("ConditionalCheckFailedException", "TransactionCanceledException")  # answers too
SESSION = botocore.session.get_session()

with open(os.environ["BENCH_CALLS"]) as _file:  # noqa: PTH123 - pathlib is an import more
    CALLS = json.load(_file)
_clients: dict[str, Any] = {}
_secrets: set[str] = set()


def _client(service: str) -> Any:
    if service not in _clients:
        _clients[service] = SESSION.create_client(
            service,
            region_name="us-west-2",
            config=Config(connect_timeout=2, read_timeout=5, retries={"total_max_attempts": 3}),
        )
    return _clients[service]


def handler(event: dict[str, Any], context: object) -> None:
    """Make the calls; each secret is read once a process, as Aviso does.

    A refused condition is an answer too: a survey that is answered already is found so.
    """
    for call in CALLS:
        if call["service"] == "secretsmanager":
            if call["params"]["SecretId"] in _secrets:
                continue
            _secrets.add(call["params"]["SecretId"])
        try:
            getattr(_client(call["service"]), call["method"])(**call["params"])
        except ClientError as error:
            if error.response["Error"]["Code"] not in REFUSED:
                raise

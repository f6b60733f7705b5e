"""Clients of AWS services: one per process, made when first needed.

They come from botocore: boto3's resource layer slows a cold start and adds nothing here. botocore
is in the layer, pinned, with the descriptions of the services that Aviso calls
(docs/decisions/calls-to-aws.md).
"""

import json
from collections.abc import Mapping
from functools import cache
from typing import Any

import botocore.session
from botocore.config import Config

from aviso.runtime import environment

CONNECT_SECONDS = 2
READ_SECONDS = 5
AGENT = "Aviso"
OF_SERVICE: Mapping[str, Mapping[str, Any]] = {
    # For presigned addresses. In older regions, such as us-west-2, botocore signs with Version 2,
    # which S3 refuses for objects encrypted with KMS: https://github.com/boto/boto3/issues/2680
    # It names the bucket's own region only in this style: https://github.com/boto/boto3/issues/3015
    "s3": {"signature_version": "s3v4", "s3": {"addressing_style": "virtual"}},
    # `storage` makes every request, and checking its parameters takes a tenth of a call. pynamodb's
    # own clients do not check them either.
    "dynamodb": {"parameter_validation": False},
}


@cache
def session() -> botocore.session.Session:
    """Return this process's session, which all clients share."""
    made = botocore.session.get_session()
    # The caller's name in CloudTrail; botocore would build its own twice per call.
    made.set_default_client_config(Config(user_agent=AGENT))
    return made


@cache
def client(service: str, attempts: int = 3, seconds: float = READ_SECONDS) -> Any:
    """Return this process's client of an AWS service.

    Args:
        service: botocore's name of the service, such as `sns`.
        attempts: how often a call is tried in total; 1 for a call that sends a message
            (docs/rules.md#6).
        seconds: how long each try waits for an answer.
    """
    return session().create_client(
        service,
        region_name=environment.name("AWS_REGION", "us-west-2"),
        config=Config(
            connect_timeout=min(CONNECT_SECONDS, seconds),
            read_timeout=seconds,
            retries={"total_max_attempts": attempts, "mode": "standard"},
            **OF_SERVICE.get(service, {}),
        ),
    )


def invoke_again(function: str, event: Mapping[str, Any]) -> None:
    """Start a function again without waiting, for work that this invocation has no time for.

    Args:
        function: the ARN by which it was called: the same release, with its dead-letter queue.
    """
    client("lambda").invoke(
        FunctionName=function, InvocationType="Event", Payload=json.dumps(event).encode()
    )

"""Clients of AWS services: one a process, made when first needed.

botocore is used bare: boto3's resource layer costs a cold start and adds nothing here. It ships in
the layer, pinned, with the descriptions of the services that Aviso calls
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
    # botocore presigns with Signature Version 2 in older regions, us-west-2 among them, and S3
    # refuses that for objects encrypted with KMS: https://github.com/boto/boto3/issues/2680
    "s3": {"signature_version": "s3v4"},
    # Every request is made by `store`, and checking its shape is a tenth of a call. pynamodb's own
    # clients do not check it either.
    "dynamodb": {"parameter_validation": False},
}


@cache
def session() -> botocore.session.Session:
    """Return this process's session, which all clients share."""
    made = botocore.session.get_session()
    # What AWS's own trail names the caller; botocore's own is put together anew twice a call.
    made.set_default_client_config(Config(user_agent=AGENT))
    return made


@cache
def client(service: str, attempts: int = 3) -> Any:
    """Return this process's client of an AWS service.

    Args:
        service: botocore's name of the service, such as `sns`.
        attempts: how often a call is tried in all; one for a call that sends a message
            (docs/rules.md#6).
    """
    return session().create_client(
        service,
        region_name=environment.name("AWS_REGION", "us-west-2"),
        config=Config(
            connect_timeout=CONNECT_SECONDS,
            read_timeout=READ_SECONDS,
            retries={"total_max_attempts": attempts, "mode": "standard"},
            **OF_SERVICE.get(service, {}),
        ),
    )


def invoke_again(function: str, event: Mapping[str, Any]) -> None:
    """Start a function anew without waiting: what one invocation has no time for, the next does.

    Args:
        function: the ARN that it was called by: the same release, and its queue of dead letters.
        event: what it is called with.
    """
    client("lambda").invoke(
        FunctionName=function, InvocationType="Event", Payload=json.dumps(event).encode()
    )

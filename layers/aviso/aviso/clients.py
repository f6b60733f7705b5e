"""Clients of AWS services: one a process, made when first needed.

botocore is used bare: boto3's resource layer costs a cold start and adds nothing here. Of AWS it
knows the few services that the build describes to it (docs/performance.md).
"""

import json
from collections.abc import Mapping
from contextlib import suppress
from functools import cache
from typing import Any

import botocore.session
from aws_lambda_powertools.shared import user_agent
from botocore.config import Config
from botocore.loaders import Loader

from aviso import environment

CONNECT_SECONDS = 2
READ_SECONDS = 5
AGENT = "Aviso"


@cache
def session() -> botocore.session.Session:
    """Return this process's session, which all clients share."""
    with suppress(ValueError):  # Powertools' own name, added to the header of every call
        botocore.unregister_initializer(user_agent._initializer_botocore_session)
    made = botocore.session.get_session()
    # What AWS's own trail names the caller; botocore's own is put together anew twice a call.
    made.set_default_client_config(Config(user_agent=AGENT))
    try:
        import aviso_compiled  # the build writes this package
    except ImportError:  # a tool at a terminal: no build, and time enough
        return made
    described = [f"{place}/services" for place in aviso_compiled.__path__]
    loader = Loader(extra_search_paths=described, include_default_search_paths=False)
    made.register_component("data_loader", loader)
    return made


@cache
def client(service: str, attempts: int = 3) -> Any:
    """Return this process's client of an AWS service.

    Args:
        service: botocore's name of the service, such as `sns`.
        attempts: how often a call is tried in all; one for whatever leaves the house (rule 6).
    """
    return session().create_client(
        service,
        region_name=environment.name("AWS_REGION", "us-west-2"),
        config=Config(
            connect_timeout=CONNECT_SECONDS,
            read_timeout=READ_SECONDS,
            retries={"total_max_attempts": attempts, "mode": "standard"},
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

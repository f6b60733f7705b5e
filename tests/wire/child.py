"""One process that makes every call and prints what it would have sent, a line of JSON each.

It reads the calls from its input, as JSON: each call, and the words in the modules that make it.

    python -m tests.wire.child product|botocore|signed

`product` takes the product's own clients, and is started on a botocore whose data is what the layer
ships. `botocore` makes each client as botocore's documentation does; `signed` the same, told to
sign addresses with Signature Version 4.
"""

import base64
import json
import sys
from collections.abc import Callable, Iterator, Mapping
from functools import cache, partial
from typing import Any

import botocore.session
from botocore.config import Config

from tests.wire.calls_found import Call
from tests.wire.capture import function_of, sent
from tests.wire.parameters import parameters

REGIONS = ("us-west-2", "us-east-1", "us-gov-west-1")
Clients = Callable[[str], Any]


@cache
def descriptions() -> Any:
    """Return what reads botocore's data: the same for each region, so it reads each file once."""
    return botocore.session.get_session().get_component("data_loader")


def product(_region: str) -> Clients:
    """Return the product's clients, as a new process of a function makes them."""
    from aviso.runtime import clients
    from aviso.storage import model_calls

    clients.session.cache_clear()
    clients.client.cache_clear()
    clients.session().register_component("data_loader", descriptions())
    return lambda service: (
        model_calls.client() if service == "dynamodb" else clients.client(service)
    )


def usual(region: str, config: Config | None = None) -> Clients:
    """Return clients made as botocore's documentation does."""
    session = botocore.session.get_session()
    session.register_component("data_loader", descriptions())
    return cache(partial(session.create_client, region_name=region, config=config))


KINDS: Mapping[str, Callable[[str], Clients]] = {
    "product": product,
    "botocore": usual,
    "signed": partial(
        usual, config=Config(signature_version="s3v4", s3={"addressing_style": "virtual"})
    ),
}


def lines(kind: str, made: Mapping[Call, set[str]]) -> Iterator[str]:
    """Yield a line for each call, region and choice of FIPS endpoints."""
    calls = {call: parameters(call, words) for call, words in sorted(made.items())}
    if kind == "signed":
        calls = {call: given for call, given in calls.items() if call.presigned}
    for region in REGIONS:
        for fips in (False, True):
            with function_of(region, fips=fips):
                client = KINDS[kind](region)
                for call, given in calls.items():
                    found = sent(client(call.service), call, given)
                    request = [found.method, found.url, dict(found.headers)]
                    body = base64.b64encode(found.body).decode()
                    place = [call.service, call.operation, call.presigned, region, fips]
                    yield json.dumps([place, [*request, body]])


if __name__ == "__main__":
    asked = {Call(*call): set(words) for call, words in json.load(sys.stdin)}
    for line in lines(sys.argv[1], asked):
        print(line)

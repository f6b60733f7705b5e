"""The proxy between the functions and local AWS: throttles what it is told to, and keeps accounts.

Runs in local AWS's environment (`.tools/ministack`) with `tests/chaos` on its path: it is the fault
proxy of `make chaos`, which keeps every hand-over, without that one's random faults. A service or a
table is throttled from one moment to another, for a share of its calls.
"""

import argparse
import json
import random
from typing import Any

from aiohttp import web
from fault_proxy import ERRORS, SERVICE, Proxy
from faults import Faults
from microburst.protocols import render_error

EMAIL = "/v2/email/outbound-emails"


class Throttling(Proxy):
    """Relays calls, and refuses a share of those to what is throttled now."""

    def __init__(self, upstream: str, seed: int) -> None:
        super().__init__(upstream, Faults(seed, 0))
        self.shares: dict[str, float] = {}  # "ses", "sns" or a table's name
        self.refused: dict[str, int] = {}
        self.dice = random.Random(seed)

    async def _handle(self, request: web.Request) -> web.StreamResponse:
        found = SERVICE.search(request.headers.get("Authorization", ""))
        service = found[1] if found else ""
        what = await _what(service, request)
        if self.dice.random() < self.shares.get(what, 0.0):
            self.refused[what] = self.refused.get(what, 0) + 1
            code, status = ERRORS[service, "throttled"]
            protocol = "sesv2" if service == "ses" else service
            status, headers, text = render_error(protocol, code, "Rate exceeded", status=status)
            return web.Response(status=status, headers=headers, body=text)
        return await super()._handle(request)

    async def throttle(self, request: web.Request) -> web.Response:
        """Throttle something for a share of its calls, 0 to end it."""
        self.shares[request.query["what"]] = float(request.query["share"])
        return web.json_response(self.shares)

    async def told(self, _request: web.Request) -> web.Response:
        """Return every hand-over, and how many calls were refused, by what was throttled."""
        return web.json_response({"sends": self.sends, "refused": self.refused})


async def _what(service: str, request: web.Request) -> str:
    """Return what a call needs: a table by its name, `ses` for an email, `sns` for a text."""
    body = await request.read()
    if service == "ses":
        return "ses" if request.path == EMAIL else ""
    if service == "sns":
        return "sns" if b"PhoneNumber=" in body else ""
    return _table(json.loads(body or b"{}")) if service == "dynamodb" else ""


def _table(asked: dict[str, Any]) -> str:
    """Return a call's table, of a transaction or a batch the first."""
    parts = [part for one in asked.get("TransactItems", ()) for part in one.values()]
    named = [asked, *parts]
    tables = [part["TableName"] for part in named if "TableName" in part]
    return next(iter([*tables, *asked.get("RequestItems", {})]), "")


def main() -> None:
    """Serve until ended."""
    parser = argparse.ArgumentParser()
    parser.add_argument("--port", type=int, required=True)
    parser.add_argument("--upstream", required=True)
    parser.add_argument("--seed", type=int, required=True)
    options = parser.parse_args()
    proxy = Throttling(options.upstream, options.seed)
    app = web.Application(client_max_size=64 * 2**20)
    app.router.add_get("/_chaos/status", proxy.status)
    app.router.add_get("/_chaos/told", proxy.told)
    app.router.add_post("/_chaos/throttle", proxy.throttle)
    app.router.add_route("*", "/{tail:.*}", proxy.handle)
    web.run_app(app, host="127.0.0.1", port=options.port, access_log=None, print=None)


if __name__ == "__main__":
    main()

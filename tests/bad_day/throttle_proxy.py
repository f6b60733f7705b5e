"""The proxy between the functions and local AWS: throttles what it is told to, and keeps accounts.

Runs in local AWS's environment (`.tools/ministack`) with `tests/chaos` on its path: it is the fault
proxy of `make chaos`, which keeps every hand-over, without that one's random faults. A service or a
table is throttled from one moment to another, for a share of its calls.
"""

import json
import random
from typing import Any

from aiohttp import web
from fault_proxy import SERVICE, Proxy, main, read, refusal
from faults import Few


class Throttling(Proxy):
    """Relays calls, and refuses a share of those to what is throttled now."""

    def __init__(self, upstream: str, faults: Few) -> None:
        super().__init__(upstream, faults)
        self.shares: dict[str, float] = {}  # "ses", "sns" or a table's name
        self.refused: dict[str, int] = {}
        self.dice = random.Random(faults.seed)

    async def _handle(self, request: web.Request) -> web.StreamResponse:
        found = SERVICE.search(request.headers.get("Authorization", ""))
        service = found[1] if found else ""
        what = await _what(service, request)
        if self.dice.random() < self.shares.get(what, 0.0):
            self.refused[what] = self.refused.get(what, 0) + 1
            return refusal(service, "throttled")
        return await super()._handle(request)

    async def throttle(self, request: web.Request) -> web.Response:
        """Throttle something for a share of its calls, 0 to end it."""
        self.shares[request.query["what"]] = float(request.query["share"])
        return web.json_response(self.shares)

    async def told(self, _request: web.Request) -> web.Response:
        """Return every hand-over, and how many calls were refused, by what was throttled."""
        return web.json_response({"sends": self.sends, "refused": self.refused})

    def routes(self) -> list[web.RouteDef]:
        """Return what the proxy itself answers; all else is relayed."""
        return [
            *super().routes(),
            web.get("/_chaos/told", self.told),
            web.post("/_chaos/throttle", self.throttle),
        ]


async def _what(service: str, request: web.Request) -> str:
    """Return what a call needs: a table by its name, `ses` for an email, `sns` for a text."""
    body = await request.read()
    if service == "dynamodb":
        return _table(json.loads(body or b"{}"))
    return service if read(service, request, body).role == "send" else ""


def _table(asked: dict[str, Any]) -> str:
    """Return a call's table, of a transaction or a batch the first."""
    parts = [part for one in asked.get("TransactItems", ()) for part in one.values()]
    named = [asked, *parts]
    tables = [part["TableName"] for part in named if "TableName" in part]
    return next(iter([*tables, *asked.get("RequestItems", {})]), "")


if __name__ == "__main__":
    main(Throttling)

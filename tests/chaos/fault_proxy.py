"""The fault proxy between the functions and local AWS, and its account of every hand-over.

Runs in local AWS's environment (`.tools/ministack`), started by `environment.py`. microburst writes
the errors, so that the SDKs read them as AWS's own. Relaying is done here, because it must keep
the signed Host, tell SES v2 from v1, and kill the very process that is calling
(docs/decisions/storm.md). What it did is read at `/_chaos/...`.
"""

import argparse
import asyncio
import json
import re
import time
from collections import Counter
from dataclasses import dataclass, field
from typing import Any
from urllib.parse import parse_qs

import aiohttp
import worker_kill  # beside this file: the repository is not on this interpreter's path
from aiohttp import web
from faults import KILLED, TAKEN, Few, refusal_of
from microburst.protocols import render_error
from yarl import URL

SERVICE = re.compile(r"Credential=[^/]+/\d{8}/[^/]+/([a-z0-9-]+)/aws4_request")
HOP_BY_HOP = {"connection", "keep-alive", "transfer-encoding", "te", "upgrade", "content-length"}
INVOCATION = "X-Amzn-Trace-Id"
LATE = 7.0  # seconds: longer than the functions wait for a reply
RETRIES, RESTARTS = 3.0, 4.0  # seconds until a call that failed, a process that died, comes again
# Begins the name of an email to another agency: a second one tells nobody twice.
HAND_OFF = "hand_off-"
SERVICES = {"ses": "sesv2"}  # as a signature names them, as botocore does


@dataclass(slots=True)
class Worker:
    """What is known of one invocation of a function."""

    notice: str = ""  # that it claimed last
    unmarked: list[dict[str, Any]] = field(default_factory=list)  # sends it has not marked yet
    in_a_row: int = 0
    struck_at: float = 0.0  # when its last call failed, 0 after one that did not
    decides_from: float = 0.0  # when it claimed or marked last; what follows is decided later


@dataclass(slots=True)
class Call:
    """One request of a function, and what it is to the flow."""

    service: str
    role: str = ""  # a key of the faults' chances
    notice: str = ""
    to: str = ""
    attempt: str = ""


def read(service: str, request: web.Request, body: bytes) -> Call:
    """Say what a request is."""
    if service == "dynamodb":
        return _table_call(request.headers.get("X-Amz-Target", "").rpartition(".")[2], body)
    if service == "sns":
        form = {name: values[0] for name, values in parse_qs(body.decode()).items()}
        if "PhoneNumber" in form and form.get("Action") == "Publish":
            return Call("sns", "send", to=form["PhoneNumber"])
    if service == "ses" and request.path == "/v2/email/outbound-emails":
        content = json.loads(body)
        tags = {tag["Name"]: tag["Value"] for tag in content.get("EmailTags", ())}
        (to,) = content["Destination"]["ToAddresses"]
        return Call("ses", "send", tags.get("notice", ""), to, tags["attempt"])
    return Call(service)


def _table_call(operation: str, body: bytes) -> Call:
    content = json.loads(body or b"{}")
    # Only a claim counts its tries on a notice; only a mark is a transaction.
    on_notice = operation == "UpdateItem" and content["Key"].get("sk", {}).get("S") == "NOTICE"
    if on_notice and "ADD" in content["UpdateExpression"]:
        return Call("dynamodb", "claim", content["Key"]["pk"]["S"])
    return Call("dynamodb", "transaction" if operation == "TransactWriteItems" else "table")


def _named(call: Call, fault: str) -> str:
    """Return a fault's name in the count of what was done."""
    return fault if fault in KILLED else f"{SERVICES.get(call.service, call.service)}_{fault}"


class Proxy:
    """Relays calls, lets some fail, and remembers every hand-over."""

    def __init__(self, upstream: str, faults: Few) -> None:
        self.upstream, self.faults = upstream, faults
        self.workers: dict[str, Worker] = {}
        self.sends: list[dict[str, Any]] = []
        self.claims: Counter[str] = Counter()
        self.disturbed: set[str] = set()  # notices whose hand-over did not go through at once
        self.open = 0
        self.last_call = time.monotonic()
        self.killed_at = 0.0
        self._session: aiohttp.ClientSession | None = None

    async def handle(self, request: web.Request) -> web.StreamResponse:
        """Relay one request, or not."""
        self.open += 1
        try:
            return await self._handle(request)
        finally:
            self.open -= 1
            self.last_call = time.monotonic()

    async def _handle(self, request: web.Request) -> web.StreamResponse:
        body = await request.read()
        found = SERVICE.search(request.headers.get("Authorization", ""))
        call = read(found[1] if found else "", request, body)
        # The SDK names the invocation in every call of a function, and in no other.
        worker = self.workers.setdefault(request.headers.get(INVOCATION, ""), Worker())
        fault = self.faults.choose(call.service, call.role, worker.in_a_row)
        pid = _pid(request) if fault in KILLED else 0
        if fault in KILLED and not pid:
            fault = ""  # it cannot be told whom to kill
        failed = fault not in ("", "slow")
        worker.in_a_row = worker.in_a_row + 1 if failed else 0
        worker.struck_at = time.monotonic() if failed else 0.0
        if fault:
            self.faults.done[_named(call, fault)] += 1
            if call.role == "send" or fault in KILLED:
                self.disturbed.add(call.notice or worker.notice)
        if failed:
            return await self._strike(fault, request, body, call, worker=worker, pid=pid)
        if fault == "slow":
            await asyncio.sleep(self.faults.slow())
        reply = await self._forward(request, body, call, worker, fault)
        if call.role == "send" and _gone(request):
            self._crash(worker)  # the function did not wait for this reply: a busy machine
        return reply

    async def _strike(
        self,
        fault: str,
        request: web.Request,
        body: bytes,
        call: Call,
        *,
        worker: Worker,
        pid: int,
    ) -> web.StreamResponse:
        if fault in TAKEN or fault == "killed_after":
            await self._forward(request, body, call, worker, fault)
        if fault in KILLED or (call.role == "send" and fault in TAKEN):
            self._crash(worker)
        if fault.startswith(("throttled", "5xx")):
            return refusal(call.service, fault)
        if pid:
            worker_kill.kill(pid)
            self.killed_at = time.monotonic()
        lost = call.role == "send" and fault == "reply_lost" and self.faults.may_hold
        if fault == "no_connection" or lost:  # else the connection ends at once
            await self._hold(request)
        if request.transport is not None:
            request.transport.abort()
        return web.Response(status=500)

    def _crash(self, worker: Worker) -> None:
        """Count what was handed over and will not be marked: the crash window."""
        for send in worker.unmarked:
            self.faults.crashes += not send["crash"]
            send["crash"] = True

    async def _hold(self, request: web.Request) -> None:
        self.faults.held += 1
        until = time.monotonic() + LATE
        while time.monotonic() < until and not _gone(request):
            await asyncio.sleep(0.1)

    async def _forward(
        self, request: web.Request, body: bytes, call: Call, worker: Worker, fault: str
    ) -> web.StreamResponse:
        headers = {k: v for k, v in request.headers.items() if k.lower() not in HOP_BY_HOP}
        headers["x-forwarded-proto"] = "https"
        url = URL(self.upstream + request.raw_path, encoded=True)
        async with self._upstream().request(
            request.method, url, data=body, headers=headers, allow_redirects=False
        ) as reply:
            content = await reply.read()
            kept = {k: v for k, v in reply.headers.items() if k.lower() not in HOP_BY_HOP}
            if reply.status == 200:
                self._note(call, content, worker, fault)
            if request.method == "HEAD":  # tells the length of what it does not send
                kept["Content-Length"] = reply.headers.get("Content-Length", "0")
                return web.Response(status=reply.status, headers=kept)
            return web.Response(status=reply.status, headers=kept, body=content)

    def _note(self, call: Call, content: bytes, worker: Worker, fault: str) -> None:
        if call.role == "claim":
            worker.notice = call.notice
            self.claims[call.notice] += 1
        if call.role in ("claim", "transaction"):
            worker.decides_from = time.time()
        if call.role == "transaction":
            worker.unmarked.clear()
        if call.role == "send":
            found = re.search(rb'<MessageId>([^<]+)<|"MessageId": ?"([^"]+)"', content)
            assert found, "a provider that takes a message names it"
            send = {
                "id": (found[1] or found[2]).decode(),
                "at": time.time(),
                "since": worker.decides_from or time.time(),
                "notice": call.notice or worker.notice,
                "channel": "sms" if call.service == "sns" else "email",
                "to": call.to,
                "attempt": call.attempt,
                "fault": fault,
                "crash": False,
            }
            self.sends.append(send)
            if not call.notice.startswith(HAND_OFF):
                worker.unmarked.append(send)

    def _upstream(self) -> aiohttp.ClientSession:
        if self._session is None:
            self._session = aiohttp.ClientSession(
                auto_decompress=False,
                skip_auto_headers=("User-Agent", "Accept", "Accept-Encoding", "Content-Type"),
                connector=aiohttp.TCPConnector(limit=0),
                timeout=aiohttp.ClientTimeout(total=120),
            )
        return self._session

    async def status(self, _request: web.Request) -> web.Response:
        """Say how busy the functions are, and what was done so far."""
        now = time.monotonic()
        waiting = sum(now - w.struck_at < RETRIES for w in self.workers.values() if w.struck_at)
        waiting += (
            now - self.killed_at < RESTARTS
        )  # its record comes again to a process yet to start
        return web.json_response(
            {
                "open": self.open,
                "quiet": 0.0 if self.open else now - self.last_call,
                "retrying": waiting,
                "sends": len(self.sends),
                "crash_window": self.faults.crashes,
                "faults": dict(self.faults.done),
            }
        )

    async def journal(self, _request: web.Request) -> web.Response:
        """Return every hand-over, and the notices whose hand-over was disturbed."""
        again = {notice for notice, times in self.claims.items() if times > 1}
        return web.json_response(
            {
                "sends": self.sends,
                "disturbed": sorted((self.disturbed | again) - {""}),
            }
        )

    async def turn(self, request: web.Request) -> web.Response:
        """Turn faults on or off."""
        self.faults.on = request.query["faults"] == "on"
        return web.json_response({"on": self.faults.on})


def refusal(service: str, kind: str) -> web.Response:
    """Return how a service itself says that it does not take a call: throttled, or 5xx."""
    protocol = SERVICES.get(service, service)
    code, status = refusal_of(protocol, kind)
    status, headers, text = render_error(protocol, code, "Rate exceeded", status=status)
    return web.Response(status=status, headers=headers, body=text)


def _pid(request: web.Request) -> int:
    """Return the calling process; the system's list of sockets is not a snapshot, so ask thrice."""
    transport = request.transport
    port = transport.get_extra_info("peername")[1] if transport is not None else 0
    return next((pid for _ in range(3) if (pid := worker_kill.pid_of(port))), 0)


def _gone(request: web.Request) -> bool:
    return request.transport is None or request.transport.is_closing()


def main() -> None:
    """Serve until ended."""
    parser = argparse.ArgumentParser()
    parser.add_argument("--port", type=int, required=True)
    parser.add_argument("--upstream", required=True)
    parser.add_argument("--seed", type=int, required=True)
    parser.add_argument("--duties", type=int, required=True)
    options = parser.parse_args()
    proxy = Proxy(options.upstream, Few(options.seed, duties=options.duties))
    app = web.Application(client_max_size=64 * 2**20)
    app.router.add_get("/_chaos/status", proxy.status)
    app.router.add_get("/_chaos/journal", proxy.journal)
    app.router.add_post("/_chaos/turn", proxy.turn)
    app.router.add_route("*", "/{tail:.*}", proxy.handle)
    web.run_app(app, host="127.0.0.1", port=options.port, access_log=None, print=None)


if __name__ == "__main__":
    main()

"""An AWS that answers what was recorded: `python -m benchmarks.stub <scenario.json> [waits.json]`.

Prints its port. A call is known by its operation and its body; a body that holds the time or a
random id by its operation and table, whose answers then come in the order of the recording. It
answers at once, or after the milliseconds that the second file has for the call's service.
"""

import asyncio
import json
import sys
from collections import defaultdict
from collections.abc import Mapping
from itertools import cycle
from pathlib import Path
from typing import Any

JUNK = b"HTTP/1.1 500 Not recorded\r\nContent-Length: 2\r\n\r\n{}"


class Answers:
    """The recorded answers of one scenario."""

    def __init__(self, calls: list[dict[str, Any]], waits: Mapping[str, float]) -> None:
        in_order: dict[tuple[str, ...], list[tuple[bytes, float]]] = defaultdict(list)
        for call in calls:
            body = call["answer"]["body"].encode()
            headers = {"content-length": str(len(body))}  # which HEAD has of a body not sent
            headers |= {name.lower(): value for name, value in call["answer"]["headers"].items()}
            head = [f"HTTP/1.1 {call['answer']['status']} Recorded"]
            head += [f"{name}: {value}" for name, value in headers.items()]
            whole = "\r\n".join([*head, "", ""]).encode() + body
            for key in keys(call["wire"], call["body"]):
                in_order[key].append((whole, waits.get(call["service"], 0) / 1000))
        self.in_order = {key: cycle(answers) for key, answers in in_order.items()}

    def to(self, wire: str, body: str) -> tuple[bytes, float]:
        """Return the answer to a call, and after how many seconds it comes."""
        known = next((key for key in keys(wire, body) if key in self.in_order), None)
        return next(self.in_order[known]) if known else (JUNK, 0)


def keys(wire: str, body: str) -> list[tuple[str, ...]]:
    """Return what a call may be known by, the closest first."""
    if not body.startswith("{"):
        return [(wire, body), (wire,)]
    asked = json.loads(body)
    place = (str(asked.get("TableName", "")), str(asked.get("IndexName", "")))
    return [(wire, json.dumps(asked, sort_keys=True)), (wire, *place), (wire,)]


def wire_of(target: str, method: str, path: str, body: str) -> str:
    """Return what tells one operation from another on the wire, whatever the service's protocol."""
    if target:
        return target
    action = [pair for pair in body.split("&") if pair.startswith("Action=")]
    return action[0] if action else f"{method} {path}"


class Connection(asyncio.Protocol):
    """One kept-alive connection."""

    def __init__(self, answers: Answers) -> None:
        self.answers = answers
        self.buffer = b""

    def connection_made(self, transport: Any) -> None:
        """Keep where answers go."""
        self.transport = transport

    def data_received(self, data: bytes) -> None:
        """Answer every request that is whole."""
        self.buffer += data
        while (end := self.buffer.find(b"\r\n\r\n")) >= 0:
            first, *lines = self.buffer[:end].decode().split("\r\n")
            headers = dict(line.lower().split(": ", 1) for line in lines)
            if headers.get("expect") == "100-continue":
                self.transport.write(b"HTTP/1.1 100 Continue\r\n\r\n")
            whole = end + 4 + int(headers.get("content-length", 0))
            if len(self.buffer) < whole:
                return
            body = self.buffer[end + 4 : whole].decode(errors="replace")
            self.buffer = self.buffer[whole:]
            target = next((x[14:] for x in lines if x.lower().startswith("x-amz-target: ")), "")
            method, path, _ = first.split(" ")
            wire = wire_of(target, method, path.partition("?")[0], body)
            answer, wait = self.answers.to(wire, body)
            if wait:
                asyncio.get_running_loop().call_later(wait, self.transport.write, answer)
            else:
                self.transport.write(answer)


async def main() -> None:
    """Serve until the parent goes."""
    waits = json.loads(Path(sys.argv[2]).read_text()) if sys.argv[2:] else {}
    answers = Answers(json.loads(Path(sys.argv[1]).read_text())["calls"], waits)
    loop = asyncio.get_running_loop()
    server = await loop.create_server(lambda: Connection(answers), "127.0.0.1", 0)
    print(server.sockets[0].getsockname()[1], flush=True)
    ended = asyncio.Event()
    loop.add_reader(sys.stdin.fileno(), ended.set)  # the parent holds the other end
    await ended.wait()


if __name__ == "__main__":
    asyncio.run(main())

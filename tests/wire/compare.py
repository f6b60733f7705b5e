"""Holds every call of the product against the same call of botocore as it comes."""

import json
import os
import shutil
import subprocess
import sys
import tempfile
from collections.abc import Mapping, Sequence
from concurrent.futures import ThreadPoolExecutor
from dataclasses import astuple, dataclass
from functools import cached_property
from pathlib import Path
from typing import Any
from urllib.parse import parse_qs, urlsplit

import botocore

from infra.compiler import aws_services
from infra.repository import ROOT
from tests.wire.calls_found import Call, called
from tests.wire.child import KINDS

PARTS = ("method", "url", "headers", "body")
# Not signed, and no service decides by it: the product's name is shorter than botocore's.
AGENT = "user-agent"

Request = Sequence[Any]  # one value for each of PARTS
Place = tuple[str, str, bool, str, bool]  # service, operation, presigned, region, FIPS


@dataclass(frozen=True)
class Row:
    """One call in one region: what the product sends, and what botocore would send as it comes."""

    call: Call
    region: str
    fips: bool
    ours: Request
    usual: Request
    signed: Request | None  # the usual one as S3 takes it, of a presigned address

    @cached_property
    def differs(self) -> list[str]:
        """Return the parts in which both differ; the user agent does not count."""
        return [
            n
            for n, a, b in zip(PARTS, _plain(self.ours), _plain(self.usual), strict=True)
            if a != b
        ]

    @property
    def verdict(self) -> str:
        """Return `identical`, the reason for a difference that is wanted, or what differs."""
        if not self.differs:
            return "identical"
        if self.signed and _plain(self.ours) == _plain(self.signed):
            return "as S3 takes it"
        return "DIFFERS: " + ", ".join(self.differs)

    @property
    def scheme(self) -> str:
        """Return how the product's request is signed."""
        _, url, headers, _ = self.ours
        in_address = parse_qs(urlsplit(url).query).get("X-Amz-Algorithm", [""])[0]
        return str(headers.get("authorization", in_address)).partition(" ")[0]

    @property
    def host(self) -> str:
        """Return where the product's request goes."""
        return str(urlsplit(self.ours[1]).hostname)


REASONS = {
    "as S3 takes it": "as it comes, botocore presigns with Signature Version 2 here, which S3 "
    "refuses for objects encrypted with KMS (https://github.com/boto/boto3/issues/2680), or for an "
    "address without the region (https://github.com/boto/boto3/issues/3015); with "
    '`signature_version="s3v4"` and `addressing_style="virtual"` it makes the same address',
}


def compared() -> list[Row]:
    """Return every call of the product in every region, with and without FIPS endpoints."""
    calls = json.dumps([(astuple(call), sorted(words)) for call, words in called().items()])
    with tempfile.TemporaryDirectory() as folder, ThreadPoolExecutor() as pool:
        _ship(Path(folder))
        paths = {"product": folder}
        ours, usual, signed = pool.map(lambda kind: _made(kind, calls, paths.get(kind, "")), KINDS)
    return [_row(place, ours, usual, signed) for place in ours]


def _row(place: Place, *made: Mapping[Place, Request]) -> Row:
    ours, usual, signed = made
    service, operation, presigned, region, fips = place
    call = Call(service, operation, presigned)
    return Row(call, region, fips, ours[place], usual[place], signed.get(place))


def _plain(request: Request) -> Request:
    method, url, headers, body = request
    return [method, url, {k: v for k, v in headers.items() if k != AGENT}, body]


def _ship(folder: Path) -> None:
    """Put botocore into a folder, its data as the layer's build leaves it."""
    installed = Path(botocore.__file__).parent
    copy = folder / "botocore"
    shutil.copytree(installed, copy, ignore=shutil.ignore_patterns("data", "__pycache__"))
    aws_services.write(copy / "data", installed / "data")


def _made(kind: str, calls: str, botocore_in: str) -> dict[Place, Request]:
    paths = [botocore_in, str(ROOT / "layers/aviso"), str(ROOT)]
    env = os.environ | {"PYTHONPATH": os.pathsep.join(filter(None, paths))}
    command = [sys.executable, "-m", "tests.wire.child", kind]
    done = subprocess.run(
        command, cwd=ROOT, env=env, input=calls, stdout=subprocess.PIPE, check=True, text=True
    )
    pairs = (json.loads(line) for line in done.stdout.splitlines())
    return {tuple(place): request for place, request in pairs}

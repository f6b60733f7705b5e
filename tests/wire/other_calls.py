"""The calls to AWS that are not botocore's: where each goes, by region and FIPS.

The desk signs people in with Cognito by OpenID Connect, which botocore does not speak. The
addresses come from the template. Here they are filled in as CloudFormation does it, and compared
with what AWS documents: the endpoints that botocore knows, and the domain of the sign-in pages
(https://docs.aws.amazon.com/govcloud-us/latest/UserGuide/govcloud-cog.html and
https://docs.aws.amazon.com/cdk/api/v2/docs/aws-cdk-lib.aws_cognito.BaseUrlOptions.html).
"""

import ast
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass
from functools import cache
from pathlib import Path
from typing import Any
from urllib.parse import urlsplit

import botocore.session
from botocore.config import Config

from infra.harness import cloudformation
from infra.repository import ROOT
from tests.permissions.policies import PSEUDO, Stack
from tests.wire.calls_found import SOURCES
from tests.wire.child import REGIONS

# What opens a connection without botocore, by the last part of its name.
OPENERS = {"urlopen", "PyJWKClient", "HTTPSConnection", "HTTPConnection", "create_connection"}
OPENERS |= {"PoolManager", "build_opener"}
GOVERNMENT = "aws-us-gov"
CALLS: Mapping[str, str] = {  # a call that is not botocore's: what its address comes from
    "POST /oauth2/token": "SIGN_IN_URL",
    "GET /.well-known/jwks.json": "KEYS_URL",
}


@dataclass(frozen=True, slots=True)
class Address:
    """Where one call goes."""

    call: str
    region: str
    fips: bool
    host: str
    documented: str

    @property
    def verdict(self) -> str:
        """Return `as documented`, or what differs."""
        return "as documented" if self.host == self.documented else f"DIFFERS: {self.host}"


def openers(sources: Iterable[Path] = SOURCES) -> set[str]:
    """Return the modules that open connections without botocore, with what they call to do so."""
    found: set[str] = set()
    for file in (file for folder in sources for file in folder.rglob("*.py")):
        for node in ast.walk(ast.parse(file.read_text(encoding="utf-8"))):
            match node:
                case ast.Call(func=ast.Name(id=name) | ast.Attribute(attr=name)) if name in OPENERS:
                    found.add(f"{file.name} {name}")
    return found


@cache
def addresses() -> tuple[Address, ...]:
    """Return where each call goes, by region, with and without FIPS endpoints."""
    return tuple(_addresses())


def _addresses() -> Iterator[Address]:
    for region in REGIONS:
        for fips in (False, True):
            desk = variables(region, fips=fips)
            for call, name in CALLS.items():
                host = str(urlsplit(desk[name]).hostname)
                yield Address(call, region, fips, host, _documented(name, region, fips=fips))


def variables(region: str, *, fips: bool) -> dict[str, Any]:
    """Return the desk's environment as CloudFormation makes it in a region."""
    place = {**PSEUDO, "AWS::Region": region, "AWS::Partition": _partition(region)}
    stack = Stack(_template(), {"FipsEndpoints": str(fips).lower()}, place=place)
    found: dict[str, Any] = stack.filled(
        stack.raw["Staff"]["Properties"]["Environment"]["Variables"]
    )
    return found


def _documented(name: str, region: str, *, fips: bool) -> str:
    fips = fips or _partition(region) == GOVERNMENT  # Cognito has no other addresses there
    if name == "SIGN_IN_URL":
        domain = f"{PSEUDO['AWS::StackName']}-{PSEUDO['AWS::AccountId']}"
        return f"{domain}.{'auth-fips' if fips else 'auth'}.{region}.amazoncognito.com"
    session = botocore.session.Session()
    config = Config(use_fips_endpoint=fips)
    client = session.create_client(
        "cognito-idp",
        region_name=region,
        config=config,
        aws_access_key_id="none",
        aws_secret_access_key="none",
    )
    return str(urlsplit(client.meta.endpoint_url).hostname)


@cache
def _partition(region: str) -> str:
    return str(botocore.session.Session().get_partition_for_region(region))


@cache
def _template() -> Mapping[str, Any]:
    found: Mapping[str, Any] = cloudformation.read(ROOT / "template.yaml")
    return found

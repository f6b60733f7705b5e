"""The calls to AWS that the product makes, read from its code, and those that its roles allow.

Neither list is written by hand. A call is a name or a text that a service's operation has, in a
module with a client of that service: `client("s3").put_object`, `get_paginator("query")`. What
this reading misses, the roles show: they allow an action that no code seems to call.
"""

import ast
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from functools import cache
from pathlib import Path

import botocore.session
from botocore import xform_name
from botocore.model import ServiceModel

from infra.repository import ROOT
from tests.permissions.least_privilege import granted

Nodes = Sequence[ast.AST]  # of one module

SOURCES = (ROOT / "layers/aviso/aviso", ROOT / "functions")
PYNAMODB = {"transaction": "transact_write_items"}  # the one operation that it calls otherwise
PRESIGNS = "generate_presigned_url"
IAM_NAMES = {"sesv2": "ses"}  # a service's prefix in policies, where it has another
ACTIONS: Mapping[str, str] = {  # the call that needs an action, where it has another name
    "dynamodb:ConditionCheckItem": "dynamodb:TransactWriteItems",
    "lambda:InvokeFunction": "lambda:Invoke",
    "s3:GetObjectVersion": "s3:GetObject",
    "s3:ListBucket": "s3:ListObjectsV2",
    "s3:ListBucketVersions": "s3:ListObjectVersions",
    # SNS calls on in the caller's name.
    "sms-voice:SendTextMessage": "sns:Publish",
    "sms-voice:DescribeOptedOutNumbers": "sns:OptInPhoneNumber",
    "sms-voice:DeleteOptedOutNumber": "sns:OptInPhoneNumber",
}


@dataclass(frozen=True, slots=True, order=True)
class Call:
    """An operation that the product calls, by botocore's names."""

    service: str
    operation: str
    presigned: bool = False  # made into an address that somebody else calls

    @property
    def method(self) -> str:
        """The method of a client that calls it."""
        return xform_name(self.operation)

    def __str__(self) -> str:
        """Return it as a table names it."""
        return f"{self.service} {self.operation}" + (" (presigned)" if self.presigned else "")


@cache
def model_of(service: str) -> ServiceModel:
    """Return botocore's own description of a service."""
    return botocore.session.get_session().get_service_model(service)


def called(sources: Iterable[Path] = SOURCES) -> dict[Call, set[str]]:
    """Return the calls in the code, each with every name and text in the modules that make it."""
    found: dict[Call, set[str]] = {}
    for file in sorted(file for folder in sources for file in folder.rglob("*.py")):
        nodes = [*ast.walk(ast.parse(file.read_text(encoding="utf-8")))]
        if services := _services(nodes):
            words = set(_words(nodes))
            for call in _calls(services, nodes, words):
                found.setdefault(call, set()).update(words)
    return found


def allowed_and_never_called(calls: Iterable[Call]) -> set[str]:
    """Return the actions that the functions' roles allow and that none of these calls is."""
    made = {f"{IAM_NAMES.get(c.service, c.service)}:{c.operation}" for c in calls}
    actions = {grant.action for grant in granted()}
    return {action for action in actions if ACTIONS.get(action, action) not in made}


def _calls(services: set[str], nodes: Nodes, words: set[str]) -> Iterator[Call]:
    presigned = set(_first_arguments(nodes, PRESIGNS))
    for service in services:
        for operation in model_of(service).operation_names:
            call = Call(service, operation)
            if call.method in words:
                yield call
            if call.method in presigned:
                yield Call(service, operation, presigned=True)


def _words(nodes: Nodes) -> Iterator[str]:
    for node in nodes:
        if isinstance(node, ast.Attribute):
            yield node.attr
        elif isinstance(node, ast.keyword) and node.arg:
            yield node.arg
        elif isinstance(node, ast.Constant) and isinstance(node.value, str):
            yield node.value
        elif isinstance(node, ast.Name) and node.id in PYNAMODB:
            yield PYNAMODB[node.id]


def _services(nodes: Nodes) -> set[str]:
    """Return the services that a module has a client of; `store` has DynamoDB's."""
    found = set(_first_arguments(nodes, "client"))
    store = "aviso.storage.model_calls"
    if any(isinstance(n, ast.ImportFrom) and n.module == store for n in nodes):
        found.add("dynamodb")
    return found


def _first_arguments(nodes: Nodes, function: str) -> Iterator[str]:
    """Yield the texts that a function is called with first, wherever it is called."""
    for node in nodes:
        match node:
            case ast.Call(
                func=ast.Name(id=name) | ast.Attribute(attr=name),
                args=[ast.Constant(value=str(text)), *_],
            ) if name == function:
                yield text

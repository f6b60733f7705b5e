"""Calls, and what an engine that is not AWS's own says of them: allowed or denied.

Each call is judged by all that has a say on AWS: the caller's own policies, AWS's that are attached
to its role, and the policy of the bucket, topic, queue, key, role or function that is called. A
role's is its trust policy; a function's is made of its permissions, as Lambda makes it. The engine
is Cloud Copilot's iam-simulate, which also refuses what IAM has no such action, resource or
condition for.
"""

import atexit
import json
import re
import subprocess
from collections.abc import Iterable, Mapping, Sequence
from contextlib import suppress
from dataclasses import dataclass, field
from functools import cache
from pathlib import Path
from typing import Any

import yaml

from infra.local.nodejs import PACKAGES, node
from tests.permissions.policies import ACCOUNT, Stack

HERE = Path(__file__).parent
POLICIES = {  # type of a resource's policy: where it says whose it is, by name, URL or ARN
    "AWS::S3::BucketPolicy": "Bucket",
    "AWS::SNS::TopicPolicy": "Topics",
    "AWS::SQS::QueuePolicy": "Queues",
}
PERMISSION = "AWS::Lambda::Permission"
# Callers that are not a role of the stack, each by who it is and what its own policies allow.
READS = ["dynamodb:Query", "dynamodb:Scan", "s3:GetObject", "secretsmanager:GetSecretValue"]
ANYTHING = {"Effect": "Allow", "Action": "*", "Resource": "*"}
OUTSIDERS: dict[str, tuple[str, list[dict[str, Any]]]] = {
    "reviewer": (
        f"arn:aws:iam::{ACCOUNT}:role/Reviewer",  # as by AWS's ReadOnlyAccess
        [{"Effect": "Allow", "Action": READS, "Resource": "*"}],
    ),
    "feed": (f"arn:aws:iam::{ACCOUNT}:role/aviso-feed", []),  # administrator's guide, 5
    "another account": ("arn:aws:iam::444455556666:role/aviso-Staff", [ANYTHING]),
}


class JudgeError(Exception):
    """The engine could not judge a call; the message says which, and why."""


@dataclass(frozen=True, slots=True)
class Call:
    """One call: by whom, what, on which ARN, and what else AWS would know of it."""

    who: str  # a role's logical id, one of OUTSIDERS, or a service such as ses.amazonaws.com
    action: str
    arn: str
    context: Mapping[str, str | list[str]] = field(default_factory=dict, hash=False)

    def __str__(self) -> str:
        """Return the call as a person may read it."""
        how = ", ".join(f"{key} {value}" for key, value in self.context.items())
        return f"{self.who} {self.action} {self.arn.rpartition('arn:aws:')[2]}" + (
            f" ({how})" if how else ""
        )


class Judge:
    """Decides calls under a template's policies."""

    def __init__(self, stack: Stack) -> None:
        """Read the policies of a template as it would be deployed."""
        self.resources = stack.resources()
        self.roles = {
            name: resource
            for name, resource in self.resources.items()
            if resource["Type"] == "AWS::IAM::Role"
        }

    def allowed(self, calls: Sequence[Call]) -> list[bool]:
        """Return of each call whether it is allowed.

        Raises:
            JudgeError: when one cannot be judged.
        """
        policies = self._policies()
        answers = _answers([self._simulation(call, policies) for call in calls])
        for call, answer in zip(calls, answers, strict=True):
            if answer["errors"]:
                raise JudgeError(f"{call}: {json.dumps(answer['errors'])}")
            if answer["ignored"]:
                raise JudgeError(f"{call}: IAM has no {', '.join(answer['ignored'])} there")
        return [answer["verdict"] == "Allowed" for answer in answers]

    def _simulation(self, call: Call, policies: Mapping[str, Any]) -> dict[str, Any]:
        who, statements = self._caller(call.who)
        own = {"aws:PrincipalArn": who} if who.startswith("arn:") else {}
        secure = {"aws:SecureTransport": "true"}
        found = {
            "request": {
                "principal": _session(who),
                "action": call.action,
                "resource": {"resource": call.arn, "accountId": ACCOUNT},
                "contextVariables": secure | own | dict(call.context),
            },
            "identityPolicies": [{"name": "own", "policy": _policy(statements)}],
            "serviceControlPolicies": [],
            "resourceControlPolicies": [],
        }
        if not statements:
            found["identityPolicies"] = []
        policy = policies.get(_thing(call.arn))
        return found | ({"resourcePolicy": policy} if policy else {})

    def _caller(self, who: str) -> tuple[str, list[dict[str, Any]]]:
        """Return who calls, and the statements of all policies of its own."""
        if who in OUTSIDERS:
            return OUTSIDERS[who]
        if who not in self.roles:
            return who, []  # a service: only the other side's policy speaks of it
        properties = self.roles[who]["Properties"]
        statements = [
            statement
            for policy in properties.get("Policies", [])
            for statement in policy["PolicyDocument"]["Statement"]
        ]
        for arn in properties.get("ManagedPolicyArns", []):
            statements += _managed()[arn.rpartition("/")[2]]
        return self.roles[who]["Arn"], statements

    def _policies(self) -> dict[str, Any]:
        """Return the policy of each thing that has one, by its ARN."""
        by_name = {
            key: resource["Arn"]
            for resource in self.resources.values()
            for key in (resource["Name"], resource["Arn"])
        }
        found = {
            by_name[whose]: resource["Properties"]["PolicyDocument"]
            for resource in self.resources.values()
            if resource["Type"] in POLICIES
            for whose in _listed(resource["Properties"][POLICIES[resource["Type"]]])
        }
        for resource in self.resources.values():
            properties = resource["Properties"]
            if resource["Type"] == PERMISSION:
                function = by_name[properties["FunctionName"]]
                policy = found.setdefault(function, _policy([]))
                policy["Statement"].append(_of_permission(properties, function))
        roles = {
            role["Arn"]: _policy(
                each | {"Resource": role["Arn"]}  # a trust policy names none
                for each in role["Properties"]["AssumeRolePolicyDocument"]["Statement"]
            )
            for role in self.roles.values()
        }
        key = self.resources["Key"]
        return found | roles | {key["Arn"]: key["Properties"]["KeyPolicy"]}


@cache
def _engine() -> subprocess.Popen[str]:
    """Start the engine, once for a process: a start takes as long as hundreds of verdicts."""
    engine = subprocess.Popen(
        [node(), HERE / "simulate.cjs"],
        cwd=PACKAGES,
        text=True,
        stdin=subprocess.PIPE,
        stdout=subprocess.PIPE,
    )
    atexit.register(engine.communicate)  # ends its input, and so the engine
    return engine


def _answers(cases: list[dict[str, Any]]) -> list[dict[str, Any]]:
    """Return what the engine says of each case.

    Raises:
        JudgeError: when it failed.
    """
    engine = _engine()
    assert engine.stdin, "it reads from us"
    assert engine.stdout, "and we read from it"
    with suppress(BrokenPipeError):  # it ended: then it answers nothing
        engine.stdin.write(json.dumps({"cases": cases}) + "\n")
        engine.stdin.flush()
    answer = engine.stdout.readline()
    if not answer:
        _engine.cache_clear()
        raise JudgeError(f"the engine failed with exit code {engine.wait()}")
    found: list[dict[str, Any]] = json.loads(answer)
    return found


@cache
def _managed() -> Mapping[str, list[dict[str, Any]]]:
    found: dict[str, list[dict[str, Any]]] = yaml.load(
        (HERE / "managed_policies.yaml").read_text(encoding="utf-8"), yaml.CSafeLoader
    )
    return found


def _policy(statements: Iterable[Mapping[str, Any]]) -> dict[str, Any]:
    return {"Version": "2012-10-17", "Statement": list(statements)}


def _of_permission(permission: Mapping[str, Any], function: str) -> dict[str, Any]:
    """Return the statement that Lambda adds to a function's policy for a permission."""
    principal = permission["Principal"]
    service = str(principal).endswith(".amazonaws.com")
    source: dict[str, Any] = {}
    if "SourceArn" in permission:
        source["ArnLike"] = {"aws:SourceArn": permission["SourceArn"]}
    if "SourceAccount" in permission:
        source["StringEquals"] = {"aws:SourceAccount": permission["SourceAccount"]}
    return {
        "Effect": "Allow",
        "Principal": {"Service" if service else "AWS": principal},
        "Action": permission["Action"],
        "Resource": function,
        **({"Condition": source} if source else {}),
    }


def _session(who: str) -> str:
    """Return a role as it calls: in a session."""
    return re.sub(r":iam::(\d+):role/(.*)", r":sts::\1:assumed-role/\2/session", who)


def _thing(arn: str) -> str:
    """Return what has the policy: an object's is its bucket's."""
    return arn.partition("/")[0] if arn.startswith("arn:aws:s3:::") else arn


def _listed(value: Any) -> list[Any]:
    return value if isinstance(value, list) else [value]

"""Protects data: no upgrade may replace what contains it, and no click may delete a stack.

A change set shows a nested stack as one line, so nobody would see that a table in it will be
replaced. Each stack gets a policy under which CloudFormation refuses such a change:
https://docs.aws.amazon.com/AWSCloudFormation/latest/UserGuide/protect-stack-resources.html

While termination protection is on, CloudFormation refuses to delete a stack or one nested in it.
Only `aviso destroy`, once a person has typed the stack's name, turns it off:
https://docs.aws.amazon.com/AWSCloudFormation/latest/UserGuide/using-cfn-protect-stacks.html
"""

import json
from collections.abc import Callable, Iterator
from typing import Any

HOLD_DATA = (
    "AWS::Cognito::UserPool",
    "AWS::DynamoDB::Table",
    "AWS::KMS::Key",
    "AWS::S3::Bucket",
    "AWS::SecretsManager::Secret",
)
POLICY = {
    "Statement": [
        {"Effect": "Allow", "Action": "Update:*", "Principal": "*", "Resource": "*"},
        {
            "Effect": "Deny",
            "Action": ["Update:Replace", "Update:Delete"],
            "Principal": "*",
            "Resource": "*",
            "Condition": {"StringEquals": {"ResourceType": list(HOLD_DATA)}},
        },
    ]
}


def protect(clients: Callable[[str], Any], stack: str) -> list[str]:
    """Set the policy on a stack and on every nested one with data; return which have it."""
    cloudformation = clients("cloudformation")
    protected = []
    for name in (stack, *_nested(cloudformation, stack)):
        if any(kind in HOLD_DATA for kind, _ in _resources(cloudformation, name)):
            cloudformation.set_stack_policy(StackName=name, StackPolicyBody=json.dumps(POLICY))
            protected.append(name)
    return protected


def termination(clients: Callable[[str], Any], stack: str, *, protected: bool) -> None:
    """Turn a stack's termination protection on or off."""
    clients("cloudformation").update_termination_protection(
        StackName=stack, EnableTerminationProtection=protected
    )


def _nested(cloudformation: Any, stack: str) -> list[str]:
    found = _resources(cloudformation, stack)
    return [id for kind, id in found if kind == "AWS::CloudFormation::Stack"]


def _resources(cloudformation: Any, stack: str) -> Iterator[tuple[str, str]]:
    """Yield type and physical id of each resource of a stack."""
    for page in cloudformation.get_paginator("list_stack_resources").paginate(StackName=stack):
        for resource in page["StackResourceSummaries"]:
            yield resource["ResourceType"], resource.get("PhysicalResourceId", "")

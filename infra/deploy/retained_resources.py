"""Which of a stack's resources outlive it, from CloudFormation, before and after its deletion.

A deleted stack keeps its record for 90 days under its id: the resources that its deletion skipped
are those that AWS kept. So data can be found, deleted or adopted although nobody kept a list.
"""

from collections.abc import Callable, Collection, Iterator, Mapping
from dataclasses import dataclass
from typing import Any

from botocore.exceptions import ClientError

Clients = Callable[[str], Any]
NESTED = "AWS::CloudFormation::Stack"
# The types with data that a person would miss. A template's other resources go with its stack.
KINDS = {
    NESTED: "stack",
    "AWS::DynamoDB::Table": "table",
    "AWS::S3::Bucket": "bucket",
    "AWS::Cognito::UserPool": "user pool",
    "AWS::SecretsManager::Secret": "secret",
    "AWS::KMS::Key": "key",
}
COPY = "AuditBucket"  # the one that is written to, and locked, as soon as it exists


@dataclass(frozen=True, slots=True)
class Holding:
    """A resource with data, or a nested stack with such resources."""

    kind: str  # a key of KINDS
    logical: str  # its name in the template
    name: str  # its name, id or ARN in the account

    def __str__(self) -> str:
        """Return it in readable form."""
        return f"{KINDS[self.kind]} {self.name}"


def of(clients: Clients, stack: str) -> list[Holding]:
    """Return the resources with data of every stack of this name, existing or deleted."""
    found = [holding for record in records(clients, stack) for holding in _in(clients, record)]
    found += left_behind(clients, stack, {holding.name for holding in found})
    return list(dict.fromkeys(found))


def left_behind(clients: Clients, stack: str, known: Collection[str]) -> list[Holding]:
    """Return buckets of the trail's copy that the stack made and no longer has.

    A rolled back upgrade that made one must leave it: by then it has locked rows. Its tags, which
    only CloudFormation can set, distinguish it from a foreign bucket of such a name.

    Args:
        known: names of the buckets that belong to a stack.
    """
    s3, prefix = clients("s3"), f"{stack}-{COPY.lower()}-"  # as CloudFormation names it
    listed = s3.list_buckets(Prefix=prefix, BucketRegion=s3.meta.region_name)["Buckets"]
    names = [row["Name"] for row in listed if row["Name"].startswith(prefix)]
    wanted = {"aws:cloudformation:stack-name": stack, "aws:cloudformation:logical-id": COPY}
    return [
        Holding("AWS::S3::Bucket", COPY, name)
        for name in names
        if name not in known and wanted.items() <= _tags(s3, name).items()
    ]


def _tags(s3: Any, bucket: str) -> dict[str, str]:
    try:
        rows = s3.get_bucket_tagging(Bucket=bucket)["TagSet"]
    except ClientError as error:
        if error.response["Error"]["Code"] != "NoSuchTagSet":
            raise
        rows = []
    return {row["Key"]: row["Value"] for row in rows}


def described(clients: Clients, stack: str) -> Mapping[str, Any]:
    """Return CloudFormation's description of the stack of this name, empty when there is none."""
    try:
        found: Mapping[str, Any] = clients("cloudformation").describe_stacks(StackName=stack)
    except ClientError as error:
        if error.response["Error"]["Code"] != "ValidationError":
            raise
        found = {"Stacks": [{}]}
    stacks: list[Mapping[str, Any]] = found["Stacks"]
    return stacks[0]


def outputs(clients: Clients, stack: str) -> dict[str, str]:
    """Return a stack's outputs, empty when there is no stack."""
    rows = described(clients, stack).get("Outputs", ())
    return {row["OutputKey"]: row["OutputValue"] for row in rows}


def standing(clients: Clients, stack: str) -> str | None:
    """Return the id of the existing stack of this name, None when there is none."""
    found = described(clients, stack)
    return str(found["StackId"]) if found else None


def records(clients: Clients, stack: str) -> Iterator[str]:
    """Yield the ids of the stack of this name and of its predecessors."""
    if now := standing(clients, stack):
        yield now
    pages = clients("cloudformation").get_paginator("list_stacks")
    for page in pages.paginate(StackStatusFilter=["DELETE_COMPLETE"]):
        yield from (s["StackId"] for s in page["StackSummaries"] if s["StackName"] == stack)


def _in(clients: Clients, stack_id: str) -> Iterator[Holding]:
    cloud = clients("cloudformation")
    gone = (
        cloud.describe_stacks(StackName=stack_id)["Stacks"][0]["StackStatus"] == "DELETE_COMPLETE"
    )
    for row in _skipped(cloud, stack_id) if gone else _resources(cloud, stack_id):
        kind, name = row["ResourceType"], row.get("PhysicalResourceId", "")
        if kind not in KINDS or not name:
            continue
        if kind == NESTED:
            yield from _in(clients, name)
        yield Holding(kind, row["LogicalResourceId"], name)


def _resources(cloud: Any, stack_id: str) -> Iterator[dict[str, Any]]:
    for page in cloud.get_paginator("list_stack_resources").paginate(StackName=stack_id):
        yield from page["StackResourceSummaries"]


def _skipped(cloud: Any, stack_id: str) -> Iterator[dict[str, Any]]:
    for page in cloud.get_paginator("describe_stack_events").paginate(StackName=stack_id):
        rows = page["StackEvents"]
        yield from (row for row in rows if row["ResourceStatus"] == "DELETE_SKIPPED")

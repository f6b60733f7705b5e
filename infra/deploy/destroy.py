"""`make destroy`: take the portal down. Data stays, unless DATA=delete and its name is typed.

CloudFormation keeps tables, buckets, the key and the opt-out secret by itself (they are retained);
deleting them is a separate, deliberate act.
"""

import argparse
import sys
from collections.abc import Callable, Iterator
from typing import Any

from infra.deploy.run import DeployError, clients_of, read_outputs, say

Clients = Callable[[str], Any]
LEGAL = (
    "This deletes every case, notice, audit entry and opt-out for good. Your state's retention "
    "schedule, a legal hold or CJIS may forbid it."
)


def main() -> int:
    """Destroy; return the exit code."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--stack", default="aviso")
    parser.add_argument("--region", default="us-west-2")
    parser.add_argument("--data", choices=["keep", "delete"], default="keep")
    options = parser.parse_args()
    clients = clients_of(options.region)
    confirm(options.stack, options.data, input)
    outputs = read_outputs(clients, options.stack)
    kept = list(retained(clients, options.stack))
    for name in (f"{options.stack}-edge", options.stack):
        say(f"destroy: deleting the stack {name}")
        delete_stack(clients, name)
    if options.data == "delete":
        for kind, name in kept:
            say(f"destroy: deleting {kind} {name}")
            DELETE[kind](clients, name)
    else:
        say("destroy: kept " + ", ".join(name for _, name in kept))
    say(f"destroy: {outputs.get('PortalUrl', 'the portal')} is gone")
    return 0


def confirm(stack: str, data: str, ask: Callable[[str], str]) -> None:
    """Have a person type what is to be destroyed.

    Raises:
        DeployError: when something else was typed.
    """
    if data == "delete":
        say(LEGAL)
        wanted = f"delete all data of {stack}"
    else:
        say("Victims will find no page and get no messages. All data is kept.")
        wanted = stack
    if ask(f"Type '{wanted}' to go on: ") != wanted:
        raise DeployError("that was something else; nothing was changed.")


def retained(clients: Clients, stack: str) -> Iterator[tuple[str, str]]:
    """Yield type and name of what stays when the stack goes, nested stacks included."""
    pages = clients("cloudformation").get_paginator("list_stack_resources")
    for page in pages.paginate(StackName=stack):
        for found in page["StackResourceSummaries"]:
            kind, name = found["ResourceType"], found.get("PhysicalResourceId", "")
            if kind == "AWS::CloudFormation::Stack":
                yield from retained(clients, name)
            elif kind in DELETE:
                yield kind, name


def delete_stack(clients: Clients, name: str) -> None:
    """Delete a stack and wait; one that is not there is none."""
    clients("cloudformation").delete_stack(StackName=name)
    clients("cloudformation").get_waiter("stack_delete_complete").wait(StackName=name)


def delete_table(clients: Clients, name: str) -> None:
    """Delete a table, its protection first."""
    clients("dynamodb").update_table(TableName=name, DeletionProtectionEnabled=False)
    clients("dynamodb").delete_table(TableName=name)


def delete_bucket(clients: Clients, name: str) -> None:
    """Delete a bucket and every version in it; locks need s3:BypassGovernanceRetention."""
    s3 = clients("s3")
    for page in s3.get_paginator("list_object_versions").paginate(Bucket=name):
        for version in [*page.get("Versions", ()), *page.get("DeleteMarkers", ())]:
            s3.delete_object(
                Bucket=name,
                Key=version["Key"],
                VersionId=version["VersionId"],
                BypassGovernanceRetention=True,
            )
    s3.delete_bucket(Bucket=name)


def delete_secret(clients: Clients, name: str) -> None:
    """Delete a secret; AWS keeps it for a week in case of regret."""
    clients("secretsmanager").delete_secret(SecretId=name, RecoveryWindowInDays=7)


def delete_key(clients: Clients, name: str) -> None:
    """Schedule the key's deletion: after 30 days every backup made with it is unreadable too."""
    clients("kms").schedule_key_deletion(KeyId=name, PendingWindowInDays=30)


DELETE: dict[str, Callable[[Clients, str], None]] = {
    "AWS::DynamoDB::Table": delete_table,
    "AWS::S3::Bucket": delete_bucket,
    "AWS::SecretsManager::Secret": delete_secret,
    "AWS::KMS::Key": delete_key,
}


if __name__ == "__main__":
    try:
        sys.exit(main())
    except DeployError as error:
        sys.exit(f"destroy: {error}")

"""Take the portal down. Data stays, unless `--data delete` and its name are typed.

CloudFormation keeps tables, buckets, the desk's accounts, the key and the opt-out secret by itself
(they are retained). Deleting them is a separate, deliberate step, which can follow later. Every
step can be repeated: what is deleted already is recognized.
"""

from collections.abc import Callable, Iterable, Sequence
from pathlib import Path
from typing import Any

from botocore.exceptions import BotoCoreError, ClientError, WaiterError

from infra.deploy import answers, post_deploy, retained_resources, stack_policy
from infra.deploy.progress import say
from infra.deploy.retained_resources import NESTED, Clients, Holding
from infra.deploy.stacks import DeployError, clients_of, edge_of, read_outputs

LEGAL = (
    "This deletes every case, notice, audit entry and opt-out for good, and the desk's accounts. "
    "Your state's retention schedule, a legal hold or CJIS may forbid it."
)
PATIENCE: Any = {"Delay": 5, "MaxAttempts": 720}  # an hour: a stack takes minutes
GONE = {  # AWS's codes for what is deleted, or being deleted, already
    "ResourceNotFoundException",
    "NoSuchBucket",
    "NotFoundException",
    "KMSInvalidStateException",
    "InvalidRequestException",
}


def destroy(agency: Path | None, stack: str, region: str, data: str) -> None:
    """Destroy a stack; keep or delete its data.

    Args:
        agency: whose stack, by the answers beside its settings.

    Raises:
        DeployError: when there is no such stack, or nobody confirms it.
    """
    stack, region = answers.which(agency, stack, region)
    clients = clients_of(region)
    account = clients("sts").get_caller_identity()["Account"]
    held = retained_resources.of(clients, stack)
    if not held or (data == "keep" and not retained_resources.standing(clients, stack)):
        raise DeployError(
            f"there is no stack '{stack}' in account {account}, {region}; nothing was changed. "
            "Name another by --agency police.yaml, or --stack and --region."
            + (f" What it kept is deleted by: {later(stack, region)}" if held else "")
        )
    say(f"The stack '{stack}' in account {account}, {region}, holds")
    tell(held)
    confirm(stack, data, input)
    let_number_go(clients, stack)
    for name in (edge_of(stack), stack):
        say(f"destroy: deleting the stack {name}")
        if retained_resources.standing(clients, name):
            stack_policy.termination(clients, name, protected=False)
        delete_stack(clients, name)
    sweep_logs(clients, stack)
    if data == "delete":
        delete(clients, held)
    else:
        say("destroy: what is kept:")
        tell(retained_resources.of(clients, stack))
        say(COME_BACK.format(stack=stack, later=later(stack, region)))
    say(STAYS)


COME_BACK = """
To come back on this data: deploy under another stack name ('stack' in the answers file), then
    ./aviso adopt {stack} --agency <your settings>
(administrator's guide, 'After a deletion'). You continue to pay for the storage of what is kept,
and $1 a month for the key. To delete it for good:
    {later}
"""
STAYS = (
    "Not deleted, because Aviso did not make them: the telephone number (it costs until you "
    "release it in AWS End User Messaging), the SES identity, DNS, and SAM's bucket of releases. "
    "AWS keeps the versions of Aviso's layers, which cost nothing. Two settings of the account "
    "still name deleted roles: the log of texts (SNS, 'Text messaging preferences') and API "
    "Gateway's log role."
)


def later(stack: str, region: str) -> str:
    """Return the command that deletes what was kept."""
    return f"./aviso destroy --stack {stack} --region {region} --data delete"


def tell(held: Iterable[Holding]) -> None:
    """Print what contains data, one line each."""
    for holding in held:
        if holding.kind != NESTED:
            say(f"    {holding}")


def confirm(stack: str, data: str, ask: Callable[[str], str]) -> None:
    """Make a person type the name of the stack before it is destroyed.

    Raises:
        DeployError: when something else was typed, or there is nobody to type.
    """
    if data == "delete":
        say(LEGAL)
        wanted = f"delete all data of {stack}"
    else:
        say("Victims will find no page and get no messages. All data is kept.")
        wanted = stack
    try:
        typed = ask(f"Type '{wanted}' to go on: ")
    except EOFError:
        raise DeployError("nobody can confirm it at this terminal; nothing was changed.") from None
    if typed != wanted:
        raise DeployError("that is not the text to type; nothing was changed.")


def let_number_go(clients: Clients, stack: str) -> None:
    """Let AWS and the carrier answer STOP; where AWS refuses, print how to do it by hand."""
    if not retained_resources.standing(clients, stack):
        return
    try:
        for step in post_deploy.undone(clients, read_outputs(clients, stack)):
            say(f"destroy: {step.what}")
            step.take(clients)
    except (BotoCoreError, ClientError) as error:
        say(
            f"destroy: AWS did not describe the telephone number ({error}). If texts come from it, "
            "turn off its two-way messages and its self-managed opt-outs in AWS End User "
            "Messaging. Otherwise nobody answers a STOP to it."
        )


def delete_stack(clients: Clients, name: str) -> None:
    """Delete a stack and wait; a missing one is not an error.

    Raises:
        DeployError: when AWS could not delete it.
    """
    cloud = clients("cloudformation")
    cloud.delete_stack(StackName=name)
    try:
        cloud.get_waiter("stack_delete_complete").wait(StackName=name, WaiterConfig=PATIENCE)
    except WaiterError:
        reason = cloud.describe_stacks(StackName=name)["Stacks"][0].get("StackStatusReason", "")
        raise DeployError(
            f"AWS could not delete the stack {name}. {reason} Its events in the CloudFormation "
            "console say why. Fix the cause and run the same command again; no data is deleted "
            "before the stacks are gone."
        ) from None


def sweep_logs(clients: Clients, stack: str) -> None:
    """Delete the log group again: a function's last line recreates it, without key or expiry."""
    try:
        clients("logs").delete_log_group(logGroupName=f"/aviso/{stack}")
    except ClientError as error:
        if error.response["Error"]["Code"] not in GONE:
            raise


def delete(clients: Clients, held: Sequence[Holding]) -> None:
    """Delete what contains data, in order of dependency; the key is last."""
    for kind, how in DELETE.items():
        for holding in held:
            if holding.kind != kind:
                continue
            say(f"destroy: deleting {holding}")
            try:
                how(clients, holding.name)
            except ClientError as error:
                if error.response["Error"]["Code"] not in GONE:
                    raise
                say("    is gone already")
    say(
        "destroy: all data is deleted. AWS itself keeps each table's last state for 35 days, the "
        "secret for 7 and the key for 30, in case you need them. Then nobody can read a backup."
    )


def delete_table(clients: Clients, name: str) -> None:
    """Delete a table, after its protection."""
    database = clients("dynamodb")
    database.update_table(TableName=name, DeletionProtectionEnabled=False)
    database.get_waiter("table_exists").wait(
        TableName=name, WaiterConfig=PATIENCE
    )  # its update takes a moment
    database.delete_table(TableName=name)
    database.get_waiter("table_not_exists").wait(TableName=name, WaiterConfig=PATIENCE)


def delete_bucket(clients: Clients, name: str) -> None:
    """Delete a bucket and every version in it; locks need s3:BypassGovernanceRetention.

    Raises:
        DeployError: when a version may not be deleted.
    """
    s3 = clients("s3")
    for page in s3.get_paginator("list_object_versions").paginate(Bucket=name):
        versions = [
            {"Key": version["Key"], "VersionId": version["VersionId"]}
            for version in [*page.get("Versions", ()), *page.get("DeleteMarkers", ())]
        ]
        if not versions:
            continue
        done = s3.delete_objects(
            Bucket=name,
            Delete={"Objects": versions, "Quiet": True},
            BypassGovernanceRetention=True,
        )
        if failed := done.get("Errors"):
            raise DeployError(
                f"{len(failed)} files in {name} may not be deleted ({failed[0]['Code']}). Feed "
                "files and the copy of the audit trail are locked: sign in as somebody with "
                "s3:BypassGovernanceRetention, and run the same command again."
            )
    s3.delete_bucket(Bucket=name)


def delete_pool(clients: Clients, name: str) -> None:
    """Delete the desk's accounts, after their protection; their stack is deleted by now."""
    cognito = clients("cognito-idp")
    cognito.update_user_pool(UserPoolId=name, DeletionProtection="INACTIVE")
    cognito.delete_user_pool(UserPoolId=name)


def delete_secret(clients: Clients, name: str) -> None:
    """Delete a secret; AWS keeps it for a week, in which it can be restored."""
    clients("secretsmanager").delete_secret(SecretId=name, RecoveryWindowInDays=7)


def delete_key(clients: Clients, name: str) -> None:
    """Schedule the key's deletion: after 30 days its backups are unreadable too."""
    clients("kms").schedule_key_deletion(KeyId=name, PendingWindowInDays=30)


DELETE: dict[str, Callable[[Clients, str], Any]] = {
    NESTED: delete_stack,
    "AWS::DynamoDB::Table": delete_table,
    "AWS::S3::Bucket": delete_bucket,
    "AWS::Cognito::UserPool": delete_pool,
    "AWS::SecretsManager::Secret": delete_secret,
    "AWS::KMS::Key": delete_key,
}

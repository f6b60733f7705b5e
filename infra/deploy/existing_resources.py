"""What exists in the account: the stack, leftovers of a former or another stack, the domain."""

from collections.abc import Iterator, Mapping
from dataclasses import dataclass

from botocore.exceptions import ClientError

from infra.deploy import retained_resources
from infra.deploy.findings import Clients, Finding, later, stops, well


def stack_state(clients: Clients, answers: Mapping[str, str]) -> Iterator[Finding]:
    """Check that the stack can be created or updated, and that no kept bucket prevents it."""
    name = answers["stack"]
    state = retained_resources.described(clients, name).get("StackStatus", "")
    if state in ("", "REVIEW_IN_PROGRESS"):  # the latter: a first change set, not executed
        yield from _left_over(clients, answers)
    else:
        yield _as_found("stack", name, state)


def edge_state(clients: Clients, answers: Mapping[str, str]) -> Iterator[Finding]:
    """Check that the stack of firewall and domain can be created or updated: it has no data."""
    name = f"{answers['stack']}-edge"
    state = retained_resources.described(clients, name).get("StackStatus", "")
    if state in ("", "REVIEW_IN_PROGRESS"):
        yield well("firewall", f"'{name}' will be made")
    else:
        yield _as_found("firewall", name, state)


def _as_found(check: str, name: str, state: str) -> Finding:
    if state == "ROLLBACK_COMPLETE":
        return stops(
            check,
            f"The first deployment of '{name}' failed and left an empty stack, which AWS never "
            "updates. Delete it in the CloudFormation console, or by 'aws cloudformation "
            f"delete-stack --stack-name {name}' (nothing is lost), then deploy again.",
        )
    if state.endswith("_IN_PROGRESS"):
        return stops(check, f"'{name}' is being changed now ({state}). Wait, then try again.")
    if state.endswith("_FAILED"):
        return stops(
            check,
            f"'{name}' is in state {state}, and AWS changes nothing in it "
            "until that is fixed. For the reason, see 'aws cloudformation describe-stack-events "
            f"--stack-name {name} --max-items 20', or its events in the console.",
        )
    return well(check, f"'{name}' will be updated")


def _left_over(clients: Clients, answers: Mapping[str, str]) -> Iterator[Finding]:
    name = answers["stack"]
    account = clients("sts").get_caller_identity()["Account"]
    bucket = f"{name}-feed-{account}-{answers['region']}"
    try:
        clients("s3").head_bucket(Bucket=bucket)
    except ClientError as error:
        if error.response["Error"]["Code"] != "404":
            raise
        yield well("stack", f"'{name}' will be made")
        return
    yield stops(
        "stack",
        f"A former stack '{name}' was removed and its data kept: the bucket {bucket} is still "
        f"there, and no new stack can take its name. Deploy under another name ('stack' in the "
        f"answers file), then './aviso adopt {name} --agency <your settings>' brings the data "
        f"over. To delete it for good instead: ./aviso destroy --stack {name} "
        f"--region {answers['region']} --data delete.",
    )


def taken_back(clients: Clients, answers: Mapping[str, str]) -> Iterator[Finding]:
    """Check that no upgrade that was rolled back has left a locked bucket outside the stack."""
    name, left = answers["stack"], list[str]()
    if stack := retained_resources.described(clients, name):
        known = {row["OutputValue"] for row in stack.get("Outputs", ())}
        left = [holding.name for holding in retained_resources.left_behind(clients, name, known)]
    if not left:
        yield well("upgrades", "no upgrade that was rolled back has left anything")
        return
    yield later(
        "upgrades",
        f"An upgrade of '{name}' was rolled back and had to leave {', '.join(left)}: it has locked "
        "rows of the audit trail, and belongs to no stack. It does no harm: the table has those "
        "rows too. The next upgrade makes a new bucket and copies the last day's rows into it. "
        "The rows expire by themselves; then delete the bucket in the S3 console. './aviso "
        f"destroy --stack {name} --data delete' finds it too.",
    )


@dataclass(frozen=True, slots=True)
class _TextLogs:
    """The account's logs of texts."""

    names: tuple[str, ...] = ()  # the existing ones
    missing: str = ""  # the first missing one
    owner: str = ""  # the stack that made them; empty when none did
    kept_for_ever: bool = False


def text_logs(clients: Clients, answers: Mapping[str, str]) -> Iterator[Finding]:
    """Check that the account's logs of texts belong to nobody else: an account has only one pair.

    The role that writes them, the spend limit and the email reputation belong to the account too,
    so two agencies in one account would read each other's numbers.
    """
    logs = _text_logs(clients, answers)
    if logs.names and logs.missing:
        yield stops(
            "texts",
            f"The account has only one of its two logs of texts; {logs.missing} is missing, and "
            "AWS refuses to read from a log that does not exist. Make it: 'aws logs "
            f"create-log-group --region {answers['region']} --log-group-name {logs.missing}'.",
        )
    elif owner := _another(clients, logs, answers):
        yield stops(
            "texts",
            f"The stack '{owner}' already reads this account's text receipts, and would get this "
            "agency's phone numbers. Each agency needs an account of its own: make one in the AWS "
            "Organizations console ('Add an AWS account') and sign in to it.",
        )
    elif logs.kept_for_ever:
        yield later(
            "texts",
            "The account already keeps logs of its texts forever, with plain phone numbers. "
            "Give both log groups sns/.../DirectPublishToPhoneNumber a retention in the CloudWatch "
            "console.",
        )
    else:
        yield well("texts", "only this stack gets receipts")


def makes_text_logs(clients: Clients, answers: Mapping[str, str]) -> bool:
    """Whether the stack makes the log groups of texts, or uses the account's existing ones."""
    logs = _text_logs(clients, answers)
    return not logs.names or _is_ours(logs.owner, answers)


def _is_ours(owner: str, answers: Mapping[str, str]) -> bool:
    return owner.startswith(f"{answers['stack']}-Messaging-")  # as CloudFormation names it


def _another(clients: Clients, logs: _TextLogs, answers: Mapping[str, str]) -> str:
    """Return the other stack that made the logs of texts, or that reads them; empty for none.

    Where the account had them before, no stack made them: the filters show who reads them.
    """
    if logs.owner:
        return "" if _is_ours(logs.owner, answers) else logs.owner
    for name in logs.names:
        found = clients("logs").describe_subscription_filters(logGroupName=name)
        for reader in found["subscriptionFilters"]:
            function = reader["destinationArn"].partition(":function:")[2]
            stack, mark, _ = function.partition("-RecordReceipt-")  # as CloudFormation names it
            if mark and stack != answers["stack"]:
                return str(stack)
    return ""


def _text_logs(clients: Clients, answers: Mapping[str, str]) -> _TextLogs:
    account = clients("sts").get_caller_identity()["Account"]
    name = f"sns/{answers['region']}/{account}/DirectPublishToPhoneNumber"
    names = (name, f"{name}/Failure")
    found = clients("logs").describe_log_groups(logGroupNamePrefix=name)["logGroups"]
    groups = [group for group in found if group["logGroupName"] in names]
    there = tuple(group["logGroupName"] for group in groups)
    missing = next((wanted for wanted in names if wanted not in there), "")
    if not groups:
        return _TextLogs(missing=missing)
    try:
        made = clients("cloudformation").describe_stack_resources(PhysicalResourceId=there[0])
    except ClientError as error:
        if error.response["Error"]["Code"] != "ValidationError":
            raise
        ever = any("retentionInDays" not in group for group in groups)
        return _TextLogs(there, missing, kept_for_ever=ever)
    return _TextLogs(there, missing, made["StackResources"][0]["StackName"])


def domain(clients: Clients, answers: Mapping[str, str]) -> Iterator[Finding]:
    """Check that a certificate for the portal's own address exists or can be made."""
    name, zone, certificate = answers["domain"], answers["hosted_zone"], answers["certificate"]
    if name == "none":
        yield later(
            "domain",
            "The portal has no address of its own, so people cannot distinguish it "
            "from a fake. Name one as 'domain' in the answers file.",
        )
    elif certificate != "none":
        found = clients("acm").describe_certificate(CertificateArn=certificate)["Certificate"]
        names = {found["DomainName"], *found.get("SubjectAlternativeNames", ())}
        wildcard = "*." + name.partition(".")[2]
        if found["Status"] != "ISSUED":
            yield stops(
                "domain",
                f"The certificate is not issued yet ({found['Status']}): have "
                "the CNAME record that ACM shows entered in the DNS.",
            )
        elif not names & {name, wildcard}:
            yield stops(
                "domain",
                f"The certificate is not for {name}. Request one in ACM, in this "
                "region, and put its ARN into the answers file as 'certificate'.",
            )
        else:
            yield well("domain", f"{name} with its certificate")
    elif zone == "none":
        yield stops(
            "domain",
            f"{name} needs its Route 53 zone, or a certificate that you request in ACM: in the "
            "answers file, write the zone's id as 'hosted_zone' or the certificate's ARN as "
            "'certificate'.",
        )
    else:
        yield from _zone(clients, name, zone)


def _zone(clients: Clients, name: str, zone: str) -> Iterator[Finding]:
    try:
        found = clients("route53").get_hosted_zone(Id=zone)["HostedZone"]["Name"].rstrip(".")
    except ClientError as error:
        if error.response["Error"]["Code"] != "NoSuchHostedZone":
            raise
        yield stops(
            "domain",
            f"There is no Route 53 zone {zone} in this account. Correct "
            "'hosted_zone' in the answers file; 'aws route53 list-hosted-zones' lists them.",
        )
        return
    if name != found and not name.endswith("." + found):
        yield stops(
            "domain",
            f"{name} does not belong to the zone {found}. Correct 'domain' or "
            "'hosted_zone' in the answers file.",
        )
    else:
        yield well("domain", f"{name}, certificate to be made")

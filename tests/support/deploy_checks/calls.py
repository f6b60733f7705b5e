"""An AWS account that answers the calls of `make deploy` as a test says, and no others."""

from collections.abc import Callable, Iterable, Iterator
from pathlib import Path
from typing import Any

import boto3
from botocore.stub import Stubber

from infra.deploy import account_checks
from infra.deploy.findings import Check, Finding, Severity

ANSWERS = {
    "stack": "aviso",
    "region": "us-west-2",
    "email_from": "notices@police.example.org",
    "sms_number": "+15205550123",
    "sms_spend_alarm": "200",
    "domain": "cases.police.example.org",
    "hosted_zone": "Z0123456789",
    "certificate": "none",
    "standing_case": "2600000000",
    "agency": "Sonora Wells Police Department",
    "built": "2026-11-24T08:30:00Z",
    "carrier_answers_stop": "yes",
}


LOGS = "sns/us-west-2/123456789012/DirectPublishToPhoneNumber"


ME = {"Account": "123456789012", "Arn": "arn:aws:iam::123456789012:role/admin", "UserId": "me"}


PHONE = {
    "PhoneNumberArn": "arn:aws:sms-voice:us-west-2:123456789012:phone-number/phone-1",
    "PhoneNumber": "+15205550123",
    "Status": "ACTIVE",
    "IsoCountryCode": "US",
    "MessageType": "TRANSACTIONAL",
    "NumberCapabilities": ["SMS"],
    "NumberType": "TOLL_FREE",
    "MonthlyLeasingPrice": "2.00",
    "TwoWayEnabled": False,
    "SelfManagedOptOutsEnabled": False,
    "OptOutListName": "Default",
    "DeletionProtectionEnabled": False,
    "CreatedTimestamp": 0,
}


Call = tuple[str, str, Any]  # service, operation, its answer (or an error's code, or no answer)


def stubbed(*calls: Call) -> Callable[[str], Any]:
    """Return clients that answer these calls in order, and no other."""
    made: dict[str, Any] = {}

    def client(service: str) -> Any:
        for name, _, answer in calls:
            if name == service and isinstance(answer, Exception):
                raise answer
        if service not in made:
            made[service] = boto3.client(
                service,  # type: ignore[call-overload]
                region_name="us-west-2",
                aws_access_key_id="testing",
                aws_secret_access_key="testing",
            )
            stub = Stubber(made[service])
            for name, operation, answer in calls:
                if name == service and isinstance(answer, str):
                    stub.add_client_error(operation, answer)
                elif name == service:
                    stub.add_response(operation, answer)
            stub.activate()
        return made[service]

    return client


def no_tools(_clients: Any, _answers: Any) -> Iterator[Finding]:
    """Look for the tools where there are none."""
    return account_checks.tools(Path("/nowhere"))


def only(findings: Iterable[Finding]) -> Finding:
    """Return the one finding that there is."""
    (found,) = findings
    return found


def stack(status: str) -> dict[str, Any]:
    """Return a stack as AWS describes it."""
    return {"Stacks": [{"StackName": "aviso", "CreationTime": 0, "StackStatus": status}]}


def described(**outputs: str) -> dict[str, Any]:
    """Return a stack with outputs."""
    rows = [{"OutputKey": key, "OutputValue": value} for key, value in outputs.items()]
    return {"Stacks": [stack("UPDATE_COMPLETE")["Stacks"][0] | {"Outputs": rows}]}


def bucket(of: str) -> list[Call]:
    """Return the calls about a bucket of the trail's copy, as this stack's."""
    tags = {"aws:cloudformation:stack-name": of, "aws:cloudformation:logical-id": "AuditBucket"}
    rows = [{"Key": key, "Value": value} for key, value in tags.items()]
    return [BUCKETS, ("s3", "get_bucket_tagging", {"TagSet": rows})]


BUCKETS: Call = ("s3", "list_buckets", {"Buckets": [{"Name": "aviso-auditbucket-1"}]})


def of_stack(name: str) -> Call:
    """Return the answer that a log belongs to a stack."""
    row = {"LogicalResourceId": "TextsDelivered", "ResourceType": "AWS::Logs::LogGroup",
           "Timestamp": 0, "ResourceStatus": "CREATE_COMPLETE", "StackName": name}  # fmt: skip
    return ("cloudformation", "describe_stack_resources", {"StackResources": [row]})


def logs(**group: Any) -> Call:
    """Return the answer that both logs of texts are there, with what they have."""
    groups = [{"logGroupName": name} | group for name in (LOGS, f"{LOGS}/Failure")]
    return ("logs", "describe_log_groups", {"logGroups": groups})


def recording(selectors: Any, on: bool = True) -> list[Call]:
    """Return the calls about an account's one trail, which records by these selectors."""
    trail = {"Name": "all", "TrailARN": "arn:aws:cloudtrail:us-west-2:123456789012:trail/all"}
    found = selectors if isinstance(selectors, str) else dict(selectors)
    return [
        WHO, GONE,
        ("cloudtrail", "describe_trails", {"trailList": [trail]}),
        ("cloudtrail", "get_trail_status", {"IsLogging": on}),
        ("cloudtrail", "get_event_selectors", found),
    ]  # fmt: skip


def plain(*values: tuple[str, str], of: str = "All") -> dict[str, Any]:
    """Return the selectors of a trail that records these values."""
    sources = [{"Type": kind, "Values": [value]} for kind, value in values]
    return {"EventSelectors": [{"ReadWriteType": of, "DataResources": sources}]}


TABLES, OBJECTS = "AWS::DynamoDB::Table", "AWS::S3::Object"


GONE = ("cloudformation", "describe_stacks", "ValidationError")


WHO = ("sts", "get_caller_identity", ME)


NOBODYS = ("cloudformation", "describe_stack_resources", "ValidationError")


REGIONS: Call = ("ec2", "describe_regions", {"Regions": [
    {"RegionName": "us-west-2", "OptInStatus": "opt-in-not-required"},
    {"RegionName": "me-south-1", "OptInStatus": "not-opted-in"}]})  # fmt: skip

# a check, the calls that it makes, what differs in the answers file, what it finds and says
Failing = tuple[Check, list[Call], dict[str, str], Severity, str]
Passing = tuple[Check, list[Call], dict[str, str]]


# What a person answered, and what the stack gave out.
GIVEN = {
    "alarm_email": "it@example.org",
    "operator_phone": "+15205550123",
    "operator_email": "me@example.org",
    "sms_number": "none",
}


OUTPUTS = {
    "TextLogsRole": "arn:aws:iam::123456789012:role/texts",
    "InboundTextsTopic": "arn:aws:sns:us-west-2:123456789012:inbound",
    "PortalUrl": "https://p.example.org",
}


SET = {
    "DeliveryStatusIAMRole": OUTPUTS["TextLogsRole"],
    "DeliveryStatusSuccessSamplingRate": "100",
    "DefaultSMSType": "Transactional",
}


READ = ("sns", "get_sms_attributes", {"attributes": SET})


TOPIC = "arn:aws:sns:us-west-2:123456789012:alarms"

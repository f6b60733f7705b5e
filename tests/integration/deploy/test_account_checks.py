"""Each check of `make deploy` failing on purpose, with the message that a person sees."""

from collections.abc import Callable, Iterable, Iterator
from pathlib import Path
from typing import Any

import boto3
import pytest
from botocore.exceptions import (
    EndpointConnectionError,
    NoCredentialsError,
    ProfileNotFound,
    TokenRetrievalError,
    UnauthorizedSSOTokenError,
)
from botocore.stub import Stubber

from infra.deploy import account_checks, existing_resources, ses_checks, stacks
from infra.deploy.cloudtrail_checks import data_events
from infra.deploy.findings import Check, Finding, Level
from infra.deploy.release_identity import lineage
from infra.deploy.smoke_test_case import standing_case

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
ARN = "arn:aws:acm:us-west-2:123456789012:certificate/12345678-1234-1234-1234-123456789012"
LOGS = "sns/us-west-2/123456789012/DirectPublishToPhoneNumber"
ME = {"Account": "123456789012", "Arn": "arn:aws:iam::123456789012:role/admin", "UserId": "me"}
ROOT_USER = ME | {"Arn": "arn:aws:iam::123456789012:root"}
PHONE = {
    "PhoneNumberArn": "arn:phone",
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
    return account_checks.tools(Path("/nowhere"))


def only(findings: Iterable[Finding]) -> Finding:
    (found,) = findings
    return found


def identity(verified: bool = True, dkim: str = "SUCCESS") -> dict[str, Any]:
    return {"VerifiedForSendingStatus": verified, "DkimAttributes": {"Status": dkim}}


def ses_account(production: bool, sending: bool = True) -> dict[str, Any]:
    return {
        "ProductionAccessEnabled": production,
        "SendingEnabled": sending,
        "SendQuota": {"Max24HourSend": 50_000, "MaxSendRate": 14, "SentLast24Hours": 0},
    }


def stack(status: str) -> dict[str, Any]:
    return {"Stacks": [{"StackName": "aviso", "CreationTime": 0, "StackStatus": status}]}


def stands(**outputs: str) -> dict[str, Any]:
    rows = [{"OutputKey": key, "OutputValue": value} for key, value in outputs.items()]
    return {"Stacks": [stack("UPDATE_COMPLETE")["Stacks"][0] | {"Outputs": rows}]}


def bucket(of: str) -> list[Call]:
    """Return the calls about a bucket of the trail's copy, as this stack's."""
    tags = {"aws:cloudformation:stack-name": of, "aws:cloudformation:logical-id": "AuditBucket"}
    rows = [{"Key": key, "Value": value} for key, value in tags.items()]
    return [BUCKETS, ("s3", "get_bucket_tagging", {"TagSet": rows})]


def release(
    agency: str = "Sonora Wells Police Department", built: str = "2026-11-24T08:30:00Z"
) -> list[Call]:
    """Return the call about a stack of this agency and release."""
    return [("cloudformation", "describe_stacks", stands(Agency=agency, Built=built))]


def under_number(*keys: str, begun: bool = False) -> list[Call]:
    """Return the calls about the case of the deployment's test, with rows under these keys."""
    rows = [{"sk": {"S": key}} for key in keys]
    marker = {"Item": {"pk": {"S": "STANDING_CASE#2600000000"}}} if begun else {}
    return [
        ("cloudformation", "describe_stacks", stands(CasesTable="cases", GuardsTable="guards")),
        ("dynamodb", "query", {"Items": rows}),
        ("dynamodb", "get_item", marker),
    ]


MADE_UP = ("CASE", "VICTIM#AVISO-OPERATOR", "SUSPECT#AVISO-NOBODY", "ARREST#AVISO-2026", "NOTE#1")
OLDER: Call = ("cloudformation", "describe_stacks", stands(FeedBucket="aviso-feed"))
BUCKETS: Call = ("s3", "list_buckets", {"Buckets": [{"Name": "aviso-auditbucket-1"}]})


def of_stack(name: str) -> Call:
    row = {"LogicalResourceId": "TextsDelivered", "ResourceType": "AWS::Logs::LogGroup",
           "Timestamp": 0, "ResourceStatus": "CREATE_COMPLETE", "StackName": name}  # fmt: skip
    return ("cloudformation", "describe_stack_resources", {"StackResources": [row]})


def logs(**group: Any) -> Call:
    groups = [{"logGroupName": name} | group for name in (LOGS, f"{LOGS}/Failure")]
    return ("logs", "describe_log_groups", {"logGroups": groups})


def readers(*functions: str) -> Call:
    """Return the call about who reads one of the logs of texts."""
    begin = "arn:aws:lambda:us-west-2:123456789012:function:"
    rows = [{"filterName": name, "destinationArn": begin + name} for name in functions]
    return ("logs", "describe_subscription_filters", {"subscriptionFilters": rows})


def one_log(name: str) -> Call:
    group = {"logGroupName": name, "retentionInDays": 30}
    return ("logs", "describe_log_groups", {"logGroups": [group]})


def certificate(status: str, name: str = "cases.police.example.org") -> dict[str, Any]:
    return {"Certificate": {"DomainName": name, "Status": status}}


def zone(name: str) -> dict[str, Any]:
    return {"HostedZone": {"Id": "Z0123456789", "Name": name, "CallerReference": "x"}}


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
    sources = [{"Type": kind, "Values": [value]} for kind, value in values]
    return {"EventSelectors": [{"ReadWriteType": of, "DataResources": sources}]}


def advanced(*kinds: str, **fields: Any) -> dict[str, Any]:
    """Return selectors for data events of these kinds, with further fields by their names."""
    more = [{"Field": name.replace("_", "."), **how} for name, how in fields.items()]
    first = {"Field": "eventCategory", "Equals": ["Data"]}
    selectors = [
        {"FieldSelectors": [first, {"Field": "resources.type", "Equals": [kind]}, *more]}
        for kind in kinds
    ]
    return {"AdvancedEventSelectors": selectors}


TABLES, OBJECTS = "AWS::DynamoDB::Table", "AWS::S3::Object"
ALL_PLAIN = plain((TABLES, "arn:aws:dynamodb"), (OBJECTS, "arn:aws:s3"))
GONE = ("cloudformation", "describe_stacks", "ValidationError")
WHO = ("sts", "get_caller_identity", ME)
NOBODYS = ("cloudformation", "describe_stack_resources", "ValidationError")
DOMAIN = ("sesv2", "get_email_identity")
BY_HAND = {"hosted_zone": "none", "certificate": ARN}

REGIONS: Call = ("ec2", "describe_regions", {"Regions": [
    {"RegionName": "us-west-2", "OptInStatus": "opt-in-not-required"},
    {"RegionName": "me-south-1", "OptInStatus": "not-opted-in"}]})  # fmt: skip
OFFLINE = EndpointConnectionError(endpoint_url="https://ec2.us-west-2.amazonaws.com/")

FAILING: list[tuple[Check, list[Call], dict[str, str], Level, str]] = [
    (no_tools, [], {}, Level.STOPS, "Run 'make setup'"),
    (
        account_checks.credentials,
        [("sts", "", NoCredentialsError())],
        {},
        Level.STOPS,
        "No AWS credentials were found",
    ),
    (
        account_checks.credentials,
        [("sts", "", ProfileNotFound(profile="polcie"))],
        {},
        Level.STOPS,
        "aws configure list-profiles",
    ),
    (
        account_checks.credentials,
        [("sts", "", UnauthorizedSSOTokenError())],
        {},
        Level.STOPS,
        "Your AWS sign-in has expired",
    ),
    (
        account_checks.credentials,
        [("sts", "", TokenRetrievalError(provider="sso", error_msg="gone"))],
        {},
        Level.STOPS,
        "Your AWS sign-in has expired",
    ),
    (
        account_checks.credentials,
        [("sts", "get_caller_identity", "ExpiredToken")],
        {},
        Level.STOPS,
        "Your AWS sign-in has expired",
    ),
    (
        account_checks.credentials,
        [("sts", "get_caller_identity", "InvalidClientTokenId")],
        {},
        Level.STOPS,
        "does not accept these credentials",
    ),
    (
        account_checks.credentials,
        [("sts", "get_caller_identity", ROOT_USER)],
        {},
        Level.STOPS,
        "root user",
    ),
    (
        account_checks.region,
        [("ec2", "describe_regions", "UnauthorizedOperation")],
        {},
        Level.STOPS,
        "You may not ask AWS for this (DescribeRegions)",
    ),
    (
        account_checks.region,
        [("ec2", "describe_regions", "InternalError")],
        {},
        Level.STOPS,
        "AWS could not be asked for this (DescribeRegions: InternalError)",
    ),
    (
        account_checks.region,
        [("ec2", "", OFFLINE)],
        {},
        Level.STOPS,
        "AWS could not be asked: Could not ",
    ),
    (
        account_checks.region,
        [REGIONS],
        {"region": "us-west-9"},
        Level.STOPS,
        "'us-west-9' is no region of AWS's",
    ),
    (
        account_checks.region,
        [REGIONS],
        {"region": "me-south-1"},
        Level.STOPS,
        "aws account enable-region",
    ),
    (
        account_checks.concurrency,
        [("lambda", "get_account_settings", {"AccountLimit": {"ConcurrentExecutions": 10}})],
        {},
        Level.LATER,
        "only 10 functions at once",
    ),
    (
        existing_resources.stack_state,
        [("cloudformation", "describe_stacks", stack("ROLLBACK_COMPLETE"))],
        {},
        Level.STOPS,
        "Delete it in the CloudFormation console",
    ),
    (
        existing_resources.edge_state,
        [("cloudformation", "describe_stacks", stack("ROLLBACK_COMPLETE"))],
        {},
        Level.STOPS,
        "'aws cloudformation delete-stack --stack-name aviso-edge'",
    ),
    (
        existing_resources.edge_state,
        [("cloudformation", "describe_stacks", stack("UPDATE_ROLLBACK_FAILED"))],
        {},
        Level.STOPS,
        "--stack-name aviso-edge --max-items 20",
    ),
    (
        existing_resources.edge_state,
        [("cloudformation", "describe_stacks", stack("DELETE_IN_PROGRESS"))],
        {},
        Level.STOPS,
        "'aviso-edge' is being changed right now",
    ),
    (
        existing_resources.stack_state,
        [("cloudformation", "describe_stacks", stack("UPDATE_IN_PROGRESS"))],
        {},
        Level.STOPS,
        "is being changed right now",
    ),
    (
        existing_resources.stack_state,
        [("cloudformation", "describe_stacks", stack("UPDATE_ROLLBACK_FAILED"))],
        {},
        Level.STOPS,
        "its events",
    ),
    (
        existing_resources.stack_state,
        [GONE, WHO, ("s3", "head_bucket", {})],
        {},
        Level.STOPS,
        "its data kept",
    ),
    (
        existing_resources.stack_state,
        [
            ("cloudformation", "describe_stacks", stack("REVIEW_IN_PROGRESS")),
            WHO,
            ("s3", "head_bucket", {}),
        ],
        {},
        Level.STOPS,
        "its data kept",
    ),
    (
        existing_resources.stack_state,
        [("cloudformation", "describe_stacks", "AccessDenied")],
        {},
        Level.STOPS,
        "You may not ask AWS for this (DescribeStacks)",
    ),
    (
        existing_resources.stack_state,
        [GONE, WHO, ("s3", "head_bucket", "403")],
        {},
        Level.STOPS,
        "You may not ask AWS for this (HeadBucket)",
    ),
    (
        existing_resources.taken_back,
        [OLDER, *bucket("aviso")],
        {},
        Level.LATER,
        "had to leave aviso-auditbucket-1:",
    ),
    (
        lineage,
        release("Chino Police Department"),
        {},
        Level.STOPS,
        "is that of Chino Police Department, and these settings are of Sonora Wells",
    ),
    (
        lineage,
        release("Chino Police Department"),
        {},
        Level.STOPS,
        'under parameters, Agency: "Chino Police Department"',
    ),
    (
        lineage,
        release(built="2026-11-24T08:30:01Z"),
        {},
        Level.LATER,
        "This release is of 2026-11-24T08:30:00Z, and 'aviso' runs one of 2026-11-24T08:30:01Z",
    ),
    (
        standing_case,
        under_number("CASE", "VICTIM#7", "SUSPECT#8"),
        {},
        Level.STOPS,
        "2600000000, the number of the made-up case that ends a deployment, is a real case's",
    ),
    (
        standing_case,
        under_number(*MADE_UP, "VICTIM#7"),
        {},
        Level.STOPS,
        "make erase-victim CASE=2600000000 VICTIM=AVISO-OPERATOR",
    ),
    (standing_case, under_number(*MADE_UP, "ARREST#7"), {}, Level.STOPS, "'case_number_example'"),
    (
        standing_case,
        under_number("CASE"),
        {},
        Level.STOPS,
        "it has the rest of a test by a former release; then take another number all the same",
    ),
    (
        existing_resources.text_logs,
        [WHO, logs(), of_stack("chino-Messaging-1A2B")],
        {},
        Level.STOPS,
        "'chino-Messaging-1A2B' already reads",
    ),
    (
        existing_resources.text_logs,
        [WHO, logs(), of_stack("aviso2-Messaging-1A2B")],
        {},
        Level.STOPS,
        "an account of its own",
    ),
    (
        existing_resources.text_logs,
        [WHO, logs(), NOBODYS, readers(), readers()],
        {},
        Level.LATER,
        "kept for ever",
    ),
    (
        existing_resources.text_logs,
        [
            WHO,
            logs(retentionInDays=30),
            NOBODYS,
            readers(),
            readers("other-shipper", "chino-RecordReceipt-1A2B:live"),
        ],
        {},
        Level.STOPS,
        "'chino' already reads",
    ),
    (
        existing_resources.text_logs,
        [WHO, one_log(LOGS), NOBODYS],
        {},
        Level.STOPS,
        f"--log-group-name {LOGS}/Failure'",
    ),
    (
        existing_resources.text_logs,
        [WHO, one_log(f"{LOGS}/Failure"), NOBODYS],
        {},
        Level.STOPS,
        f"--log-group-name {LOGS}'",
    ),
    (
        ses_checks.email_identity,
        [(*DOMAIN, "NotFoundException"), (*DOMAIN, "NotFoundException")],
        {},
        Level.STOPS,
        "may not send from notices@police.example.org yet",
    ),
    (
        ses_checks.email_identity,
        [(*DOMAIN, identity(verified=False))],
        {},
        Level.STOPS,
        "three CNAME records",
    ),
    (ses_checks.email_identity, [(*DOMAIN, identity(dkim="PENDING"))], {}, Level.LATER, "DKIM"),
    (
        ses_checks.email_sandbox,
        [("sesv2", "get_account", ses_account(production=False))],
        {},
        Level.LATER,
        "Request production access",
    ),
    (
        ses_checks.email_sandbox,
        [("sesv2", "get_account", ses_account(True, sending=False))],
        {},
        Level.STOPS,
        "paused",
    ),
    (
        account_checks.text_sandbox,
        [("sns", "get_sms_sandbox_account_status", {"IsInSandbox": True})],
        {},
        Level.LATER,
        "Exit SMS sandbox",
    ),
    (
        account_checks.text_spend,
        [("sns", "get_sms_attributes", {"attributes": {}})],
        {},
        Level.LATER,
        "$1 a month on texts, then they silently stop",
    ),
    (
        account_checks.text_spend,
        [("sns", "get_sms_attributes", {"attributes": {"MonthlySpendLimit": "100"}})],
        {},
        Level.LATER,
        "alarm would come too late",
    ),
    (account_checks.text_number, [], {"sms_number": "none"}, Level.LATER, "No number to text from"),
    (
        account_checks.text_number,
        [("pinpoint-sms-voice-v2", "describe_phone_numbers", {"PhoneNumbers": []})],
        {},
        Level.STOPS,
        "not among this account's",
    ),
    (
        account_checks.text_number,
        [
            (
                "pinpoint-sms-voice-v2",
                "describe_phone_numbers",
                {"PhoneNumbers": [PHONE | {"Status": "PENDING"}]},
            )
        ],
        {},
        Level.LATER,
        "not active yet",
    ),
    (
        account_checks.text_number,
        [
            (
                "pinpoint-sms-voice-v2",
                "describe_phone_numbers",
                {"PhoneNumbers": [PHONE | {"NumberCapabilities": ["VOICE"]}]},
            )
        ],
        {},
        Level.STOPS,
        "cannot send texts",
    ),
    (
        account_checks.text_number,
        [("pinpoint-sms-voice-v2", "describe_phone_numbers", {"PhoneNumbers": [PHONE]})],
        {"carrier_answers_stop": "no"},
        Level.STOPS,
        "'carrier_answers_stop: true'",
    ),
    (existing_resources.domain, [], {"domain": "none"}, Level.LATER, "no address of its own"),
    (existing_resources.domain, [], {"hosted_zone": "none"}, Level.STOPS, "hosted_zone"),
    (
        existing_resources.domain,
        [("route53", "get_hosted_zone", "NoSuchHostedZone")],
        {},
        Level.STOPS,
        "no Route 53 zone",
    ),
    (
        existing_resources.domain,
        [("route53", "get_hosted_zone", zone("other.example.org."))],
        {},
        Level.STOPS,
        "does not belong to the zone",
    ),
    (
        existing_resources.domain,
        [("acm", "describe_certificate", certificate("PENDING_VALIDATION"))],
        BY_HAND,
        Level.STOPS,
        "not issued yet",
    ),
    (
        existing_resources.domain,
        [("acm", "describe_certificate", certificate("ISSUED", "other.example.org"))],
        BY_HAND,
        Level.STOPS,
        "not for cases.police.example.org",
    ),
    (
        data_events,
        [WHO, GONE, ("cloudtrail", "describe_trails", {"trailList": []})],
        {},
        Level.LATER,
        "no data events of the audit trail's table (arn:aws:dynamodb:us-west-2:"
        "123456789012:table/aviso-...) and bucket (arn:aws:s3:::aviso-.../)",
    ),
    (data_events, recording(ALL_PLAIN, on=False), {}, Level.LATER, "no data events"),
    (
        data_events,
        recording(plain((OBJECTS, "arn:aws:s3"))),
        {},
        Level.LATER,
        "no data events of the audit trail's table (arn:aws:dynamodb:us-west-2:123456789012:table/"
        "aviso-...). A person",
    ),
    (
        data_events,
        recording(plain(*[(TABLES, "arn:aws:dynamodb"), (OBJECTS, "arn:aws:s3")], of="ReadOnly")),
        {},
        Level.LATER,
        "no data events",
    ),
    (
        data_events,
        recording(plain((TABLES, "arn:aws:dynamodb"), (OBJECTS, "arn:aws:s3:::somebody-elses/"))),
        {},
        Level.LATER,
        "no data events of the audit trail's bucket",
    ),
    (
        data_events,
        recording(advanced(TABLES, OBJECTS, readOnly={"Equals": ["true"]})),
        {},
        Level.LATER,
        "no data events",
    ),
    (
        data_events,
        recording(advanced(TABLES, OBJECTS, eventName={"Equals": ["PutItem"]})),
        {},
        Level.LATER,
        "no data events",
    ),
    (
        data_events,
        recording("AccessDeniedException"),
        {},
        Level.LATER,
        "'all' could not be read: ask the person who runs it",
    ),
]

PASSING: list[tuple[Check, list[Call], dict[str, str]]] = [
    (account_checks.credentials, [WHO], {}),
    (account_checks.region, [REGIONS], {}),
    (
        account_checks.concurrency,
        [("lambda", "get_account_settings", {"AccountLimit": {"ConcurrentExecutions": 1000}})],
        {},
    ),
    (
        existing_resources.stack_state,
        [("cloudformation", "describe_stacks", stack("UPDATE_COMPLETE"))],
        {},
    ),
    (existing_resources.stack_state, [GONE, WHO, ("s3", "head_bucket", "404")], {}),
    (
        existing_resources.stack_state,
        [
            ("cloudformation", "describe_stacks", stack("REVIEW_IN_PROGRESS")),
            WHO,
            ("s3", "head_bucket", "404"),
        ],
        {},
    ),
    (
        existing_resources.edge_state,
        [("cloudformation", "describe_stacks", stack("UPDATE_COMPLETE"))],
        {},
    ),
    (
        existing_resources.edge_state,
        [("cloudformation", "describe_stacks", stack("REVIEW_IN_PROGRESS"))],
        {},
    ),
    (existing_resources.edge_state, [GONE], {}),
    (existing_resources.taken_back, [GONE], {}),
    (existing_resources.taken_back, [OLDER, ("s3", "list_buckets", {"Buckets": []})], {}),
    (existing_resources.taken_back, [OLDER, *bucket("another's")], {}),
    (
        existing_resources.taken_back,
        [OLDER, BUCKETS, ("s3", "get_bucket_tagging", "NoSuchTagSet")],
        {},
    ),
    (
        existing_resources.taken_back,
        [
            ("cloudformation", "describe_stacks", stands(AuditBucket="aviso-auditbucket-1")),
            *bucket("aviso"),
        ],
        {},
    ),
    (lineage, [GONE], {}),
    (lineage, [OLDER], {}),
    (lineage, release(), {}),
    (lineage, release(built="none"), {}),
    (lineage, release("none", "2026-11-24T08:29:59Z"), {}),
    (lineage, release(built="2026-11-25T08:30:00Z"), {"built": "none"}),
    (lineage, release("Chino Police Department"), {"agency": "Chino Police Department"}),
    (lineage, release("Ca?on Police"), {"agency": "Cañon Police"}),
    (standing_case, [GONE], {}),
    (standing_case, under_number(), {}),
    (standing_case, under_number(*MADE_UP), {}),
    (standing_case, under_number("CASE", begun=True), {}),
    (existing_resources.text_logs, [WHO, ("logs", "describe_log_groups", {"logGroups": []})], {}),
    (existing_resources.text_logs, [WHO, logs(), of_stack("aviso-Messaging-1A2B")], {}),
    (
        existing_resources.text_logs,
        [
            WHO,
            logs(retentionInDays=30),
            NOBODYS,
            readers("aviso-RecordReceipt-1A2B:live"),
            readers("other-shipper"),
        ],
        {},
    ),
    (ses_checks.email_identity, [(*DOMAIN, identity())], {}),
    (ses_checks.email_identity, [(*DOMAIN, "NotFoundException"), (*DOMAIN, identity())], {}),
    (ses_checks.email_sandbox, [("sesv2", "get_account", ses_account(production=True))], {}),
    (
        account_checks.text_sandbox,
        [("sns", "get_sms_sandbox_account_status", {"IsInSandbox": False})],
        {},
    ),
    (
        account_checks.text_spend,
        [("sns", "get_sms_attributes", {"attributes": {"MonthlySpendLimit": "500"}})],
        {},
    ),
    (
        account_checks.text_number,
        [("pinpoint-sms-voice-v2", "describe_phone_numbers", {"PhoneNumbers": [PHONE]})],
        {},
    ),
    (
        account_checks.text_number,
        [
            (
                "pinpoint-sms-voice-v2",
                "describe_phone_numbers",
                {"PhoneNumbers": [PHONE | {"NumberType": "TEN_DLC"}]},
            )
        ],
        {"carrier_answers_stop": "no"},
    ),
    (existing_resources.domain, [("route53", "get_hosted_zone", zone("police.example.org."))], {}),
    (existing_resources.domain, [("acm", "describe_certificate", certificate("ISSUED"))], BY_HAND),
    (
        existing_resources.domain,
        [("acm", "describe_certificate", certificate("ISSUED", "*.police.example.org"))],
        BY_HAND,
    ),
    (data_events, recording(ALL_PLAIN), {}),
    (data_events, recording(advanced(TABLES, OBJECTS)), {}),
    (data_events, recording(advanced(TABLES, OBJECTS, readOnly={"Equals": ["false"]})), {}),
    (
        data_events,
        recording(
            advanced(
                TABLES,
                OBJECTS,
                resources_ARN={
                    "StartsWith": [
                        "arn:aws:dynamodb:us-west-2:123456789012:table/aviso-",
                        "arn:aws:s3:::aviso-",
                    ]
                },
            )
        ),
        {},
    ),
]


@pytest.mark.parametrize(("check", "calls", "changes", "level", "says"), FAILING)
def test_what_is_wrong_with_an_account_is_told_in_words(check, calls, changes, level, says) -> None:
    finding = only(account_checks.ask(check, stubbed(*calls), ANSWERS | changes))
    assert finding.level is level
    assert says in finding.message


@pytest.mark.parametrize(("check", "calls", "changes"), PASSING)
def test_what_is_right_with_an_account_is_said_too(check, calls, changes) -> None:
    assert only(check(stubbed(*calls), ANSWERS | changes)).level is Level.WELL


def test_data_events_of_the_stacks_own_table_and_bucket_alone_are_enough_once_it_stands() -> None:
    table = "arn:aws:dynamodb:us-west-2:123456789012:table/t-1"

    def level(of_table: str, bucket: str) -> Level:
        calls = recording(plain((TABLES, of_table), (OBJECTS, f"arn:aws:s3:::{bucket}/")))
        it = stands(AuditTable="t-1", AuditBucket="b-1")
        calls[1] = ("cloudformation", "describe_stacks", it)
        return only(data_events(stubbed(*calls), ANSWERS)).level

    assert level(table, "b-1") is Level.WELL
    assert level(table, "b-2") is Level.LATER
    assert level(f"{table}0", "b-1") is Level.LATER


def test_without_credentials_nothing_else_is_asked() -> None:
    asked: list[str] = []

    def clients(service: str) -> Any:
        asked.append(service)
        raise NoCredentialsError

    assert only(account_checks.account(clients, clients, ANSWERS)).level is Level.STOPS
    assert asked == ["sts"]


@pytest.mark.parametrize(
    ("region", "home"),
    [("us-west-9", "us-east-1"), ("us-gov-west-9", "us-gov-west-1")],
)
def test_a_region_that_does_not_exist_is_told_as_such_and_asked_for_nothing(region, home) -> None:
    def nobody(service: str) -> Any:
        raise EndpointConnectionError(endpoint_url=f"https://{service}.{region}.amazonaws.com/")

    known, wrong = account_checks.account(
        nobody, stubbed(WHO, REGIONS), ANSWERS | {"region": region}
    )
    assert known.level is Level.WELL
    assert f"'{region}' is no region" in wrong.message
    assert stacks.home_of(region) == home


def test_tools_that_are_there_are_said_to_be(tmp_path: Path) -> None:
    for tool in ("sam", "uv"):
        place = tmp_path / ".tools" / tool / "bin"
        place.mkdir(parents=True)
        (place / tool).touch()
    assert only(account_checks.tools(tmp_path)).level is Level.WELL


def test_every_check_runs_though_one_may_not_ask() -> None:
    def clients(service: str) -> Any:
        if service == "sts":
            return stubbed(WHO, WHO, WHO)(service)
        operation = {
            "lambda": "get_account_settings",
            "cloudformation": "describe_stacks", "sesv2": "get_email_identity",
            "sns": "get_sms_attributes", "pinpoint-sms-voice-v2": "describe_phone_numbers",
            "route53": "get_hosted_zone", "s3": "head_bucket", "logs": "describe_log_groups",
            "cloudtrail": "describe_trails",
        }[service]  # fmt: skip
        return stubbed((service, operation, "AccessDeniedException"))(service)

    findings = list(account_checks.account(clients, stubbed(WHO, REGIONS), ANSWERS))
    assert len(findings) == len(account_checks.ACCOUNT) + 2
    assert "You may not ask AWS for this" in findings[2].message


@pytest.mark.parametrize(
    ("calls", "makes"),
    [
        ([WHO, ("logs", "describe_log_groups", {"logGroups": []})], True),
        ([WHO, logs(), of_stack("aviso-Messaging-1A2B")], True),
        ([WHO, logs(), NOBODYS], False),
    ],
)
def test_logs_of_texts_that_the_account_has_already_are_not_made_again(calls, makes) -> None:
    assert existing_resources.makes_text_logs(stubbed(*calls), ANSWERS) is makes


def test_every_check_is_shown_failing_and_passing() -> None:
    every = {*account_checks.ACCOUNT, account_checks.credentials, account_checks.region}
    assert {case[0] for case in FAILING} == {*every, no_tools}
    assert {case[0] for case in PASSING} == every


def test_every_message_says_what_to_do_next() -> None:
    """A person who reads one alone must know where to go: a place, a command or an answer."""
    ways = ("console", "Service Quotas", "make ", "'aws ", "answers file", "Wait", "DNS",
            "Support Center", "End User Messaging", "IAM Identity Center")  # fmt: skip
    for check, calls, changes, _, _ in FAILING:
        message = only(account_checks.ask(check, stubbed(*calls), ANSWERS | changes)).message
        assert any(way in message for way in ways), message


if __name__ == "__main__":  # `make checks`
    for case in FAILING:
        for found in account_checks.ask(case[0], stubbed(*case[1]), ANSWERS | case[2]):
            print(f"{found.level:>5}  {found.check}: {found.message}")  # noqa: T201

"""The account itself: tools, credentials, region, limits, and its texts."""

from botocore.exceptions import (
    EndpointConnectionError,
    NoCredentialsError,
    ProfileNotFound,
    TokenRetrievalError,
    UnauthorizedSSOTokenError,
)

from infra.deploy import account_checks
from infra.deploy.findings import Severity
from tests.support.deploy_checks.calls import (
    ME,
    PHONE,
    REGIONS,
    WHO,
    Call,
    Failing,
    Passing,
    no_tools,
)

ROOT_USER = ME | {"Arn": "arn:aws:iam::123456789012:root"}


OFFLINE = EndpointConnectionError(endpoint_url="https://ec2.us-west-2.amazonaws.com/")


def plan(kind: str) -> Call:
    """Return the answer that the account has this plan."""
    state = {"accountPlanType": kind, "accountId": ME["Account"], "accountPlanStatus": "ACTIVE"}
    return ("freetier", "get_account_plan_state", state)


FAILING: list[Failing] = [
    (no_tools, [], {}, Severity.STOPS, "Run 'make setup'"),
    (
        account_checks.credentials,
        [("sts", "", NoCredentialsError())],
        {},
        Severity.STOPS,
        "No AWS credentials were found",
    ),
    (
        account_checks.credentials,
        [("sts", "", ProfileNotFound(profile="polcie"))],
        {},
        Severity.STOPS,
        "aws configure list-profiles",
    ),
    (
        account_checks.credentials,
        [("sts", "", UnauthorizedSSOTokenError())],
        {},
        Severity.STOPS,
        "Your AWS sign-in has expired",
    ),
    (
        account_checks.credentials,
        [("sts", "", TokenRetrievalError(provider="sso", error_msg="gone"))],
        {},
        Severity.STOPS,
        "Your AWS sign-in has expired",
    ),
    (
        account_checks.credentials,
        [("sts", "get_caller_identity", "ExpiredToken")],
        {},
        Severity.STOPS,
        "Your AWS sign-in has expired",
    ),
    (
        account_checks.credentials,
        [("sts", "get_caller_identity", "InvalidClientTokenId")],
        {},
        Severity.STOPS,
        "does not accept these credentials",
    ),
    (
        account_checks.credentials,
        [("sts", "get_caller_identity", ROOT_USER)],
        {},
        Severity.STOPS,
        "root user",
    ),
    (
        account_checks.region,
        [("ec2", "describe_regions", "UnauthorizedOperation")],
        {},
        Severity.STOPS,
        "You may not ask AWS for this (DescribeRegions)",
    ),
    (
        account_checks.region,
        [("ec2", "describe_regions", "InternalError")],
        {},
        Severity.STOPS,
        "AWS could not be asked for this (DescribeRegions: InternalError)",
    ),
    (
        account_checks.region,
        [("ec2", "", OFFLINE)],
        {},
        Severity.STOPS,
        "AWS could not be asked: Could not ",
    ),
    (
        account_checks.region,
        [REGIONS],
        {"region": "us-west-9"},
        Severity.STOPS,
        "'us-west-9' is not an AWS region",
    ),
    (
        account_checks.region,
        [REGIONS],
        {"region": "me-south-1"},
        Severity.STOPS,
        "aws account enable-region",
    ),
    (account_checks.plan, [plan("FREE")], {}, Severity.STOPS, "closes it after six months"),
    (
        account_checks.plan,
        [("freetier", "get_account_plan_state", "AccessDeniedException")],
        {},
        Severity.LATER,
        "AWS does not say which plan",
    ),
    (
        account_checks.concurrency,
        [("lambda", "get_account_settings", {"AccountLimit": {"ConcurrentExecutions": 10}})],
        {},
        Severity.LATER,
        "only 10 functions at once",
    ),
    (
        account_checks.text_sandbox,
        [("sns", "get_sms_sandbox_account_status", {"IsInSandbox": True})],
        {},
        Severity.LATER,
        "Exit SMS sandbox",
    ),
    (
        account_checks.text_spend,
        [("sns", "get_sms_attributes", {"attributes": {}})],
        {},
        Severity.LATER,
        "$1 a month on texts. Then texts stop without an error",
    ),
    (
        account_checks.text_spend,
        [("sns", "get_sms_attributes", {"attributes": {"MonthlySpendLimit": "100"}})],
        {},
        Severity.LATER,
        "alarm would be too late",
    ),
    (
        account_checks.text_number,
        [],
        {"sms_number": "none"},
        Severity.LATER,
        "The answers name no number",
    ),
    (
        account_checks.text_number,
        [("pinpoint-sms-voice-v2", "describe_phone_numbers", {"PhoneNumbers": []})],
        {},
        Severity.STOPS,
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
        Severity.LATER,
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
        Severity.STOPS,
        "cannot send texts",
    ),
    (
        account_checks.text_number,
        [("pinpoint-sms-voice-v2", "describe_phone_numbers", {"PhoneNumbers": [PHONE]})],
        {"carrier_answers_stop": "no"},
        Severity.STOPS,
        "'carrier_answers_stop: true'",
    ),
]

PASSING: list[Passing] = [
    (account_checks.credentials, [WHO], {}),
    (account_checks.region, [REGIONS], {}),
    (account_checks.plan, [plan("PAID")], {}),
    (
        account_checks.plan,
        [("freetier", "get_account_plan_state", "ResourceNotFoundException")],
        {},
    ),
    (account_checks.plan, [], {"region": "us-gov-west-1"}),
    (
        account_checks.concurrency,
        [("lambda", "get_account_settings", {"AccountLimit": {"ConcurrentExecutions": 1000}})],
        {},
    ),
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
]

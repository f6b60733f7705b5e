"""The account itself: tools, credentials, region, limits, and its texts."""

from botocore.exceptions import (
    EndpointConnectionError,
    NoCredentialsError,
    ProfileNotFound,
    TokenRetrievalError,
    UnauthorizedSSOTokenError,
)

from infra.deploy import account_checks
from infra.deploy.findings import Level
from tests.support.deploy_checks.calls import ME, PHONE, REGIONS, WHO, Failing, Passing, no_tools

ROOT_USER = ME | {"Arn": "arn:aws:iam::123456789012:root"}


OFFLINE = EndpointConnectionError(endpoint_url="https://ec2.us-west-2.amazonaws.com/")

FAILING: list[Failing] = [
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
]

PASSING: list[Passing] = [
    (account_checks.credentials, [WHO], {}),
    (account_checks.region, [REGIONS], {}),
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

"""What other services hold: logs of texts, emails, the domain, the data events of the trail."""

from typing import Any

from infra.deploy import existing_resources, ses_checks
from infra.deploy.cloudtrail_checks import data_events
from infra.deploy.findings import Severity
from tests.support.deploy_checks.calls import (
    GONE,
    LOGS,
    NOBODYS,
    OBJECTS,
    TABLES,
    WHO,
    Call,
    Failing,
    Passing,
    logs,
    of_stack,
    plain,
    recording,
)

ARN = "arn:aws:acm:us-west-2:123456789012:certificate/12345678-1234-1234-1234-123456789012"


def identity(verified: bool = True, dkim: str = "SUCCESS") -> dict[str, Any]:
    """Return what SES says of a domain."""
    return {"VerifiedForSendingStatus": verified, "DkimAttributes": {"Status": dkim}}


def ses_account(production: bool, sending: bool = True) -> dict[str, Any]:
    """Return what SES says of the account."""
    return {
        "ProductionAccessEnabled": production,
        "SendingEnabled": sending,
        "SendQuota": {"Max24HourSend": 50_000, "MaxSendRate": 14, "SentLast24Hours": 0},
    }


def readers(*functions: str) -> Call:
    """Return the call about who reads one of the logs of texts."""
    begin = "arn:aws:lambda:us-west-2:123456789012:function:"
    rows = [{"filterName": name, "destinationArn": begin + name} for name in functions]
    return ("logs", "describe_subscription_filters", {"subscriptionFilters": rows})


def one_log(name: str) -> Call:
    """Return the answer that one log is there."""
    group = {"logGroupName": name, "retentionInDays": 30}
    return ("logs", "describe_log_groups", {"logGroups": [group]})


def certificate(status: str, name: str = "cases.police.example.org") -> dict[str, Any]:
    """Return a certificate as ACM describes it."""
    return {"Certificate": {"DomainName": name, "Status": status}}


def zone(name: str) -> dict[str, Any]:
    """Return a hosted zone as Route 53 describes it."""
    return {"HostedZone": {"Id": "Z0123456789", "Name": name, "CallerReference": "x"}}


def advanced(*kinds: str, **fields: Any) -> dict[str, Any]:
    """Return selectors for data events of these kinds, with further fields by their names."""
    more = [{"Field": name.replace("_", "."), **how} for name, how in fields.items()]
    first = {"Field": "eventCategory", "Equals": ["Data"]}
    selectors = [
        {"FieldSelectors": [first, {"Field": "resources.type", "Equals": [kind]}, *more]}
        for kind in kinds
    ]
    return {"AdvancedEventSelectors": selectors}


ALL_PLAIN = plain((TABLES, "arn:aws:dynamodb"), (OBJECTS, "arn:aws:s3"))


DOMAIN = ("sesv2", "get_email_identity")


BY_HAND = {"hosted_zone": "none", "certificate": ARN}

FAILING: list[Failing] = [
    (
        existing_resources.text_logs,
        [WHO, logs(), of_stack("chino-Messaging-1A2B")],
        {},
        Severity.STOPS,
        "'chino-Messaging-1A2B' already reads",
    ),
    (
        existing_resources.text_logs,
        [WHO, logs(), of_stack("aviso2-Messaging-1A2B")],
        {},
        Severity.STOPS,
        "an account of its own",
    ),
    (
        existing_resources.text_logs,
        [WHO, logs(), NOBODYS, readers(), readers()],
        {},
        Severity.LATER,
        "texts forever",
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
        Severity.STOPS,
        "'chino' already reads",
    ),
    (
        existing_resources.text_logs,
        [WHO, one_log(LOGS), NOBODYS],
        {},
        Severity.STOPS,
        f"--log-group-name {LOGS}/Failure'",
    ),
    (
        existing_resources.text_logs,
        [WHO, one_log(f"{LOGS}/Failure"), NOBODYS],
        {},
        Severity.STOPS,
        f"--log-group-name {LOGS}'",
    ),
    (
        ses_checks.email_identity,
        [(*DOMAIN, "NotFoundException"), (*DOMAIN, "NotFoundException")],
        {},
        Severity.STOPS,
        "may not send from notices@police.example.org yet",
    ),
    (
        ses_checks.email_identity,
        [(*DOMAIN, identity(verified=False))],
        {},
        Severity.STOPS,
        "three CNAME records",
    ),
    (ses_checks.email_identity, [(*DOMAIN, identity(dkim="PENDING"))], {}, Severity.LATER, "DKIM"),
    (
        ses_checks.email_sandbox,
        [("sesv2", "get_account", ses_account(production=False))],
        {},
        Severity.LATER,
        "Request production access",
    ),
    (
        ses_checks.email_sandbox,
        [("sesv2", "get_account", ses_account(True, sending=False))],
        {},
        Severity.STOPS,
        "paused",
    ),
    (existing_resources.domain, [], {"domain": "none"}, Severity.LATER, "no address of its own"),
    (existing_resources.domain, [], {"hosted_zone": "none"}, Severity.STOPS, "hosted_zone"),
    (
        existing_resources.domain,
        [("route53", "get_hosted_zone", "NoSuchHostedZone")],
        {},
        Severity.STOPS,
        "no Route 53 zone",
    ),
    (
        existing_resources.domain,
        [("route53", "get_hosted_zone", zone("other.example.org."))],
        {},
        Severity.STOPS,
        "does not belong to the zone",
    ),
    (
        existing_resources.domain,
        [("acm", "describe_certificate", certificate("PENDING_VALIDATION"))],
        BY_HAND,
        Severity.STOPS,
        "not issued yet",
    ),
    (
        existing_resources.domain,
        [("acm", "describe_certificate", certificate("ISSUED", "other.example.org"))],
        BY_HAND,
        Severity.STOPS,
        "not for cases.police.example.org",
    ),
    (
        data_events,
        [WHO, GONE, ("cloudtrail", "describe_trails", {"trailList": []})],
        {},
        Severity.LATER,
        "no data events of the audit trail's table (arn:aws:dynamodb:us-west-2:"
        "123456789012:table/aviso-...) and bucket (arn:aws:s3:::aviso-.../)",
    ),
    (data_events, recording(ALL_PLAIN, on=False), {}, Severity.LATER, "no data events"),
    (
        data_events,
        recording(plain((OBJECTS, "arn:aws:s3"))),
        {},
        Severity.LATER,
        "no data events of the audit trail's table (arn:aws:dynamodb:us-west-2:123456789012:table/"
        "aviso-...). A person",
    ),
    (
        data_events,
        recording(plain(*[(TABLES, "arn:aws:dynamodb"), (OBJECTS, "arn:aws:s3")], of="ReadOnly")),
        {},
        Severity.LATER,
        "no data events",
    ),
    (
        data_events,
        recording(plain((TABLES, "arn:aws:dynamodb"), (OBJECTS, "arn:aws:s3:::somebody-elses/"))),
        {},
        Severity.LATER,
        "no data events of the audit trail's bucket",
    ),
    (
        data_events,
        recording(advanced(TABLES, OBJECTS, readOnly={"Equals": ["true"]})),
        {},
        Severity.LATER,
        "no data events",
    ),
    (
        data_events,
        recording(advanced(TABLES, OBJECTS, eventName={"Equals": ["PutItem"]})),
        {},
        Severity.LATER,
        "no data events",
    ),
    (
        data_events,
        recording("AccessDeniedException"),
        {},
        Severity.LATER,
        "'all' could not be read: ask the person who runs it",
    ),
]

PASSING: list[Passing] = [
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

"""The templates keep the stack's data and pages safe."""

import json
from typing import Any

import pytest
import yaml

from aviso.compliance.audit_check import LATE
from infra.cost import bill
from infra.harness import cloudformation
from infra.ops import redrive
from tests.contracts.template.test_resources import (
    FUNCTIONS,
    ROOT,
    TEMPLATES,
    listed,
    resources,
    statements,
)

A_YEAR = 365  # days
INFRA = [path for path in TEMPLATES if path.name != "checkov.yaml"]


def everything(kind: str) -> dict[str, Any]:
    """Return the resources of a type in all templates, by template and logical id."""
    return {
        f"{path.name}:{name}": properties
        for path in INFRA
        for name, properties in resources(kind, path).items()
    }


@pytest.mark.parametrize("name", everything("AWS::Logs::LogGroup"))
def test_every_log_is_encrypted_and_expires(name: str) -> None:
    group = everything("AWS::Logs::LogGroup")[name]
    assert group["KmsKeyId"]
    assert group["RetentionInDays"]


def test_who_asked_and_what_was_refused_is_kept_for_a_year_and_plain_numbers_are_not() -> None:
    kept = {
        name: group["RetentionInDays"] for name, group in everything("AWS::Logs::LogGroup").items()
    }
    texts = {"messaging.yaml:TextsDelivered", "messaging.yaml:TextsFailed"}
    assert {n for n, days in kept.items() if days == {"Ref": "TextLogDays"}} == texts
    assert {str(days) for n, days in kept.items() if n not in texts} == {
        str({"Ref": "LogRetentionDays"})
    }
    for path in (ROOT / "template.yaml", ROOT / "infra/stacks/edge.yaml"):
        days = cloudformation.read(path)["Parameters"]["LogRetentionDays"]
        assert min(days["AllowedValues"]) >= A_YEAR  # CJIS Security Policy, AU-11
        assert days["Default"] in days["AllowedValues"]


def test_the_role_that_writes_what_became_of_a_text_asks_nothing_that_sns_may_not_send() -> None:
    role = everything("AWS::IAM::Role")["messaging.yaml:TextLogsRole"]
    (trust,) = role["AssumeRolePolicyDocument"]["Statement"]
    assert trust["Principal"] == {"Service": "sns.amazonaws.com"}
    assert "Condition" not in trust


@pytest.mark.parametrize("name", everything("AWS::SNS::Topic"))
def test_every_topic_is_encrypted_and_takes_only_tls(name: str) -> None:
    assert everything("AWS::SNS::Topic")[name]["KmsMasterKeyId"]
    policies = everything("AWS::SNS::TopicPolicy").values()
    wanted = {"Ref": name.partition(":")[2]}
    (policy,) = [p for p in policies if wanted in p["Topics"]]
    assert refuses_plain_http(policy)


@pytest.mark.parametrize("name", everything("AWS::S3::Bucket"))
def test_every_bucket_takes_only_tls_and_forgets_in_time(name: str) -> None:
    wanted = {"Ref": name.partition(":")[2]}
    policies = everything("AWS::S3::BucketPolicy").values()
    (policy,) = [p for p in policies if p["Bucket"] == wanted]
    assert refuses_plain_http(policy)
    bucket = everything("AWS::S3::Bucket")[name]
    rules = bucket["LifecycleConfiguration"]["Rules"]
    assert any("ExpirationInDays" in r and "NoncurrentVersionExpiration" in r for r in rules)


@pytest.mark.parametrize("name", everything("AWS::SQS::Queue"))
def test_every_queue_is_encrypted_and_takes_only_tls(name: str) -> None:
    assert everything("AWS::SQS::Queue")[name]["KmsMasterKeyId"]
    wanted = {"Ref": name.partition(":")[2]}
    policies = everything("AWS::SQS::QueuePolicy").values()
    (policy,) = [p for p in policies if wanted in p["Queues"]]
    assert refuses_plain_http(policy)


def refuses_plain_http(policy: dict[str, Any]) -> bool:
    return any(
        s["Effect"] == "Deny"
        and s["Principal"] == "*"
        and s["Condition"] == {"Bool": {"aws:SecureTransport": "false"}}
        for s in policy["PolicyDocument"]["Statement"]
    )


@pytest.mark.parametrize(
    ("name", "days"), [("FeedBucket", "FeedFileDays"), ("AuditBucket", "AuditDays")]
)
def test_what_is_locked_cannot_be_changed_while_it_is_kept_nor_kept_longer(
    name: str, days: str
) -> None:
    bucket = resources("AWS::S3::Bucket")[name]
    assert bucket["ObjectLockEnabled"] is True
    lock = bucket["ObjectLockConfiguration"]["Rule"]["DefaultRetention"]
    (expiry,) = [r for r in bucket["LifecycleConfiguration"]["Rules"] if "ExpirationInDays" in r]
    assert lock["Days"] == expiry["ExpirationInDays"] == {"Ref": days}


@pytest.mark.parametrize(
    ("days", "setting"), [("FeedFileDays", "feed_files"), ("AuditDays", "audit")]
)
def test_what_is_locked_is_kept_as_long_as_the_sample_settings_say(days: str, setting: str) -> None:
    template = cloudformation.read(ROOT / "template.yaml")
    sample = yaml.safe_load((ROOT / "infra/agency/sample.yaml").read_text())
    assert template["Parameters"][days]["Default"] == sample["retention"][setting]


def test_the_audit_trail_is_copied_row_by_row_and_the_copier_can_do_nothing_else() -> None:
    (event,) = FUNCTIONS["KeepAudit"]["Events"].values()
    stream = event["Properties"]
    assert stream["Stream"] == {"GetAtt": "Tables.Outputs.AuditStream"}
    (pattern,) = stream["FilterCriteria"]["Filters"]
    assert json.loads(pattern["Pattern"]) == {"eventName": ["INSERT"]}
    (policy,) = FUNCTIONS["KeepAudit"]["Policies"]
    (allowed,) = [s for s in policy["Statement"] if s["Effect"] == "Allow"]
    assert allowed["Action"] == "s3:PutObject"  # no version is read, deleted or unlocked by it
    assert allowed["Resource"] == {"Sub": "${AuditBucket.Arn}/*"}
    others = {n: f for n, f in FUNCTIONS.items() if n != "KeepAudit" and "AuditBucket" in str(f)}
    assert others.keys() == {"Tally"}
    actions = {
        action
        for statement in statements(others["Tally"])
        if "AuditBucket" in str(statement.get("Resource"))
        for action in listed(statement["Action"])
    }
    assert actions == {"s3:ListBucketVersions", "s3:GetObjectVersion"}  # it compares at night


def test_a_row_is_in_the_copy_before_it_is_missed_there_or_the_stream_counts_as_late() -> None:
    (event,) = FUNCTIONS["KeepAudit"]["Events"].values()
    window = event["Properties"]["MaximumBatchingWindowInSeconds"]
    assert 2 * window <= LATE.total_seconds()
    behind = everything("AWS::CloudWatch::Alarm")["monitoring.yaml:StreamsBehind"]
    assert 2 * window * 1000 < behind["Threshold"]
    assert window == 60 * bill.AUDIT_WINDOW


@pytest.mark.parametrize("table", ["Cases", "Notices", "Responses", "Audit", "Guards"])
def test_no_stream_has_more_readers_than_a_shard_bears(table: str) -> None:
    wanted = {"GetAtt": f"Tables.Outputs.{table}Stream"}
    events = [e for f in FUNCTIONS.values() for e in f.get("Events", {}).values()]
    assert 1 <= sum(e["Properties"].get("Stream") == wanted for e in events) <= 2


@pytest.mark.parametrize("name", FUNCTIONS)
def test_the_audit_trail_can_only_grow(name: str) -> None:
    allowed = {
        action
        for policy in FUNCTIONS[name]["Policies"]
        for s in policy["Statement"]
        if "AuditArn" in str(s.get("Resource"))
        for action in listed(s["Action"])
    }
    assert allowed <= {"dynamodb:PutItem", "dynamodb:Query", "dynamodb:GetItem"}


def test_nothing_is_public_but_the_apis() -> None:
    assert not everything("AWS::Lambda::Url")
    assert not [f for f in FUNCTIONS.values() if "FunctionUrlConfig" in f]
    assert set(everything("AWS::Serverless::Api")) <= {
        "template.yaml:PortalApi",
        "template.yaml:StaffApi",
        "template.yaml:FeedApi",  # every call is signed: test_push_api.py
    }
    for kind in ("AWS::S3::BucketPolicy", "AWS::SNS::TopicPolicy", "AWS::SQS::QueuePolicy"):
        for policy in everything(kind).values():
            for statement in policy["PolicyDocument"]["Statement"]:
                assert statement["Effect"] == "Deny" or statement["Principal"] != "*"


@pytest.mark.parametrize("name", everything("AWS::Serverless::Api"))
def test_every_api_is_throttled(name: str) -> None:
    (every,) = [
        m for m in everything("AWS::Serverless::Api")[name]["MethodSettings"]
        if (m["HttpMethod"], m["ResourcePath"]) == ("*", "/*")
    ]  # fmt: skip
    assert 0 < every["ThrottlingRateLimit"] <= every["ThrottlingBurstLimit"]


def test_a_flood_of_visitors_cannot_use_up_the_flow() -> None:
    assert "BoundsPortal" in str(FUNCTIONS["Portal"]["ReservedConcurrentExecutions"])


def test_what_begins_itself_anew_goes_on_in_its_own_release() -> None:
    for name in ("ImportFeed", "Reconcile"):
        (own,) = [
            s["Resource"]["Sub"]
            for policy in FUNCTIONS[name]["Policies"]
            for s in policy["Statement"]
            if "lambda:InvokeFunction" in listed(s["Action"])
        ]
        named = FUNCTIONS[name]["FunctionName"]["Sub"]
        assert own.endswith(f":function:{named}:live")


def test_a_run_may_go_on_for_as_many_calls_as_it_needs_and_nothing_else_may_go_round() -> None:
    looping = {name: f["RecursiveLoop"] for name, f in FUNCTIONS.items() if "RecursiveLoop" in f}
    assert looping == {"ImportFeed": "Allow", "Reconcile": "Allow"}


@pytest.mark.parametrize("name", FUNCTIONS)
def test_no_event_is_lost_when_a_function_gives_up(name: str) -> None:
    function = FUNCTIONS[name]
    kinds = {event["Type"] for event in function.get("Events", {}).values()}
    begins_anew = name in ("ImportFeed", "Reconcile")  # what one call has no time for
    # Called without waiting: two more tries, then lost.
    if begins_anew or kinds & {"S3", "SNS", "CloudWatchLogs"}:
        failure = function["EventInvokeConfig"]["DestinationConfig"]["OnFailure"]
        assert failure["Type"] == "SQS"


def test_a_call_that_a_schedule_cannot_make_is_kept_and_made_by_redrive() -> None:
    scheduled = {
        name: [e["Properties"] for e in f.get("Events", {}).values() if e["Type"] == "ScheduleV2"]
        for name, f in FUNCTIONS.items()
    }
    letters = {"Arn": {"GetAtt": "Messaging.Outputs.DeadLettersArn"}}
    for schedules in scheduled.values():
        assert all(schedule["DeadLetterConfig"] == letters for schedule in schedules)
    assert {name for name, s in scheduled.items() if s} == {*redrive.DAILY, *redrive.OFTEN}


def test_signing_keys_rotate_by_schedule_but_not_before_their_links_are_old() -> None:
    (rotation,) = resources("AWS::SecretsManager::RotationSchedule").values()
    assert rotation["SecretId"] == {"GetAtt": "SessionKeys.Id"}
    assert rotation["RotationRules"]["AutomaticallyAfterDays"] >= 60
    assert rotation["RotateImmediatelyOnUpdate"] is False


def test_the_firewall_stands_before_every_api_and_the_sign_in_pages_and_bounds_each_source() -> (
    None
):
    edge = ROOT / "infra/stacks/edge.yaml"
    (firewall,) = resources("AWS::WAFv2::WebACL", edge).values()
    assert any("RateBasedStatement" in rule["Statement"] for rule in firewall["Rules"])
    assert sum("ManagedRuleGroupStatement" in rule["Statement"] for rule in firewall["Rules"]) >= 3
    before = resources("AWS::WAFv2::WebACLAssociation", edge)
    assert before.keys() == {"BeforeThePortal", "BeforeTheDesk", "BeforeSigningIn"}
    assert all(a["WebACLArn"] == {"GetAtt": "Firewall.Arn"} for a in before.values())
    pool = "cognito-idp:${AWS::Region}:${AWS::AccountId}:userpool/${StaffPool}"
    assert before["BeforeSigningIn"]["ResourceArn"] == {"Sub": "arn:${AWS::Partition}:" + pool}


def test_twenty_people_sign_in_at_once_behind_one_address_and_a_guesser_is_blocked() -> None:
    edge = ROOT / "infra/stacks/edge.yaml"
    template = cloudformation.read(edge)
    assert 20 * 3 <= template["Parameters"]["TriesPerSource"]["Default"] <= 300
    (firewall,) = resources("AWS::WAFv2::WebACL", edge).values()
    rules = {rule["Name"]: rule["Statement"] for rule in firewall["Rules"]}
    forms = rules["FormsPerSource"]["RateBasedStatement"]["ScopeDownStatement"]
    assert "userpool" not in str(forms)  # no pool and no host of Cognito's is left out
    assert "amazoncognito" not in str(forms)


def test_the_desk_itself_gets_its_token_whatever_address_aws_lends_its_function() -> None:
    (firewall,) = resources("AWS::WAFv2::WebACL", ROOT / "infra/stacks/edge.yaml").values()
    (networks,) = [r["Statement"] for r in firewall["Rules"] if r["Name"] == "BadNetworks"]
    scope = networks["ManagedRuleGroupStatement"]["ScopeDownStatement"]["NotStatement"]
    match = scope["Statement"]["ByteMatchStatement"]
    assert match["FieldToMatch"] == {"UriPath": {}}
    assert (match["PositionalConstraint"], match["SearchString"]) == ("EXACTLY", "/oauth2/token")


def test_a_form_that_the_desk_takes_is_not_too_long_for_the_firewall() -> None:
    """AWS's common rules block every body above 8 KB ("Core rule set", SizeRestrictions_BODY).

    The pages refuse what is too long for them (test_portal_requests.py), so nothing else has to.
    """
    (firewall,) = resources("AWS::WAFv2::WebACL", ROOT / "infra/stacks/edge.yaml").values()
    (common,) = [r["Statement"] for r in firewall["Rules"] if r["Name"] == "CommonAttacks"]
    counted = {"Name": "SizeRestrictions_BODY", "ActionToUse": {"Count": {}}}
    assert common["ManagedRuleGroupStatement"]["RuleActionOverrides"] == [counted]
    assert "SizeConstraintStatement" not in str(firewall)


def test_no_sample_or_log_of_the_firewall_shows_a_session_a_link_or_a_form() -> None:
    edge = ROOT / "infra/stacks/edge.yaml"
    (firewall,) = resources("AWS::WAFv2::WebACL", edge).values()
    seen = [firewall["VisibilityConfig"], *(rule["VisibilityConfig"] for rule in firewall["Rules"])]
    assert not any(config["SampledRequestsEnabled"] for config in seen)
    protections = firewall["DataProtectionConfig"]["DataProtections"]
    struck = {(p["Field"]["FieldType"], *p["Field"].get("FieldKeys", ())) for p in protections}
    redacted = resources("AWS::WAFv2::LoggingConfiguration", edge)["FirewallLogging"]
    headers = {f["SingleHeader"]["Name"] for f in redacted["RedactedFields"] if "SingleHeader" in f}
    assert headers == {"cookie", "authorization", "referer"}
    assert struck == {("QUERY_STRING",), ("BODY",), *(("SINGLE_HEADER", name) for name in headers)}
    for protection in protections:  # else what a rule quotes would be left as it came
        assert protection["Action"] == "SUBSTITUTION"
        assert protection.keys() == {"Field", "Action"}


def test_every_lifecycle_rule_does_what_cloudformation_asks_of_one() -> None:
    """A rule must hold one of these; a delete marker's end alone is refused (S3 bucket Rule)."""
    enough = {
        *("AbortIncompleteMultipartUpload", "ExpirationDate", "ExpirationInDays"),
        *("NoncurrentVersionExpiration", "Transitions"),
    }
    buckets = everything("AWS::S3::Bucket").values()
    rules = [
        rule
        for bucket in buckets
        for rule in bucket.get("LifecycleConfiguration", {}).get("Rules", ())
    ]
    assert rules
    assert all(enough & rule.keys() for rule in rules)

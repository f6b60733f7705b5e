"""What keeps the stack's data and pages safe stands in the templates, and stays there."""

import json
from typing import Any

import pytest
import yaml

from aviso.comparing import LATE
from infra.cost import bill
from tests.structure.test_template import (
    FUNCTIONS,
    ROOT,
    TEMPLATES,
    Loader,
    listed,
    resources,
    statements,
)

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
    template = yaml.load((ROOT / "template.yaml").read_text(), Loader)
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


def test_nothing_is_public_but_the_two_apis() -> None:
    assert not everything("AWS::Lambda::Url")
    assert not [f for f in FUNCTIONS.values() if "FunctionUrlConfig" in f]
    assert set(everything("AWS::Serverless::Api")) <= {
        "template.yaml:PortalApi",
        "template.yaml:StaffApi",
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


def test_signing_keys_rotate_by_schedule_but_not_before_their_links_are_old() -> None:
    (rotation,) = resources("AWS::SecretsManager::RotationSchedule").values()
    assert rotation["SecretId"] == {"GetAtt": "SessionKeys.Id"}
    assert rotation["RotationRules"]["AutomaticallyAfterDays"] >= 60
    assert rotation["RotateImmediatelyOnUpdate"] is False


def test_the_firewall_stands_before_every_api_and_bounds_each_source() -> None:
    edge = ROOT / "infra/edge.yaml"
    (firewall,) = resources("AWS::WAFv2::WebACL", edge).values()
    assert any("RateBasedStatement" in rule["Statement"] for rule in firewall["Rules"])
    assert sum("ManagedRuleGroupStatement" in rule["Statement"] for rule in firewall["Rules"]) >= 3
    assert len(resources("AWS::WAFv2::WebACLAssociation", edge)) == 2


def test_no_sample_or_log_of_the_firewall_shows_a_session_a_link_or_a_form() -> None:
    edge = ROOT / "infra/edge.yaml"
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

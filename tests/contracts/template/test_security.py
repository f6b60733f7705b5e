"""The templates keep the stack's data and pages safe."""

import json
from typing import Any

import pytest
import yaml

from aviso.compliance.audit_check import LATE
from infra.cost import bill
from infra.harness import cloudformation
from infra.ops import redrive
from infra.repository import ROOT
from tests.contracts.template.template_file import (
    FUNCTIONS,
    everything,
    listed,
    resources,
    statements,
)

A_YEAR = 365  # days


class TestLog:
    @pytest.mark.parametrize("name", everything("AWS::Logs::LogGroup"))
    def test_is_encrypted_and_expires(self, name: str) -> None:
        group = everything("AWS::Logs::LogGroup")[name]
        assert group["KmsKeyId"]
        assert group["RetentionInDays"]

    def test_of_requests_is_kept_for_a_year(self) -> None:
        kept = {
            name: group["RetentionInDays"]
            for name, group in everything("AWS::Logs::LogGroup").items()
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

    def test_of_texts_is_written_with_a_role_sns_may_take(self) -> None:
        role = everything("AWS::IAM::Role")["messaging.yaml:TextLogsRole"]
        (trust,) = role["AssumeRolePolicyDocument"]["Statement"]
        assert trust["Principal"] == {"Service": "sns.amazonaws.com"}
        assert "Condition" not in trust


def refuses_plain_http(policy: dict[str, Any]) -> bool:
    return any(
        s["Effect"] == "Deny"
        and s["Principal"] == "*"
        and s["Condition"] == {"Bool": {"aws:SecureTransport": "false"}}
        for s in policy["PolicyDocument"]["Statement"]
    )


class TestTransport:
    @pytest.mark.parametrize("name", everything("AWS::SNS::Topic"))
    def test_to_a_topic_is_encrypted(self, name: str) -> None:
        assert everything("AWS::SNS::Topic")[name]["KmsMasterKeyId"]
        policies = everything("AWS::SNS::TopicPolicy").values()
        wanted = {"Ref": name.partition(":")[2]}
        (policy,) = [p for p in policies if wanted in p["Topics"]]
        assert refuses_plain_http(policy)

    @pytest.mark.parametrize("name", everything("AWS::S3::Bucket"))
    def test_to_a_bucket_is_encrypted_and_data_expires(self, name: str) -> None:
        wanted = {"Ref": name.partition(":")[2]}
        policies = everything("AWS::S3::BucketPolicy").values()
        (policy,) = [p for p in policies if p["Bucket"] == wanted]
        assert refuses_plain_http(policy)
        bucket = everything("AWS::S3::Bucket")[name]
        rules = bucket["LifecycleConfiguration"]["Rules"]
        assert any("ExpirationInDays" in r and "NoncurrentVersionExpiration" in r for r in rules)

    @pytest.mark.parametrize("name", everything("AWS::SQS::Queue"))
    def test_to_a_queue_is_encrypted(self, name: str) -> None:
        assert everything("AWS::SQS::Queue")[name]["KmsMasterKeyId"]
        wanted = {"Ref": name.partition(":")[2]}
        policies = everything("AWS::SQS::QueuePolicy").values()
        (policy,) = [p for p in policies if wanted in p["Queues"]]
        assert refuses_plain_http(policy)


class TestLock:
    @pytest.mark.parametrize(
        ("name", "days"), [("FeedBucket", "FeedFileDays"), ("AuditBucket", "AuditDays")]
    )
    def test_keeps_everything_for_its_time_and_no_longer(self, name: str, days: str) -> None:
        bucket = resources("AWS::S3::Bucket")[name]
        assert bucket["ObjectLockEnabled"] is True
        lock = bucket["ObjectLockConfiguration"]["Rule"]["DefaultRetention"]
        (expiry,) = [
            r for r in bucket["LifecycleConfiguration"]["Rules"] if "ExpirationInDays" in r
        ]
        assert lock["Days"] == expiry["ExpirationInDays"] == {"Ref": days}

    @pytest.mark.parametrize(
        ("days", "setting"), [("FeedFileDays", "feed_files"), ("AuditDays", "audit")]
    )
    def test_lasts_as_long_as_the_sample_settings_say(self, days: str, setting: str) -> None:
        template = cloudformation.read(ROOT / "template.yaml")
        sample = yaml.load((ROOT / "infra/agency/sample.yaml").read_text(), yaml.CSafeLoader)
        assert template["Parameters"][days]["Default"] == sample["retention"][setting]


class TestAuditTrail:
    def test_is_copied_row_by_row_by_a_role_of_its_own(self) -> None:
        (event,) = FUNCTIONS["KeepAudit"]["Events"].values()
        stream = event["Properties"]
        assert stream["Stream"] == {"GetAtt": "Tables.Outputs.AuditStream"}
        (pattern,) = stream["FilterCriteria"]["Filters"]
        assert json.loads(pattern["Pattern"]) == {"eventName": ["INSERT"]}
        (policy,) = FUNCTIONS["KeepAudit"]["Policies"]
        (allowed,) = [s for s in policy["Statement"] if s["Effect"] == "Allow"]
        assert allowed["Action"] == "s3:PutObject"  # no version is read, deleted or unlocked by it
        assert allowed["Resource"] == {"Sub": "${AuditBucket.Arn}/*"}
        others = {
            n: f for n, f in FUNCTIONS.items() if n != "KeepAudit" and "AuditBucket" in str(f)
        }
        assert others.keys() == {"Tally"}
        actions = {
            action
            for statement in statements(others["Tally"])
            if "AuditBucket" in str(statement.get("Resource"))
            for action in listed(statement["Action"])
        }
        assert actions == {"s3:ListBucketVersions", "s3:GetObjectVersion"}  # it compares at night

    def test_is_copied_before_a_row_is_missed(self) -> None:
        (event,) = FUNCTIONS["KeepAudit"]["Events"].values()
        window = event["Properties"]["MaximumBatchingWindowInSeconds"]
        assert 2 * window <= LATE.total_seconds()
        behind = everything("AWS::CloudWatch::Alarm")["monitoring.yaml:StreamsBehind"]
        assert 2 * window * 1000 < behind["Threshold"]
        assert window == 60 * bill.AUDIT_WINDOW

    @pytest.mark.parametrize("table", ["Cases", "Notices", "Responses", "Audit", "Guards"])
    def test_has_no_more_readers_than_a_shard_bears(self, table: str) -> None:
        wanted = {"GetAtt": f"Tables.Outputs.{table}Stream"}
        events = [e for f in FUNCTIONS.values() for e in f.get("Events", {}).values()]
        assert 1 <= sum(e["Properties"].get("Stream") == wanted for e in events) <= 2

    @pytest.mark.parametrize("name", FUNCTIONS)
    def test_can_only_grow(self, name: str) -> None:
        allowed = {
            action
            for policy in FUNCTIONS[name]["Policies"]
            for s in policy["Statement"]
            if "AuditArn" in str(s.get("Resource"))
            for action in listed(s["Action"])
        }
        assert allowed <= {"dynamodb:PutItem", "dynamodb:Query", "dynamodb:GetItem"}


class TestPublicAccess:
    def test_exists_for_the_apis_only(self) -> None:
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
    def test_is_throttled_on_every_api(self, name: str) -> None:
        (every,) = [
            m for m in everything("AWS::Serverless::Api")[name]["MethodSettings"]
            if (m["HttpMethod"], m["ResourcePath"]) == ("*", "/*")
        ]  # fmt: skip
        assert 0 < every["ThrottlingRateLimit"] <= every["ThrottlingBurstLimit"]

    def test_leaves_the_flow_its_functions(self) -> None:
        assert "BoundsPortal" in str(FUNCTIONS["Portal"]["ReservedConcurrentExecutions"])


# For what one call has no time for.
CALL_THEMSELVES = ("ImportFeed", "Reconcile")


class TestRun:
    def test_goes_on_in_its_own_release(self) -> None:
        for name in CALL_THEMSELVES:
            (own,) = [
                s["Resource"]["Sub"]
                for policy in FUNCTIONS[name]["Policies"]
                for s in policy["Statement"]
                if "lambda:InvokeFunction" in listed(s["Action"])
            ]
            named = FUNCTIONS[name]["FunctionName"]["Sub"]
            assert own.endswith(f":function:{named}:live")

    def test_ends_after_the_calls_it_needs(self) -> None:
        looping = {
            name: f["RecursiveLoop"] for name, f in FUNCTIONS.items() if "RecursiveLoop" in f
        }
        assert looping == dict.fromkeys(CALL_THEMSELVES, "Allow")


class TestEvent:
    @pytest.mark.parametrize("name", FUNCTIONS)
    def test_is_not_lost_when_a_function_gives_up(self, name: str) -> None:
        function = FUNCTIONS[name]
        kinds = {event["Type"] for event in function.get("Events", {}).values()}
        calls_itself = name in CALL_THEMSELVES
        # Called without waiting: two more tries, then lost.
        if calls_itself or kinds & {"S3", "SNS", "CloudWatchLogs"}:
            failure = function["EventInvokeConfig"]["DestinationConfig"]["OnFailure"]
            assert failure["Type"] == "SQS"

    def test_of_a_schedule_is_kept_for_redrive(self) -> None:
        scheduled = {
            name: [
                e["Properties"] for e in f.get("Events", {}).values() if e["Type"] == "ScheduleV2"
            ]
            for name, f in FUNCTIONS.items()
        }
        letters = {"Arn": {"GetAtt": "Messaging.Outputs.DeadLettersArn"}}
        for schedules in scheduled.values():
            assert all(schedule["DeadLetterConfig"] == letters for schedule in schedules)
        assert {name for name, s in scheduled.items() if s} == {*redrive.DAILY, *redrive.OFTEN}


class TestSigningKeys:
    def test_rotate_after_their_links_are_old(self) -> None:
        (rotation,) = resources("AWS::SecretsManager::RotationSchedule").values()
        assert rotation["SecretId"] == {"GetAtt": "SessionKeys.Id"}
        assert rotation["RotationRules"]["AutomaticallyAfterDays"] >= 60
        assert rotation["RotateImmediatelyOnUpdate"] is False


class TestFirewall:
    def test_protects_apis_and_sign_in_from_each_source(self) -> None:
        edge = ROOT / "infra/stacks/edge.yaml"
        (firewall,) = resources("AWS::WAFv2::WebACL", edge).values()
        assert any("RateBasedStatement" in rule["Statement"] for rule in firewall["Rules"])
        assert (
            sum("ManagedRuleGroupStatement" in rule["Statement"] for rule in firewall["Rules"]) >= 3
        )
        before = resources("AWS::WAFv2::WebACLAssociation", edge)
        assert before.keys() == {"BeforeThePortal", "BeforeTheDesk", "BeforeSigningIn"}
        assert all(a["WebACLArn"] == {"GetAtt": "Firewall.Arn"} for a in before.values())
        pool = "cognito-idp:${AWS::Region}:${AWS::AccountId}:userpool/${StaffPool}"
        assert before["BeforeSigningIn"]["ResourceArn"] == {"Sub": "arn:${AWS::Partition}:" + pool}

    def test_lets_twenty_sign_in_and_blocks_a_guesser(self) -> None:
        edge = ROOT / "infra/stacks/edge.yaml"
        template = cloudformation.read(edge)
        assert 20 * 3 <= template["Parameters"]["TriesPerSource"]["Default"] <= 300
        (firewall,) = resources("AWS::WAFv2::WebACL", edge).values()
        rules = {rule["Name"]: rule["Statement"] for rule in firewall["Rules"]}
        forms = rules["FormsPerSource"]["RateBasedStatement"]["ScopeDownStatement"]
        assert "userpool" not in str(forms)  # no pool and no host of Cognito's is left out
        assert "amazoncognito" not in str(forms)

    def test_lets_the_desk_get_its_token(self) -> None:
        (firewall,) = resources("AWS::WAFv2::WebACL", ROOT / "infra/stacks/edge.yaml").values()
        (networks,) = [r["Statement"] for r in firewall["Rules"] if r["Name"] == "BadNetworks"]
        scope = networks["ManagedRuleGroupStatement"]["ScopeDownStatement"]["NotStatement"]
        match = scope["Statement"]["ByteMatchStatement"]
        assert match["FieldToMatch"] == {"UriPath": {}}
        assert (match["PositionalConstraint"], match["SearchString"]) == (
            "EXACTLY",
            "/oauth2/token",
        )

    def test_takes_every_form_of_the_desk_and_long_sign_in(self) -> None:
        """AWS blocks bodies above 8 KB and query strings above 2 KB (its "Core rule set").

        The pages refuse what is too long for them, so nothing else has to.
        """
        (firewall,) = resources("AWS::WAFv2::WebACL", ROOT / "infra/stacks/edge.yaml").values()
        (common,) = [r["Statement"] for r in firewall["Rules"] if r["Name"] == "CommonAttacks"]
        assert common["ManagedRuleGroupStatement"]["RuleActionOverrides"] == [
            {"Name": f"SizeRestrictions_{part}", "ActionToUse": {"Count": {}}}
            for part in ("BODY", "QUERYSTRING")
        ]
        assert "SizeConstraintStatement" not in str(firewall)

    def test_keeps_no_session_link_or_form_in_its_samples(self) -> None:
        edge = ROOT / "infra/stacks/edge.yaml"
        (firewall,) = resources("AWS::WAFv2::WebACL", edge).values()
        seen = [
            firewall["VisibilityConfig"],
            *(rule["VisibilityConfig"] for rule in firewall["Rules"]),
        ]
        assert not any(config["SampledRequestsEnabled"] for config in seen)
        protections = firewall["DataProtectionConfig"]["DataProtections"]
        struck = {(p["Field"]["FieldType"], *p["Field"].get("FieldKeys", ())) for p in protections}
        redacted = resources("AWS::WAFv2::LoggingConfiguration", edge)["FirewallLogging"]
        headers = {
            f["SingleHeader"]["Name"] for f in redacted["RedactedFields"] if "SingleHeader" in f
        }
        assert headers == {"cookie", "authorization", "referer"}
        assert struck == {
            ("QUERY_STRING",),
            ("BODY",),
            *(("SINGLE_HEADER", name) for name in headers),
        }
        for protection in protections:  # else what a rule quotes would be left as it came
            assert protection["Action"] == "SUBSTITUTION"
            assert protection.keys() == {"Field", "Action"}


class TestLifecycleRule:
    def test_does_what_cloudformation_asks(self) -> None:
        """A rule must hold one of these; a delete marker's end alone is refused (S3's Rule)."""
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

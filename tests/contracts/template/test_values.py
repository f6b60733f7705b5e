"""The values that safety hangs on are the right ones: a wrong one would deploy, and tell nobody."""

import re
from itertools import product
from typing import Any

import pytest

from infra.harness import cloudformation
from infra.repository import ROOT
from tests.contracts.template.template_file import FUNCTIONS, TEMPLATES, everything, listed

CONTENT: dict[str, Any] = {path.stem: cloudformation.read(path) for path in TEMPLATES}
OUR_KEY = ({"GetAtt": "Key.Arn"}, {"Ref": "KeyArn"})  # in the main template, and as handed on
ACCOUNT = {"Ref": "AWS::AccountId"}
OF_THIS_ACCOUNT = {"StringEquals": {"aws:SourceAccount": ACCOUNT}}
API_ARN = "arn:${AWS::Partition}:apigateway:${AWS::Region}::/restapis/"
LOGS_ARN = "arn:${AWS::Partition}:logs:${AWS::Region}:${AWS::AccountId}:*"
TABLES = ("Cases", "Notices", "Responses", "Audit", "Tallies", "Guards", "Members")
STATEMENT = "Key.KeyPolicy.Statement"
TABLE = {
    "DeletionProtectionEnabled": {"Ref": "KeepData"},
    "SSESpecification.SSEEnabled": True,
    "SSESpecification.SSEType": "KMS",
    "PointInTimeRecoverySpecification.PointInTimeRecoveryEnabled": True,
    "TimeToLiveSpecification": {"AttributeName": "expires", "Enabled": True},
}
PUBLISHERS = {  # who may publish to which topic
    "messaging.EmailEvents": "ses.amazonaws.com",
    "messaging.InboundTexts": "sms-voice.amazonaws.com",
    "monitoring.Alarms": "cloudwatch.amazonaws.com",
}
VALUES: dict[str, Any] = {  # template and place -> its value
    "template.Globals.Function.AutoPublishAlias": "live",
    "template.Globals.Function.DeploymentPreference.Enabled": {"Ref": "Canary"},
    "template.FeedBucket.ObjectLockConfiguration.Rule.DefaultRetention.Mode": "GOVERNANCE",
    "template.AuditBucket.ObjectLockConfiguration.Rule.DefaultRetention.Mode": "GOVERNANCE",
    f"template.{STATEMENT}.1.Condition.StringEquals.kms:CallerAccount": ACCOUNT,
    f"template.{STATEMENT}.3.Action": ["kms:Decrypt", "kms:GenerateDataKey*"],
    f"template.{STATEMENT}.3.Condition": OF_THIS_ACCOUNT,
    f"template.{STATEMENT}.4.Condition.ArnLike": {
        "kms:EncryptionContext:aws:logs:arn": {"Sub": LOGS_ARN}
    },
    "template.Globals.Function.Tracing": "Active",
    "template.Globals.Function.Environment.Variables.AWS_USE_FIPS_ENDPOINT": {
        "Ref": "FipsEndpoints"
    },
    "template.Globals.Api.TracingEnabled": True,
    "template.PortalApi.StageName": "portal",
    "template.StaffApi.StageName": "staff",
    **{f"tables.{t}.{where}": v for t, (where, v) in product(TABLES, TABLE.items())},
    "identity.Pool.DeletionProtection": {"If": ["KeepsData", "ACTIVE", "INACTIVE"]},
    "messaging.EmailConfiguration.DeliveryOptions.TlsPolicy": "REQUIRE",
    "messaging.EmailEventsToTopic.EventDestination.Enabled": True,
    "messaging.EmailEventsToTopic.EventDestination.SnsDestination": {
        "TopicARN": {"Ref": "EmailEvents"}
    },
    "monitoring.AlarmsByEmail.TopicArn": {"Ref": "Alarms"},
    "monitoring.AlarmsByEmail.Endpoint": {"Ref": "AlarmEmail"},
    "edge.Firewall.DefaultAction": {"Allow": {}},
    "edge.Firewall.Scope": "REGIONAL",
    **{f"edge.Firewall.Rules.{n}.OverrideAction": {"None": {}} for n in range(3)},
    **{f"edge.Firewall.Rules.{n}.Action": {"Block": {}} for n in (3, 4)},
    "edge.Firewall.Rules.3.Statement.RateBasedStatement.Limit": {"Ref": "TriesPerSource"},
    "edge.Firewall.Rules.4.Statement.RateBasedStatement.Limit": {"Ref": "RequestsPerSource"},
    "edge.BeforeThePortal.ResourceArn": {"Sub": API_ARN + "${PortalApi}/stages/portal"},
    "edge.BeforeTheDesk.ResourceArn": {"Sub": API_ARN + "${StaffApi}/stages/staff"},
    "edge.Domain.SecurityPolicy": "TLS_1_2",
}
KEPT = {  # whatever else has a policy goes with its stack
    "template": {
        *("FeedBucket", "FeedBucketPolicy", "LettersBucket", "LettersBucketPolicy"),
        *("AuditBucket", "AuditBucketPolicy"),
        *("Key", "OptoutKey", "Tables", "Identity"),
    },
    "tables": set(TABLES),
    "identity": {"Pool"},
}


# What an alarm may look at beside the functions' own figures: AWS's names, each with the dimensions
# under which AWS keeps it (CloudWatch keeps quiet about a name that it does not know).
AWS_METRICS = {
    ("AWS/Lambda", "IteratorAge"): {"FunctionName"},
    ("AWS/Lambda", "Errors"): {"FunctionName"},
    ("AWS/Lambda", "Throttles"): {"FunctionName"},
    ("AWS/SQS", "ApproximateNumberOfMessagesVisible"): {"QueueName"},
    ("AWS/SES", "Reputation.BounceRate"): set(),
    ("AWS/SES", "Reputation.ComplaintRate"): set(),
    ("AWS/SNS", "SMSMonthToDateSpentUSD"): set(),
    ("AWS/States", "ExecutionsFailed"): {"StateMachineArn"},
    ("AWS/ApiGateway", "5XXError"): {"ApiName"},
    ("AWS/ApiGateway", "4XXError"): {"ApiName"},
    ("AWS/Cognito", "SignInSuccesses"): {"UserPool", "UserPoolClient"},
    ("AWS/WAFV2", "BlockedRequests"): {"WebACL", "Region", "Rule"},
}


# Above what an alarm rings: above 0 for what must not happen at all, below 1 for a heartbeat.
# fmt: off
THRESHOLDS: dict[str, Any] = {
    "SendsUnknown": 4, "PagesFail": 4, "DeskFails": 4, "PushesRefused": 20,
    "MessagesFailing": 20, "StreamsBehind": 300_000,
    "EmailBounces": 0.025, "EmailComplaints": 0.0005, "TextSpend": {"Ref": "SmsSpendAlarm"},
    "VisitorSignInFailures": 100, "StaffSignInFailures": 10, "WafBlocks": 1000,
}
# fmt: on


HEARTBEATS = {"ReconcileSilent", "ChaseSilent", "TrailUnproved"}
ALARMS = everything("AWS::CloudWatch::Alarm")


def at(where: str) -> Any:
    """Return the value at a place: a resource's property, or a part of `Globals`."""
    template, first, *steps = where.split(".")
    content = CONTENT[template]
    found: Any = content[first] if first in content else content["Resources"][first]["Properties"]
    for step in steps:
        found = found[int(step)] if isinstance(found, list) else found[step]
    return found


class TestValue:
    @pytest.mark.parametrize("where", VALUES)
    def test_that_safety_depends_on_is_right(self, where: str) -> None:
        assert at(where) == VALUES[where]


class TestTopic:
    @pytest.mark.parametrize("topic", PUBLISHERS)
    def test_is_published_to_by_its_own_service(self, topic: str) -> None:
        (allow,) = [
            s for s in at(f"{topic}Policy.PolicyDocument.Statement") if s["Effect"] == "Allow"
        ]
        assert allow["Principal"] == {"Service": PUBLISHERS[topic]}
        assert (allow["Action"], allow["Condition"]) == ("sns:Publish", OF_THIS_ACCOUNT)
        assert allow["Resource"] == {"Ref": topic.partition(".")[2]}


def _key_ids(properties: Any) -> list[Any]:
    if isinstance(properties, list):
        return [found for each in properties for found in _key_ids(each)]
    if not isinstance(properties, dict):
        return []
    wanted = re.compile(r"KMS(Master)?KeyI[dD]", re.IGNORECASE)
    here = [value for key, value in properties.items() if wanted.fullmatch(key)]
    return here + _key_ids(list(properties.values()))


class TestData:
    @pytest.mark.parametrize("template", CONTENT)
    def test_is_kept_with_its_stack_and_nothing_else(self, template: str) -> None:
        policies = {
            name: (r["DeletionPolicy"], r["UpdateReplacePolicy"])
            for name, r in CONTENT[template]["Resources"].items()
            if "DeletionPolicy" in r or r["Type"] in ("AWS::DynamoDB::Table", "AWS::S3::Bucket")
        }
        kept = KEPT.get(template, set())
        # A creation that is rolled back takes away what it made: a second try would find it in its
        # way.
        assert {n for n, p in policies.items() if p == ("RetainExceptOnCreate", "Retain")} == kept
        assert {p for n, p in policies.items() if n not in kept} <= {("Delete", "Delete")}

    def test_is_encrypted_with_the_agencys_key(self) -> None:
        found = {
            f"{path} {name}": value
            for path, content in CONTENT.items()
            for name, resource in content["Resources"].items()
            for value in _key_ids(resource.get("Properties", {}))
        }
        assert len(found) >= 17
        assert [name for name, value in found.items() if value not in OUR_KEY] == []
        for nested in ("Tables", "Messaging", "Monitoring"):
            assert at(f"template.{nested}.Parameters.KeyArn") == {"GetAtt": "Key.Arn"}

    @pytest.mark.parametrize(
        ("kind", "actions"),
        [
            ("S3::Bucket", {"s3:*"}),
            ("SNS::Topic", {"sns:Publish"}),
            ("SQS::Queue", {"sqs:SendMessage"}),
        ],
    )
    def test_is_refused_over_plain_http(self, kind: str, actions: set[str]) -> None:
        for policy in everything(f"AWS::{kind}Policy").values():
            (deny,) = [s for s in policy["PolicyDocument"]["Statement"] if s["Effect"] == "Deny"]
            assert set(listed(deny["Action"])) >= actions
            if kind == "S3::Bucket":
                name = policy["Bucket"]["Ref"]
                assert deny["Resource"] == [
                    {"GetAtt": f"{name}.Arn"},
                    {"Sub": f"${{{name}.Arn}}/*"},
                ]


def _seconds(alarm: dict[str, Any]) -> int:
    """Return the longest that an alarm takes from the first failing call until it goes off.

    Periods begin by the clock and not with the call: of the first, any part may be over.
    """
    periods = [m["MetricStat"]["Period"] for m in alarm.get("Metrics", ()) if "MetricStat" in m]
    return int(max(periods or [alarm["Period"]]) * (alarm["EvaluationPeriods"] + 1))


def _minutes_a_step() -> int:
    """Return after how many minutes one tenth of the calls more goes to a release."""
    preference = CONTENT["template"]["Globals"]["Function"]["DeploymentPreference"]
    (minutes,) = re.findall(r"^Linear10PercentEvery(\d+)Minutes$", preference["Type"])
    return int(minutes)


class TestRelease:
    def test_is_tried_on_some_calls_and_taken_back(self) -> None:
        preference = CONTENT["template"]["Globals"]["Function"]["DeploymentPreference"]
        assert preference["Type"].startswith(("Canary", "Linear"))
        outputs = {
            alarm["GetAtt"].removeprefix("Monitoring.Outputs.") for alarm in preference["Alarms"]
        }
        assert outputs >= {"FlowErrors", "PageErrors", "PagesFail", "DeskFails"}
        assert outputs <= CONTENT["monitoring"]["Outputs"].keys()

    def test_is_no_faster_than_the_slowest_alarm(self) -> None:
        preference = CONTENT["template"]["Globals"]["Function"]["DeploymentPreference"]
        outputs = CONTENT["monitoring"]["Outputs"]
        for alarm in preference["Alarms"]:
            name = outputs[alarm["GetAtt"].removeprefix("Monitoring.Outputs.")]["Value"]["Ref"]
            assert _seconds(ALARMS[f"monitoring.yaml:{name}"]) <= 60 * 9 * _minutes_a_step(), name

    @pytest.mark.parametrize("begins", range(5))
    def test_that_always_fails_rings_before_it_ends(
        self,
        begins: int,
    ) -> None:
        """Wherever in the alarm's first period it begins, as the calls fall by chance."""
        alarm, step = ALARMS["monitoring.yaml:FlowErrors"], _minutes_a_step()
        (period,) = {figure["MetricStat"]["Period"] // 60 for figure in alarm["Metrics"][1:]}
        assert (period, alarm["EvaluationPeriods"]) == (5, 2)
        met: dict[int, float] = {}  # by period: the chance that no call of it meets the release
        for minute in range(9 * step):
            share = (minute // step + 1) / 10
            at = (minute + begins) // period
            met[at] = met.get(at, 1.0) * (1 - share)
        del met[max(met)]  # it may end with the last step, too late
        quiet, one = 1.0, 0.0  # that nothing rang, after a period without errors and with some
        for none in met.values():
            quiet, one = (quiet + one) * none, quiet * (1 - none)
        assert 1 - quiet - one > 0.98

    @pytest.mark.parametrize("name", FUNCTIONS)
    def test_includes_every_function(self, name: str) -> None:
        assert FUNCTIONS[name]["AutoPublishCodeSha256"] == {"Ref": "Release"}
        assert FUNCTIONS[name]["AutoPublishAliasAllProperties"] is True


class TestReceipts:
    def test_are_everything_that_ses_can_tell(self) -> None:
        code = (ROOT / "layers/aviso/aviso/providers/ses_events.py").read_text(encoding="utf-8")
        read = {kind[0].lower() + kind[1:] for kind in re.findall(r'kind == "(\w+)"', code)}
        assert read >= {"delivery", "bounce", "complaint"}
        types = at("messaging.EmailEventsToTopic.EventDestination.MatchingEventTypes")
        assert set(types) >= read


def _figures(alarm: dict[str, Any]) -> list[dict[str, Any]]:
    stats = [m["MetricStat"]["Metric"] for m in alarm.get("Metrics", ()) if "MetricStat" in m]
    return stats or [alarm]


class TestAlarm:
    @pytest.mark.parametrize("name", ALARMS)
    def test_looks_at_a_figure_with_its_dimensions(self, name: str) -> None:
        for figure in _figures(ALARMS[name]):
            dimensions = figure.get("Dimensions", [])
            if figure["Namespace"] == "Aviso":
                assert dimensions == [{"Name": "service", "Value": {"Ref": "Name"}}]
            elif figure["Namespace"] == {"Sub": "Aviso/${Name}"}:  # of a metric filter
                filters = everything("AWS::Logs::MetricFilter").values()
                made = [t for f in filters for t in f["MetricTransformations"]]
                assert figure["MetricName"] in {t["MetricName"] for t in made}
                assert {str(t["MetricNamespace"]) for t in made} == {str(figure["Namespace"])}
                assert dimensions == []
            else:
                wanted = AWS_METRICS[figure["Namespace"], figure["MetricName"]]
                assert {d["Name"] for d in dimensions} == wanted

    @pytest.mark.parametrize("name", ALARMS)
    def test_rings_where_it_should(self, name: str) -> None:
        alarm, short = ALARMS[name], name.partition(":")[2]
        if short in HEARTBEATS:
            assert (alarm["ComparisonOperator"], alarm["Threshold"]) == ("LessThanThreshold", 1)
            return
        assert alarm["ComparisonOperator"] in (
            "GreaterThanThreshold",
            "GreaterThanOrEqualToThreshold",
        )
        assert alarm["Threshold"] == THRESHOLDS.get(short, 0)

    @pytest.mark.parametrize("name", ALARMS)
    def test_looks_no_further_back_than_allowed(self, name: str) -> None:
        """A week; a day where its periods are shorter than an hour."""
        for figure in [
            ALARMS[name],
            *(m.get("MetricStat", {}) for m in ALARMS[name].get("Metrics", ())),
        ]:
            period = figure.get("Period", 60)
            most = 86_400 if period < 3_600 else 604_800
            assert period * ALARMS[name]["EvaluationPeriods"] <= most

    def test_of_an_api_goes_by_its_name(self) -> None:
        for api in ("PortalApi", "StaffApi"):
            assert at(f"template.Monitoring.Parameters.{api}") == at(f"template.{api}.Name")


class TestEnvironment:
    @pytest.mark.parametrize("name", FUNCTIONS)
    def test_has_text_alone(self, name: str) -> None:
        """CloudFormation makes text of a number; local AWS does not, and the process ends."""
        shared = at("template.Globals.Function.Environment.Variables")
        variables = shared | FUNCTIONS[name].get("Environment", {}).get("Variables", {})
        assert [key for key, value in variables.items() if not isinstance(value, str | dict)] == []


class TestBounds:
    def test_on_forms_exclude_the_desks_address_only(self) -> None:
        scope = at("edge.Firewall.Rules.3.Statement.RateBasedStatement.ScopeDownStatement")
        posts, but = (next(iter(s.values())) for s in scope["AndStatement"]["Statements"])
        assert (posts["FieldToMatch"], posts["SearchString"]) == ({"Method": {}}, "POST")
        host = but["Statement"]["ByteMatchStatement"]
        assert host["FieldToMatch"] == {"SingleHeader": {"Name": "host"}}
        desk = "${StaffApi}.execute-api.${AWS::Region}.${AWS::URLSuffix}"
        assert (host["PositionalConstraint"], host["SearchString"]) == ("EXACTLY", {"Sub": desk})
        limits = CONTENT["edge"]["Parameters"]
        assert limits["RequestsPerSource"]["Default"] >= 3 * 1000  # ten people at work: 1,000

    @pytest.mark.parametrize("api", ["PortalApi", "StaffApi"])
    def test_give_one_network_a_twentieth_of_a_gateway(self, api: str) -> None:
        """So it takes twenty networks, and not three, to keep everybody else out."""
        a_second = CONTENT["edge"]["Parameters"]["RequestsPerSource"]["Default"] / 300
        (every,) = at(f"template.{api}.MethodSettings")
        assert a_second * 20 <= every["ThrottlingRateLimit"]

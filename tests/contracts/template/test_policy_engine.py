"""Policies and the state machine hold before engines that are not local AWS's, nor AWS's."""

import copy
import json
from collections import defaultdict
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

from tests.permissions import forbidden_calls, recorded_calls, state_machine
from tests.permissions.policies import Stack, deployed
from tests.permissions.policy_engine import Call, Judge, JudgeError

JUDGE = Judge(deployed())
LINES = forbidden_calls.lines()
KINDS = {r["Type"] for r in JUDGE.resources.values()}


def allowed(calls: list[Call], judge: Judge = JUDGE) -> list[Call]:
    return [call for call, ok in zip(calls, judge.allowed(calls), strict=True) if ok]


def test_no_role_may_do_what_it_must_never_do() -> None:
    calls = {call: line for line in LINES for call in forbidden_calls.forbidden(line, JUDGE)}
    assert len(calls) > 1000
    harm = [f"{call}: {calls[call].because}" for call in allowed(list(calls))]
    assert not harm


def test_whoever_a_line_lets_do_it_really_may() -> None:
    calls = [call for line in LINES for call in forbidden_calls.permitted(line, JUDGE)]
    assert calls
    denied = set(calls) - set(allowed(calls))
    assert not [str(call) for call in denied]


def test_every_line_has_a_reason_and_names_what_there_is() -> None:
    callers = {*JUDGE.roles, *(n.removesuffix("Role") for n in JUDGE.roles), "reviewer", "feed"}
    for line in LINES:
        assert len(line.because.split()) > 4, line
        unknown = {n for n in (*line.who, *line.may) if not n.endswith(".amazonaws.com")}
        assert unknown <= {*callers, "another account"}, line
        known = {*JUDGE.resources, *(forbidden_calls.EACH + kind for kind in KINDS)}
        for what in line.what:
            assert what.partition("/")[0] in known or what.startswith(("arn:", "*")), what


@pytest.mark.parametrize(
    "name", [n for n, r in JUDGE.resources.items() if r["Type"] in forbidden_calls.JUDGED]
)
def test_what_holds_something_has_a_line_that_says_who_may_touch_it(name: str) -> None:
    """Else a new table, bucket or topic is judged by nobody: say in calls.yaml who may write it."""
    assert any(name in forbidden_calls.named(line, JUDGE) for line in LINES)


TABLES = [n for n, r in JUDGE.resources.items() if r["Type"] == "AWS::DynamoDB::Table"]


@pytest.mark.parametrize("name", TABLES)
def test_of_every_table_the_lines_say_who_may_put_change_and_delete(name: str) -> None:
    named = {do for line in LINES if name in forbidden_calls.named(line, JUDGE) for do in line.do}
    assert {f"dynamodb:{do}Item" for do in ("Put", "Update", "Delete")} <= named


def widened(change: Callable[[dict[str, Any]], None]) -> Judge:
    """Return a judge of the template with one thing in it changed."""
    judge = copy.copy(JUDGE)
    judge.resources = copy.deepcopy(JUDGE.resources)
    judge.roles = {n: r for n, r in judge.resources.items() if r["Type"] == "AWS::IAM::Role"}
    change(judge.resources)
    return judge


def harms(judge: Judge, who: str) -> list[Call]:
    """Return what this one could do now that a line forbids."""
    calls = [
        call for line in LINES for call in forbidden_calls.forbidden(line, judge) if call.who == who
    ]
    return allowed(calls, judge)


def let(role: str, action: str, on: str) -> Callable[[dict[str, Any]], None]:
    def change(resources: dict[str, Any]) -> None:
        statement = {"Effect": "Allow", "Action": action, "Resource": on}
        policy = {"PolicyName": "more", "PolicyDocument": {"Statement": [statement]}}
        resources[role]["Properties"]["Policies"].append(policy)

    return change


def no_longer_denied(resources: dict[str, Any]) -> None:
    for policy in resources["SendNoticeRole"]["Properties"]["Policies"]:
        document = policy["PolicyDocument"]
        document["Statement"] = [s for s in document["Statement"] if s["Effect"] != "Deny"]


def opened(resources: dict[str, Any]) -> None:
    for statement in resources["Key"]["Properties"]["KeyPolicy"]["Statement"]:
        statement.get("Condition", {}).pop("ArnLike", None)


def anybodys_topic(resources: dict[str, Any]) -> None:
    policy = resources["InboundTextsPolicy"]["Properties"]["PolicyDocument"]
    policy["Statement"][0].pop("Condition")


def another_role(resources: dict[str, Any]) -> None:
    resources["NewRole"] = copy.deepcopy(resources["ImportFeedRole"])


@pytest.mark.parametrize(
    ("change", "who"),
    [
        (let("PortalRole", "dynamodb:UpdateItem", JUDGE.resources["Audit"]["Arn"]), "PortalRole"),
        (let("SendNoticeRole", "dynamodb:*", JUDGE.resources["Cases"]["Arn"]), "SendNoticeRole"),
        (let("PortalRole", "sns:Publish", "*"), "PortalRole"),
        (let("ChaseRole", "ses:SendEmail", "*"), "ChaseRole"),
        (let("PortalRole", "s3:GetObject", "*"), "PortalRole"),
        (let("TallyRole", "cognito-idp:*", "*"), "TallyRole"),
        (no_longer_denied, "SendNoticeRole"),
        (opened, "reviewer"),
        (anybodys_topic, "sms-voice.amazonaws.com"),
        (another_role, "NewRole"),
    ],
)
def test_a_policy_that_is_widened_is_found_out(change, who) -> None:
    judge = widened(change)
    if change is another_role:
        judge.roles["NewRole"] = judge.resources["NewRole"]
    assert harms(judge, who)


def test_what_iam_has_no_such_action_for_is_no_verdict() -> None:
    with pytest.raises(JudgeError, match="dynamodb:GetItems"):
        JUDGE.allowed([Call("PortalRole", "dynamodb:GetItems", JUDGE.resources["Cases"]["Arn"])])


def local(role: str, action: str, arn: str, allowed: bool = True) -> str:
    decision = {"role": role, "action": action, "resource": arn, "allowed": allowed}
    return json.dumps(decision) + "\n"


def test_what_only_local_aws_lets_through_is_told(tmp_path: Path) -> None:
    cases = "arn:aws:dynamodb:us-west-2:000000000000:table/aviso-Tables-554bb944-a0f-Cases-244E0A2"
    log = tmp_path / "access.jsonl"
    log.write_text(
        local("aviso-SendNoticeRole-5FE640/x", "dynamodb:Query", cases)
        + local("aviso-SendNoticeRole-5FE640/x", "dynamodb:Query", cases)
        + local("aviso-SendNoticeRole-5FE640/x", "dynamodb:PutItem", cases)
        + local("aviso-PortalRole-1C7B5/x", "dynamodb:Scan", cases, allowed=False)
        + local("another-role/x", "dynamodb:Scan", cases)
    )
    calls = recorded_calls.recorded([log], JUDGE)
    assert [call.action for call in calls] == ["dynamodb:Query", "dynamodb:PutItem"]
    assert {call.arn for call in calls} == {JUDGE.resources["Cases"]["Arn"]}
    (wrong,) = recorded_calls.denied(calls, JUDGE)
    assert (wrong.who, wrong.action) == ("SendNoticeRole", "dynamodb:PutItem")


def test_what_the_key_would_refuse_is_told_though_local_aws_never_asks_it(tmp_path: Path) -> None:
    bucket = "arn:aws:s3:::aviso-lettersbucket-99aa/runs/20261124.pdf"
    log = tmp_path / "access.jsonl"
    log.write_text(local("aviso-PrintLettersRole-5FE640/x", "s3:PutObject", bucket))

    def no_longer_through_s3(resources: dict[str, Any]) -> None:
        for statement in resources["Key"]["Properties"]["KeyPolicy"]["Statement"]:
            services = statement.get("Condition", {}).get("StringEquals", {}).get("kms:ViaService")
            if services:
                services.remove("s3.us-west-2.amazonaws.com")

    assert recorded_calls.denied(recorded_calls.recorded([log], JUDGE), JUDGE) == []
    judge = widened(no_longer_through_s3)
    wrong = recorded_calls.denied(recorded_calls.recorded([log], judge), judge)
    assert {call.action for call in wrong} == set(recorded_calls.KEY_ACTIONS)


@pytest.mark.parametrize(
    ("local", "logical", "rest"),
    [
        ("dynamodb:us-west-2:000000000000:table/aviso-Tables-5-a-Notices-3", "Notices", "/index/i"),
        ("s3:::aviso-auditbucket-29b6", "AuditBucket", "/2026/rows.json"),
        ("s3:::aviso-feed-000000000000-us-west-2", "FeedBucket", "/incoming/cases.csv"),
        ("secretsmanager:us-west-2:000000000000:secret:aviso-SessionKeys-4-ed2", "SessionKeys", ""),
        ("lambda:us-west-2:000000000000:function:aviso-PrintLetters-77", "PrintLetters", ":live"),
        ("cognito-idp:us-west-2:000000000000:userpool/us-west-2_aB3", "Pool", ""),
    ],
)
def test_a_thing_of_local_aws_is_read_as_the_templates(local: str, logical: str, rest: str) -> None:
    found = recorded_calls.translated(f"arn:aws:{local}{rest}", JUDGE)
    assert found == JUDGE.resources[logical]["Arn"] + rest


def test_a_state_machine_is_held_against_its_language() -> None:
    definitions = state_machine.definitions(deployed())
    assert definitions.keys() == {"Backfill"}
    good = definitions["Backfill"]
    assert state_machine.mistakes(good) == ""
    broken = copy.deepcopy(good)
    broken["States"]["GoOn"]["Next"] = "Nowhere"
    assert state_machine.mistakes(broken)
    wrong_type = copy.deepcopy(good)
    wrong_type["States"]["Load"]["MaxConcurrency"] = "8"
    assert state_machine.mistakes(wrong_type)


def test_a_template_is_filled_in_as_cloudformation_would() -> None:
    template = {
        "Parameters": {"On": {"Default": "true"}, "Name": {"Default": "made-up"}},
        "Conditions": {
            "IsOn": {"Equals": [{"Ref": "On"}, "true"]},
            "IsOff": {"Fn::Not": [{"Condition": "IsOn"}]},
        },
        "Resources": {
            "Bucket": {"Type": "AWS::S3::Bucket", "Properties": {"BucketName": {"Ref": "Name"}}},
            "Gone": {"Type": "AWS::SQS::Queue", "Condition": "IsOff", "Properties": {}},
            "Topic": {
                "Type": "AWS::SNS::Topic",
                "Properties": {
                    "One": {"Fn::If": ["IsOn", {"Fn::GetAtt": ["Bucket", "Arn"]}, "no"]},
                    "Two": {"Fn::If": ["IsOff", "yes", {"Ref": "AWS::NoValue"}]},
                    "Three": {"Fn::Sub": "${Bucket.Arn}/${AWS::AccountId}/*"},
                },
            },
        },
    }
    found: dict[str, Any] = defaultdict(dict, Stack(template, {}).resources())
    assert found.keys() == {"Bucket", "Topic"}
    assert found["Topic"]["Properties"] == {
        "One": "arn:aws:s3:::made-up",
        "Three": "arn:aws:s3:::made-up/111122223333/*",
    }

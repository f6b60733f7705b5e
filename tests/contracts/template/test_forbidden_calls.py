"""Policies and the state machine hold before engines that are not local AWS's, nor AWS's."""

import copy
import json
from collections import defaultdict
from collections.abc import Callable, Sequence
from pathlib import Path
from typing import Any

import pytest

from tests.permissions import forbidden_calls, powers, recorded_calls, state_machine
from tests.permissions.policies import ACCOUNT, Stack, deployed
from tests.permissions.policy_engine import PERMISSION, POLICIES, Call, Judge, JudgeError

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


def test_who_is_allowed_by_a_line_really_may() -> None:
    calls = [call for line in LINES for call in forbidden_calls.permitted(line, JUDGE)]
    assert calls
    denied = set(calls) - set(allowed(calls))
    assert not [str(call) for call in denied]


def asked(call: powers.Call) -> Call:
    """Return a write of a function as the engine judges it: with the key that it names."""
    arn = JUDGE.resources[call.table]["Arn"]
    return Call(f"{call.function}Role", f"dynamodb:{call.action}", arn, {powers.KEYS: [call.key]})


NEVER = [asked(call) for call in powers.never(powers.functions())]


def test_no_role_may_write_a_name_that_is_not_its_own() -> None:
    assert len(NEVER) > 1000
    assert not [str(call) for call in allowed(NEVER)]


def test_every_role_may_write_the_names_that_are_its_own() -> None:
    calls = [
        asked(powers.Call(function, action, table, key))
        for (table, key, actions), owners in powers.OWNERS.items()
        for action in actions
        for function in owners
    ]
    denied = set(map(str, calls)) - set(map(str, allowed(calls)))
    assert not denied


def test_every_role_is_taken_by_the_one_service_that_a_line_names() -> None:
    for name, role in JUDGE.roles.items():
        (line,) = (
            line
            for line in LINES
            if line.do == ("sts:AssumeRole",) and name in forbidden_calls.named(line, JUDGE)
        )
        (statement,) = role["Properties"]["AssumeRolePolicyDocument"]["Statement"]
        (service,) = line.may
        assert statement["Principal"] in ({"Service": service}, {"Service": [service]}), name


def test_every_permission_of_a_function_is_for_a_service_and_a_source_of_this_account() -> None:
    assert [n for n, r in JUDGE.resources.items() if r["Type"] == PERMISSION]
    assert not unbound(JUDGE)


def unbound(judge: Judge) -> list[str]:
    """Return the permissions by which more than one source of this account starts a function."""
    return [
        name
        for name, resource in judge.resources.items()
        if resource["Type"] == PERMISSION
        for its in [resource["Properties"]]
        if not its["Principal"].endswith(".amazonaws.com")
        or ACCOUNT not in (its.get("SourceAccount"), *its.get("SourceArn", "").split(":"))
    ]


def test_no_policy_of_a_resource_is_one_that_the_engine_does_not_read() -> None:
    kinds = {kind for kind in KINDS if kind.endswith("Policy") or "Permission" in kind}
    assert kinds == {*POLICIES, PERMISSION}
    assert not [n for n, r in JUDGE.resources.items() if "ResourcePolicy" in r["Properties"]]


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
    """A new table or topic must be judged: say in forbidden_calls.yaml who may write."""
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


ELSEWHERE = {"AWS": "arn:aws:iam::444455556666:root"}


def anybodys_role(resources: dict[str, Any]) -> None:
    document = resources["ApiLogsRole"]["Properties"]["AssumeRolePolicyDocument"]
    document["Statement"][0]["Principal"] = {"AWS": "*"}


def another_services_role(resources: dict[str, Any]) -> None:
    document = resources["PortalRole"]["Properties"]["AssumeRolePolicyDocument"]
    document["Statement"][0]["Principal"]["Service"].append("glue.amazonaws.com")


def anybodys_guard(resources: dict[str, Any]) -> None:
    permission = resources["CognitoAsksTheGuard"]["Properties"]
    permission["Principal"] = "*"
    del permission["SourceArn"]


def any_pools_guard(resources: dict[str, Any]) -> None:
    del resources["CognitoAsksTheGuard"]["Properties"]["SourceArn"]


def given_away(policy: str, document: str, *actions: str) -> Callable[[dict[str, Any]], None]:
    """Return a change that gives actions on something to another account."""

    def change(resources: dict[str, Any]) -> None:
        statements = resources[policy]["Properties"][document]["Statement"]
        on = statements[0]["Resource"]
        more = {"Effect": "Allow", "Principal": ELSEWHERE, "Action": list(actions)}
        statements.append({**more, "Resource": on})

    return change


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
        (anybodys_role, "another account"),
        (another_services_role, "glue.amazonaws.com"),
        (anybodys_guard, "another account"),
        (any_pools_guard, "cognito-idp.amazonaws.com"),
    ],
)
def test_a_policy_that_is_widened_is_found_out(change, who) -> None:
    judge = widened(change)
    if change is another_role:
        judge.roles["NewRole"] = judge.resources["NewRole"]
    assert harms(judge, who)


@pytest.mark.parametrize(
    ("policy", "document", "actions"),
    [
        ("Key", "KeyPolicy", "kms:PutKeyPolicy kms:ScheduleKeyDeletion kms:ReEncrypt*"),
        (
            "AuditBucketPolicy",
            "PolicyDocument",
            "s3:DeleteObjectVersion s3:PutBucketPolicy s3:GetObjectVersion",
        ),
    ],
)
def test_what_another_account_is_given_is_found_out(policy, document, actions) -> None:
    judge = widened(given_away(policy, document, *actions.split()))
    found = {call.action for call in harms(judge, "another account")}
    for action in actions.split():
        assert any(each.startswith(action.rstrip("*")) for each in found), action


def test_a_permission_without_a_source_is_found_out() -> None:
    assert unbound(widened(anybodys_guard)) == ["CognitoAsksTheGuard"]
    assert unbound(widened(any_pools_guard)) == ["CognitoAsksTheGuard"]


MORE_NAMES = ["IMPORTED#*", "FEED#*", "CHECKPOINT#*", "HOUR#*", "ORPHAN#*", "REPLY#*"]


@pytest.mark.parametrize("name", MORE_NAMES)
def test_a_name_of_guards_that_the_portal_is_given_as_well_is_found_out(name: str) -> None:
    """With IMPORTED#*, the portal could mark an export as read, and its arrests would be lost."""

    def change(resources: dict[str, Any]) -> None:
        for policy in resources["PortalRole"]["Properties"]["Policies"]:
            for statement in policy["PolicyDocument"]["Statement"]:
                keys = statement.get("Condition", {}).get("ForAllValues:StringLike", {})
                if "dynamodb:PutItem" in statement["Action"] and powers.KEYS in keys:
                    keys[powers.KEYS].append(name)

    mine = [call for call in NEVER if call.who == "PortalRole"]
    (wrong,) = allowed(mine, widened(change))
    assert (wrong.action, wrong.context[powers.KEYS]) == (
        "dynamodb:PutItem",
        [powers.GUARDS[name][1]],
    )


def test_what_iam_has_no_such_action_for_is_no_verdict() -> None:
    with pytest.raises(JudgeError, match="dynamodb:GetItems"):
        JUDGE.allowed([Call("PortalRole", "dynamodb:GetItems", JUDGE.resources["Cases"]["Arn"])])


def local(role: str, action: str, arn: str, allowed: bool = True, keys: Sequence[str] = ()) -> str:
    decision = {"role": role, "action": action, "resource": arn, "allowed": allowed, "keys": keys}
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


def test_a_key_that_only_local_aws_lets_a_role_write_is_told(tmp_path: Path) -> None:
    guards = (
        "arn:aws:dynamodb:us-west-2:000000000000:table/aviso-Tables-554bb944-a0f-Guards-244E0A2"
    )
    role, put = "aviso-PortalRole-1C7B5/x", "dynamodb:PutItem"
    log = tmp_path / "access.jsonl"
    log.write_text(
        local(role, put, guards, keys=["SESSION#5f1c"])
        + local(role, put, guards, keys=["SESSION#77aa"])
        + local(role, put, guards, keys=["IMPORTED#cases.csv"])
    )
    calls = recorded_calls.recorded([log], JUDGE)
    assert [call.context for call in calls] == [
        {powers.KEYS: ["SESSION#1"]},
        {powers.KEYS: ["IMPORTED#1"]},
    ]
    (wrong,) = recorded_calls.denied(calls, JUDGE)
    assert wrong.context == {powers.KEYS: ["IMPORTED#1"]}


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

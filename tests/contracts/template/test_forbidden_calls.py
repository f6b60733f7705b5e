"""No role may do what tests/permissions/forbidden_calls.yaml forbids, as two engines judge it."""

import copy
from collections.abc import Callable, Iterable
from functools import cache
from typing import Any

import pytest

from infra.harness import cloudformation
from infra.repository import ROOT
from tests.contracts.template.judged import allowed, ours, widened
from tests.permissions import forbidden_calls, powers
from tests.permissions.policies import ACCOUNT
from tests.permissions.policy_engine import PERMISSION, POLICIES, Call, Judge

LINES = forbidden_calls.lines()
DECLARED = [
    declared
    for file in (ROOT / "template.yaml", *sorted((ROOT / "infra/stacks").glob("*.yaml")))
    for declared in cloudformation.read(file)["Resources"].items()
]


def of_types(resources: Iterable[tuple[str, Any]], *types: str) -> list[str]:
    return [name for name, resource in resources if resource["Type"] in types]


def kinds() -> set[str]:
    return {r["Type"] for r in ours().resources.values()}


def asked(call: powers.Call) -> Call:
    """Return a write of a function as the engine judges it: with the key that it names."""
    arn = ours().resources[call.table]["Arn"]
    return Call(f"{call.function}Role", f"dynamodb:{call.action}", arn, {powers.KEYS: [call.key]})


@cache
def never() -> list[Call]:
    return [asked(call) for call in powers.never(powers.functions())]


class TestRole:
    def test_may_not_do_what_it_must_never_do(self) -> None:
        calls = {call: line for line in LINES for call in forbidden_calls.forbidden(line, ours())}
        assert len(calls) > 1000
        harm = [f"{call}: {calls[call].because}" for call in allowed(list(calls))]
        assert not harm

    def test_may_do_what_a_line_allows(self) -> None:
        calls = [call for line in LINES for call in forbidden_calls.permitted(line, ours())]
        assert calls
        denied = set(calls) - set(allowed(calls))
        assert not [str(call) for call in denied]

    def test_may_not_write_a_name_of_another(self) -> None:
        assert len(never()) > 1000
        assert not [str(call) for call in allowed(never())]

    def test_may_write_its_own_names(self) -> None:
        calls = [
            asked(powers.Call(function, action, table, key))
            for (table, key, actions), owners in powers.OWNERS.items()
            for action in actions
            for function in owners
        ]
        denied = set(map(str, calls)) - set(map(str, allowed(calls)))
        assert not denied

    def test_is_taken_by_the_service_that_a_line_names(self) -> None:
        for name, role in ours().roles.items():
            (line,) = (
                line
                for line in LINES
                if line.do == ("sts:AssumeRole",) and name in forbidden_calls.named(line, ours())
            )
            (statement,) = role["Properties"]["AssumeRolePolicyDocument"]["Statement"]
            (service,) = line.may
            assert statement["Principal"] in ({"Service": service}, {"Service": [service]}), name


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


class TestPermission:
    def test_is_for_a_service_and_source_of_this_account(self) -> None:
        assert [n for n, r in ours().resources.items() if r["Type"] == PERMISSION]
        assert not unbound(ours())

    def test_of_a_resource_is_read_by_the_engine(self) -> None:
        read = {kind for kind in kinds() if kind.endswith("Policy") or "Permission" in kind}
        assert read == {*POLICIES, PERMISSION}
        assert not [n for n, r in ours().resources.items() if "ResourcePolicy" in r["Properties"]]


class TestLine:
    def test_has_a_reason_and_names_what_exists(self) -> None:
        callers = {
            *ours().roles,
            *(n.removesuffix("Role") for n in ours().roles),
            "reviewer",
            "feed",
        }
        for line in LINES:
            assert len(line.because.split()) > 4, line
            unknown = {n for n in (*line.who, *line.may) if not n.endswith(".amazonaws.com")}
            assert unknown <= {*callers, "another account"}, line
            known = {*ours().resources, *(forbidden_calls.EACH + kind for kind in kinds())}
            for what in line.what:
                assert what.partition("/")[0] in known or what.startswith(("arn:", "*")), what

    def test_is_about_all_that_sam_makes_of_the_template(self) -> None:
        made = of_types(ours().resources.items(), *forbidden_calls.JUDGED)
        assert set(made) == set(of_types(DECLARED, *forbidden_calls.JUDGED))

    @pytest.mark.parametrize("name", of_types(DECLARED, *forbidden_calls.JUDGED))
    def test_says_who_may_touch_what_holds_something(self, name: str) -> None:
        """A new table or topic must be judged: say in forbidden_calls.yaml who may write."""
        assert any(name in forbidden_calls.named(line, ours()) for line in LINES)

    @pytest.mark.parametrize("name", of_types(DECLARED, "AWS::DynamoDB::Table"))
    def test_says_who_may_write_each_table(self, name: str) -> None:
        named = {
            do for line in LINES if name in forbidden_calls.named(line, ours()) for do in line.do
        }
        assert {f"dynamodb:{do}Item" for do in ("Put", "Update", "Delete")} <= named


def harms(judge: Judge, who: str) -> list[Call]:
    """Return what this one could do now that a line forbids."""
    calls = [
        call for line in LINES for call in forbidden_calls.forbidden(line, judge) if call.who == who
    ]
    return allowed(calls, judge)


def let(role: str, action: str, on: str) -> Callable[[dict[str, Any]], None]:
    def change(resources: dict[str, Any]) -> None:
        arn = resources[on]["Arn"] if on in resources else on
        statement = {"Effect": "Allow", "Action": action, "Resource": arn}
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


MORE_NAMES = ["IMPORTED#*", "FEED#*", "CHECKPOINT#*", "HOUR#*", "ORPHAN#*", "REPLY#*"]


class TestSabotage:
    @pytest.mark.parametrize(
        ("change", "who"),
        [
            (let("PortalRole", "dynamodb:UpdateItem", "Audit"), "PortalRole"),
            (let("SendNoticeRole", "dynamodb:*", "Cases"), "SendNoticeRole"),
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
    def test_of_a_policy_is_found(self, change, who) -> None:
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
    def test_for_another_account_is_found(self, policy, document, actions) -> None:
        judge = widened(given_away(policy, document, *actions.split()))
        found = {call.action for call in harms(judge, "another account")}
        for action in actions.split():
            assert any(each.startswith(action.rstrip("*")) for each in found), action

    def test_by_a_missing_source_is_found(self) -> None:
        assert unbound(widened(anybodys_guard)) == ["CognitoAsksTheGuard"]
        assert unbound(widened(any_pools_guard)) == ["CognitoAsksTheGuard"]

    @pytest.mark.parametrize("name", MORE_NAMES)
    def test_by_a_name_of_guards_for_the_portal_is_found(self, name: str) -> None:
        """With IMPORTED#*, the portal could mark an export as read and lose its arrests."""

        def change(resources: dict[str, Any]) -> None:
            for policy in resources["PortalRole"]["Properties"]["Policies"]:
                for statement in policy["PolicyDocument"]["Statement"]:
                    keys = statement.get("Condition", {}).get("ForAllValues:StringLike", {})
                    if "dynamodb:PutItem" in statement["Action"] and powers.KEYS in keys:
                        keys[powers.KEYS].append(name)

        mine = [call for call in never() if call.who == "PortalRole"]
        (wrong,) = allowed(mine, widened(change))
        assert (wrong.action, wrong.context[powers.KEYS]) == (
            "dynamodb:PutItem",
            [powers.GUARDS[name][1]],
        )

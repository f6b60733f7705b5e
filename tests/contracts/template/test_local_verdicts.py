"""Verdicts of local AWS are compared with the engine's, and templates are read as AWS does."""

import copy
import json
from collections import defaultdict
from collections.abc import Sequence
from pathlib import Path
from typing import Any

import pytest

from tests.contracts.template.judged import ours, widened
from tests.permissions import powers, recorded_calls, state_machine
from tests.permissions.policies import Stack, deployed
from tests.permissions.policy_engine import Call, JudgeError


def local(role: str, action: str, arn: str, allowed: bool = True, keys: Sequence[str] = ()) -> str:
    decision = {"role": role, "action": action, "resource": arn, "allowed": allowed, "keys": keys}
    return json.dumps(decision) + "\n"


class TestLocalVerdict:
    def test_counts_only_for_actions_of_iam(self) -> None:
        with pytest.raises(JudgeError, match="dynamodb:GetItems"):
            ours().allowed(
                [Call("PortalRole", "dynamodb:GetItems", ours().resources["Cases"]["Arn"])]
            )

    def test_that_is_alone_is_told(self, tmp_path: Path) -> None:
        cases = (
            "arn:aws:dynamodb:us-west-2:000000000000:table/aviso-Tables-554bb944-a0f-Cases-244E0A2"
        )
        log = tmp_path / "access.jsonl"
        log.write_text(
            local("aviso-SendNoticeRole-5FE640/x", "dynamodb:Query", cases)
            + local("aviso-SendNoticeRole-5FE640/x", "dynamodb:Query", cases)
            + local("aviso-SendNoticeRole-5FE640/x", "dynamodb:PutItem", cases)
            + local("aviso-PortalRole-1C7B5/x", "dynamodb:Scan", cases, allowed=False)
            + local("another-role/x", "dynamodb:Scan", cases)
        )
        calls = recorded_calls.recorded([log], ours())
        assert [call.action for call in calls] == ["dynamodb:Query", "dynamodb:PutItem"]
        assert {call.arn for call in calls} == {ours().resources["Cases"]["Arn"]}
        (wrong,) = recorded_calls.denied(calls, ours())
        assert (wrong.who, wrong.action) == ("SendNoticeRole", "dynamodb:PutItem")

    def test_on_a_key_is_told(self, tmp_path: Path) -> None:
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
        calls = recorded_calls.recorded([log], ours())
        assert [call.context for call in calls] == [
            {powers.KEYS: ["SESSION#1"]},
            {powers.KEYS: ["IMPORTED#1"]},
        ]
        (wrong,) = recorded_calls.denied(calls, ours())
        assert wrong.context == {powers.KEYS: ["IMPORTED#1"]}

    def test_without_the_keys_policy_is_told(self, tmp_path: Path) -> None:
        bucket = "arn:aws:s3:::aviso-lettersbucket-99aa/runs/20261124.pdf"
        log = tmp_path / "access.jsonl"
        log.write_text(local("aviso-PrintLettersRole-5FE640/x", "s3:PutObject", bucket))

        def no_longer_through_s3(resources: dict[str, Any]) -> None:
            for statement in resources["Key"]["Properties"]["KeyPolicy"]["Statement"]:
                services = (
                    statement.get("Condition", {}).get("StringEquals", {}).get("kms:ViaService")
                )
                if services:
                    services.remove("s3.us-west-2.amazonaws.com")

        assert recorded_calls.denied(recorded_calls.recorded([log], ours()), ours()) == []
        judge = widened(no_longer_through_s3)
        wrong = recorded_calls.denied(recorded_calls.recorded([log], judge), judge)
        assert {call.action for call in wrong} == set(recorded_calls.KEY_ACTIONS)

    @pytest.mark.parametrize(
        ("local", "logical", "rest"),
        [
            (
                "dynamodb:us-west-2:000000000000:table/aviso-Tables-5-a-Notices-3",
                "Notices",
                "/index/i",
            ),
            ("s3:::aviso-auditbucket-29b6", "AuditBucket", "/2026/rows.json"),
            ("s3:::aviso-feed-000000000000-us-west-2", "FeedBucket", "/incoming/cases.csv"),
            (
                "secretsmanager:us-west-2:000000000000:secret:aviso-SessionKeys-4-ed2",
                "SessionKeys",
                "",
            ),
            (
                "lambda:us-west-2:000000000000:function:aviso-PrintLetters-77",
                "PrintLetters",
                ":live",
            ),
            ("cognito-idp:us-west-2:000000000000:userpool/us-west-2_aB3", "Pool", ""),
        ],
    )
    def test_names_things_as_the_template_does(self, local: str, logical: str, rest: str) -> None:
        found = recorded_calls.translated(f"arn:aws:{local}{rest}", ours())
        assert found == ours().resources[logical]["Arn"] + rest


class TestStateMachine:
    def test_keeps_to_its_language(self) -> None:
        definitions = state_machine.definitions(deployed())
        assert definitions.keys() == {"Backfill", "Nightly"}
        assert [state_machine.mistakes(one) for one in definitions.values()] == ["", ""]
        good = definitions["Backfill"]
        broken = copy.deepcopy(good)
        broken["States"]["GoOn"]["Next"] = "Nowhere"
        assert state_machine.mistakes(broken)
        wrong_type = copy.deepcopy(good)
        wrong_type["States"]["Load"]["MaxConcurrency"] = "8"
        assert state_machine.mistakes(wrong_type)


class TestTemplate:
    def test_is_filled_in_as_cloudformation_would(self) -> None:
        template = {
            "Parameters": {"On": {"Default": "true"}, "Name": {"Default": "made-up"}},
            "Conditions": {
                "IsOn": {"Equals": [{"Ref": "On"}, "true"]},
                "IsOff": {"Fn::Not": [{"Condition": "IsOn"}]},
            },
            "Resources": {
                "Bucket": {
                    "Type": "AWS::S3::Bucket",
                    "Properties": {"BucketName": {"Ref": "Name"}},
                },
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

"""Each check of `make deploy` failing on purpose, with the message that a person sees."""

from pathlib import Path
from typing import Any

import pytest
from botocore.exceptions import EndpointConnectionError, NoCredentialsError

from infra.deploy import account_checks, existing_resources, stacks
from infra.deploy.cloudtrail_checks import data_events
from infra.deploy.findings import Severity
from tests.support.deploy_checks import FAILING, PASSING
from tests.support.deploy_checks.account import plan
from tests.support.deploy_checks.calls import (
    ANSWERS,
    NOBODYS,
    OBJECTS,
    REGIONS,
    TABLES,
    WHO,
    described,
    logs,
    no_tools,
    of_stack,
    only,
    plain,
    recording,
    stubbed,
)


class TestCheck:
    @pytest.mark.parametrize(("check", "calls", "changes", "level", "says"), FAILING)
    def test_says_what_is_wrong(self, check, calls, changes, level, says) -> None:
        finding = only(account_checks.ask(check, stubbed(*calls), ANSWERS | changes))
        assert finding.level is level
        assert says in finding.message

    @pytest.mark.parametrize(("check", "calls", "changes"), PASSING)
    def test_says_what_is_right(self, check, calls, changes) -> None:
        assert only(check(stubbed(*calls), ANSWERS | changes)).level is Severity.WELL

    def test_runs_though_another_may_not_ask(self) -> None:
        def clients(service: str) -> Any:
            if service == "sts":
                return stubbed(WHO, WHO, WHO)(service)
            operation = {
                "lambda": "get_account_settings",
                "cloudformation": "describe_stacks", "sesv2": "get_email_identity",
                "sns": "get_sms_attributes", "pinpoint-sms-voice-v2": "describe_phone_numbers",
                "route53": "get_hosted_zone", "s3": "head_bucket", "logs": "describe_log_groups",
                "cloudtrail": "describe_trails",
            }[service]  # fmt: skip
            return stubbed((service, operation, "AccessDeniedException"))(service)

        home = stubbed(WHO, REGIONS, plan("PAID"))
        findings = list(account_checks.account(clients, home, ANSWERS))
        assert len(findings) == len(account_checks.ACCOUNT) + 3
        assert "You may not ask AWS for this" in findings[3].message

    def test_is_shown_failing_and_passing(self) -> None:
        every = {*account_checks.ACCOUNT, *account_checks.FIRST}
        assert {case[0] for case in FAILING} == {*every, no_tools}
        assert {case[0] for case in PASSING} == every

    def test_says_what_to_do_next(self) -> None:
        """A person who reads one alone must know where to go: a place, a command or an answer."""
        ways = ("console", "Service Quotas", "make ", "'aws ", "answers file", "Wait", "DNS",
                "Support Center", "End User Messaging", "IAM Identity Center")  # fmt: skip
        for check, calls, changes, _, _ in FAILING:
            message = only(account_checks.ask(check, stubbed(*calls), ANSWERS | changes)).message
            assert any(way in message for way in ways), message


class TestTrail:
    def test_of_the_stacks_own_data_is_enough(self) -> None:
        table = "arn:aws:dynamodb:us-west-2:123456789012:table/t-1"

        def level(of_table: str, bucket: str) -> Severity:
            calls = recording(plain((TABLES, of_table), (OBJECTS, f"arn:aws:s3:::{bucket}/")))
            it = described(AuditTable="t-1", AuditBucket="b-1")
            calls[1] = ("cloudformation", "describe_stacks", it)
            return only(data_events(stubbed(*calls), ANSWERS)).level

        assert level(table, "b-1") is Severity.WELL
        assert level(table, "b-2") is Severity.LATER
        assert level(f"{table}0", "b-1") is Severity.LATER


class TestCredentials:
    def test_missing_ask_nothing_else(self) -> None:
        asked: list[str] = []

        def clients(service: str) -> Any:
            asked.append(service)
            raise NoCredentialsError

        assert only(account_checks.account(clients, clients, ANSWERS)).level is Severity.STOPS
        assert asked == ["sts"]


class TestRegion:
    @pytest.mark.parametrize(
        ("region", "home"),
        [("us-west-9", "us-east-1"), ("us-gov-west-9", "us-gov-west-1")],
    )
    def test_that_does_not_exist_is_asked_nothing(self, region, home) -> None:
        def nobody(service: str) -> Any:
            raise EndpointConnectionError(endpoint_url=f"https://{service}.{region}.amazonaws.com/")

        known, wrong = account_checks.account(
            nobody, stubbed(WHO, REGIONS), ANSWERS | {"region": region}
        )
        assert known.level is Severity.WELL
        assert f"'{region}' is not an AWS region" in wrong.message
        assert stacks.home_of(region) == home


class TestTools:
    def test_that_are_there_are_said_to_be(self, tmp_path: Path) -> None:
        for tool in ("sam", "uv"):
            place = tmp_path / ".tools" / tool / "bin"
            place.mkdir(parents=True)
            (place / tool).touch()
        assert only(account_checks.tools(tmp_path)).level is Severity.WELL


class TestTextLogs:
    @pytest.mark.parametrize(
        ("calls", "makes"),
        [
            ([WHO, ("logs", "describe_log_groups", {"logGroups": []})], True),
            ([WHO, logs(), of_stack("aviso-Messaging-1A2B")], True),
            ([WHO, logs(), NOBODYS], False),
        ],
    )
    def test_that_exist_are_not_made_again(self, calls, makes) -> None:
        assert existing_resources.makes_text_logs(stubbed(*calls), ANSWERS) is makes

"""What a deployment passes to the template: from settings, answers, and addresses when known."""

from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest
import yaml

from infra.deploy import answers, pace, run
from tests.structure.test_template import ROOT, Loader
from tests.unit.test_deploy_answers import GIVEN
from tests.unit.test_deploy_checks import PHONE, aws

KNOWN = {"PortalUrl": "https://a.example.org/portal", "StaffUrl": "https://b.example.org/staff"}


def declared(path: Path = ROOT / "template.yaml") -> set[str]:
    return set(yaml.load(path.read_text(), Loader)["Parameters"])


def described(outputs: dict[str, str]) -> dict[str, object]:
    rows = [{"OutputKey": key, "OutputValue": value} for key, value in outputs.items()]
    stack = {"StackName": "aviso", "CreationTime": 0, "StackStatus": "CREATE_COMPLETE"}
    return {"Stacks": [stack | {"Outputs": rows}]}


def account(limit: int, emails: float, number: str = "") -> Callable[[str], Any]:
    """Return an account with these limits, whose phone number is of this kind."""
    phones = [PHONE | {"NumberType": number}]
    return aws(
        ("lambda", "get_account_settings", {"AccountLimit": {"ConcurrentExecutions": limit}}),
        ("sesv2", "get_account", {"SendQuota": {"MaxSendRate": emails}}),
        ("pinpoint-sms-voice-v2", "describe_phone_numbers", {"PhoneNumbers": phones}),
    )


# fmt: off
RATES = [
    # limit, emails a second, number, what is passed
    (1000, 14, "TOLL_FREE", {"SmsPerSecond": "3", "EmailPerSecond": "14", "Senders": "3"}),
    (1000, 14, "SHORT_CODE", {"SmsPerSecond": "20", "EmailPerSecond": "14", "Senders": "4"}),
    (1000, 14, "TEN_DLC", {"SmsPerSecond": "1", "Senders": "1", "ReserveSenders": "true"}),
    (1000, 1, "TOLL_FREE", {"EmailPerSecond": "1", "Senders": "1", "PortalConcurrency": "50"}),
    (1000, 0.5, "TOLL_FREE", {"EmailPerSecond": "1", "Senders": "1"}),
    (10, 1, "TOLL_FREE", {"Senders": "4", "ReserveSenders": "false", "PortalConcurrency": "0"}),
    (153, 14, "TOLL_FREE", {"ReserveSenders": "false", "PortalConcurrency": "0"}),
    (154, 14, "TOLL_FREE", {"ReserveSenders": "true", "PortalConcurrency": "50"}),
]
# fmt: on


@pytest.mark.parametrize(("limit", "emails", "number", "passed"), RATES)
def test_the_senders_keep_to_what_the_account_may_send_and_run(limit, emails, number, passed):
    given = answers.complete(GIVEN) | {"sms_number": str(PHONE["PhoneNumber"])}
    found = pace.parameters(account(limit, emails, number), given)
    assert passed.items() <= found.items()
    assert found.keys() <= declared()


def test_without_a_number_texts_go_at_the_slowest_rate():
    given = answers.complete(GIVEN) | {"sms_number": "none"}
    assert pace.parameters(account(1000, 14), given)["SmsPerSecond"] == "1"


def test_every_parameter_that_is_passed_is_declared(settings) -> None:
    given = answers.complete(GIVEN)
    paced = pace.parameters(account(limit=1000, emails=14), given)
    passed = run.parameters_of(given, settings, KNOWN, paced)
    assert passed.keys() <= declared()
    assert passed["FeedFileDays"] == str(settings.retention.feed_files)
    assert passed["PortalUrl"] == KNOWN["PortalUrl"]


def test_every_output_that_deploying_reads_is_there() -> None:
    template = yaml.load((ROOT / "template.yaml").read_text(), Loader)
    used = {"PortalApi", "StaffApi", "KeyArn", "AlarmTopic", "TextLogsRole", "InboundTextsTopic"}
    assert used | {"PortalUrl", "StaffUrl", "FeedBucket"} <= set(template["Outputs"])


def test_a_first_deployment_knows_no_address_and_a_later_one_both() -> None:
    given = answers.complete(GIVEN)
    gone = aws(("cloudformation", "describe_stacks", "ValidationError"))
    assert run.addresses(gone, given) == {}
    there = aws(("cloudformation", "describe_stacks", described(KNOWN | {"Other": "x"})))
    assert run.addresses(there, given) == KNOWN


def test_the_agencys_own_address_goes_before_the_one_aws_gave() -> None:
    given = answers.complete(GIVEN) | {"domain": "cases.example.org"}
    there = aws(("cloudformation", "describe_stacks", described(KNOWN)))
    assert run.addresses(there, given)["PortalUrl"] == "https://cases.example.org"

"""What a deployment passes to the template: from settings, answers, and addresses when known."""

from pathlib import Path

import yaml

from infra.deploy import answers, run
from tests.structure.test_template import ROOT, Loader
from tests.unit.test_deploy_answers import GIVEN
from tests.unit.test_deploy_checks import aws

KNOWN = {"PortalUrl": "https://a.example.org/portal", "StaffUrl": "https://b.example.org/staff"}


def declared(path: Path = ROOT / "template.yaml") -> set[str]:
    return set(yaml.load(path.read_text(), Loader)["Parameters"])


def described(outputs: dict[str, str]) -> dict[str, object]:
    rows = [{"OutputKey": key, "OutputValue": value} for key, value in outputs.items()]
    stack = {"StackName": "aviso", "CreationTime": 0, "StackStatus": "CREATE_COMPLETE"}
    return {"Stacks": [stack | {"Outputs": rows}]}


def test_every_parameter_that_is_passed_is_declared(settings) -> None:
    passed = run.parameters_of(answers.complete(GIVEN), settings, KNOWN)
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

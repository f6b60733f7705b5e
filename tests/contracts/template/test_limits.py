"""How near the template is to what AWS never raises: sizes of policies, variables, descriptions.

Measured for the longest name of a stack and AWS's longest region, as SAM translates the template.
"""

import json
import re
from collections import defaultdict
from collections.abc import Iterator
from functools import cache
from typing import Any

import pytest

from infra.deploy import answers
from infra.repository import ROOT
from tests.permissions.policies import PARAMETERS, PSEUDO, REGION, Stack, translated

REGION_OF_GOVCLOUD = "us-gov-west-1"
PLACE = PSEUDO | {
    "AWS::Region": REGION_OF_GOVCLOUD,
    "AWS::Partition": "aws-us-gov",
    "AWS::StackName": "a" * 21,
}
RANDOM = "-" + "X" * 12  # how AWS ends a name that it makes
ENOUGH = 0.9

# https://docs.aws.amazon.com/IAM/latest/UserGuide/reference_iam-quotas.html
# https://docs.aws.amazon.com/lambda/latest/dg/gettingstarted-limits.html
# https://docs.aws.amazon.com/AWSSimpleQueueService/latest/SQSDeveloperGuide/quotas-policies.html
# https://docs.aws.amazon.com/sns/latest/dg/sns-access-policy-use-cases.html
# https://docs.aws.amazon.com/kms/latest/developerguide/resource-limits.html
# https://docs.aws.amazon.com/AmazonS3/latest/userguide/bucket-policies.html
# https://docs.aws.amazon.com/AWSCloudFormation/latest/UserGuide/cloudformation-limits.html
LIMITS = {
    "inline policies of a role": 10_240,
    "trust of a role": 2_048,
    "policy of a function": 20_480,
    "variables of a function": 4_096,
    "policy of a queue": 8_192,
    "policy of a topic": 30_720,
    "policy of a key": 32_768,
    "policy of a bucket": 20_480,
    "template": 1_000_000,
}


@cache
def measured() -> dict[str, dict[str, int]]:
    """Return the characters of each kind of thing that AWS bounds, by its name."""
    (template,) = translated(PARAMETERS)
    found: dict[str, dict[str, int]] = {kind: defaultdict(int) for kind in LIMITS}
    found["template"]["template.yaml"] = len(json.dumps(template))
    for path in (ROOT / "infra/stacks").glob("*.yaml"):
        found["template"][path.name] = len(path.read_bytes())
    for name, resource in (
        Stack(template, PARAMETERS, PLACE["AWS::StackName"], PLACE).resources().items()
    ):
        for kind, whose, document in parts(name, resource["Type"], resource["Properties"]):
            found[kind][whose] += len(written(document))
    return found


def written(document: Any) -> str:
    """Return a document as AWS keeps it, without white space, and with AWS's own names in it."""
    text = json.dumps(document, separators=(",", ":"))
    text = text.replace("arn:aws:", "arn:aws-us-gov:")
    for region in (REGION, REGION_OF_GOVCLOUD):
        text = text.replace(region, "us_gov_west_1")
    return re.sub(r"(?<=\w)-1\b", RANDOM, text)


def parts(name: str, kind: str, given: dict[str, Any]) -> Iterator[tuple[str, str, Any]]:
    """Yield what AWS bounds of a resource: its kind, whose it is, and the document."""
    match kind:
        case "AWS::IAM::Role":
            yield "trust of a role", name, given["AssumeRolePolicyDocument"]
            for policy in given.get("Policies", []):
                yield "inline policies of a role", name, policy["PolicyDocument"]
        case "AWS::Lambda::Permission":
            yield "policy of a function", given["FunctionName"], statement(name, given)
        case "AWS::Lambda::Function":
            yield "variables of a function", name, given["Environment"]["Variables"]
        case "AWS::SQS::QueuePolicy":
            yield "policy of a queue", name, given["PolicyDocument"]
        case "AWS::SNS::TopicPolicy":
            yield "policy of a topic", name, given["PolicyDocument"]
        case "AWS::KMS::Key":
            yield "policy of a key", name, given["KeyPolicy"]
        case "AWS::S3::BucketPolicy":
            yield "policy of a bucket", name, given["PolicyDocument"]


def statement(name: str, given: dict[str, Any]) -> dict[str, Any]:
    """Return the statement that Lambda writes for a permission."""
    conditions = {
        "StringEquals": {"AWS:SourceAccount": given.get("SourceAccount")},
        "ArnLike": {"AWS:SourceArn": given.get("SourceArn")},
    }
    return {
        "Sid": f"{PLACE['AWS::StackName']}-{name}-1",
        "Effect": "Allow",
        "Principal": {"Service": given["Principal"]},
        "Action": given["Action"],
        "Resource": given["FunctionName"],
        "Condition": {how: what for how, what in conditions.items() if all(what.values())},
    }


class TestSize:
    @pytest.mark.parametrize("kind", LIMITS)
    def test_is_well_within_what_aws_allows(self, kind: str) -> None:
        assert measured()[kind]
        near = {n: s for n, s in measured()[kind].items() if s > ENOUGH * LIMITS[kind]}
        assert not near, f"{kind}: AWS takes {LIMITS[kind]}"

    def test_is_of_the_longest_name(self) -> None:
        (name,) = [q for q in answers.QUESTIONS if q.key == "stack"]
        assert re.fullmatch(name.pattern, PLACE["AWS::StackName"])
        assert not re.fullmatch(name.pattern, PLACE["AWS::StackName"] + "a")

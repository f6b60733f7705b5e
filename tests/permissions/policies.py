"""The main template and those nested in it, as AWS would carry them out, with made-up names.

SAM's own translator adds roles, policies and schedules; the rest of a template is filled in here:
references, parameters and conditions become the ARNs and names of an account that does not exist.
What such a name is called holds the resource's logical id, as on AWS, so that a call that a test
made in another account can be read as a call in this one.
"""

import json
import re
import subprocess
from collections.abc import Callable, Mapping
from functools import cache
from typing import Any

from infra.harness import cloudformation
from infra.repository import ROOT

ACCOUNT, REGION, STACK = "111122223333", "us-west-2", "aviso"
PSEUDO = {
    "AWS::AccountId": ACCOUNT,
    "AWS::Region": REGION,
    "AWS::Partition": "aws",
    "AWS::StackName": STACK,
    "AWS::URLSuffix": "amazonaws.com",
    "AWS::NoValue": None,
}
PARAMETERS = {
    "Release": "0" * 64,
    "AgencyPhone": "520-555-0100",
    "PortalUrl": "https://cases.example.org",
    "StaffUrl": "https://desk.example.org",
    "AccessLogs": "true",
    "AlarmEmail": "operator@example.org",
}
NESTED = "AWS::CloudFormation::Stack"
HERE = f"{REGION}:{ACCOUNT}"
# The ARN of a resource by its type; what no policy names needs none.
ARNS = {
    "AWS::CloudFormation::Stack": f"arn:aws:cloudformation:{HERE}:stack/{{name}}",
    "AWS::Cognito::UserPool": f"arn:aws:cognito-idp:{HERE}:userpool/{{name}}",
    "AWS::DynamoDB::Table": f"arn:aws:dynamodb:{HERE}:table/{{name}}",
    "AWS::IAM::Role": f"arn:aws:iam::{ACCOUNT}:role/{{name}}",
    "AWS::KMS::Key": f"arn:aws:kms:{HERE}:key/{{name}}",
    "AWS::Lambda::Alias": f"arn:aws:lambda:{HERE}:function:{{name}}",
    "AWS::Lambda::Function": f"arn:aws:lambda:{HERE}:function:{{name}}",
    "AWS::Logs::LogGroup": f"arn:aws:logs:{HERE}:log-group:{{name}}:*",
    "AWS::S3::Bucket": "arn:aws:s3:::{name}",
    "AWS::SNS::Topic": f"arn:aws:sns:{HERE}:{{name}}",
    "AWS::SQS::Queue": f"arn:aws:sqs:{HERE}:{{name}}",
    "AWS::SecretsManager::Secret": f"arn:aws:secretsmanager:{HERE}:secret:{{name}}",
    "AWS::StepFunctions::StateMachine": f"arn:aws:states:{HERE}:stateMachine:{{name}}",
}
NAMED_BY = ("BucketName", "FunctionName", "LogGroupName", "StateMachineName", "Name")
BY_ARN = {  # what `Ref` gives the ARN of
    *("AWS::SNS::Topic", "AWS::SecretsManager::Secret", "AWS::Lambda::Alias", NESTED),
    "AWS::StepFunctions::StateMachine",
}
HOLE = re.compile(r"\$\{([\w.:]+)\}")


class Stack:
    """One template with its parameters; `resources` holds their properties, all filled in."""

    def __init__(
        self,
        template: Mapping[str, Any],
        parameters: Mapping[str, Any],
        name: str = STACK,
        place: Mapping[str, Any] = PSEUDO,
    ) -> None:
        """Fill a template in.

        Args:
            template: as SAM translated it, or as `cloudformation.read` returns it.
            parameters: values of its parameters, which win over the defaults.
            name: the stack's name, with which those of its resources begin.
            place: the pseudo parameters, such as AWS::Region. ARNs keep those of this module.
        """
        self.raw: Mapping[str, Any] = template["Resources"]
        self.name = name
        self._place = place
        declared = template.get("Parameters", {})
        self._parameters = {n: p.get("Default", "") for n, p in declared.items()} | dict(parameters)
        self._conditions = template.get("Conditions", {})
        self._outputs = template.get("Outputs", {})
        self._nested: dict[str, Stack] = {}

    def nested(self, logical: str) -> "Stack":
        """Return the stack that is nested in this one under a logical id."""
        if logical not in self._nested:
            given = self.raw[logical]["Properties"]
            path = ROOT / given["TemplateURL"]
            self._nested[logical] = Stack(
                cloudformation.read(path),
                self.filled(given.get("Parameters", {})),
                f"{self.name}-{logical}-1",
                self._place,
            )
        return self._nested[logical]

    def there(self, logical: str) -> bool:
        """Whether a resource is made at all, as its condition says."""
        condition = self.raw[logical].get("Condition")
        return condition is None or self._holds(condition)

    def resources(self) -> dict[str, dict[str, Any]]:
        """Return type, name, ARN and properties of each resource, nested ones included."""
        found: dict[str, dict[str, Any]] = {}
        for logical, resource in self.raw.items():
            if resource["Type"] == "AWS::CloudWatch::Alarm" or not self.there(logical):
                continue  # no policy speaks of an alarm, and one has the name of what it watches
            if resource["Type"] == NESTED:
                found |= self.nested(logical).resources()
            found[logical] = {
                "Type": resource["Type"],
                "Name": self.name_of(logical),
                "Arn": self.arn_of(logical),
                "Properties": self.filled(resource.get("Properties", {})),
            }
        return found

    def name_of(self, logical: str) -> str:
        """Return the name of a resource: its own where the template gives one."""
        resource = self.raw[logical]
        properties = resource.get("Properties", {})
        if resource["Type"] == "AWS::Lambda::Alias":
            return f"{self.filled(properties['FunctionName'])}:{properties['Name']}"
        own = next((properties[key] for key in NAMED_BY if key in properties), None)
        if own is not None and resource["Type"] != "AWS::Cognito::UserPool":
            return str(self.filled(own))
        made = f"{self.name}-{logical}-1"
        if resource["Type"] == "AWS::S3::Bucket":
            return made.lower()
        return f"{REGION}_{logical}" if resource["Type"] == "AWS::Cognito::UserPool" else made

    def arn_of(self, logical: str) -> str:
        """Return the ARN of a resource, its name where its type has none here."""
        return ARNS.get(self.raw[logical]["Type"], "{name}").format(name=self.name_of(logical))

    def filled(self, value: Any) -> Any:
        """Return a part of the template with everything in it that it refers to."""
        if isinstance(value, list):
            return [each for each in map(self.filled, value) if each is not None]
        if not isinstance(value, dict):
            return value
        if len(value) == 1:
            ((how, what),) = value.items()
            answer = FUNCTIONS.get(how.removeprefix("Fn::"))
            if answer:
                return answer(self, what)
        filled = {key: self.filled(each) for key, each in value.items()}
        return {key: each for key, each in filled.items() if each is not None}

    def _ref(self, name: str) -> Any:
        if name in self._place:
            return self._place[name]
        if name in self._parameters:
            return self._parameters[name]
        by_arn = self.raw[name]["Type"] in BY_ARN
        return self.arn_of(name) if by_arn else self.name_of(name)

    def _get(self, what: Any) -> Any:
        logical, _, attribute = (what if isinstance(what, str) else ".".join(what)).partition(".")
        if attribute.startswith("Outputs."):
            stack = self.nested(logical)
            return stack.filled(stack._outputs[attribute.removeprefix("Outputs.")]["Value"])
        if attribute in ("Arn", "Id", "TopicArn"):
            return self.arn_of(logical)
        if attribute == "StreamArn":
            return f"{self.arn_of(logical)}/stream/newest"
        return self.name_of(logical)

    def _sub(self, what: Any) -> str:
        text, own = (what, {}) if isinstance(what, str) else what

        def fill(hole: re.Match[str]) -> str:
            name = hole[1]
            if name in own:
                return str(self.filled(own[name]))
            return str(self._get(name) if "." in name else self._ref(name))

        return HOLE.sub(fill, text)

    def _if(self, what: list[Any]) -> Any:
        name, yes, no = what
        return self.filled(yes if self._holds(name) else no)

    def _holds(self, condition: Any) -> bool:
        if isinstance(condition, str):
            return self._holds(self._conditions[condition])
        ((how, what),) = condition.items()
        kind = how.removeprefix("Fn::")
        if kind == "Equals":
            return bool(self.filled(what[0]) == self.filled(what[1]))
        if kind == "Condition":
            return self._holds(what)
        held = [self._holds(each) for each in what]
        return not held[0] if kind == "Not" else all(held) if kind == "And" else any(held)


FUNCTIONS: dict[str, Callable[[Stack, Any], Any]] = {
    "Ref": Stack._ref,
    "GetAtt": Stack._get,
    "Sub": Stack._sub,
    "If": Stack._if,
    "Join": lambda stack, what: what[0].join(map(str, stack.filled(what[1]))),
    "Select": lambda stack, what: stack.filled(what[1])[int(what[0])],
}


@cache
def deployed() -> Stack:
    """Return the main template as AWS would carry it out."""
    (template,) = translated(PARAMETERS)
    return Stack(template, PARAMETERS)


def translated(*sets: Mapping[str, str]) -> list[dict[str, Any]]:
    """Return the main template as SAM translates it under each of these sets of parameters."""
    done = subprocess.run(
        [
            ROOT / ".tools/sam/bin/python",
            ROOT / "tests/contracts/template/sam_translate.py",
            *map(json.dumps, sets),
        ],
        cwd=ROOT,
        capture_output=True,
        check=True,
    )
    found: list[dict[str, Any]] = json.loads(done.stdout)
    return found

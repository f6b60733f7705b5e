"""A release with several new indexes on a table: all but the last are added before its change set.

DynamoDB adds one index at a time, and CloudFormation refuses an update that adds two ("Cannot
perform more than one GSI creation or deletion in a single update"). So `make deploy` updates the
nested stack of the tables first, once for each of them, with the template that is deployed and that
one index more. Nothing else changes, no row is touched, and the former release goes on meanwhile.
"""

import json
from collections.abc import Callable, Iterator, Mapping
from pathlib import Path
from typing import Any

from botocore.exceptions import ClientError

from aviso.domain.value import Frozen
from infra.harness import cloudformation
from infra.repository import ROOT

TABLES = ROOT / "infra/stacks/tables.yaml"
NESTED = "Tables"
LONG = {"GetAtt": "Fn::GetAtt", "Sub": "Fn::Sub"}


class IndexStep(Frozen, frozen=True, kw_only=True):
    """One index to add before the release."""

    stack: str  # the nested stack of the tables
    table: str
    index: str
    template: Mapping[str, Any]  # the deployed one with this index

    def __str__(self) -> str:
        """Say what it does."""
        return f"add the index {self.index} to the table {self.table}"

    def take(self, clients: Callable[[str], Any]) -> None:
        """Update the nested stack, and wait until the index is filled."""
        cloud = clients("cloudformation")
        given = cloud.describe_stacks(StackName=self.stack)["Stacks"][0].get("Parameters", ())
        cloud.update_stack(
            StackName=self.stack,
            TemplateBody=json.dumps(self.template),
            Parameters=[
                {"ParameterKey": one["ParameterKey"], "UsePreviousValue": True} for one in given
            ],
        )
        cloud.get_waiter("stack_update_complete").wait(StackName=self.stack)


def steps(clients: Callable[[str], Any], stack: str, wanted: Path = TABLES) -> Iterator[IndexStep]:
    """Yield the indexes to add first, in order; none for a new stack, or with one new index.

    Args:
        stack: the main stack's name.
        wanted: the template of the tables that the release brings.
    """
    cloud = clients("cloudformation")
    try:
        found = cloud.describe_stack_resource(StackName=stack, LogicalResourceId=NESTED)
    except ClientError:
        return  # there is no such stack yet
    nested = found["StackResourceDetail"]["PhysicalResourceId"]
    body = cloud.get_template(StackName=nested)["TemplateBody"]
    template = _in_long_form(
        cloudformation.parsed(body if isinstance(body, str) else json.dumps(body))
    )
    for name, table in _in_long_form(cloudformation.read(wanted))["Resources"].items():
        if name not in template["Resources"]:
            continue
        has = template["Resources"][name]["Properties"]
        known = {index["IndexName"] for index in has.get("GlobalSecondaryIndexes", ())}
        more = table["Properties"].get("GlobalSecondaryIndexes", ())
        for index in [one for one in more if one["IndexName"] not in known][:-1]:
            has.setdefault("GlobalSecondaryIndexes", []).append(index)
            _define(has, table["Properties"], index)
            yield IndexStep(
                stack=nested,
                table=name,
                index=index["IndexName"],
                template=json.loads(json.dumps(template)),
            )


def _define(has: dict[str, Any], wanted: Mapping[str, Any], index: Mapping[str, Any]) -> None:
    """Add the definitions of an index's keys."""
    keys = {key["AttributeName"] for key in index["KeySchema"]}
    keys -= {one["AttributeName"] for one in has["AttributeDefinitions"]}
    has["AttributeDefinitions"] += [
        one for one in wanted["AttributeDefinitions"] if one["AttributeName"] in keys
    ]


def _in_long_form(value: Any) -> Any:
    """Return a template's part with the names that JSON has for short forms."""
    if isinstance(value, dict):
        return {
            LONG.get(name, name): _argument(name, _in_long_form(v)) for name, v in value.items()
        }
    return [_in_long_form(one) for one in value] if isinstance(value, list) else value


def _argument(name: str, value: Any) -> Any:
    return value.split(".", 1) if name == "GetAtt" and isinstance(value, str) else value

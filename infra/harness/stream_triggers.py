"""Which stream starts which function, read from the deployed template; and its records."""

import json
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from typing import Any

from infra.harness import cloudformation
from infra.harness.cloudformation import TEMPLATES
from infra.harness.dynamodb.database import Change


@dataclass(frozen=True, slots=True)
class Trigger:
    """A stream that starts a function, and its filter."""

    table: str
    function: str
    pattern: Mapping[str, Any]


def triggers() -> list[Trigger]:
    """Return which streams start which functions, as the template says."""
    found = []
    for function in _named("AWS::Serverless::Function").values():
        for event in function.get("Events", {}).values():
            if event["Type"] != "DynamoDB":
                continue
            properties = event["Properties"]
            (stream,) = properties["Stream"].values()
            table = stream.removeprefix("Tables.Outputs.").removesuffix("Stream")
            (filter_,) = properties.get("FilterCriteria", {"Filters": [{"Pattern": "{}"}]})[
                "Filters"
            ]
            folder = function["CodeUri"].strip("/").rpartition("/")[2]
            found.append(Trigger(table, folder, json.loads(filter_["Pattern"])))
    return found


def matches(pattern: Mapping[str, Any], record: Mapping[str, Any]) -> bool:
    """Whether a record passes a trigger's filter.

    Event patterns: https://docs.aws.amazon.com/lambda/latest/dg/with-ddb-filtering.html
    """
    for name, wanted in pattern.items():
        found = record.get(name)
        if isinstance(wanted, dict):
            if not isinstance(found, dict) or not matches(wanted, found):
                return False
        elif not any(_is(one, found) for one in wanted):
            return False
    return True


def _is(wanted: Any, found: Any) -> bool:
    if isinstance(wanted, dict):
        return isinstance(found, str) and found.startswith(wanted["prefix"])
    return bool(wanted == found)


def record(change: Change) -> dict[str, Any]:
    """Return a stream record as Lambda gets it."""
    image = change.new or change.old
    assert image is not None, "a change has an image before or after it"
    name = "MODIFY" if change.old and change.new else "INSERT" if change.new else "REMOVE"
    images = {"OldImage": change.old, "NewImage": change.new}
    return {
        "eventID": f"event-{change.number}",
        "eventName": name,
        "eventSource": "aws:dynamodb",
        "eventSourceARN": f"arn:aws:dynamodb:us-west-2:123456789012:table/{change.table}/stream/1",
        "dynamodb": {
            "Keys": {k: image[k] for k in ("pk", "sk") if k in image},
            "SequenceNumber": f"{change.number:010d}",
            **{name: dict(content) for name, content in images.items() if content},
        },
    }


def table_properties() -> dict[str, dict[str, Any]]:
    """Return the properties of each table, from the template that AWS deploys."""
    return {name: dict(p) for name, p in _named("AWS::DynamoDB::Table").items()}


def _named(kind: str) -> dict[str, Mapping[str, Any]]:
    return {name: p for name, found, p in _resources() if found == kind}


def _resources() -> Iterator[tuple[str, str, Mapping[str, Any]]]:
    """Yield name, type and properties of every resource of the templates."""
    for path in TEMPLATES:
        template = cloudformation.read(path)
        for name, resource in template["Resources"].items():
            yield name, resource["Type"], resource.get("Properties", {})

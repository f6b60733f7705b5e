"""The one reader of the templates: plain data, functions' memory, what costs a fixed amount."""

from collections import Counter
from collections.abc import Iterator, Mapping
from copy import deepcopy
from functools import cache
from pathlib import Path
from typing import Any

import yaml

from infra.repository import ROOT

TEMPLATES = (ROOT / "template.yaml", *sorted((ROOT / "infra/stacks").glob("*.yaml")))


class _Loader(yaml.CSafeLoader):
    """Reads CloudFormation's short forms as {tag: value}."""


def _short_form(loader: yaml.Loader, tag: str, node: yaml.Node) -> dict[str, Any]:
    if isinstance(node, yaml.ScalarNode):
        return {tag: loader.construct_scalar(node)}
    if isinstance(node, yaml.SequenceNode):
        return {tag: loader.construct_sequence(node, deep=True)}
    assert isinstance(node, yaml.MappingNode)
    return {tag: loader.construct_mapping(node, deep=True)}


_Loader.add_multi_constructor("!", _short_form)


def read(path: Path) -> dict[str, Any]:
    """Return a template as plain data, CloudFormation's short forms as {tag: value}."""
    return parsed(path.read_text(encoding="utf-8"))


def parsed(text: str) -> dict[str, Any]:
    """Return a template's text as `read` does."""
    return deepcopy(_parsed(text))  # a caller may change its own


@cache
def _parsed(text: str) -> dict[str, Any]:
    found: dict[str, Any] = yaml.load(text, _Loader)  # noqa: S506 - a SafeLoader
    return found


class UnpricedError(Exception):
    """A template has a resource whose type is not in the price table."""


def resources(paths: tuple[Path, ...] = TEMPLATES) -> Iterator[tuple[str, dict[str, Any]]]:
    """Yield type and properties of every resource of the templates."""
    for path in paths:
        for resource in read(path)["Resources"].values():
            yield resource["Type"], resource.get("Properties", {})


def fixed(
    prices: Mapping[str, float], figures: int, paths: tuple[Path, ...] = TEMPLATES
) -> dict[str, tuple[int, float]]:
    """Return how many of each priced thing there are, and what they cost together per month.

    Args:
        prices: by resource type, and by `firewall rule` and `figure`.
        figures: how many metrics the functions write.

    Raises:
        UnpricedError: when a type has no price.
    """
    count: Counter[str] = Counter({"figure": figures})
    for kind, properties in resources(paths):
        if kind not in prices:
            raise UnpricedError(f"{kind} has no price in infra/cost/prices.yaml")
        count[kind] += _figures_of(properties) if kind == "AWS::CloudWatch::Alarm" else 1
        if kind == "AWS::WAFv2::WebACL":
            count["firewall rule"] += len(properties["Rules"])
    return {kind: (n, n * prices[kind]) for kind, n in count.items() if prices[kind]}


def _figures_of(alarm: Mapping[str, Any]) -> int:
    return sum("MetricStat" in m for m in alarm.get("Metrics", ())) or 1


@cache
def table_definitions() -> dict[str, dict[str, Any]]:
    """Return `create_table` arguments by logical id."""
    wanted = ("AttributeDefinitions", "KeySchema", "GlobalSecondaryIndexes", "BillingMode")
    template = read(ROOT / "infra/stacks/tables.yaml")
    return {
        name: {k: v for k, v in resource["Properties"].items() if k in wanted}
        for name, resource in template["Resources"].items()
        if resource["Type"] == "AWS::DynamoDB::Table"
    }


def gateway_response(api: str, kind: str) -> tuple[dict[str, str], str]:
    """Return what a gateway of the template answers by itself: its headers and its page.

    Args:
        api: its name in the template.
        kind: API Gateway's name for the case, such as DEFAULT_5XX.
    """
    response = read(ROOT / "template.yaml")["Resources"][api]["Properties"]["GatewayResponses"][
        kind
    ]
    headers = response.get("ResponseParameters", {}).get("Headers", {})
    page = response.get("ResponseTemplates", {}).get("application/json", "")
    text = page["Sub"] if isinstance(page, dict) else page
    return {name: value.strip("'") for name, value in headers.items()}, text


@cache
def memory_of_functions() -> dict[str, int]:
    """Return the MB of each function of the template, by the name of its folder."""
    template = read(ROOT / "template.yaml")
    usual = template["Globals"]["Function"]["MemorySize"]
    return {
        Path(function["CodeUri"]).name: int(function.get("MemorySize", usual))
        for kind, function in resources((ROOT / "template.yaml",))
        if kind == "AWS::Serverless::Function"
    }

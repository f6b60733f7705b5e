"""The resources of the template and of its stacks."""

from pathlib import Path
from typing import Any

from infra.harness import cloudformation
from infra.repository import ROOT

TEMPLATES = [ROOT / "template.yaml", *sorted((ROOT / "infra/stacks").glob("*.yaml"))]


def resources(kind: str, path: Path = ROOT / "template.yaml") -> dict[str, Any]:
    """Return the properties of the resources of one type, by logical id."""
    template = cloudformation.read(path)
    found = template["Resources"].items()
    return {name: r.get("Properties", {}) for name, r in found if r["Type"] == kind}


FUNCTIONS = resources("AWS::Serverless::Function")


def statements(function: dict[str, Any]) -> list[dict[str, Any]]:
    """Return the statements of a function's policies."""
    return [s for policy in function["Policies"] for s in policy["Statement"]]


def listed(value: Any) -> list[Any]:
    """Return a value as a list: a template may leave the brackets of one out."""
    return value if isinstance(value, list) else [value]


INFRA = [path for path in TEMPLATES if path.name != "checkov.yaml"]


def everything(kind: str) -> dict[str, Any]:
    """Return the resources of a type in all templates, by template and logical id."""
    return {
        f"{path.name}:{name}": properties
        for path in INFRA
        for name, properties in resources(kind, path).items()
    }

"""Lets botocore find a client's address of DynamoDB once: it takes a tenth of a short call."""

from typing import Any
from weakref import WeakKeyDictionary

import pytest
from botocore.model import OperationModel
from botocore.regions import EndpointRulesetResolver

FIND = EndpointRulesetResolver.construct_endpoint
# By what botocore's rules look at: the client's settings, the operation, the table's name.
found: WeakKeyDictionary[EndpointRulesetResolver, dict[tuple[str, str], Any]] = WeakKeyDictionary()


def keep(patch: pytest.MonkeyPatch) -> None:
    """Keep the addresses of calls on tables as long as the patch lasts."""
    patch.setattr(EndpointRulesetResolver, "construct_endpoint", _endpoint)


def _endpoint(
    resolver: EndpointRulesetResolver,
    operation_model: OperationModel,
    call_args: dict[str, Any] | None,
    request_context: dict[str, Any] | None,
) -> Any:
    given = (resolver, operation_model, call_args, request_context)
    if operation_model.service_model.service_name != "dynamodb":
        return FIND(*given)
    kept = found.setdefault(resolver, {})
    key = operation_model.name, (call_args or {}).get("TableName", "")
    if key not in kept:
        kept[key] = FIND(*given)
    return kept[key]

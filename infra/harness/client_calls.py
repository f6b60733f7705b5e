"""Intercepts every call of every AWS client in this process: answers, counts or records it.

For simulations, benchmarks and the bill; none of it is deployed. This is the only place that
replaces a private method of botocore (docs/decisions/calls-to-aws.md says why).
"""

from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager
from functools import partial
from typing import Any
from unittest.mock import patch

from botocore.client import BaseClient

Ask = Callable[[str, Mapping[str, Any]], Any]  # makes a call with an operation and its parameters
Answer = Callable[[BaseClient, str, dict[str, Any], Ask], Any]


@contextmanager
def every_call(answer: Answer) -> Iterator[None]:
    """Let a function answer each call made meanwhile.

    Args:
        answer: gets the client, the operation, its parameters, and a function that makes a call
            without this interception.
    """
    original = BaseClient._make_api_call  # type: ignore[attr-defined]

    def call(self: BaseClient, operation: str, params: dict[str, Any]) -> Any:
        return answer(self, operation, params, partial(original, self))

    with patch.object(BaseClient, "_make_api_call", call):
        yield


def refusal(
    client: BaseClient,
    operation: str,
    code: str,
    status: int,
    reasons: list[dict[str, Any]] | None = None,
) -> Exception:
    """Return botocore's exception for a service's refusal.

    Args:
        reasons: one for each part of a transaction that is refused.
    """
    error: dict[str, Any] = {
        "Error": {"Code": code, "Message": code},
        "ResponseMetadata": {"HTTPStatusCode": status},
    }
    if reasons is not None:
        error["CancellationReasons"] = reasons
    kind: Any = client.exceptions.from_code(code)
    made: Exception = kind(error, operation)
    return made

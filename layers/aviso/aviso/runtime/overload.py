"""Whether an error says that AWS has too much to do, so that a page can say when to come back.

The calls' own retries are over by then. An error of ours is none, and is not told as one.
"""

from collections.abc import Iterator

# Codes of DynamoDB, Secrets Manager, Cognito and S3, and of the parts of a refused transaction.
TOO_MUCH = frozenset(
    {
        *("ProvisionedThroughputExceededException", "ProvisionedThroughputExceeded"),
        *("ThrottlingException", "ThrottledException", "Throttling", "ThrottlingError"),
        *("RequestLimitExceeded", "TooManyRequestsException", "LimitExceededException"),
        *("SlowDown", "ServiceUnavailable", "InternalServerError", "InternalFailure"),
    }
)
NO_ANSWER = frozenset({"ReadTimeoutError", "ConnectTimeoutError", "EndpointConnectionError"})


def is_overload(error: BaseException) -> bool:
    """Whether an error, or what caused it, is a call that AWS was too busy to answer."""
    return any(type(e).__name__ in NO_ANSWER or TOO_MUCH & set(_codes(e)) for e in _chain(error))


def _chain(error: BaseException) -> Iterator[BaseException]:
    """Yield an error and its causes; pynamodb keeps AWS's answer as an attribute."""
    found: BaseException | None = error
    while found is not None:
        yield found
        found = getattr(found, "cause", None) or found.__cause__


def _codes(error: BaseException) -> Iterator[str]:
    """Yield the codes in AWS's answer, of a transaction each part's."""
    answer = getattr(error, "response", None)
    if isinstance(answer, dict):
        yield str(answer.get("Error", {}).get("Code"))
        yield from (str(r.get("Code")) for r in answer.get("CancellationReasons", ()))

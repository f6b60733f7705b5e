"""One call to a provider, and what its failure means: the rule for both channels.

There are three outcomes (docs/rules.md#6). *Failed*: this message will never be accepted.
*Deferred*: it was not accepted, and no message was handed to the provider. *Unknown*: it may have
been sent, so sending again at once could tell a person twice. A code that no table lists is
deferred when the provider refused the call and unknown when the provider failed: neither loses a
notice, neither sends one twice.
"""

from collections.abc import Callable, Mapping
from typing import Any

from botocore.exceptions import (
    ClientError,
    ConnectTimeoutError,
    CredentialRetrievalError,
    EndpointConnectionError,
    EndpointProviderError,
    NoCredentialsError,
    NoRegionError,
    ParamValidationError,
    PartialCredentialsError,
    ProxyConnectionError,
)

from aviso.domain.errors import HandOverError, SendDeferred, SendFailed, SendUnknown
from aviso.runtime.clients import CONNECT_SECONDS, READ_SECONDS

SECONDS_NEEDED = CONNECT_SECONDS + READ_SECONDS + 2.0  # and the mark that must follow

Verdict = tuple[type[HandOverError], str]
# Looked up by error code; the first entry whose text is in the provider's message decides.
Table = Mapping[str, tuple[tuple[str, Verdict], ...]]

# https://docs.aws.amazon.com/IAM/latest/APIReference/CommonErrors.html, and the services' names
# for throttling. A 503 is returned before the request is processed.
COMMON: dict[str, Verdict] = {
    "Throttling": (SendDeferred, "throttled"),
    "ThrottlingException": (SendDeferred, "throttled"),
    "ThrottledException": (SendDeferred, "throttled"),
    "TooManyRequestsException": (SendDeferred, "throttled"),
    "RequestThrottled": (SendDeferred, "throttled"),
    "RequestThrottledException": (SendDeferred, "throttled"),
    "RequestLimitExceeded": (SendDeferred, "throttled"),
    "SlowDown": (SendDeferred, "throttled"),
    "ServiceUnavailable": (SendDeferred, "provider_unavailable"),
    "ServiceUnavailableException": (SendDeferred, "provider_unavailable"),
    "AccessDenied": (SendDeferred, "not_authorized"),
    "AccessDeniedException": (SendDeferred, "not_authorized"),
    "AuthorizationError": (SendDeferred, "not_authorized"),
    "ExpiredToken": (SendDeferred, "not_authorized"),
    "ExpiredTokenException": (SendDeferred, "not_authorized"),
    "InvalidClientTokenId": (SendDeferred, "not_authorized"),
    "SignatureDoesNotMatch": (SendDeferred, "not_authorized"),
    "UnrecognizedClientException": (SendDeferred, "not_authorized"),
    "OptInRequired": (SendDeferred, "account_blocked"),
}
BEFORE_ANYTHING_LEFT = (
    ConnectTimeoutError,
    EndpointConnectionError,
    ProxyConnectionError,
    NoCredentialsError,
    PartialCredentialsError,
    CredentialRetrievalError,
    NoRegionError,
    EndpointProviderError,
)


def call(table: Table, operation: Callable[..., Any], **request: Any) -> dict[str, Any]:
    """Call a provider once and return its answer.

    The provider's own exception is not chained: its text may contain the address.

    Raises:
        SendFailed, SendDeferred, SendUnknown: as the tables say.
    """
    try:
        answer: dict[str, Any] = operation(**request)
        return answer
    except ClientError as error:
        kind, reason = _refused(table, error)
    except ParamValidationError:
        kind, reason = SendFailed, "invalid_request"
    except BEFORE_ANYTHING_LEFT:
        kind, reason = SendDeferred, "no_connection"
    except Exception:  # a read time-out, a closed connection, an unreadable response
        kind, reason = SendUnknown, "no_answer"
    raise kind(reason)


def _refused(table: Table, error: ClientError) -> Verdict:
    code = str(error.response.get("Error", {}).get("Code", ""))
    text = str(error.response.get("Error", {}).get("Message", "")).lower()
    status = int(error.response.get("ResponseMetadata", {}).get("HTTPStatusCode", 0))
    for part, verdict in table.get(code, ()):
        if part in text:
            return verdict
    if code in COMMON:
        return COMMON[code]
    if status == 429:
        return SendDeferred, "throttled"
    if 400 <= status < 500:
        return SendDeferred, "refused"
    return SendUnknown, "provider_error"

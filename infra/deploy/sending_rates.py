"""The account's limits on sending and concurrency, as the template's parameters.

Read from AWS at each deployment, so that a raised limit takes effect with the next one. See
docs/decisions/pacing.md.
"""

from collections.abc import Callable, Mapping
from typing import Any

PORTAL = 50
MOST_SENDERS = 4  # the shards of a new table's stream: more would have no work
NEVER_SET_ASIDE = 100  # AWS keeps these for functions that reserve none (AWS Lambda quotas)
NEEDED_CONCURRENCY = PORTAL + MOST_SENDERS + NEVER_SET_ASIDE

SNS_PER_SECOND = 20  # SNS's own quota for texts, whatever the number
# Parts of texts a second, by the kind of number (AWS End User Messaging, "message parts per
# second"). A 10DLC campaign's rate depends on its registration: all of them have at least one.
TOLL_FREE = "TOLL_FREE"
BY_NUMBER = {TOLL_FREE: 3, "TEN_DLC": 1, "LONG_CODE": 1, "SHORT_CODE": SNS_PER_SECOND}
UNKNOWN_NUMBER = 1


def concurrency_limit(clients: Callable[[str], Any]) -> int:
    """Return how many functions the account may run at once: 10 for a new one."""
    account = clients("lambda").get_account_settings()
    return int(account["AccountLimit"]["ConcurrentExecutions"])


def parameters(clients: Callable[[str], Any], answers: Mapping[str, str]) -> dict[str, str]:
    """Return the parameters that stay within the account's rates and limits.

    Where the account is too small to reserve any concurrency, nothing is reserved: then only the
    account limits the portal, and the shards of their stream limit the senders.

    Args:
        answers: what was asked; `sms_number` is the number that texts come from.
    """
    texts = _texts(clients, answers["sms_number"])
    emails = max(1, int(clients("sesv2").get_account()["SendQuota"]["MaxSendRate"]))
    given = {"SmsPerSecond": str(texts), "EmailPerSecond": str(emails)}
    if concurrency_limit(clients) < NEEDED_CONCURRENCY:
        small = {"PortalConcurrency": "0", "ReserveSenders": "false"}
        return given | small | {"Senders": str(MOST_SENDERS)}
    return given | {
        "PortalConcurrency": str(PORTAL),
        "ReserveSenders": "true",
        "Senders": str(min(MOST_SENDERS, texts, emails)),
    }


def _texts(clients: Callable[[str], Any], number: str) -> int:
    if number == "none":
        return UNKNOWN_NUMBER
    found = find_phone(clients, number)
    return BY_NUMBER.get(found["NumberType"] if found else "", UNKNOWN_NUMBER)


def find_phone(clients: Callable[[str], Any], number: str) -> dict[str, Any] | None:
    """Return AWS's description of one of the account's numbers, None when it has no such number."""
    pages = clients("pinpoint-sms-voice-v2").get_paginator("describe_phone_numbers").paginate()
    numbers = (found for page in pages for found in page["PhoneNumbers"])
    return next((found for found in numbers if found["PhoneNumber"] == number), None)

"""What an agency decided about its call-back list: which cases, and how many of them."""

from collections.abc import Mapping
from typing import Any

from msgspec import field

from aviso.domain.value import Frozen


class CallBackSettings(Frozen, frozen=True, kw_only=True):
    """After which statuses a call may be made, and to how many of a hundred victims."""

    statuses: frozenset[str] = frozenset()
    # Of a group's hundred victims; a group without a number has no calls.
    shares: Mapping[str, int] = field(default_factory=dict)


def call_backs_of(raw: Mapping[str, Any]) -> CallBackSettings:
    """Return the `call_backs` of an agency's settings; empty when it has none."""
    return CallBackSettings(
        statuses=frozenset(raw.get("statuses", ())), shares=dict(raw.get("shares", {}))
    )

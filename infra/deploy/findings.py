"""What a check of an account finds, and how much it matters."""

from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass
from enum import StrEnum
from typing import Any


class Severity(StrEnum):
    """How much a finding matters."""

    WELL = "ok"
    LATER = "later"  # deploys, and starts in trial mode: only the operator gets messages
    STOPS = "STOP"


@dataclass(frozen=True, slots=True)
class Finding:
    """What a check found."""

    check: str
    level: Severity
    message: str


Clients = Callable[[str], Any]
Check = Callable[[Clients, Mapping[str, str]], Iterator[Finding]]


def well(check: str, message: str) -> Finding:
    """Return a finding that all is well."""
    return Finding(check, Severity.WELL, message)


def later(check: str, message: str) -> Finding:
    """Return a finding to put right before anybody but the operator gets messages."""
    return Finding(check, Severity.LATER, message)


def stops(check: str, message: str) -> Finding:
    """Return a finding that stops the deployment."""
    return Finding(check, Severity.STOPS, message)

"""Cards that an officer hands out at the scene: a short way into the sign-up before the report.

A card knows no case: the officer writes the number on it. It proves knowledge only. What is left
with it ties itself like any early sign-up, once. After another use of the same card, after its
last day, and with a code that nobody printed, a person looks first (docs/rules.md#14).
"""

import secrets
from collections.abc import Mapping
from datetime import datetime, timedelta
from typing import Any

from aviso.runtime import hashing
from aviso.storage import markers
from aviso.victims.access_codes import ALPHABET, READ_AS

LASTS = timedelta(days=180)
KEPT = LASTS + timedelta(days=60)  # a later use must still be told from the first
LENGTH = 10  # characters of five bits


def issue(n: int, now: datetime) -> list[str]:
    """Make cards; return their codes, which are stored nowhere."""
    codes = ["".join(secrets.choice(ALPHABET) for _ in range(LENGTH)) for _ in range(n)]
    for code in codes:
        markers.put_marker(_row(key_of(code)), {}, now, LASTS)
    return codes


def key_of(code: str) -> str:
    """Return the hash of a card's code as somebody typed it."""
    typed = "".join(c for c in code.upper().translate(READ_AS) if c in ALPHABET)
    return hashing.address_key(f"card {typed}")


def is_unused(code: str, now: datetime) -> bool:
    """Whether a card was printed, before its last day, and nobody has used it."""
    row = _row(key_of(code))
    found = markers.markers([row, _used(key_of(code))])
    return found.keys() == {row} and now - found[row][0] < LASTS


def use(key: str, sign_up: str, now: datetime) -> None:
    """Remember which sign-up a card was used for first; the next use changes and says nothing."""
    markers.put_new_marker(_used(key), {"by": sign_up}, now, KEPT)


def may_tie(sign_up: Mapping[str, Any]) -> bool:
    """Whether what `early_sign_up.leave` stored is its card's first use, before the last day."""
    key, at = str(sign_up["card"]), datetime.fromisoformat(sign_up["consent"]["at"])
    printed, used = markers.marker(_row(key)), markers.marker(_used(key))
    return (
        printed is not None
        and at - printed[0] < LASTS
        and used is not None
        and used[1]["by"] == sign_up["name"]
    )


def _row(key: str) -> str:
    return f"EARLY#CARD#{key}"


def _used(key: str) -> str:
    return f"{_row(key)}#used"

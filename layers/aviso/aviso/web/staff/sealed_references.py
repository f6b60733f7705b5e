"""Encrypted references to cases, so that no case number is in a URL of the desk.

See docs/rules.md#15.

The position where a list's next page begins is encrypted too, because it names an entry.

An address stays in a browser's history and in the gateway's logs. A sealed address gives nothing to
a reader without a session, and does not show a case's number even with one.
"""

import base64
import hashlib
import json
from collections.abc import Mapping

from cryptography.fernet import Fernet, InvalidToken, MultiFernet

from aviso.runtime import secrets


def seal(number: str) -> str:
    """Return the reference of a case number."""
    return _box().encrypt(number.encode()).decode()


def unseal(reference: str) -> str:
    """Return the case number of a reference; empty when we did not write it."""
    for early in (False, True):  # it may be sealed with a key younger than our copy
        try:
            return _box(early=early).decrypt(reference.encode()).decode()
        except InvalidToken:
            continue
    return ""


def seal_place(after: Mapping[str, str], list: str) -> str:
    """Return the reference of a position in a list; it means nothing in another list."""
    return seal(json.dumps({"list": list, "after": dict(after)}))


def place(reference: str, list: str) -> dict[str, str]:
    """Return the position that a reference names; the list's beginning when it names none."""
    text = unseal(reference)
    found = json.loads(text) if text.startswith("{") else {}
    after: dict[str, str] = found["after"] if found.get("list") == list else {}
    return after


def _box(*, early: bool = False) -> MultiFernet:
    keys = secrets.signing_keys(early=early)
    derived = (
        hashlib.blake2b(key.encode(), digest_size=32, person=b"desk").digest() for key in keys
    )
    return MultiFernet([Fernet(base64.urlsafe_b64encode(key)) for key in derived])

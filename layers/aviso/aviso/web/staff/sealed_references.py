"""Names for cases in the desk's addresses: sealed, so that no case number is in a URL.

See docs/rules.md#15.

So is the place in a list where its next page begins, which names what stands there.

An address stays in a browser's history and in the gateway's logs. What stands there says nothing
to whoever has no session, and nothing of a case even then.
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
    """Return the case number of a reference, or nothing when we did not write it."""
    for early in (False, True):  # perhaps sealed with a key younger than our copy
        try:
            return _box(early=early).decrypt(reference.encode()).decode()
        except InvalidToken:
            continue
    return ""


def seal_place(after: Mapping[str, str], list: str) -> str:
    """Return the reference of a place in a list, which means nothing in another."""
    return seal(json.dumps({"list": list, "after": dict(after)}))


def place(reference: str, list: str) -> dict[str, str]:
    """Return the place in a list that a reference names; the beginning when it names none of it."""
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

"""Names for cases in the desk's addresses: sealed, so that no case number is in a URL (rule 15).

An address stays in a browser's history and in the gateway's logs. What stands there says nothing
to whoever has no session, and nothing of a case even then.
"""

import base64
import hashlib

from cryptography.fernet import Fernet, InvalidToken, MultiFernet

from aviso import secrets


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


def _box(*, early: bool = False) -> MultiFernet:
    keys = secrets.signing_keys(early=early)
    derived = (
        hashlib.blake2b(key.encode(), digest_size=32, person=b"desk").digest() for key in keys
    )
    return MultiFernet([Fernet(base64.urlsafe_b64encode(key)) for key in derived])

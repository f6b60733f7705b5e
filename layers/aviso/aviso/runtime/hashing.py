"""The hash of a phone or an email, so that Guards contains no address."""

import base64
import hashlib
import hmac

from aviso.runtime import secrets

KEY_BYTES = 20  # 160 bits: 32 characters of base32


def address_key(address: str) -> str:
    """Return the HMAC-SHA256 of an address, the only form of an address in guards.

    Args:
        address: as `phone` or `email` returns it; case and surrounding space make no difference.
    """
    digest = hmac.digest(secrets.opt_out_key(), address.strip().lower().encode(), hashlib.sha256)
    return base64.b32encode(digest[:KEY_BYTES]).decode().lower()

"""Access codes, such as `K7M2-9QXD`: they prove more than knowledge does (docs/rules.md#14).

A code is sent to a contact on file, or printed on a letter or on the officer's card. It opens one
victim's view of one case, once. Only an HMAC of it is stored. A plain hash of 40 bits could be
found by trying every code; an HMAC cannot, even with a copy of the table.
"""

import hashlib
import hmac
from datetime import datetime, timedelta
from enum import StrEnum
from secrets import randbits

from aviso.domain.contacts import PAPER
from aviso.domain.settings import Settings
from aviso.domain.text import western
from aviso.runtime import secrets
from aviso.storage import access_codes

BITS = 40  # twice what OWASP ASVS asks of a code sent out of band
ALPHABET = "0123456789ABCDEFGHJKMNPQRSTVWXYZ"  # Crockford's: no I, L, O, U
READ_AS = str.maketrans("OIL", "011")  # people type O for zero, and I or L for one
LENGTH = BITS // 5


class CodePurpose(StrEnum):
    """How a code reaches its owner, which decides how long it is valid."""

    PHONE = "phone"
    EMAIL = "email"
    POST = "post"
    CARD = "card"  # handed over by the officer; the report may take days to come in


def issue(
    case: str,
    victim: str,
    purpose: CodePurpose,
    now: datetime,
    settings: Settings,
    *,
    root: str = PAPER,
) -> str:
    """Make a code, store its hash, and return the code, which cannot be read again.

    Args:
        purpose: how the code is handed over.
        now: the start of its validity.
        root: of the contact that it is sent to, see `changes`.
    """
    number = randbits(BITS)
    text = "".join(ALPHABET[(number >> shift) & 31] for shift in range(BITS - 5, -1, -5))
    until = now + lifetime(purpose, settings)
    record = access_codes.CodeRecord(
        case=case, victim=victim, purpose=purpose.value, until=until, root=root
    )
    access_codes.put(_key(text), record)
    return f"{text[:4]}-{text[4:]}"


def lifetime(purpose: CodePurpose, settings: Settings) -> timedelta:
    """Return how long a code handed over in this way is valid."""
    policy = settings.verification
    return {
        CodePurpose.PHONE: policy.code_phone,
        CodePurpose.EMAIL: policy.code_email,
        CodePurpose.POST: policy.code_post,
        CodePurpose.CARD: policy.code_card,
    }[purpose]


def issued_at(code: access_codes.CodeRecord, settings: Settings) -> datetime | None:
    """Return when a code was sent to a phone or email; None for a code on paper."""
    if code.purpose in (CodePurpose.POST, CodePurpose.CARD):
        return None
    return made_at(code, settings)


def made_at(code: access_codes.CodeRecord, settings: Settings) -> datetime:
    """Return when a code was made; a letter's code is made in the run that prints the letter."""
    return code.until - lifetime(CodePurpose(code.purpose), settings)


def look(typed: str, now: datetime) -> access_codes.CodeRecord | None:
    """Return the case a code opens; None when it is unknown, used or expired, without saying which.

    This does not use the code up: the transaction that opens the visit does. So a code that is
    typed for a case that is not shown yet stays valid.

    Args:
        typed: spaces, dashes, small letters, O, I and L are accepted.
    """
    found = access_codes.get(_key(normal(typed)))
    return found if found and found.until > now else None


def normal(typed: str) -> str:
    """Return a typed code in the form that is hashed."""
    return "".join(c for c in western(typed).upper() if c.isalnum()).translate(READ_AS)


def _key(code: str) -> str:
    """Return a code's hash. Its key never rotates, because a letter outlives a rotation."""
    return hmac.digest(secrets.opt_out_key(), f"code|{code}".encode(), hashlib.sha256).hex()

"""Links and codes in a message: to act on its one contact, and to prove that it is real.

A token names a notice and an attempt, nothing else: no address, no case. Each purpose has its own
salt, so that a link to end messages is not a link to a survey. Tokens have no time: ending messages
and "this is not me" must work however late they are read, a survey's row knows when it closes, and
a question to a representative is as old as its attempt.

Size in a text: 23 characters of notice and attempt, a dot, 14 of signature: 38.
"""

import base64
import hashlib
import hmac
import re
from collections.abc import Iterator
from datetime import date, timedelta
from enum import StrEnum

from itsdangerous import BadSignature, Signer
from itsdangerous.encoding import base64_decode, base64_encode
from itsdangerous.signer import HMACAlgorithm

from aviso.domain.errors import LinkMissing, LinkRefused
from aviso.domain.text import western
from aviso.runtime import secrets

ID_CHARACTERS = 26  # of a notice id: 130 bits in lower-case base32
MAX_ATTEMPT = 63  # six bits; a ladder is far shorter
SIGNATURE_BYTES = 10  # 80 bits; every guess is a request to a throttled page
PACKED = re.compile(r"[A-Za-z0-9_-]{23}")  # a notice and an attempt
CODE_DAYS = 60  # for how long the page confirms that a message was real
_BASE32 = "abcdefghijklmnopqrstuvwxyz234567"
_CROCKFORD = "0123456789ABCDEFGHJKMNPQRSTVWXYZ"
_READ_AS = str.maketrans("OIL", "011")  # the letters that Crockford's alphabet accepts for digits


class LinkPurpose(StrEnum):
    """A link's purpose; the salt of its signature."""

    NOT_ME = "not_me"
    STOP = "stop"
    SURVEY = "survey"
    SPEAK = "speak"  # to say whether one wants to represent a victim
    PLAN = "plan"  # to say whether a plan for safe messages is right


class _ShortHmac(HMACAlgorithm):
    """HMAC-SHA256 cut to its first bytes (RFC 2104, section 5)."""

    def get_signature(self, key: bytes, value: bytes) -> bytes:
        return super().get_signature(key, value)[:SIGNATURE_BYTES]


def token(purpose: LinkPurpose, notice_id: str, attempt: int) -> str:
    """Return the token of a link that acts on one attempt's contact.

    Raises:
        ValueError: when the notice id or the attempt is invalid.
    """
    return _signer(purpose, secrets.signing_keys()).sign(_pack(notice_id, attempt)).decode()


def read(purpose: LinkPurpose, text: str) -> tuple[str, int]:
    """Return the notice id and the attempt that a token names.

    Raises:
        LinkMissing: when there is no token.
        LinkRefused: when no stored key signed it for this purpose.
    """
    text = text.strip()
    if not text:
        raise LinkMissing
    try:
        try:
            packed = _signer(purpose, secrets.signing_keys()).unsign(text)
        except BadSignature:  # perhaps signed with a key newer than our copy
            packed = _signer(purpose, secrets.signing_keys(early=True)).unsign(text)
    except BadSignature:
        raise LinkRefused from None
    # Four bits of the last character are unused, and the signature's check ignores them.
    signature = text.rpartition(".")[2]
    if base64_encode(base64_decode(signature)) != signature.encode():
        raise LinkRefused
    return _unpack(packed)


def claimed(text: str) -> tuple[str, int] | None:
    """Return the notice and the attempt that a token names, or None. No signature is checked.

    So it proves nothing: it is for a person to look at.
    """
    packed = text.strip().partition(".")[0]
    return _unpack(packed.encode()) if PACKED.fullmatch(packed) else None


def check_code(address: str, day: date) -> str:
    """Return the code that proves a message of this day to this address: `K7M2-9QXD`.

    It depends on the address, so that a code copied from one message proves nothing to anyone
    else. It needs no lookup.

    Args:
        address: the phone or email that the message is sent to.
        day: when it is sent, in UTC.
    """
    return _code(secrets.signing_keys()[0], address, day)


def checked_day(address: str, code: str, today: date) -> date | None:
    """Return the day on which we sent this address a message with this code, if we did."""
    typed = "".join(c for c in western(code).upper() if c.isalnum()).translate(_READ_AS)
    found = None
    for key, day in _candidates(today):
        expected = _code(key, address, day).replace("-", "")
        if hmac.compare_digest(expected.encode(), typed.encode()):
            found = day  # and continue: a match takes as long as no match
    return found


def _candidates(today: date) -> Iterator[tuple[str, date]]:
    for key in secrets.signing_keys():
        for back in range(-1, CODE_DAYS + 1):  # -1: another clock may be past midnight before ours
            yield key, today - timedelta(days=back)


def _code(key: str, address: str, day: date) -> str:
    message = f"check|{address.strip().lower()}|{day.isoformat()}".encode()
    number = int.from_bytes(hmac.digest(key.encode(), message, hashlib.sha256)[:5])
    text = "".join(_CROCKFORD[(number >> shift) & 31] for shift in range(35, -1, -5))
    return f"{text[:4]}-{text[4:]}"


def _signer(purpose: LinkPurpose, keys: list[str]) -> Signer:
    return Signer(
        keys[::-1],  # itsdangerous signs with the last
        salt=f"aviso.{purpose}",
        key_derivation="hmac",
        digest_method=hashlib.sha256,
        algorithm=_ShortHmac(hashlib.sha256),
    )


def _pack(notice_id: str, attempt: int) -> str:
    if len(notice_id) != ID_CHARACTERS or not 0 <= attempt <= MAX_ATTEMPT:
        raise ValueError("no notice id and attempt")
    number = 0
    for character in notice_id:
        number = number << 5 | _BASE32.index(character)
    packed = (number << 6 | attempt).to_bytes(17)
    return base64.urlsafe_b64encode(packed).decode().rstrip("=")


def _unpack(packed: bytes) -> tuple[str, int]:
    number = int.from_bytes(base64.urlsafe_b64decode(packed + b"="))
    shifts = range(6 + 5 * (ID_CHARACTERS - 1), 5, -5)
    return "".join(_BASE32[(number >> shift) & 31] for shift in shifts), number & MAX_ATTEMPT

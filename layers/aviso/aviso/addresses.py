"""Phones and emails in one form, and the key under which an address is remembered.

The libraries are imported on use: most functions only need `key`.
"""

import base64
import hashlib
import hmac

from aviso import secrets

KEY_CHARACTERS = 32  # of base32: 160 bits


def phone(text: str, region: str = "US") -> str:
    """Return a phone number in E.164, or nothing when no text can reach it.

    An extension means a switchboard, and a premium number would cost the agency: both are nothing.
    """
    import phonenumbers

    try:
        number = phonenumbers.parse(text, region)
    except phonenumbers.NumberParseException:
        return ""
    premium = phonenumbers.number_type(number) == phonenumbers.PhoneNumberType.PREMIUM_RATE
    if number.extension or premium or not phonenumbers.is_valid_number(number):
        return ""
    return phonenumbers.format_number(number, phonenumbers.PhoneNumberFormat.E164)


def email(text: str) -> str:
    """Return an email address in one form, lower case, or nothing when it is none.

    RFC 5321 lets the part before the @ be case-sensitive. No provider of note does, and an opt-out
    by `Ana@` must hold for `ana@`.
    """
    from email_validator import EmailNotValidError, validate_email

    try:
        return validate_email(text.strip(), check_deliverability=False).normalized.lower()
    except EmailNotValidError:
        return ""


def key(address: str) -> str:
    """Return the HMAC-SHA256 of an address, the only form in which guards know it.

    Args:
        address: as `phone` or `email` returns it; case and outer space make no difference.
    """
    digest = hmac.digest(secrets.opt_out_key(), address.strip().lower().encode(), hashlib.sha256)
    return base64.b32encode(digest).decode().lower()[:KEY_CHARACTERS]

"""Phones and emails in one form. The libraries are imported on use."""

import re

SHORT = re.compile(r"(?<![\d-])\d{3}[-. ]?\d{4}(?![\d-])")  # a number without its area code


def phone(text: str, region: str = "US") -> str:
    """Return a phone number in E.164, or an empty string when no text can reach it.

    A number with an extension is a switchboard, and a premium number would cost the agency: both
    give an empty string.
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


def read_out(phone: str) -> str:
    """Return a phone in E.164 as it is read aloud, country first: +1 520 555 0101."""
    import phonenumbers

    if not phone:
        return ""
    written = phonenumbers.format_number(
        phonenumbers.parse(phone), phonenumbers.PhoneNumberFormat.INTERNATIONAL
    )
    return written.replace("-", " ")


def phones(
    text: str, *, area_code: str = "", switchboards: bool = False, region: str = "US"
) -> tuple[str, ...]:
    """Return every phone number in a text, in E.164, each once.

    Records systems put "520-555-0118 (cell) / 520-555-0119 x12" in one field.

    Args:
        area_code: completes a number of seven digits, if there is no whole number.
        switchboards: also return numbers with an extension and premium numbers: to be avoided, not
            used.
        region: the region whose numbers need no country code.
    """
    import phonenumbers
    from phonenumbers import Leniency, PhoneNumberMatcher, PhoneNumberType

    found = [m.number for m in PhoneNumberMatcher(text, region, leniency=Leniency.POSSIBLE)]
    if not switchboards:
        premium = PhoneNumberType.PREMIUM_RATE
        found = [n for n in found if not n.extension and phonenumbers.number_type(n) != premium]
    usable = [
        phonenumbers.format_number(number, phonenumbers.PhoneNumberFormat.E164)
        for number in found
        if phonenumbers.is_valid_number(number)
    ]
    if not usable and area_code:
        usable = [phone(area_code + short, region) for short in SHORT.findall(text)]
    return tuple(dict.fromkeys(filter(None, usable)))


def emails(text: str) -> tuple[str, ...]:
    """Return every email address in a text, in one form, each once."""
    parts = re.split(r"[\s;,/<>()]+", text)
    return tuple(dict.fromkeys(filter(None, (email(part) for part in parts if "@" in part))))


def email(text: str) -> str:
    """Return an email address in one form, lower case, or an empty string when it is not one.

    RFC 5321 lets the part before the @ be case-sensitive. No provider of note uses that, and an
    opt-out by `Ana@` must apply to `ana@`.
    """
    from email_validator import EmailNotValidError, validate_email

    try:
        return validate_email(text.strip(), check_deliverability=False).normalized.lower()
    except EmailNotValidError:
        return ""

"""Telephone numbers as people read and tap them; imports nothing, for the first page's sake."""


def shown(phone: str) -> str:
    """Return a phone as people here write it: 520-555-0150; one from abroad stays as it is."""
    national = phone.removeprefix("+1")
    if national == phone or len(national) != 10 or not national.isdigit():
        return phone
    return f"{national[:3]}-{national[3:6]}-{national[6:]}"


def tel(phone: str) -> str:
    """Return a telephone link's target for a number as people write it."""
    digits = "".join(filter(str.isdigit, phone))
    return f"tel:+1{digits}" if len(digits) == 10 else f"tel:{'+' * (len(digits) > 10)}{digits}"

"""Whether the postal service can deliver an address: a check before paper, stamp and code.

The check is of form only: only the postal service knows whether a street exists. A letter to a
wrong address comes back.
"""

import re

# USPS Publication 28, appendix B: states, territories and the armed forces.
STATES = frozenset(
    "AL AK AZ AR CA CO CT DE FL GA HI ID IL IN IA KS KY LA ME MD MA MI MN MS MO MT NE NV NH NJ NM"
    " NY NC ND OH OK OR PA RI SC SD TN TX UT VT VA WA WV WI WY DC AS FM GU MH MP PR PW VI"
    " AA AE AP".split()
)
_CODE = re.compile(r"\d{5}(?:-?\d{4})?")
_LAST_LINE = re.compile(r"(?P<city>.+), (?P<state>\S+) (?P<zip>\d{5}(?:-?\d{4})?)")
# What records systems write when the address is unknown.
NOWHERE = re.compile(r"(?i)\b(unknown|unk|homeless|transient|refused|none|n/?a|no address)\b")


def lines(name: str, address: str, organization: str = "") -> tuple[str, ...] | None:
    """Return an address in USPS's machine-readable form, or None when it cannot be right.

    Capitals, and no comma between city, state and ZIP code (Publication 28, section 2).

    Args:
        organization: the name of the organization at which the reader is, if it is one's letter.
        address: the street, and on the last line "city, state ZIP", as `letter_address` writes it.
    """
    *street, last = (" ".join(line.split()) for line in address.splitlines())
    match = _LAST_LINE.fullmatch(last)
    if not (name.strip() and street and match and all(map(_place, street))):
        return None
    city, state, code = match["city"], match["state"].upper(), match["zip"].replace("-", "")
    if mistakes(" ".join(street), city, state, match["zip"]):
        return None
    plus = f"-{code[5:]}" if code[5:] else ""
    reader = " ".join(name.split())
    names = (
        (" ".join(organization.split()), f"Attn {reader}") if organization.strip() else (reader,)
    )
    block = (*names, *street, f"{city} {state} {code[:5]}{plus}")
    return tuple(line.upper() for line in block)


def mistakes(street: str, city: str, region: str, postal_code: str) -> list[str]:
    """Return the names of the parts of an address that are missing or cannot be right."""
    right = {
        "street": _place(street),
        "city": bool(re.search(r"[^\W\d_]", city)),
        "region": region.upper() in STATES,
        "postal_code": bool(_CODE.fullmatch(postal_code)) and int(postal_code[:5]) > 0,
    }
    return [name for name, so in right.items() if not so]


def _place(street: str) -> bool:
    """Whether a line can be a street, a box or general delivery: nearly all have a number."""
    if NOWHERE.search(street):
        return False
    return bool(re.search(r"\d", street)) or "GENERAL DELIVERY" in street.upper()

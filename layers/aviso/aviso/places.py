"""Whether two rows write one place, as far as spelling can say: it bars letters and visits.

Rows write one home in many ways: with accents or none, in full or as the post abbreviates, without
the direction, the kind of street or the unit. In doubt it is one place, since the other error
writes to a suspect's home. `docs/limits.md` says which spellings still look like two places.
"""

import re
from collections import Counter

from aviso.frozen import Frozen
from aviso.spelling import unmarked

# USPS Publication 28, appendices C1 and H, and what is written besides.
KINDS = {
    "STREET": "ST",
    "STR": "ST",
    "SAINT": "ST",  # "St Marys Rd" has two
    "AVENUE": "AVE",
    "AV": "AVE",
    "AVENIDA": "AVE",
    "AVDA": "AVE",
    "ROAD": "RD",
    "DRIVE": "DR",
    "LANE": "LN",
    "BOULEVARD": "BLVD",
    "COURT": "CT",
    "CIRCLE": "CIR",
    "PLACE": "PL",
    "TRAIL": "TRL",
    "PARKWAY": "PKWY",
    "PKY": "PKWY",
    "HIGHWAY": "HWY",
    "TERRACE": "TER",
    "SQUARE": "SQ",
    "WY": "WAY",
}
DIRECTIONS = {
    "NORTH": "N",
    "SOUTH": "S",
    "EAST": "E",
    "WEST": "W",
    "NORTHEAST": "NE",
    "NORTHWEST": "NW",
    "SOUTHEAST": "SE",
    "SOUTHWEST": "SW",
}
NAMES = {"FORT": "FT", "MOUNT": "MT", "CALLE": "CLL", "CAMINO": "CAM", "PASEO": "PSO"}
UNITS = frozenset(
    "APT APARTMENT UNIT STE SUITE SPC SPACE LOT TRLR TRAILER BLDG BUILDING"
    " RM ROOM FL FLOOR NO".split()
)
_FIRST = "FIRST SECOND THIRD FOURTH FIFTH SIXTH SEVENTH EIGHTH NINTH".split()
_TEENS = ["TENTH", "ELEVENTH", "TWELFTH"]
_TEENS += [f"{teen}TEENTH" for teen in "THIR FOUR FIF SIX SEVEN EIGH NINE".split()]
_TENS = "TWENT THIRT FORT FIFT SIXT SEVENT EIGHT NINET".split()
ORDINALS = {
    **{word: str(n) for n, word in enumerate((*_FIRST, *_TEENS), 1)},
    **{f"{ten}IETH": str(n) for n, ten in zip(range(20, 100, 10), _TENS, strict=True)},
    **{
        f"{ten}Y{one}": str(n + more)
        for n, ten in zip(range(20, 100, 10), _TENS, strict=True)
        for more, one in enumerate(_FIRST, 1)
    },
}
SHORT = {**KINDS, **DIRECTIONS, **NAMES, **ORDINALS}
IS_KIND, IS_DIRECTION = frozenset(KINDS.values()), frozenset(DIRECTIONS.values())


class Place(Frozen, frozen=True, kw_only=True):
    """A street as it is compared."""

    words: tuple[str, ...]
    name: Counter[str]  # number, name and unit
    kinds: Counter[str]
    directions: Counter[str]


def same_place(street: str, code: str, other_street: str, other_code: str) -> bool:
    """Say whether two streets with their postal codes are one place, and neither says more."""
    words = _words(street)
    return bool(words) and words == _words(other_street) and _one_code(code, other_code)


def perhaps_same_place(street: str, code: str, other_street: str, other_code: str) -> bool:
    """Say whether two streets may be one place: each may leave out what the other says.

    A postal code tells places apart only when both rows have one.
    """
    if not _one_code(code, other_code):
        return False
    one, other = _place(street), _place(other_street)
    if not one.words or not other.words:
        return False
    if "".join(one.words) == "".join(other.words):
        return True  # Mary-Ann, Maryann
    if min(len(one.words), len(other.words)) < 2:
        return False  # a bare number is no place
    if _within(Counter(one.words), Counter(other.words)):
        return True
    return (
        min(one.name.total(), other.name.total()) > 1
        and _within(one.name, other.name)
        and _within(one.kinds, other.kinds)
        and _within(one.directions, other.directions)
    )


def _within(one: Counter[str], other: Counter[str]) -> bool:
    return one <= other or other <= one


def _one_code(one: str, other: str) -> bool:
    return len({one[:5], other[:5]} - {""}) < 2


def _place(street: str) -> Place:
    words = _words(street)
    kinds = Counter(word for word in words if word in IS_KIND)
    directions = Counter(word for word in words if word in IS_DIRECTION)
    name = Counter(words) - kinds - directions
    return Place(words=words, name=name, kinds=kinds, directions=directions)


def _words(street: str) -> tuple[str, ...]:
    """Return a street's words as one writes all: no accents, short, numbers apart from letters."""
    plain = re.sub(r"(?<=[^\W\d])-(?=[^\W\d])", "", unmarked(street.upper()))
    plain = re.sub(r"\b(?:P ?O|POST OFFICE) ?BOX\b|\bPOB\b", "BOX", plain)
    plain = re.sub(rf"\b({'|'.join(_TENS)})Y ", r"\1Y", plain)  # Twenty Second
    plain = re.sub(r"(\d)(?:ST|ND|RD|TH)\b", r"\1", plain)
    words: list[str] = []
    for found in re.findall(r"\d+|[^\W\d_]+", plain):
        word = SHORT.get(found, found)
        if words and words[-1] + word in IS_DIRECTION:
            words[-1] += word
        elif word not in UNITS:
            words.append(word)
    return tuple(words)

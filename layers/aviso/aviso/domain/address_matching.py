"""Whether two rows may be one place, judged by spelling; it bars letters and visits.

Rows write one home in many ways: with accents or without, in full or with USPS abbreviations,
without the direction, the kind of street or the unit. In doubt the answer is one place, because the
opposite error writes to a suspect's home. `docs/limits.md` lists the spellings that still look like
two places.
"""

import re
from collections import Counter
from collections.abc import Collection, Iterator, Mapping, Sequence
from functools import cache
from itertools import pairwise

from aviso.domain.text import unmarked
from aviso.domain.value import Frozen

# Kinds of street that are rarely part of the name; Park, River and Valley often are.
USUAL = frozenset("ST AVE RD DR LN BLVD CT CIR PL TRL PKWY HWY TER SQ WAY".split())
# Words for units that are always left out; others only before a number or a letter.
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


class Words(Frozen, frozen=True, kw_only=True):
    """Tables of the words in streets."""

    short: Mapping[str, str]  # a spelling -> the form used for comparison
    kinds: frozenset[str]  # of streets: avenue, loop
    directions: frozenset[str]
    units: frozenset[str]  # units that mean nothing without their number
    roads: Mapping[str, str]  # words before a road's number -> the form used for comparison


@cache
def _known() -> Words:
    """Read the tables, once in a process and only when streets are compared."""
    from aviso_compiled.state import NAMES  # the build writes this module

    from aviso.domain import street_words

    suffixes = street_words.spellings(street_words.C1)
    directions = street_words.spellings(street_words.DIRECTIONALS)
    short = (
        suffixes
        | street_words.spellings(street_words.BESIDES_C1)
        | street_words.spellings(street_words.SPANISH)
    )
    return Words(
        short={**street_words.spellings(street_words.C2_ALONE), **short, **directions, **ORDINALS},
        kinds=frozenset(suffixes.values()),
        directions=frozenset(directions.values()),
        units=frozenset(street_words.spellings(street_words.C2_NUMBERED)),
        roads=street_words.roads(*NAMES),
    )


class Place(Frozen, frozen=True, kw_only=True):
    """A street's words, sorted by type."""

    name: Counter[str]  # number, name and unit
    kinds: Counter[str]
    directions: Counter[str]


def same_place(street: str, code: str, other_street: str, other_code: str) -> bool:
    """Whether two streets with their postal codes are one place, and neither says more."""
    words = _words(street)
    return bool(words) and words == _words(other_street) and _one_code(code, other_code)


def perhaps_same_place(street: str, code: str, other_street: str, other_code: str) -> bool:
    """Whether two streets may be one place: each may leave out what the other says.

    A postal code distinguishes places only when both rows have one.
    """
    if not _one_code(code, other_code):
        return False
    one, other = _words(street), _words(other_street)
    if not one or not other:
        return False
    if "".join(one) == "".join(other):
        return True  # Mary-Ann, Maryann
    if min(len(one), len(other)) < 2:
        return False  # a number alone is not a place
    if _within(Counter(one), Counter(other)):
        return True
    readings = (USUAL, _known().kinds)
    return any(_one_place(_place(one, kinds), _place(other, kinds)) for kinds in readings)


def _one_place(one: Place, other: Place) -> bool:
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


def _place(words: Sequence[str], kinds: Collection[str]) -> Place:
    known = _known()
    of_kind = Counter(word for word in words if word in kinds)
    directions = Counter(word for word in words if word in known.directions)
    return Place(name=Counter(words) - of_kind - directions, kinds=of_kind, directions=directions)


def _words(street: str) -> tuple[str, ...]:
    """Return a street's words in one form: no accents, short, numbers separate from letters."""
    if not street:
        return ()
    known = _known()
    plain = re.sub(r"(?<=[^\W\d])-(?=[^\W\d])", "", unmarked(street.upper()))
    plain = re.sub(r"\b(?:P ?O|POST OFFICE) ?BOX\b|\bPOB\b", "BOX", plain)
    plain = re.sub(rf"\b({'|'.join(_TENS)})Y ", r"\1Y", plain)  # Twenty Second
    plain = re.sub(r"(\d)(?:ST|ND|RD|TH)\b", r"\1", plain)
    written = _roads(re.findall(r"\d+|[^\W\d_]+", plain), known.roads)
    words: list[str] = []
    for found, following in pairwise([*written, ""]):
        word = known.short.get(found, found)
        if words and words[-1] + word in known.directions:
            words[-1] += word
        elif not (word in UNITS or (found in known.units and _is_unit(following))):
            words.append(word)
    return tuple(words)


def _is_unit(word: str) -> bool:
    return word.isdigit() or len(word) == 1


def _roads(words: Sequence[str], roads: Mapping[str, str]) -> Iterator[str]:
    """Yield words, with one spelling for the words before a road's number."""
    n = 0
    while n < len(words):
        for long in (3, 2, 1):
            name = roads.get(" ".join(words[n : n + long]))
            if name and "".join(words[n + long : n + long + 1]).isdigit():
                yield from name.split()
                n += long
                break
        else:
            yield words[n]
            n += 1

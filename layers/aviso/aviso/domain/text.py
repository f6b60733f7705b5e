"""Telephone numbers, names and codes as text; it imports little, to keep the first page fast."""

import re
import unicodedata
from collections.abc import Container, Mapping
from datetime import timedelta
from itertools import filterfalse

MOST_CODES, TOO_MANY = 4_000, "too many codes"  # of joined cells; no agency has such a code


def shown(phone: str) -> str:
    """Return a phone as people here write it: 520-555-0150; a foreign number stays as it is."""
    national = phone.removeprefix("+1")
    if national == phone or len(national) != 10 or not national.isdigit():
        return phone
    return f"{national[:3]}-{national[3:6]}-{national[6:]}"


def tel(phone: str) -> str:
    """Return the target of a telephone link for a number as people write it."""
    digits = "".join(filter(str.isdigit, phone))
    return f"tel:+1{digits}" if len(digits) == 10 else f"tel:{'+' * (len(digits) > 10)}{digits}"


SUFFIXES = frozenset({"jr", "sr", "junior", "senior", "ii", "iii", "iv"})  # of a name
MARKS = dict.fromkeys(map(ord, "'’`´."))  # marks that one row writes and another leaves out


def western(typed: str) -> str:
    """Return a text with every digit as 0 to 9: an Arabic keyboard types ٣ for 3."""
    if typed.isascii():
        return typed
    return "".join(str(unicodedata.decimal(c)) if c.isdecimal() else c for c in typed)


def normal_number(typed: str) -> str:
    """Return a report number without spaces and dashes, in capitals and with digits from 0 to 9."""
    known = western(unicodedata.normalize("NFKC", typed))
    return "".join(c for c in known if c.isalnum()).upper()


def codes_in(cell: str, known: Container[str]) -> list[str]:
    """Return the codes of a cell that may list several (`13A; 23F`); a known cell is one code."""
    if cell in known:
        return [cell]
    pieces = (piece.strip() for piece in cell.split(";"))
    codes = (c for p in pieces for c in ([p] if p in known else p.replace("|", ",").split(",")))
    return [code.strip() for code in codes if code.strip()] or [cell]


def joined(cell: str, other: str) -> str:
    """Return a cell with the codes that only another one has; too many become an unknown code."""
    ours, theirs = ({piece.strip() for piece in text.split(";")} - {""} for text in (cell, other))
    if theirs <= ours:
        return cell
    codes = "; ".join(sorted(ours | theirs))
    return codes if len(codes) <= MOST_CODES else TOO_MANY


def in_language(name: str | Mapping[str, str], language: str) -> str:
    """Return a name of the settings in a language; one that lacks it is the first that it has."""
    if isinstance(name, str):
        return name
    return name.get(language) or next(iter(name.values()))


def unaccented(text: str) -> str:
    """Return a text without accents."""
    return "".join(filterfalse(unicodedata.combining, unicodedata.normalize("NFKD", text)))


def unmarked(text: str) -> str:
    """Return a text without accents, apostrophes and points."""
    return unaccented(text).translate(MARKS)


def plain_name(name: str) -> str:
    """Return a name for comparison: without case, accents, hyphens, apostrophes or suffix."""
    return "".join(plain_words(name))


def plain_words(name: str) -> list[str]:
    """Return the words of a name without case, accents, hyphens, apostrophes or suffix."""
    words = re.sub(r"[\W_]", " ", unmarked(name.casefold())).split()
    while len(words) > 1 and words[-1] in SUFFIXES:
        words.pop()
    return words


def duration(text: str) -> timedelta:
    """Read '90 seconds', '1 hour' or '10 days' (the settings' schema allows no other)."""
    amount, unit = text.split()
    return timedelta(**{unit if unit.endswith("s") else unit + "s": int(amount)})

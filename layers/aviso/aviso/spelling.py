"""Letters as spellings are compared: of names and places, and of what people type or text."""

import unicodedata
from itertools import filterfalse

MARKS = dict.fromkeys(map(ord, "'’`´."))  # what one row writes of a name and another leaves out


def normal_number(typed: str) -> str:
    """Return a report number without spaces and dashes, in capitals."""
    return "".join(c for c in unicodedata.normalize("NFKC", typed) if c.isalnum()).upper()


def unaccented(text: str) -> str:
    """Return a text without the accents of its letters."""
    return "".join(filterfalse(unicodedata.combining, unicodedata.normalize("NFKD", text)))


def unmarked(text: str) -> str:
    """Return a text without accents, apostrophes and points."""
    return unaccented(text).translate(MARKS)

"""Which way a language is written, and numbers that stay whole in text written from right to left.

Without help, software shows `520-555-0100` after Arabic words as `0100-555-520`: each group of
digits is placed on its own (Unicode Standard Annex 9, rules W2 and W4). An invisible mark before a
number keeps it whole. It is part of every text, email, letter and page in such a language.
"""

import re

MARK = "\u200e"  # LEFT-TO-RIGHT MARK
# Digits with dashes, points, slashes or spaces between: telephones, case numbers, dates, codes.
# Not within a word or an address, and not a number without separators, which is always whole.
_NUMBER = re.compile(r"(?<![^\s(«\"'،؛:])\(?\+?[0-9A-Z]+(?:[-./ ()]{1,2}[0-9A-Z•]+)+(?![a-z])")
_MASKED = re.compile(r"\S+•+@•+\S*")  # an email address of which only a part is shown
_BETWEEN_TAGS = re.compile(r"(?<=>)[^<>]+(?=<)")


def text_direction(language: str) -> str:
    """Return `rtl` for a language that is written from right to left, otherwise `ltr`."""
    from aviso_compiled.directions import DIRECTIONS  # the build writes this module

    return str(DIRECTIONS.get(language, "ltr"))


def marked(text: str, language: str) -> str:
    """Return a plain text whose numbers keep the order of their digits in this language."""
    if text_direction(language) == "ltr":
        return text
    whole = _NUMBER.sub(lambda found: MARK + found[0], text)
    return _MASKED.sub(lambda found: MARK + found[0] + MARK, whole)


def marked_page(html: str, language: str) -> str:
    """Return a page whose visible numbers keep their order; attributes stay as they are."""
    if text_direction(language) == "ltr":
        return html
    return _BETWEEN_TAGS.sub(lambda found: marked(found[0], language), html)

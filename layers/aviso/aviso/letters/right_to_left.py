"""Arabic for a printed page: letters joined, lines broken, and each line in the order of the eye.

reportlab draws characters from left to right, each by itself. So a text is shaped first, then
broken into lines, and each line is put in the order in which it is seen (Unicode Standard Annex 9).
Latin letters and digits keep the letters' own font: the Arabic font has none.
"""

import re
from collections.abc import Iterator
from itertools import groupby
from typing import Any
from xml.sax.saxutils import escape

from reportlab.lib.enums import TA_RIGHT
from reportlab.lib.styles import ParagraphStyle
from reportlab.pdfbase import pdfmetrics
from reportlab.platypus import Paragraph

from aviso.letters import fonts
from aviso.letters.fonts import Font

BULLET, INDENT = "\N{NO-BREAK SPACE}•", "\N{NO-BREAK SPACE}" * 3
_OF_ARABIC = re.compile(r"[\u0600-\u06ff\ufb50-\ufdff\ufe70-\ufefc]")
_UNSEEN = re.compile(r"[\u200e\u200f\u2066-\u2069]")  # marks of direction, which have no glyph
_ISOLATES = re.compile(r"[\u2066-\u2069]")


def paragraph(text: str, style: ParagraphStyle, width: float, *, item: bool = False) -> Paragraph:
    """Return a paragraph of text, aligned to the right; `item` puts a bullet before it."""
    begins, goes_on = (BULLET, INDENT) if item else ("", "")
    font = Font(style.fontName, style.fontSize)
    room = width - _width(goes_on, font)
    lines = [
        "".join(f'<font name="{name}">{escape(part)}</font>' for name, part in runs)
        + (goes_on if n else begins)
        for n, runs in enumerate(_lines(text, font, room))
    ]
    return Paragraph("<br/>".join(lines), ParagraphStyle("right", style, alignment=TA_RIGHT))


def draw(canvas: Any, right: float, y: float, text: str, font: Font) -> None:
    """Draw one line of text that ends at `right`."""
    runs = _runs(_seen(_shaped(text)), font.name)
    x = right - sum(pdfmetrics.stringWidth(part, name, font.size) for name, part in runs)
    for name, part in runs:
        canvas.setFont(name, font.size)
        canvas.drawString(x, y, part)
        x += pdfmetrics.stringWidth(part, name, font.size)


def without_glyph(text: str) -> str:
    """Return the characters that no font of the letters has: for a test of each letter."""
    line = _UNSEEN.sub("", _shaped(text))
    runs = _runs(line, fonts.REGULAR)
    return "".join(c for font, part in runs for c in part if not fonts.has(c, font))


def _shaped(text: str) -> str:
    """Return a text with each Arabic letter in the form that its neighbors give it."""
    import arabic_reshaper

    fonts.register()
    return str(arabic_reshaper.reshape(_ISOLATES.sub("", text)))


def _seen(line: str) -> str:
    """Return a line in the order in which it is seen, from left to right."""
    from bidi.algorithm import get_display

    return _UNSEEN.sub("", str(get_display(line, base_dir="R")))


def _lines(text: str, font: Font, width: float) -> Iterator[list[tuple[str, str]]]:
    """Break a text where it is wider than the page, and yield each line's runs of one font."""
    line = ""
    for word in _shaped(text).split():
        longer = f"{line} {word}" if line else word
        if line and _width(longer, font) > width:
            yield _runs(_seen(line), font.name)
            line = word
        else:
            line = longer
    yield _runs(_seen(line), font.name)


def _runs(line: str, font: str) -> list[tuple[str, str]]:
    """Return a line's parts, each with the font that has its glyphs."""
    parts = groupby(line, key=lambda c: bool(_OF_ARABIC.match(c)))
    return [(fonts.ARABIC[font] if arabic else font, "".join(part)) for arabic, part in parts]


def _width(line: str, font: Font) -> float:
    runs = _runs(_UNSEEN.sub("", line), font.name)
    return float(sum(pdfmetrics.stringWidth(part, name, font.size) for name, part in runs))

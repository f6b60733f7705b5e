"""The letters' fonts, and which of them has a character.

The letters' layer has the files (`layers/letters/aviso_fonts`). The reader's printer needs no font:
reportlab embeds the characters used.
"""

from functools import cache
from importlib.resources import files

from reportlab.pdfbase import pdfmetrics
from reportlab.pdfbase.ttfonts import TTFont

from aviso.domain.value import Frozen

REGULAR, BOLD = "SourceSansPro-Regular", "SourceSansPro-Bold"
ARABIC = {REGULAR: "NotoSansArabic-Regular", BOLD: "NotoSansArabic-Bold"}


class Font(Frozen, frozen=True):
    """A font at a size; `leading` is from one line to the next."""

    name: str
    size: float  # points
    leading: float = 0


@cache
def register() -> None:
    """Register the fonts with reportlab, once in a process."""
    for name in (*ARABIC, *ARABIC.values()):
        path = files("aviso_fonts") / f"{name}.ttf"
        pdfmetrics.registerFont(TTFont(name, str(path)))
    pdfmetrics.registerFontFamily(REGULAR, normal=REGULAR, bold=BOLD, italic=REGULAR)


def has(character: str, font: str = REGULAR) -> bool:
    """Whether a font has a glyph for a character."""
    register()
    return ord(character) in pdfmetrics.getFont(font).face.charToGlyph

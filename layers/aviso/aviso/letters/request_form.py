"""Draw the request for notice: one page to print, sign and give to an office."""

from collections.abc import Mapping
from io import BytesIO
from xml.sax.saxutils import escape

from reportlab.lib.colors import HexColor, grey
from reportlab.lib.styles import ParagraphStyle
from reportlab.lib.units import inch
from reportlab.pdfbase.pdfdoc import PDFBase85Encode, PDFZCompress
from reportlab.pdfgen.canvas import Canvas
from reportlab.platypus import Paragraph, SimpleDocTemplate, Spacer, Table

from aviso.content import direction, templates
from aviso.domain.settings import Settings
from aviso.letters import fonts, right_to_left
from aviso.letters.envelope import PAPER_HEIGHT, PAPER_WIDTH
from aviso.letters.fonts import BOLD, REGULAR

MARGIN = 1.0 * inch
NAMES, ANSWERS = 1.7 * inch, 4.6 * inch  # the widths of the two columns
ROOM = 0.45 * inch  # a line's height: enough to write by hand
TEXT = ParagraphStyle("text", fontName=REGULAR, fontSize=12, leading=16)
LABEL = ParagraphStyle("label", TEXT, fontName=BOLD)
TITLE = ParagraphStyle("title", LABEL, fontSize=20, leading=26)
LINES = ("agency", "number", "name", "telephone", "email", "address", "signature", "date")


def drawn(filled: Mapping[str, str], settings: Settings, language: str) -> bytes:
    """Return the form as a PDF of ASCII characters alone, since the API passes on no bytes.

    Args:
        filled: what is known, by line. The rest is filled in by hand, and so are characters
            that no font has.
    """
    fonts.register()
    t, agency = templates.strings(language), settings.agency.in_language(language)
    order = -1 if direction.text_direction(language) == "rtl" else 1

    def text(words: str, style: ParagraphStyle, width: float) -> Paragraph:
        words = direction.marked(words, language)
        if order == -1 or not all(map(fonts.has, words)):
            return right_to_left.paragraph(words, style, width)
        return Paragraph(escape(words), style)

    def line(name: str) -> list[Paragraph]:
        known = {"agency": agency.name, **filled}.get(name, "")
        lost = dict.fromkeys(map(ord, right_to_left.without_glyph(known)), " ")
        known = " ".join(known.translate(lost).split())
        return [text(t[f"form_{name}"], LABEL, NAMES), text(known, TEXT, ANSWERS)][::order]

    whole = NAMES + ANSWERS
    answers = max(order, 0)  # the column
    table = Table(
        [line(name) for name in LINES],
        colWidths=[NAMES, ANSWERS][::order],
        minRowHeights=[ROOM] * len(LINES),
        spaceBefore=12,
        spaceAfter=24,
        style=[
            ("VALIGN", (0, 0), (-1, -1), "BOTTOM"),
            ("LEFTPADDING", (0, 0), (-1, -1), 0),
            ("RIGHTPADDING", (0, 0), (-1, -1), 0),
            ("LINEBELOW", (answers, 0), (answers, -1), 0.5, grey),
        ],
    )
    title = ParagraphStyle("colored", TITLE, textColor=HexColor(settings.agency.color))
    out = BytesIO()
    SimpleDocTemplate(
        out,
        pagesize=(PAPER_WIDTH, PAPER_HEIGHT),
        leftMargin=MARGIN,
        rightMargin=MARGIN,
        topMargin=MARGIN,
        bottomMargin=MARGIN,
        title=t["form_heading"],
        author=agency.name,
        creator="Aviso",
        lang=language,
        pageCompression=0,  # else the fonts are compressed to bytes: see `_begin`
    ).build(
        [
            text(t["form_heading"], title, whole),
            Spacer(0, 12),
            text(t["form_asks"], TEXT, whole),
            table,
            text(t["form_current"], TEXT, whole),
        ],
        onFirstPage=_begin,
    )
    return out.getvalue()


def _begin(canvas: Canvas, _: SimpleDocTemplate) -> None:
    """Write whatever has no filter of its own, fonts too, compressed and then as characters."""
    canvas._doc.defaultStreamFilters = [PDFBase85Encode, PDFZCompress]

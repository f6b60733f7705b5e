"""The report as a PDF of one US Letter page, with the same words as its page."""

from collections.abc import Sequence
from io import BytesIO
from xml.sax.saxutils import escape

from reportlab.lib.colors import HexColor
from reportlab.lib.pagesizes import letter
from reportlab.lib.styles import ParagraphStyle
from reportlab.lib.units import inch
from reportlab.platypus import Flowable, KeepInFrame, Paragraph, SimpleDocTemplate, Table

from aviso.domain.settings import Settings
from aviso.web.staff.pages import strings
from aviso.web.staff.report_sheet import Sheet, Tile

FONT, BOLD = "Helvetica", "Helvetica-Bold"  # every reader has them; they have every letter we need
MARGIN = 0.75 * inch
WIDTH, HEIGHT = letter[0] - 2 * MARGIN - 12, letter[1] - 2 * MARGIN - 12  # a frame's own 6 points
QUIET, LINE = HexColor("#4d5660"), HexColor("#c3cad2")
TEXT = ParagraphStyle("text", fontName=FONT, fontSize=10, leading=13)
FINE = ParagraphStyle("fine", TEXT, fontSize=8.5, leading=11, textColor=QUIET, spaceBefore=4)
HEADING = ParagraphStyle("heading", TEXT, fontName=BOLD, fontSize=12, leading=15, spaceBefore=14)
TITLE = ParagraphStyle("title", TEXT, fontName=BOLD, fontSize=18, leading=24)
FIGURE = ParagraphStyle("figure", TEXT, fontName=BOLD, fontSize=15, leading=19)


def drawn(sheet: Sheet, settings: Settings, language: str) -> str:
    """Return the PDF as text: it has ASCII characters alone, as the API passes on no bytes."""
    out = BytesIO()
    document = SimpleDocTemplate(
        out,
        pagesize=letter,
        leftMargin=MARGIN,
        rightMargin=MARGIN,
        topMargin=MARGIN,
        bottomMargin=MARGIN,
        title=sheet.title,
        author=settings.agency.in_language(language).name,
        creator="Aviso",
        lang=language,
    )
    words = strings(language)
    story: list[Flowable] = [
        Paragraph(escape(sheet.lead), TEXT),
        Paragraph(escape(sheet.title), TITLE),
        Paragraph(escape(sheet.period), TEXT),
        Paragraph(escape(sheet.why), HEADING),
        _tiles(sheet.tiles),
        Paragraph(escape(words["desk_report_listed"]), HEADING),
        _listed(sheet),
        Paragraph(escape(words["desk_report_notes"]), HEADING),
        *(Paragraph(escape(note), FINE) for note in sheet.notes),
    ]
    document.build([KeepInFrame(WIDTH, HEIGHT, story, mode="shrink")])
    # The only other bytes are those of a comment in the first lines, which says that there may be
    # some. One character each keeps every place in the file where its index says it is.
    return "".join(chr(byte) if byte < 128 else "-" for byte in out.getvalue())


def _tiles(tiles: Sequence[Tile]) -> Table:
    cells = [
        [
            Paragraph(escape(tile.title), TEXT),
            Paragraph(escape(tile.value), FIGURE),
            *(Paragraph(escape(note), FINE) for note in tile.notes),
        ]
        for tile in tiles
    ]
    table = Table([cells], colWidths=[WIDTH / len(cells)] * len(cells), spaceBefore=14)
    table.setStyle([("BOX", (0, 0), (-1, -1), 1, LINE), ("INNERGRID", (0, 0), (-1, -1), 1, LINE),
                    ("VALIGN", (0, 0), (-1, -1), "TOP")])  # fmt: skip
    return table


def _listed(sheet: Sheet) -> Table:
    cells = [[Paragraph(escape(words), TEXT) for words in row] for row in sheet.listed]
    table = Table(cells, colWidths=[0.6 * WIDTH, 0.4 * WIDTH], spaceBefore=4)
    table.setStyle(
        [("LINEBELOW", (0, 0), (-1, -1), 0.5, LINE), ("LEFTPADDING", (0, 0), (-1, -1), 0)]
    )
    return table

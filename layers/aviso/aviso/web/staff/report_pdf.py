"""The report as a PDF of two US Letter pages: the headlines, and the list with its notes."""

from collections.abc import Sequence
from datetime import date
from io import BytesIO
from itertools import batched
from xml.sax.saxutils import escape

from reportlab.lib.colors import HexColor
from reportlab.lib.pagesizes import letter
from reportlab.lib.styles import ParagraphStyle
from reportlab.lib.units import inch
from reportlab.pdfgen.canvas import Canvas
from reportlab.platypus import Flowable, KeepInFrame, PageBreak, Paragraph, SimpleDocTemplate, Table

from aviso.content import dates
from aviso.domain.settings import Settings
from aviso.web.staff.pages import strings
from aviso.web.staff.report_sheet import Sheet, Tile

FONT, BOLD = "Helvetica", "Helvetica-Bold"  # every reader has them; they have every letter we need
MARGIN = 0.75 * inch
WIDTH, HEIGHT = letter[0] - 2 * MARGIN - 12, letter[1] - 2 * MARGIN - 12  # a frame's own 6 points
QUIET, LINE = HexColor("#4d5660"), HexColor("#c3cad2")
TEXT = ParagraphStyle("text", fontName=FONT, fontSize=12, leading=16)
FINE = ParagraphStyle("fine", TEXT, fontSize=10, leading=14, textColor=QUIET, spaceBefore=6)
HEADING = ParagraphStyle("heading", TEXT, fontName=BOLD, fontSize=15, leading=20, spaceBefore=18)
TITLE = ParagraphStyle("title", TEXT, fontName=BOLD, fontSize=26, leading=34, spaceBefore=6)
FIGURE = ParagraphStyle("figure", TEXT, fontName=BOLD, fontSize=30, leading=40)
ACROSS = 2  # headline figures beside each other


def drawn(sheet: Sheet, settings: Settings, language: str, today: date) -> bytes:
    """Return the PDF."""
    out, name = BytesIO(), settings.agency.in_language(language).name
    document = SimpleDocTemplate(
        out,
        pagesize=letter,
        leftMargin=MARGIN,
        rightMargin=MARGIN,
        topMargin=MARGIN,
        bottomMargin=MARGIN,
        title=sheet.title,
        author=name,
        creator="Aviso",
        lang=language,
    )
    words = strings(language)
    made = dates.written(today, "date", language)

    pages: list[list[Flowable]] = [
        [
            Paragraph(escape(sheet.lead), TEXT),
            Paragraph(escape(sheet.title), TITLE),
            Paragraph(escape(sheet.period), TEXT),
            Paragraph(escape(sheet.why), HEADING),
            _tiles(sheet.tiles),
        ],
        [
            Paragraph(escape(words["desk_report_listed"]), HEADING),
            _listed(sheet),
            Paragraph(escape(words["desk_report_notes"]), HEADING),
            *(Paragraph(escape(note), FINE) for note in sheet.notes),
        ],
    ]

    def draw_foot(canvas: Canvas, page: SimpleDocTemplate) -> None:
        canvas.setFont(FONT, FINE.fontSize)
        canvas.setFillColor(QUIET)
        foot = words["desk_report_foot"].format(n=page.page, of=len(pages), day=made)
        canvas.drawString(MARGIN + 6, MARGIN / 2 + FINE.leading, f"{name}, {sheet.period}")
        canvas.drawString(MARGIN + 6, MARGIN / 2, foot)

    story = [KeepInFrame(WIDTH, HEIGHT, page, mode="shrink") for page in pages]
    document.build([story[0], PageBreak(), story[1]], draw_foot, draw_foot)
    return out.getvalue()


def _tiles(tiles: Sequence[Tile]) -> Table:
    cells = [
        [
            Paragraph(escape(tile.title), TEXT),
            Paragraph(escape(tile.value), FIGURE),
            *(Paragraph(escape(note), FINE) for note in tile.notes),
        ]
        for tile in tiles
    ]
    rows = [list(row) for row in batched(cells, ACROSS, strict=False)]
    table = Table(rows, colWidths=[WIDTH / ACROSS] * ACROSS, spaceBefore=18)
    table.setStyle([("BOX", (0, 0), (-1, -1), 1, LINE), ("INNERGRID", (0, 0), (-1, -1), 1, LINE),
                    ("VALIGN", (0, 0), (-1, -1), "TOP"), ("TOPPADDING", (0, 0), (-1, -1), 12),
                    ("BOTTOMPADDING", (0, 0), (-1, -1), 12)])  # fmt: skip
    return table


def _listed(sheet: Sheet) -> Table:
    cells = [[Paragraph(escape(words), TEXT) for words in row] for row in sheet.listed]
    table = Table(cells, colWidths=[0.6 * WIDTH, 0.4 * WIDTH], spaceBefore=4)
    table.setStyle(
        [("LINEBELOW", (0, 0), (-1, -1), 0.5, LINE), ("LEFTPADDING", (0, 0), (-1, -1), 0)]
    )
    return table

"""The report as a PDF of one US Letter page, with the same words as its page."""

from collections.abc import Sequence
from io import BytesIO
from itertools import pairwise
from typing import Any
from xml.sax.saxutils import escape

from reportlab.graphics.shapes import Circle, Drawing, Line, Rect, String
from reportlab.lib.colors import HexColor, black, white
from reportlab.lib.pagesizes import letter
from reportlab.lib.styles import ParagraphStyle
from reportlab.lib.units import inch
from reportlab.pdfbase.pdfmetrics import stringWidth
from reportlab.platypus import Flowable, KeepInFrame, Paragraph, SimpleDocTemplate, Table

from aviso.domain.settings import Settings
from aviso.web.staff.dashboard_tables import HIDDEN
from aviso.web.staff.pages import strings
from aviso.web.staff.report_sheet import Bar, Point, Sheet, SheetLine
from aviso.web.staff.report_tiles import Tile

FONT, BOLD = "Helvetica", "Helvetica-Bold"  # every reader has them; they have every letter we need
MARGIN = 0.55 * inch
WIDTH, HEIGHT = letter[0] - 2 * MARGIN - 12, letter[1] - 2 * MARGIN - 12  # a frame's own 6 points
QUIET, LINE, LOW = HexColor("#4d5660"), HexColor("#c3cad2"), HexColor("#a8201a")
TEXT = ParagraphStyle("text", fontName=FONT, fontSize=9, leading=11.5)
WARNING = ParagraphStyle("warning", TEXT, fontName=BOLD, textColor=LOW)
FINE = ParagraphStyle("fine", TEXT, fontSize=7.5, leading=9.2, textColor=QUIET)
HEADING = ParagraphStyle("heading", TEXT, fontName=BOLD, fontSize=10.5, leading=13, spaceBefore=7)
TITLE = ParagraphStyle("title", TEXT, fontName=BOLD, fontSize=16, leading=20)
FIGURE = ParagraphStyle("figure", TEXT, fontName=BOLD, fontSize=15, leading=18)
# The font has no arrows for a change.
PLAIN = str.maketrans({"▲": "+", "▼": "-"})
BOUND, SYMBOL = "≥", "Symbol"  # the font that has this sign
MOST_ROWS = 8  # of one table; the page has the others
COLUMNS = tuple(n * WIDTH for n in (0.24, 0.13, 0.19, 0.14, 0.14, 0.16))  # of such a table


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
    color = HexColor(settings.agency.color)
    words = strings(language)
    story: list[Flowable] = [
        Paragraph(escape(sheet.lead), TEXT),
        Paragraph(escape(sheet.title), TITLE),
        Paragraph(escape(sheet.period), TEXT),
        *([Paragraph(escape(sheet.unpublished), WARNING)] if sheet.unpublished else ()),
        _tiles(sheet.tiles),
        _charts(sheet, color),
        *_groups("division", sheet, color, words),
        *_groups("group", sheet, color, words),
        *(_groups("organizations", sheet, color, words) if sheet.tables["organizations"] else ()),
        Paragraph(escape(words["desk_report_listed"]), HEADING),
        _listed(sheet, words),
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
            Paragraph(escape(tile.change.translate(PLAIN)) or "&nbsp;", TEXT),
            Paragraph(escape(tile.note), FINE),
        ]
        for tile in tiles
    ]
    table = Table([cells], colWidths=[WIDTH / len(cells)] * len(cells), spaceBefore=8, spaceAfter=4)
    table.setStyle([("BOX", (0, 0), (-1, -1), 1, LINE), ("INNERGRID", (0, 0), (-1, -1), 1, LINE),
                    ("VALIGN", (0, 0), (-1, -1), "TOP")])  # fmt: skip
    return table


def _charts(sheet: Sheet, color: Any) -> Table:
    half = WIDTH / 2 - 8
    left = [
        Paragraph(escape(sheet.months_title), HEADING),
        Paragraph(escape(sheet.months_about), FINE),
        _months(sheet.months, sheet.target, half, color),
    ]
    right = [
        Paragraph(escape(sheet.means_title), HEADING),
        Paragraph(escape(sheet.means_about), FINE),
        _bars(sheet.bars, half, color),
    ]
    table = Table([[left, right]], colWidths=[WIDTH / 2] * 2)
    table.setStyle([("VALIGN", (0, 0), (-1, -1), "TOP"), ("LEFTPADDING", (0, 0), (-1, -1), 0)])
    return table


def _months(points: Sequence[Point], target: int | None, width: float, color: Any) -> Drawing:
    """Draw the share of each month, from 0 to 100%."""
    height, base, top = 118.0, 16.0, 100.0
    drawing = Drawing(width, height)
    step = (width - 28) / len(points)

    def at(share: float) -> float:
        return base + share * (top - base)

    for share in (0, 0.5, 1):
        drawing.add(Line(28, at(share), width, at(share), strokeColor=LINE, strokeWidth=0.5))
        drawing.add(_words(0, at(share) - 2.5, f"{share:.0%}", 7, QUIET))
    if target is not None:
        y = at(target / 100)
        drawing.add(Line(28, y, width, y, strokeColor=LOW, strokeDashArray=[4, 3]))
    places = [(28 + step * (n + 0.5), point) for n, point in enumerate(points)]
    for (x, point), (after, other) in pairwise(places):
        if point.share is not None and other.share is not None:
            ends = (x, at(point.share), after, at(other.share))
            drawing.add(Line(*ends, strokeColor=color, strokeWidth=2))
    for x, point in places:
        if point.share is not None:
            fill = white if point.bound else color
            dot = Circle(x, at(point.share), 3, fillColor=fill, strokeColor=color, strokeWidth=1.5)
            drawing.add(dot)
        y = at(point.share) - 12 if point.share is not None else base + 4
        number = point.mark.removeprefix(BOUND)
        drawing.add(_words(x, y, number, 7, black, anchor="middle", font=BOLD))
        if number != point.mark:
            left = x - stringWidth(number, BOLD, 7) / 2
            drawing.add(_words(left, y, BOUND, 7, black, anchor="end", font=SYMBOL))
        drawing.add(_words(x, 2, point.label, 7, QUIET, anchor="middle"))
    return drawing


def _bars(bars: Sequence[Bar], width: float, color: Any) -> Drawing:
    row, left, right = 24.0, 112.0, 46.0
    drawing = Drawing(width, row * len(bars) + 8)
    for n, bar in enumerate(reversed(bars)):
        y, length = n * row + 6, (bar.length or 0) * (width - left - right)
        drawing.add(_words(0, y + 4, bar.label, 8, black))
        drawing.add(Rect(left, y, length, 13, fillColor=color, strokeColor=None))
        drawing.add(_words(left + length + 5, y + 4, bar.text, 8, black, font=BOLD))
    return drawing


def _words(
    x: float,
    y: float,
    text: str,
    size: float,
    color: Any,
    *,
    anchor: str = "start",
    font: str = FONT,
) -> String:
    return String(x, y, text, fontName=font, fontSize=size, fillColor=color, textAnchor=anchor)


def _groups(cut: str, sheet: Sheet, color: Any, words: Any) -> list[Flowable]:
    """Return a table of divisions or offense groups; the largest, where there are many."""
    rows = sheet.tables[cut]
    if not rows:
        return []
    head = [words[f"desk_report_{cut}"], *(words[f"desk_report_col_{name}"] for name in
            ("owed", "on_time", "time", "told", "waiting"))]  # fmt: skip
    cells = [_cells(row, color, words) for row in rows[:MOST_ROWS]]
    table = Table([head, *cells], colWidths=COLUMNS, rowHeights=13)
    table.setStyle(_grid([1, 4, 5]))
    title = [Paragraph(escape(words[f"desk_table_{cut}"]), HEADING), table]
    if len(rows) > MOST_ROWS:
        more = words["desk_report_more_rows"].format(n=len(rows) - MOST_ROWS)
        title.append(Paragraph(escape(more), FINE))
    return title


def _short(text: str, words: Any) -> str:
    """Return a number as it fits into a table: a hidden one is a star."""
    return HIDDEN if text == words["desk_hidden"] else text


def _cells(row: SheetLine, color: Any, words: Any) -> list[Any]:
    on_time = _short(row.on_time, words)
    drawing = Drawing(COLUMNS[2] - 12, 9)
    if row.share is not None:
        full = COLUMNS[2] - 66
        drawing.add(Rect(0, 0, full * row.share, 8, fillColor=LOW if row.low else color,
                         strokeColor=None))  # fmt: skip
        drawing.add(_words(full + 5, 1, on_time, 8, black))
    else:
        drawing.add(_words(0, 1, on_time, 8, black))
    owed, time, told, waiting = (
        _short(text, words) for text in (row.owed, row.time, row.told, row.waiting)
    )
    return [row.label, owed, drawing, time, told, waiting]


def _listed(sheet: Sheet, words: Any) -> Table:
    head = [words["desk_report_figure"], words["desk_report_now"], words["desk_report_then"]]
    half = (len(sheet.listed) + 1) // 2
    every = [(name, _short(now, words), _short(then, words)) for name, now, then in sheet.listed]
    left, right = every[:half], every[half:]
    right += [("", "", "")] * (half - len(right))
    rows = [[*head, *head], *([*a, *b] for a, b in zip(left, right, strict=True))]
    widths = [n * WIDTH for n in (0.3, 0.1, 0.1)] * 2
    table = Table(rows, colWidths=widths, rowHeights=12)
    table.setStyle(_grid([1, 2, 4, 5]))
    return table


def _grid(numbers: Sequence[int]) -> list[Any]:
    """Return the style of a table; these columns have numbers."""
    return [
        ("FONT", (0, 0), (-1, -1), FONT, 8),
        ("TEXTCOLOR", (0, 0), (-1, 0), QUIET),
        ("LINEBELOW", (0, 0), (-1, -1), 0.5, LINE),
        ("TOPPADDING", (0, 0), (-1, -1), 1),
        ("BOTTOMPADDING", (0, 0), (-1, -1), 1),
        ("LEFTPADDING", (0, 0), (-1, -1), 0),
        ("VALIGN", (0, 0), (-1, -1), "MIDDLE"),
        *(("ALIGN", (n, 0), (n, -1), "RIGHT") for n in numbers),
    ]

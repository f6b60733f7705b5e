"""Draw sheets of cards for the scene: our phone, a code, a QR code, a line for the case number."""

from collections.abc import Sequence
from datetime import datetime
from itertools import batched, product
from typing import IO

from reportlab.graphics.barcode.qr import QrCode
from reportlab.lib.colors import HexColor, grey
from reportlab.lib.units import inch
from reportlab.pdfgen.canvas import Canvas

from aviso.content import dates, direction, templates
from aviso.domain.settings import Settings
from aviso.letters import fonts, right_to_left
from aviso.letters.envelope import PAPER_HEIGHT, PAPER_WIDTH
from aviso.letters.fonts import BOLD, REGULAR, Font

ACROSS, DOWN = 2, 4
ON_A_SHEET = ACROSS * DOWN
WIDTH, HEIGHT = PAPER_WIDTH / ACROSS, PAPER_HEIGHT / DOWN
MARGIN = 0.3 * inch
QR_SIDE = 0.95 * inch


def render(
    codes: Sequence[str], until: datetime, portal_url: str, settings: Settings, out: IO[bytes]
) -> None:
    """Write cards with these codes as a PDF, to be cut along its lines."""
    fonts.register()
    canvas = Canvas(out, (PAPER_WIDTH, PAPER_HEIGHT), lang=settings.agency.languages[0])
    canvas.setTitle(settings.agency.short_name)
    for sheet in batched(codes, ON_A_SHEET, strict=False):
        for code, (row, column) in zip(sheet, product(range(DOWN), range(ACROSS)), strict=False):
            canvas.saveState()
            canvas.translate(column * WIDTH, PAPER_HEIGHT - (row + 1) * HEIGHT)
            _card(canvas, code, until, portal_url, settings)
            canvas.restoreState()
        canvas.showPage()
    canvas.save()


def _card(canvas: Canvas, code: str, until: datetime, portal_url: str, settings: Settings) -> None:
    canvas.setStrokeColor(grey)
    canvas.rect(0, 0, WIDTH, HEIGHT)
    canvas.setFillColor(HexColor(settings.agency.color))
    canvas.setFont(BOLD, 12)
    canvas.drawString(MARGIN, HEIGHT - 0.4 * inch, settings.agency.short_name)
    canvas.setFillColor("black")
    canvas.drawRightString(WIDTH - MARGIN, HEIGHT - 0.4 * inch, settings.agency.phone)
    address = f"{portal_url.rstrip('/')}/card"
    y = HEIGHT - 0.62 * inch
    for language in settings.agency.languages:
        t = templates.strings(language)
        day = dates.written(until.astimezone(settings.agency.zone).date(), "date", language)
        for text in (t["scene_lead"], t["scene_until"].format(day=day)):
            _line(canvas, y, direction.marked(text, language), language)
            y -= 0.15 * inch
        y -= 0.05 * inch
    number = " / ".join(templates.strings(one)["find_label"] for one in settings.agency.languages)
    _line(canvas, y - 0.15 * inch, f"{number}: {'_' * 26}", settings.agency.languages[0])
    canvas.setFont(REGULAR, 8)
    canvas.drawString(MARGIN, 0.5 * inch, address.removeprefix("https://"))
    canvas.setFont(BOLD, 13)
    canvas.drawString(MARGIN, 0.25 * inch, f"{code[:5]}-{code[5:]}")
    square = QrCode(
        f"{address}?card={code}", width=QR_SIDE, height=QR_SIDE, qrLevel="M", qrBorder=2
    )
    square.drawOn(canvas, WIDTH - MARGIN - QR_SIDE, 0.12 * inch)


def _line(canvas: Canvas, y: float, text: str, language: str) -> None:
    font = Font(REGULAR, 7.5)
    if direction.text_direction(language) == "rtl":
        right_to_left.draw(canvas, WIDTH - MARGIN, y, text, font)
        return
    canvas.setFont(font.name, font.size)
    canvas.drawString(MARGIN, y, text)

"""Draw the card that an officer hands out: the case number and a code that opens the case once."""

from datetime import datetime
from typing import IO

from reportlab.lib.colors import HexColor
from reportlab.lib.units import inch
from reportlab.pdfgen.canvas import Canvas

from aviso.content import templates
from aviso.domain.settings import Settings
from aviso.letters.pdf import BOLD, REGULAR, fonts, qr_code

WIDTH, HEIGHT = 5 * inch, 3 * inch  # an index card, which fits every printer's tray
MARGIN = 0.3 * inch


def render(
    number: str,
    code: str,
    until: datetime,
    portal_url: str,
    language: str,
    settings: Settings,
    out: IO[bytes],
) -> None:
    """Write one card as a PDF.

    `number` is the case number as the victim types it. `code` is secret: only its holder may see
    it. It stops working at `until`. `language` is the victim's, and must be one of the agency's.
    """
    fonts()
    lines = templates.render(
        "letters/card.txt",
        t=templates.strings(language),
        lang=language,
        agency=settings.agency,
        number=number,
        code=code,
        until=until,
        portal_url=portal_url.removeprefix("https://"),
    ).splitlines()
    canvas = Canvas(out, (WIDTH, HEIGHT), lang=language)
    canvas.setTitle(settings.agency.short_name)
    canvas.setFillColor(HexColor(settings.agency.color))
    canvas.setFont(BOLD, 13)
    canvas.drawString(MARGIN, HEIGHT - 0.45 * inch, settings.agency.in_language(language).name)
    canvas.setFillColor("black")
    y = HEIGHT - 0.8 * inch
    for line in lines:
        big = line.startswith("# ")
        canvas.setFont(BOLD if big else REGULAR, 17 if big else 10)
        y -= 0.12 * inch if big else 0
        canvas.drawString(MARGIN, y, line.removeprefix("# "))
        y -= 0.2 * inch
    drawing = qr_code(portal_url)
    drawing.drawOn(canvas, WIDTH - MARGIN - drawing.width, HEIGHT - 0.7 * inch - drawing.height)
    canvas.save()

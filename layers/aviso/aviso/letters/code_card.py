"""Draw the card that an officer hands out: the case number and a code that opens the case once."""

from datetime import datetime
from typing import IO

from reportlab.lib.colors import HexColor
from reportlab.lib.units import inch
from reportlab.pdfgen.canvas import Canvas

from aviso.content import direction, templates
from aviso.domain.settings import Settings
from aviso.letters import fonts, right_to_left
from aviso.letters.fonts import BOLD, REGULAR
from aviso.letters.pdf import qr_code

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
    fonts.register()
    text = templates.render(
        "letters/card.txt",
        t=templates.strings(language),
        lang=language,
        agency=settings.agency,
        number=number,
        code=code,
        until=until,
        portal_url=portal_url.removeprefix("https://"),
    )
    lines = direction.marked(text, language).splitlines()
    canvas = Canvas(out, (WIDTH, HEIGHT), lang=language)
    canvas.setTitle(settings.agency.in_language(language).short_name)
    canvas.setFillColor(HexColor(settings.agency.color))
    from_right = direction.of(language) == "rtl"
    name = settings.agency.in_language(language).name
    _line(canvas, HEIGHT - 0.45 * inch, name, BOLD, 13, from_right=from_right)
    canvas.setFillColor("black")
    y = HEIGHT - 0.8 * inch
    for line in lines:
        big = line.startswith("# ")
        font, size = (BOLD, 17) if big else (REGULAR, 10)
        y -= 0.12 * inch if big else 0
        _line(canvas, y, line.removeprefix("# "), font, size, from_right=from_right)
        y -= 0.2 * inch
    drawing = qr_code(portal_url)
    left = MARGIN if from_right else WIDTH - MARGIN - drawing.width
    drawing.drawOn(canvas, left, HEIGHT - 0.7 * inch - drawing.height)
    canvas.save()


def _line(canvas: Canvas, y: float, text: str, font: str, size: float, *, from_right: bool) -> None:
    if from_right:
        right_to_left.draw(canvas, WIDTH - MARGIN, y, text, font, size)
        return
    canvas.setFont(font, size)
    canvas.drawString(MARGIN, y, text)

"""Draw the card that an officer hands out: the case number and a code that opens the case once."""

from datetime import datetime
from typing import IO

from reportlab.lib.colors import HexColor
from reportlab.lib.units import inch
from reportlab.pdfgen.canvas import Canvas

from aviso.content import direction, templates
from aviso.domain.settings import Settings
from aviso.domain.value import Frozen
from aviso.letters import fonts, right_to_left
from aviso.letters.fonts import BOLD, REGULAR, Font
from aviso.letters.pdf import PortalCode

WIDTH, HEIGHT = 5 * inch, 3 * inch  # an index card, which fits every printer's tray
MARGIN = 0.3 * inch


class CodeCard(Frozen, frozen=True, kw_only=True):
    """What a card says."""

    number: str  # the case number as the victim types it
    code: str  # secret: only its holder may see it
    until: datetime  # when the code stops working
    portal_url: str
    language: str  # the victim's, one of the agency's


def render(card: CodeCard, settings: Settings, out: IO[bytes]) -> None:
    """Write one card as a PDF."""
    fonts.register()
    language, portal_url = card.language, card.portal_url
    text = templates.render(
        "letters/card.txt",
        t=templates.strings(language),
        lang=language,
        agency=settings.agency,
        number=card.number,
        code=card.code,
        until=card.until,
        portal_url=portal_url.removeprefix("https://"),
    )
    lines = direction.marked(text, language).splitlines()
    canvas = Canvas(out, (WIDTH, HEIGHT), lang=language)
    canvas.setTitle(settings.agency.in_language(language).short_name)
    canvas.setFillColor(HexColor(settings.agency.color))
    from_right = direction.text_direction(language) == "rtl"
    name = settings.agency.in_language(language).name
    _line(canvas, HEIGHT - 0.45 * inch, name, Font(BOLD, 13), from_right=from_right)
    canvas.setFillColor("black")
    y = HEIGHT - 0.8 * inch
    for line in lines:
        big = line.startswith("# ")
        font = Font(BOLD, 17) if big else Font(REGULAR, 10)
        y -= 0.12 * inch if big else 0
        _line(canvas, y, line.removeprefix("# "), font, from_right=from_right)
        y -= 0.2 * inch
    square = PortalCode(portal_url)
    left = MARGIN if from_right else WIDTH - MARGIN - square.width
    square.drawOn(canvas, left, HEIGHT - 0.7 * inch - square.height)
    canvas.save()


def _line(canvas: Canvas, y: float, text: str, font: Font, *, from_right: bool) -> None:
    if from_right:
        right_to_left.draw(canvas, WIDTH - MARGIN, y, text, font)
        return
    canvas.setFont(font.name, font.size)
    canvas.drawString(MARGIN, y, text)

"""Draw letters on US Letter paper for a #10 window envelope, all in one PDF."""

from collections.abc import Iterable
from datetime import date
from functools import cache
from typing import IO, Any
from xml.sax.saxutils import escape
from zlib import crc32

from jinja2 import Environment
from reportlab.graphics.barcode.qr import QrCode
from reportlab.lib.colors import HexColor, grey
from reportlab.lib.styles import ParagraphStyle
from reportlab.lib.units import inch
from reportlab.pdfbase import pdfmetrics
from reportlab.pdfgen.canvas import Canvas
from reportlab.platypus import Flowable, Paragraph, Table

from aviso.content import dates, direction, markup, templates
from aviso.content.markup import Form, Part
from aviso.domain.settings import Settings
from aviso.domain.value import Frozen
from aviso.letters import envelope, fonts, right_to_left
from aviso.letters.envelope import PAPER_HEIGHT, PAPER_WIDTH
from aviso.letters.fonts import BOLD, REGULAR, Font

MARGIN = 1.0 * inch
SMALL = Font(REGULAR, 9, 11)
BODY_TOP = 4.12 * inch  # below the first fold
BODY_BOTTOM = 10.2 * inch
NEXT_TOP = 0.8 * inch
BODY_WIDTH = PAPER_WIDTH - 2 * MARGIN
HEADING_KEEPS = 0.7 * inch  # space a heading needs below it; otherwise next page
# Type size and leading in points; USPS requires capitals of 0.08 in or more.
ADDRESS_SIZES = ((9.5, 10.5), (9.0, 10.0))
ASCENT, DESCENT = 0.85, 0.2  # of capitals with their accents, of the type size
QR_SIDE = 1.1 * inch


class Mail(Frozen, frozen=True, kw_only=True):
    """The content of one letter."""

    address: tuple[str, ...]  # the lines in the window, the name first
    language: str  # one of the agency's
    title: str
    parts: tuple[Part, ...]
    day: date
    portal_url: str
    letter: int = 1  # its place in its envelope; the first has the portal's address and the code
    letters: int = 1  # in this envelope
    code: str = ""  # opens the case on the portal; empty when no code can
    code_until: date | None = None


def fits(address: Iterable[str]) -> bool:
    """Whether an address fits in the window: its characters, length and lines."""
    return _address_lines(tuple(address)) is not None


def render(
    mails: Iterable[Mail],
    settings: Settings,
    out: IO[bytes],
    environment: Environment | None = None,
) -> list[int]:
    """Write letters into one PDF, each beginning on a new page.

    `environment` gives templates that are not compiled yet, for a preview.

    Returns:
        How many pages each letter has.

    Raises:
        ValueError: when an address does not fit the window; call `fits` first.
    """
    fonts.register()
    canvas: Any = None
    counts = []
    for mail in mails:
        canvas = canvas or _canvas(out, mail.language, settings)
        letter = _Letter(mail, settings, environment or templates.environment())
        counts.append(letter.draw(canvas))
    if canvas is not None:
        canvas.save()
    return counts


def _size() -> tuple[float, float]:
    return PAPER_WIDTH, PAPER_HEIGHT


def _canvas(out: IO[bytes], language: str, settings: Settings) -> Any:
    canvas = Canvas(out, _size(), lang=language, pageCompression=1)
    canvas.setTitle(f"{settings.agency.short_name}: letters")
    canvas.setAuthor(settings.agency.in_language(language).name)
    canvas.setCreator("Aviso")
    # Printed on both sides, a letter's last page would carry the next letter's first.
    canvas.setViewerPreference("Duplex", "Simplex")
    canvas.setViewerPreference("PrintScaling", "None")
    return canvas


@cache
def _styles(color: str) -> dict[str, ParagraphStyle]:
    text = ParagraphStyle(
        "text",
        fontName=REGULAR,
        fontSize=11,
        leading=14.5,
        spaceAfter=6,
        allowWidows=0,
        allowOrphans=0,
    )
    return {
        "text": text,
        "title": ParagraphStyle(
            "title", text, fontName=BOLD, fontSize=14, leading=17, textColor=HexColor(color)
        ),
        "heading": ParagraphStyle(
            "heading", text, fontName=BOLD, fontSize=12, leading=20, spaceAfter=2
        ),
        "item": ParagraphStyle("item", text, spaceAfter=3, leftIndent=14, bulletIndent=3),
        "code": ParagraphStyle("code", text, fontName=BOLD, fontSize=20, leading=26, spaceAfter=4),
    }


class _Letter:
    """One letter, while it is drawn."""

    def __init__(self, mail: Mail, settings: Settings, environment: Environment) -> None:
        self.mail = mail
        self.settings = settings
        self.environment = environment
        self.color = settings.agency.color
        self.styles = _styles(self.color)
        self.from_right = direction.text_direction(mail.language) == "rtl"

    def draw(self, canvas: Any) -> int:
        """Draw all pages; return how many."""
        pages = self._pages(canvas)
        self._first(canvas)
        for number, parts in enumerate(pages, 1):
            for part, bottom in parts:
                part.drawOn(canvas, MARGIN, bottom)
            self._end(canvas, number, len(pages))
        return len(pages)

    def _pages(self, canvas: Any) -> list[list[tuple[Flowable, float]]]:
        """Return the parts of each page, each with the place of its lower edge.

        The box with the code ends the first page.
        """
        story, box, room = self._body(), self._code(), 0.0
        if self.mail.letter == 1:
            room = box.wrapOn(canvas, BODY_WIDTH, BODY_BOTTOM - BODY_TOP)[1]
        pages: list[list[tuple[Flowable, float]]] = [[]]
        y, bottom, first_end = BODY_TOP, BODY_BOTTOM - room, BODY_TOP
        while story:
            part = story.pop(0)
            left = bottom - y
            height = part.wrapOn(canvas, BODY_WIDTH, left)[1]
            if height + self._kept(part) <= left:
                pages[-1].append((part, PAPER_HEIGHT - y - height))
                y += height + part.getSpaceAfter()
                first_end = y if len(pages) == 1 else first_end
                continue
            pieces = [] if self._kept(part) else part.splitOn(canvas, BODY_WIDTH, left)
            if not pieces and y == NEXT_TOP:
                raise ValueError("a part of the letter is taller than a page")
            story[:0] = pieces or [part]
            if not pieces:
                pages.append([])
                y, bottom = NEXT_TOP, BODY_BOTTOM
        if room:
            pages[0].append((box, PAPER_HEIGHT - min(first_end, BODY_BOTTOM - room) - room))
        return pages

    def _kept(self, part: Flowable) -> float:
        """Return the space a heading needs below it, so that no page ends with a heading."""
        return HEADING_KEEPS if getattr(part, "style", None) is self.styles["heading"] else 0

    def _first(self, canvas: Any) -> None:
        """Draw the parts of the first page only: sender, address, date and fold marks."""
        agency = self.settings.agency.in_language(self.mail.language)
        _lines(canvas, agency.address, 0.6 * inch, 0.72 * inch, SMALL)
        right = PAPER_WIDTH - MARGIN
        canvas.setFillColor(HexColor(self.color))
        self._line(canvas, right, PAPER_HEIGHT - 0.74 * inch, agency.short_name, Font(BOLD, 12))
        canvas.setFillColor("black")
        canvas.setFont(REGULAR, 9)
        for n, line in enumerate((agency.phone, agency.website)):
            canvas.drawRightString(right, PAPER_HEIGHT - 0.9 * inch - 11 * n, line)
        canvas.setStrokeColor(HexColor(self.color))
        canvas.setLineWidth(1.2)
        canvas.line(0.6 * inch, PAPER_HEIGHT - 1.8 * inch, right, PAPER_HEIGHT - 1.8 * inch)
        self._address(canvas)
        day = dates.written(self.mail.day, "date", self.mail.language)
        self._line(canvas, right, PAPER_HEIGHT - 3.5 * inch, day, Font(REGULAR, 11))
        canvas.setStrokeColor(grey)
        canvas.setLineWidth(0.5)
        for mark in envelope.FOLD_MARKS:  # at the right edge, which no window shows
            y = PAPER_HEIGHT - mark
            canvas.line(PAPER_WIDTH - 0.3 * inch, y, PAPER_WIDTH - 0.15 * inch, y)

    def _address(self, canvas: Any) -> None:
        found = _address_lines(self.mail.address)
        if found is None:
            raise ValueError("the address does not fit the window")
        lines, size, leading = found
        top = envelope.ADDRESS.top + size * ASCENT
        _lines(canvas, lines, envelope.ADDRESS.left, top, Font(REGULAR, size, leading))

    def _body(self) -> list[Flowable]:
        story: list[Flowable] = [self._paragraph(self.mail.title, "title")]
        for part in self.mail.parts:
            story += self._part(part)
        return story

    def _part(self, part: Part, width: float = BODY_WIDTH) -> list[Flowable]:
        match part.form:
            case Form.HEADING:
                return [self._paragraph(part.text, "heading", width)]
            case Form.ITEMS:
                return [self._paragraph(item, "item", width) for item in part.items]
            case Form.LINK if self.from_right:
                return [self._paragraph(f"{part.text}: {part.url}", "text", width)]
            case Form.LINK:
                link = f"{escape(part.text)}: <b>{escape(part.url)}</b>"
                return [Paragraph(link, self.styles["text"])]
        return [self._paragraph(part.text, "text", width)]

    def _paragraph(self, text: str, style: str, width: float = BODY_WIDTH) -> Flowable:
        item = style == "item"
        if self.from_right:
            chosen = self.styles["text" if item else style]
            return right_to_left.paragraph(text, chosen, width, item=item)
        return Paragraph(escape(text), self.styles[style], bulletText="•" if item else None)

    def _line(self, canvas: Any, right: float, y: float, text: str, font: Font) -> None:
        """Write one line that ends at `right`."""
        if self.from_right:
            right_to_left.draw(canvas, right, y, text, font)
            return
        canvas.setFont(font.name, font.size)
        canvas.drawRightString(right, y, text)

    def _code(self) -> Flowable:
        """Return the portal's QR code and, if there is one, the access code: all on one page."""
        mail = self.mail
        name = f"locales/{mail.language}/messages/parts/letter_code.txt"
        words = self.environment.get_template(name).render(
            lang=mail.language,
            portal_url=mail.portal_url,
            code=mail.code,
            code_until=mail.code_until,
            agency=self.settings.agency,
        )
        square = QR_SIDE + 16
        widths = [square, BODY_WIDTH - square]
        told: list[Flowable] = []
        for part in markup.parse(direction.marked(words, mail.language)):
            if mail.code and part.text.removeprefix(direction.MARK) == mail.code:
                told.append(self._paragraph(part.text, "code", widths[1] - 16))
            else:
                told += self._part(part, widths[1] - 16)
        cells = [PortalCode(mail.portal_url), told]
        order = -1 if self.from_right else 1
        table = Table([cells[::order]], colWidths=widths[::order])
        table.setStyle(
            [
                ("VALIGN", (0, 0), (-1, -1), "TOP"),
                ("BOX", (0, 0), (-1, -1), 1, HexColor(self.color)),
                ("LEFTPADDING", (0, 0), (-1, -1), 8),
                ("TOPPADDING", (0, 0), (-1, -1), 8),
            ]
        )
        return table

    def _end(self, canvas: Any, page: int, pages: int) -> None:
        words = self.environment.get_template(
            f"locales/{self.mail.language}/messages/parts/letter_page.txt"
        ).render(page=page, pages=pages, letter=self.mail.letter, letters=self.mail.letters)
        agency = self.settings.agency.in_language(self.mail.language)
        right = PAPER_WIDTH - MARGIN
        if self.from_right:
            self._line(canvas, right, 0.55 * inch, f"{words.strip()} - {agency.name}", SMALL)
        else:
            canvas.setFont(SMALL.name, SMALL.size)
            canvas.drawString(MARGIN, 0.55 * inch, agency.name)
            self._line(canvas, right, 0.55 * inch, words.strip(), SMALL)
        canvas.showPage()


def _lines(canvas: Any, lines: Iterable[str], left: float, top: float, font: Font) -> None:
    """Write lines one below the other; `top` is the base line of the first."""
    canvas.setFillColor("black")
    canvas.setFont(font.name, font.size)
    for n, line in enumerate(lines):
        canvas.drawString(left, PAPER_HEIGHT - top - n * font.leading, line)


def _address_lines(address: tuple[str, ...]) -> tuple[list[str], float, float] | None:
    """Return an address's lines, broken where one is too long, with size and leading.

    The largest type that fits is used. The result is None when no size fits or a character has no
    glyph: half a name in the window is worse than a task for a person.
    """
    if not all(fonts.has(c) for line in address for c in line):
        return None
    box = envelope.ADDRESS
    for size, leading in ADDRESS_SIZES:
        lines = [piece for line in address for piece in _broken(line, size, box.right - box.left)]
        height = (len(lines) - 1) * leading + size * (ASCENT + DESCENT)
        wide = max(pdfmetrics.stringWidth(line, REGULAR, size) for line in lines)
        if height <= box.bottom - box.top and wide <= box.right - box.left:
            return lines, size, leading
    return None


def _broken(line: str, size: float, width: float) -> list[str]:
    """Break a line at spaces where it is wider than the window."""
    pieces: list[str] = []
    for word in line.split():
        longer = f"{pieces[-1]} {word}" if pieces else word
        if pieces and pdfmetrics.stringWidth(longer, REGULAR, size) <= width:
            pieces[-1] = longer
        else:
            pieces.append(word)
    return pieces


class PortalCode(QrCode):  # type: ignore[misc]  # reportlab has no types
    """The portal's URL as a QR code; it is the same on every letter and names nobody."""

    def __init__(self, url: str) -> None:
        super().__init__(url, width=QR_SIDE, height=QR_SIDE, qrLevel="M", qrBorder=2)

    def draw(self) -> None:
        """Draw it; a PDF has its squares once, and each letter refers to them."""
        name = f"portal{crc32(self.value.encode())}"
        if not self.canv.hasForm(name):
            self.canv.beginForm(name, 0, 0, QR_SIDE, QR_SIDE)
            super().draw()
            self.canv.endForm()
        self.canv.doForm(name)

"""The pages of a letter: its address, the window of its envelope, the PDF."""

import io
from datetime import date
from typing import NamedTuple

import pytest
from msgspec.structs import replace
from pypdf import PdfReader
from reportlab.pdfbase import pdfmetrics

from aviso.content import messages
from aviso.domain import postal_format
from aviso.domain.model import Channel, Kind
from aviso.letters import envelope, fonts, pdf
from aviso.letters.envelope import INCH, PAPER_HEIGHT, Box
from infra.harness.builders import NUMBER
from tests.support.envelope_window import PRIVATE, meets
from tests.support.post import arrested

GOOD = [
    ("12 E Pima St\nSonora Wells, AZ 85701", "SONORA WELLS AZ 85701"),
    ("PO Box 12\nTucson, az 85701-1234", "TUCSON AZ 85701-1234"),
    ("PO Box 12\nTucson, AZ 857011234", "TUCSON AZ 85701-1234"),
    ("General Delivery\nAjo, AZ 85321", "AJO AZ 85321"),
    ("Calle 9 Núm 4\nPeñuelas, PR 00624", "PEÑUELAS PR 00624"),
]
BAD = {
    "no state": "12 E Pima St\nTucson,  85701",
    "a state that is none": "12 E Pima St\nTucson, ZZ 85701",
    "a ZIP code too short": "12 E Pima St\nTucson, AZ 8570",
    "a ZIP code with letters": "12 E Pima St\nTucson, AZ 8570A",
    "a ZIP code of zeros": "12 E Pima St\nTucson, AZ 00000",
    "a country": "Calle 9\nNogales, Sonora 84000",
    "no number": "Pima Street\nTucson, AZ 85701",
    "nowhere": "Homeless 1\nTucson, AZ 85701",
    "no street": "\nTucson, AZ 85701",
    "a city without letters": "12 E Pima St\n---, AZ 85701",
}


class TestAddress:
    @pytest.mark.parametrize(("address", "last"), GOOD)
    def test_is_written_as_machines_read_it(self, address, last):
        found = postal_format.lines("Ana Muñoz", address)
        assert found
        assert found[-1] == last

    @pytest.mark.parametrize("address", BAD.values(), ids=BAD)
    def test_that_cannot_be_delivered_is_found(self, address):
        assert postal_format.lines("Ana Muñoz", address) is None

    def test_of_nobody_makes_no_letter(self):
        assert postal_format.lines(" ", "12 E Pima St\nTucson, AZ 85701") is None

    def test_with_letters_the_font_lacks_is_a_task(self):
        assert pdf.fits(("NGUYỄN THỊ ÁNH", "1 A ST", "TUCSON AZ 85701"))
        assert not pdf.fits(("田中 花子", "1 A ST", "TUCSON AZ 85701"))

    @pytest.mark.parametrize("organization", ["Quillwort Hardware LLC", "St. Agnes Church"])
    def test_of_an_organization_names_it_first(self, organization):
        found = postal_format.lines("Maria Lopez", GOOD[0][0], organization)
        assert found == (organization.upper(), "ATTN MARIA LOPEZ", "12 E PIMA ST", GOOD[0][1])
        assert pdf.fits(found)

    def test_too_long_for_the_window_is_a_task(self):
        assert not pdf.fits(("ANA " * 60, "1 A ST", "TUCSON AZ 85701"))
        assert not pdf.fits(("A" * 60, "1 A ST", "TUCSON AZ 85701"))


PORTAL = "https://portal.example.org"
LONG = (
    "MARÍA DE LOS ÁNGELES HERNÁNDEZ-ARRIAGA Y VILLASEÑOR",
    "1200 S AVENIDA DE LOS NIÑOS HÉROES DE CHAPULTEPEC APT 1204",
    "SONORA WELLS AZ 85701-1234",
)
SHORT = ("ANA MUÑOZ", "12 E PIMA ST", "SONORA WELLS AZ 85701")


class Page(NamedTuple):
    """A page as read once: to read its text takes most of these tests' time."""

    size: tuple[float, float]
    text: str
    pieces: list[tuple[str, Box]]  # of text, from the top left

    def meeting(self, box):
        """Return the pieces that a box has at least a part of."""
        return [(text, place) for text, place in self.pieces if meets(box, place)]


def read(page):
    """Return a page's size, its text, and each piece of the text with its box."""
    found = []

    def visit(text, cm, tm, font, size):
        if text.strip():
            x = cm[0] * tm[4] + cm[4]
            y = PAPER_HEIGHT - (cm[3] * tm[5] + cm[5])
            name = fonts.BOLD if "Bold" in str(font.get("/BaseFont")) else fonts.REGULAR
            wide = pdfmetrics.stringWidth(text.rstrip("\n"), name, size)
            box = Box(x, y - size * pdf.ASCENT, x + wide, y + size * pdf.DESCENT)
            found.append((text.strip(), box))

    text = page.extract_text(visitor_text=visit)
    return Page((page.mediabox.width, page.mediabox.height), text, found)


def a_mail(settings, kind, language, address, **facts):
    told = messages.MessageFacts(portal_url=PORTAL, name="Ana Muñoz", report_number=NUMBER, **facts)
    text = messages.render(kind, Channel.LETTER, language, told, settings)
    assert isinstance(text, messages.Letter)
    return pdf.Mail(
        address=address,
        language=language,
        title=text.title,
        parts=text.parts,
        day=date(2026, 11, 24),
        portal_url=PORTAL,
        code="K7M2-9QXD",
        code_until=date(2026, 12, 4),
    )


@pytest.fixture(scope="module")
def every(settings):
    """Return every kind in every language with a short and a long address: (mail, its pages)."""
    mails = [
        a_mail(settings, kind, language, address)
        for kind in Kind
        for language in settings.agency.languages
        for address in (SHORT, LONG)
    ]
    shop = ("QUILLWORT HARDWARE LLC", "ATTN MARIA LOPEZ", *SHORT[1:])
    mails += [
        a_mail(settings, kind, language, shop, organization="Quillwort Hardware LLC")
        for kind in Kind
        for language in settings.agency.languages
    ]
    out = io.BytesIO()
    counts = pdf.render(mails, settings, out)
    reader = PdfReader(out)
    pages = map(read, reader.pages)
    return reader, [
        (m, [next(pages) for _ in range(n)]) for m, n in zip(mails, counts, strict=True)
    ]


class TestWindow:
    def test_always_shows_the_whole_address(self, every):
        for mail, pages in every[1]:
            shown = pages[0].meeting(envelope.ADDRESS)
            assert " ".join(t for t, _ in shown) == " ".join(mail.address)
            for _, box in shown:
                assert envelope.always_seen(envelope.FOLD_MARKS[0]).holds(box)

    def test_shows_it_when_folded_in_equal_thirds(self, every):
        for mail, pages in every[1]:
            if mail.address is SHORT:
                thirds = envelope.always_seen(envelope.EQUAL_THIRDS)
                lines = [box for _, box in pages[0].meeting(envelope.ADDRESS)]
                assert len(lines) == 3
                # The last line's base is inside; only a cedilla would reach into the clear space.
                assert all(b.top >= thirds.top and b.bottom <= thirds.bottom + 2 for b in lines)

    def test_shows_nothing_but_the_address(self, every):
        for mail, pages in every[1]:
            shown = pages[0].meeting(PRIVATE)
            assert " ".join(text for text, _ in shown) == " ".join(mail.address)

    def test_is_where_an_envelope_has_it(self):
        still = envelope._slid(envelope.FOLD_MARKS[0], 0, 0)
        assert (still.left, still.right) == (0.875 * INCH, 5.375 * INCH)
        assert envelope.FOLD_MARKS[0] - still.bottom == 0.5 * INCH
        assert still.bottom - still.top == 1.125 * INCH
        assert envelope.always_seen(envelope.FOLD_MARKS[0]) == Box(72.0, 189.0, 306.0, 243.0)


class TestPdf:
    def test_is_us_letter_with_page_numbers(self, every):
        for mail, pages in every[1]:
            for n, page in enumerate(pages, 1):
                assert page.size == (612, 792)
                word = {"en": f"Page {n} of {len(pages)}", "es": f"Página {n} de {len(pages)}"}
                assert word[mail.language] in page.text

    def test_begins_with_the_short_name_in_its_language(self, every):
        short = {"en": "Sonora Wells PD", "es": "Policía de Sonora Wells"}
        for mail, pages in every[1]:
            said = [text for text, _ in pages[0].pieces]
            assert [name for name in short.values() if name in said] == [short[mail.language]]

    def test_has_all_words_with_their_accents(self, every):
        for mail, pages in every[1]:
            text = "".join("".join(p.text for p in pages).split())
            words = [mail.title, mail.code, *(p.text for p in mail.parts)]
            words += [item for p in mail.parts for item in p.items]
            for wanted in words:
                assert "".join(wanted.split()) in text.replace("•", "")

    def test_tells_nothing_in_its_own_data(self, every):
        reader = every[0]
        shown = f"{reader.metadata.title} {reader.metadata.author} {reader.metadata.subject}"
        assert "victim" not in shown.lower()
        assert reader.trailer["/Root"]["/Lang"] == "en"
        assert reader.trailer["/Root"]["/ViewerPreferences"]["/Duplex"] == "/Simplex"

    def test_has_the_box_on_its_first_page(self, every):
        heading = {"en": "See your case online", "es": "Vea su caso en línea"}
        for mail, pages in every[1]:
            assert [heading[mail.language] in p.text for p in pages] == [
                p is pages[0] for p in pages
            ]

    def test_breaks_a_part_of_two_pages(self, settings):
        mail = a_mail(settings, Kind.ARREST, "en", SHORT)
        long = replace(mail.parts[0], text="A long story. " * 900)
        out = io.BytesIO()
        (pages,) = pdf.render([replace(mail, parts=(long, *mail.parts))], settings, out)
        assert pages >= 3

    def test_prints_markup_as_it_is(self, settings):
        mail = a_mail(settings, Kind.ARREST, "en", SHORT)
        odd = replace(mail.parts[0], text="Dear <b>Ana</b> & <para>Co")
        out = io.BytesIO()
        pdf.render([replace(mail, parts=(odd,))], settings, out)
        assert "<b>Ana</b> & <para>Co" in PdfReader(out).pages[0].extract_text()

    def test_manifest_runs_nothing_in_a_spreadsheet(self, post):
        post.queue(arrested(first_name='=HYPERLINK("x")').case)
        post.print()
        assert post.manifest()[0]["name"].startswith("'=")

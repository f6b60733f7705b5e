"""A third language without code, from right to left: pages, messages and letters in Arabic."""

import io
import re
import unicodedata
from datetime import date, timedelta
from typing import Any

import pytest
import time_machine
from jinja2 import FileSystemLoader
from pypdf import PdfReader

from aviso.content import dates, direction, messages, sms_segments
from aviso.content.templates import build_environment
from aviso.domain.model import Channel, Kind
from aviso.domain.settings import Settings
from aviso.letters import code_card, pdf, request_form, right_to_left
from aviso.letters.code_card import CodeCard
from infra.compiler import yaml_lines
from infra.harness.builders import NOW, NUMBER, a_case, a_consenting_case, an_arrest_case
from infra.harness.portal_browser import Visitor, store
from infra.message_checks.messages import check
from infra.message_checks.samples import CODE, samples
from infra.message_checks.wording import OURS
from infra.repository import ROOT
from tests.support import arabic_agency
from tests.support.visitor import put, with_code
from tests.support.warrants import ask_for_a_warrant

CODES = ("en", "ar")
ARABIC = re.compile(r"[\u0600-\u06ff]")
# Words that are in English sentences, and in no name: such a text fell back.
LATIN = re.compile(r"\b(?:the|you|your|they|we|not|and|said|with)\b", re.IGNORECASE)


def read(out: io.BytesIO) -> str:
    """Return a PDF's words with their letters in the usual form."""
    pages = PdfReader(out).pages
    return unicodedata.normalize("NFKC", "\n".join(page.extract_text() for page in pages))


class TestPortal:
    def test_shows_every_page_from_right_to_left(self, arabic: Settings) -> None:
        visitor = Visitor(language="ar")
        with time_machine.travel(NOW, tick=False):
            store(an_arrest_case().with_report(status="ACTIVE", assigned="Det. Reed").case)
            public = ("/", "/help", "/rights", "/privacy", "/terms", "/real", "/nowhere", "/stop")
            seen = [visitor.get(path) for path in public]
            seen.append(visitor.post("/find", number="12"))
            seen.append(visitor.post("/find", number=NUMBER))
            seen.append(visitor.verify(NUMBER, "nobody", "1/1/1999"))
            visitor.verify(NUMBER, "munoz v1", "4/12/1985")
            own = ("/status", "/alerts", "/code", "/choice", "/print")
            seen += [visitor.get(path) for path in own]
        for page in seen:
            assert '<html lang="ar" dir="rtl">' in page.body
            heading = re.search(r"<h1>([^<]*)</h1>", page.body)
            assert heading
            assert ARABIC.search(heading[1])

    def test_shows_what_only_a_code_opens(self, arabic: Settings) -> None:
        with time_machine.travel(NOW, tick=False):
            put(a_consenting_case().with_arrest().case)
            visitor = with_code(arabic, language="ar")
            for path in ("/manage", "/record", "/speaks", "/share", "/choice"):
                page = visitor.get(path)
                heading = re.search(r"<h1>([^<]*)</h1>", page.body)
                assert page.status == 200
                assert heading
                assert ARABIC.search(heading[1])
                assert LATIN.findall(page.root.text_content()) == [], path

    def test_names_the_button_that_ends_a_consent(self, arabic: Settings) -> None:
        with time_machine.travel(NOW, tick=False):
            put(a_consenting_case().with_arrest().case)
            visitor = with_code(arabic, language="ar")
            page = visitor.post("/share", csrf=visitor.get("/share").value("csrf"), contact="c1")
        button = page.root.xpath('//button[@value="end"]')[0].text_content()
        assert f'"{button}"' in page.root.xpath('//*[@id="purposes-error"]')[0].text_content()

    def test_says_what_an_organization_is(self, arabic: Settings) -> None:
        shop = {"victim_type": "organization", "first_name": "", "last_name": "متجر الزاوية"}
        with time_machine.travel(NOW, tick=False):
            store(a_case().with_victim(**shop).case)
            page = with_code(arabic, language="ar").get("/status")
        assert "قضية مؤسستك" in page.text
        assert "متجر الزاوية" in page.text

    def test_shows_no_request_for_a_warrant(self, arabic: Settings) -> None:
        visitor = Visitor(language="ar")
        with time_machine.travel(NOW, tick=False):
            active = a_case().with_report(status="ACTIVE", status_at=NOW - timedelta(days=9))
            store(active.with_victim("v1").case)
            visitor.verify(NUMBER, "munoz v1", "4/12/1985")
            before = visitor.get("/status").body
            ask_for_a_warrant(NUMBER)
            assert visitor.get("/status").body == before

    def test_keeps_the_digits_of_a_telephone_in_order(self, arabic: Settings) -> None:
        page = Visitor(language="ar").get("/").body
        assert f"{direction.MARK}{arabic.agency.phone}" in page
        assert f'href="tel:+1{arabic.agency.phone.replace("-", "")}"' in page

    def test_opens_for_digits_of_an_arabic_keyboard(self, arabic: Settings) -> None:
        typed = NUMBER.translate(str.maketrans("0123456789", "٠١٢٣٤٥٦٧٨٩"))
        with time_machine.travel(NOW, tick=False):
            store(an_arrest_case().case)
            opened = Visitor(language="ar").verify(typed, "munoz v1", "١٢ أبريل ١٩٨٥")
        assert opened.status == 303

    def test_speaks_the_others_from_left_to_right(self, arabic: Settings) -> None:
        page = Visitor(language="es").get("/").body
        assert '<html lang="es">' in page
        assert direction.MARK not in page


class TestDraft:
    def test_has_every_text(self) -> None:
        """A page would mix two languages, one from each side."""
        for locales in (place / "locales" for place in OURS):
            texts = {code: yaml_lines.read(locales / code / "strings.yaml").data for code in CODES}
            assert texts["en"].keys() == texts["ar"].keys()
            files = {
                code: {p.relative_to(locales / code) for p in (locales / code).rglob("*.txt")}
                for code in CODES
            }
            assert files["en"] == files["ar"]


class TestMessages:
    def test_of_the_draft_pass_every_check(self, arabic: Settings) -> None:
        """Lengths, the way to stop, words no locked screen shows, the facts of the law."""
        rows, problems = check(OURS, arabic)
        assert [p for p in problems if "/ar/" in p] == []
        assert {row.kind for row in rows if row.language == "ar"} == {k.value for k in Kind}

    @pytest.mark.parametrize(
        ("characters", "parts"), [(1, 1), (70, 1), (71, 2), (134, 2), (135, 3), (201, 3), (202, 4)]
    )
    def test_take_parts_of_70_or_67_characters(self, characters: int, parts: int) -> None:
        assert sms_segments.count("م" * characters) == (parts, "UCS-2")

    def test_are_written_with_numbers_that_stay_whole(self, arabic: Settings) -> None:
        sample = next(samples(Kind.ARREST, arabic))
        text: Any = messages.render(Kind.ARREST, Channel.SMS, "ar", sample.facts, arabic)
        assert f"{direction.MARK}520-555-0100" in text.body
        assert sample.facts.portal_url in text.body
        assert (text.encoding, text.segments) == ("UCS-2", 3)

    def test_by_email_name_their_direction(self, arabic: Settings) -> None:
        sample = next(samples(Kind.ARREST, arabic))
        email: Any = messages.render(Kind.ARREST, Channel.EMAIL, "ar", sample.facts, arabic)
        assert '<html lang="ar" dir="rtl">' in email.html
        assert sample.facts.stop_url.replace("&", "&amp;") in email.html

    def test_have_dates_in_arabic(self, arabic: Settings) -> None:
        assert dates.written(date(2026, 11, 24), "day", "ar") == "الثلاثاء، 24 نوفمبر 2026"


class TestNumber:
    @pytest.mark.parametrize(
        ("text", "marked"),
        [
            ("رقم 520-555-0100.", "رقم \u200e520-555-0100."),
            ("(520) 555-0100", "\u200e(520) 555-0100"),
            ("03/14/1985", "\u200e03/14/1985"),
            ("26-1124-0137", "\u200e26-1124-0137"),
            ("K7M2-9QXD", "\u200eK7M2-9QXD"),
            ("رسالة إلى +1 •••-•••-••67", "رسالة إلى \u200e+1 •••-•••-••67"),
            ("بريد إلى v•••@•••", "بريد إلى \u200ev•••@•••\u200e"),
            ("https://a.example/stop?t=12-34-AB", "https://a.example/stop?t=12-34-AB"),
            ("911", "911"),
            ("1:30", "1:30"),
            ("200 Mesquite Avenue", "200 Mesquite Avenue"),
        ],
    )
    def test_is_marked_where_it_would_be_turned(
        self, arabic: Settings, text: str, marked: str
    ) -> None:
        assert direction.marked(text, "ar") == marked
        assert direction.marked(text, "en") == text

    def test_in_an_attribute_stays_as_it_is(self, arabic: Settings) -> None:
        html = '<input value="26-1124-0137"><p>26-1124-0137</p>'
        assert direction.marked_page(html, "ar") == html.replace(
            ">26-1124-0137<", ">\u200e26-1124-0137<"
        )


class TestLetter:
    def test_is_printed_with_joined_letters(self, arabic: Settings) -> None:
        out = io.BytesIO()
        assert pdf.render([arabic_agency.letter(arabic)], arabic, out) == [2]
        text = read(out)
        assert {"قضيتك", "توقيف", "المحكمة", "520-555-0152", CODE} <= set(re.split(r"[\s•]+", text))
        assert "\u200e" not in text

    @pytest.mark.parametrize("kind", Kind)
    def test_of_every_kind_has_a_glyph_for_each_character(
        self, arabic: Settings, kind: Kind
    ) -> None:
        mail = arabic_agency.letter(arabic, kind)
        lines = [mail.title, *(t for p in mail.parts for t in (p.text, *p.items))]
        assert [line for line in lines if right_to_left.without_glyph(line)] == []

    def test_breaks_its_lines_in_reading_order(self, arabic: Settings) -> None:
        """The first words are on the first line, and the first of them at its right end."""
        style = pdf._styles(arabic.agency.color)["text"]
        made = right_to_left.paragraph("ا " * 100 + "ب " * 100, style, pdf.BODY_WIDTH)
        lines = made.text.split("<br/>")
        assert len(lines) > 1
        assert "ﺏ" not in lines[0]
        assert "ﺍ" not in lines[-1]

    def test_of_an_officer_is_a_card(self, arabic: Settings) -> None:
        out = io.BytesIO()
        card = CodeCard(
            number=NUMBER,
            code=CODE,
            until=NOW,
            portal_url="https://portal.example.org",
            language="ar",
        )
        code_card.render(card, arabic, out)
        assert {"قضيتك", NUMBER, CODE} <= set(read(out).split())

    def test_of_the_form_to_sign_has_names_in_either_script(self, arabic: Settings) -> None:
        known = {"number": NUMBER, "name": "Ana منى"}
        for language, label in (("ar", "الشرطة"), ("en", "Police")):
            words = read(io.BytesIO(request_form.drawn(known, arabic, language))).split()
            assert {label, NUMBER, "Ana", "منى"} <= set(words), language


class TestEnvironment:
    def test_of_the_checker_knows_the_direction(self, arabic: Settings) -> None:
        loaded = build_environment(FileSystemLoader(ROOT / "templates"))
        sample = next(samples(Kind.SURVEY, arabic))
        email: Any = messages.render(
            Kind.SURVEY, Channel.EMAIL, "ar", sample.facts, arabic, environment=loaded
        )
        assert 'dir="rtl"' in email.html

"""What messages say: little where others may read along, all the law wants where they may not."""

from typing import Any

import pytest
from jinja2 import DictLoader, UndefinedError
from msgspec.structs import replace

from aviso.content import markup, messages, sms_segments
from aviso.content.templates import build_environment, strings
from aviso.domain.model import Channel, Kind
from aviso.domain.settings import Settings
from tests.support.rendered_messages import FACTS, LANGUAGES, PORTAL, email, sms

SIZES: list[tuple[str, int, str]] = [
    ("a" * 160, 1, "GSM-7"),
    ("a" * 161, 2, "GSM-7"),
    ("a" * 306, 2, "GSM-7"),
    ("a" * 307, 3, "GSM-7"),
    ("ñéüà¿¡" + "a" * 154, 1, "GSM-7"),
    ("€" * 80, 1, "GSM-7"),
    ("€" + "a" * 159, 2, "GSM-7"),
    ("a" * 152 + "€" + "a" * 152, 3, "GSM-7"),  # an escape is never parted from its character
    ("á" + "a" * 69, 1, "UCS-2"),
    ("á" + "a" * 70, 2, "UCS-2"),
    ("á" + "a" * 134, 3, "UCS-2"),
    ("😀" * 35, 1, "UCS-2"),
    ("😀" * 36, 2, "UCS-2"),
]


class TestText:
    @pytest.mark.parametrize("language", LANGUAGES)
    def test_says_sender_link_check_and_stop(self, language: str, settings: Settings) -> None:
        said = sms(Kind.ARREST, language, settings).body
        first, link, real, stop = said.split("\n")
        assert first.startswith("Sonora Wells PD: ")
        assert link == PORTAL
        assert "K7M2-9QXD" in real
        assert settings.agency.phone in real
        assert stop == {"en": "Reply STOP to end", "es": "Responda ALTO para terminar"}[language]

    def test_of_an_arrest_takes_one_part(self, settings: Settings) -> None:
        for language in LANGUAGES:
            said = sms(Kind.ARREST, language, settings)
            assert (said.segments, said.encoding) == (1, "GSM-7"), f"shorten {language} arrest.txt"

    @pytest.mark.parametrize("kind", Kind)
    @pytest.mark.parametrize("language", LANGUAGES)
    def test_and_email_name_nobody_and_no_report(
        self, kind: Kind, language: str, settings: Settings
    ) -> None:
        mail = email(kind, language, settings)
        seen = sms(kind, language, settings).body + mail.subject + mail.text + mail.html
        for secret in (FACTS.name, FACTS.report_number, FACTS.assigned):
            assert secret not in seen

    def test_that_asks_for_a_name_fails(self, settings: Settings) -> None:
        environment = build_environment(
            DictLoader(
                {
                    "locales/en/messages/arrest.txt": "{% block sms %}{{ name }}{% endblock %}",
                    "locales/en/messages/parts/sms_end.txt": "",
                    "locales/en/messages/parts/your_case.txt": "",
                }
            )
        )
        with pytest.raises(UndefinedError):
            messages.render(
                Kind.ARREST, Channel.SMS, "en", FACTS, settings, environment=environment
            )

    @pytest.mark.parametrize(("text", "parts", "encoding"), SIZES)
    def test_parts_are_counted_as_carriers_charge_them(
        self, text: str, parts: int, encoding: str
    ) -> None:
        assert sms_segments.count(text) == (parts, encoding)

    @pytest.mark.parametrize("language", ["en", "es"])
    def test_has_its_code_after_the_word_that_the_portal_names(
        self, language: str, settings: Settings
    ) -> None:
        said = sms(Kind.STATUS_CHANGED, language, settings).body
        before = said.split("K7M2-9QXD")[0].split()[-1]
        assert f'"{before}"' in strings(language)["real_code_hint"]


class TestEmail:
    @pytest.mark.parametrize("language", LANGUAGES)
    def test_names_the_report_only_where_allowed(self, language: str, settings: Settings) -> None:
        allowed = replace(settings, messages=replace(settings.messages, report_number=True))
        assert FACTS.report_number in email(Kind.FIRST_CONTACT, language, allowed).text
        assert FACTS.report_number not in email(Kind.FIRST_CONTACT, language, allowed).subject
        assert FACTS.report_number not in sms(Kind.FIRST_CONTACT, language, allowed).body

    @pytest.mark.parametrize("language", LANGUAGES)
    def test_has_the_agencys_name_in_its_language(self, language: str, settings: Settings) -> None:
        agency, mail = settings.agency.in_language(language), email(Kind.SURVEY, language, settings)
        assert f'class="head">{agency.name}<' in mail.html
        assert mail.subject.startswith(f"{agency.short_name}: ")

    @pytest.mark.parametrize("language", LANGUAGES)
    def test_ends_with_how_to_stop_and_to_check(self, language: str, settings: Settings) -> None:
        mail = email(Kind.CASE_REOPENED, language, settings)
        for wanted in (FACTS.stop_url, FACTS.not_me_url, FACTS.check_code, f"{PORTAL}/real", "911"):
            assert wanted in mail.text
            assert wanted in mail.html
        assert f'<html lang="{language}"' in mail.html

    def test_escapes_what_comes_from_the_feed(self, settings: Settings) -> None:
        place = replace(FACTS, appearance_place="<b>Court & Sons</b>")
        mail = email(Kind.ARREST, "en", settings, place)
        assert "&lt;b&gt;Court &amp; Sons&lt;/b&gt;" in mail.html
        assert "<b>Court & Sons</b>" in mail.text

    def test_has_no_link_or_heading_from_the_feed(self, settings: Settings) -> None:
        place = replace(
            FACTS, appearance_place="Court\n\n[Pay here](https://bad.example)\n\n## Pay"
        )
        mail = email(Kind.ARREST, "en", settings, place)
        assert 'href="https://bad.example"' not in mail.html
        assert "<h2>Pay</h2>" not in mail.html


class TestLanguage:
    def test_that_is_unknown_becomes_the_agencys_first(self, settings: Settings) -> None:
        assert sms(Kind.ARREST, "fr", settings) == sms(Kind.ARREST, "en", settings)
        assert sms(Kind.ARREST, "", settings) == sms(Kind.ARREST, "en", settings)
        assert sms(Kind.ARREST, "es-MX", settings) == sms(Kind.ARREST, "es", settings)


class TestReplies:
    @pytest.mark.parametrize("language", LANGUAGES)
    def test_confirm_stop_start_and_help(self, language: str, settings: Settings) -> None:
        stop = messages.reply("stop", language, settings, PORTAL).body
        start = messages.reply("start", language, settings, PORTAL).body
        helped = messages.reply("help", language, settings, PORTAL).body
        assert "START" in stop
        assert {"en": "STOP", "es": "ALTO"}[language] in start
        assert settings.agency.phone in helped
        assert PORTAL in helped


class TestMarkup:
    def test_becomes_paragraphs_headings_lists_and_links(self) -> None:
        text = "One\nline.\n\n## Head\n- a\n\n- b\n[Go](https://x.example)\nEnd."
        found: Any = [(part.form.value, part.text, part.items) for part in markup.parse(text)]
        assert found == [
            ("paragraph", "One line.", ()),
            ("heading", "Head", ()),
            ("items", "", ("a", "b")),
            ("link", "Go", ()),
            ("paragraph", "End.", ()),
        ]

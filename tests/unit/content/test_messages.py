"""What messages say: little where others may read along, all the law wants where they may not."""

from datetime import UTC, datetime
from typing import Any

import pytest
from jinja2 import DictLoader, UndefinedError
from msgspec.structs import replace

from aviso.content import markup, messages, sms_segments
from aviso.content.messages import Email, Letter, MessageFacts, Sms
from aviso.content.templates import build_environment
from aviso.domain.model import Channel, Kind
from aviso.domain.settings import Settings

PORTAL = "https://aviso.police.example"
LANGUAGES = ("en", "es")
FACTS = MessageFacts(
    portal_url=PORTAL,
    not_me_url=f"{PORTAL}/not-me?t=n1",
    stop_url=f"{PORTAL}/stop?t=s1",
    check_code="K7M2-9QXD",
    name="Rosa Imaginaria",
    report_number="26-1124-0137",
    appearance_at=datetime(2026, 3, 5, 3, 30, tzinfo=UTC),  # the evening of the 4th in Arizona
    appearance_place="Municipal Court, Room 2",
    custody_agency="Mesquite County Jail",
    custody_phone="520-555-0152",
    assigned="Det. Imogen Example",
    assigned_phone="520-555-0170",
)


def sms(kind: Kind, language: str, settings: Settings, facts: MessageFacts = FACTS) -> Sms:
    said = messages.render(kind, Channel.SMS, language, facts, settings)
    assert isinstance(said, Sms)
    return said


def email(kind: Kind, language: str, settings: Settings, facts: MessageFacts = FACTS) -> Email:
    said = messages.render(kind, Channel.EMAIL, language, facts, settings)
    assert isinstance(said, Email)
    return said


def letter(kind: Kind, language: str, settings: Settings, facts: MessageFacts = FACTS) -> str:
    said = messages.render(kind, Channel.LETTER, language, facts, settings)
    assert isinstance(said, Letter)
    return markup.plain(said.parts)


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
            messages.render(Kind.ARREST, Channel.SMS, "en", FACTS, settings, environment)

    @pytest.mark.parametrize(("text", "parts", "encoding"), SIZES)
    def test_parts_are_counted_as_carriers_charge_them(
        self, text: str, parts: int, encoding: str
    ) -> None:
        assert sms_segments.count(text) == (parts, encoding)


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


class TestFirstContact:
    @pytest.mark.parametrize("language", LANGUAGES)
    def test_tells_rights_help_and_whom_to_call(self, language: str, settings: Settings) -> None:
        wanted = {
            "en": ["waiver", "lawful representative", "fairness", "thirty days", "under 18"],
            "es": ["renuncia", "representante legal", "trato justo", "treinta días", "menos de 18"],
        }[language]
        wanted.append({"en": "exam to secure evidence", "es": "guardar pruebas"}[language])
        wanted += [settings.agency.phone, settings.custody_phone, settings.juvenile_phone]
        wanted += [resource.phone for resource in settings.resources]
        kind = Kind.FIRST_CONTACT
        for said in (email(kind, language, settings).text, letter(kind, language, settings)):
            assert [w for w in wanted if w not in said] == []
        assert FACTS.report_number in letter(kind, language, settings)


class TestArrest:
    @pytest.mark.parametrize("language", LANGUAGES)
    def test_tells_time_place_date_and_the_jails_phone(
        self, language: str, settings: Settings
    ) -> None:
        day = {"en": "Wednesday, March 4, 2026", "es": "miércoles, 4 de marzo de 2026"}[language]
        adult = {"en": "an adult", "es": "adulta"}[language]
        for said in (
            email(Kind.ARREST, language, settings).text,
            letter(Kind.ARREST, language, settings),
        ):
            for wanted in (day, "8:30", FACTS.appearance_place, FACTS.custody_phone, adult):
                assert wanted in said

    @pytest.mark.parametrize("language", LANGUAGES)
    def test_of_a_juvenile_names_the_detention_center(
        self, language: str, settings: Settings
    ) -> None:
        young = replace(FACTS, juvenile=True, custody_agency="", custody_phone="")
        said = email(Kind.ARREST, language, settings, young).text
        at_once = {"en": "detention center right away", "es": "de inmediato al centro de detención"}
        assert at_once[language] in said
        assert settings.juvenile_phone in said
        assert settings.custody_phone not in said

    @pytest.mark.parametrize("language", LANGUAGES)
    def test_without_a_court_date_tells_whom_to_ask(
        self, language: str, settings: Settings
    ) -> None:
        unknown = replace(FACTS, appearance_at=None, appearance_place="", custody_phone="")
        said = email(Kind.ARREST, language, settings, unknown).text
        assert settings.custody_phone in said
        assert "None" not in said

    @pytest.mark.parametrize("language", ["en", "es"])
    @pytest.mark.parametrize("kind", [Kind.ARREST, Kind.INITIAL_APPEARANCE])
    def test_with_a_court_day_alone_tells_no_time(
        self, kind: Kind, language: str, settings: Settings
    ) -> None:
        midnight = datetime(2026, 3, 5, 7, tzinfo=UTC)
        day = replace(FACTS, appearance_at=midnight, appearance_time_known=False)
        for said in (
            email(kind, language, settings, day).text,
            letter(kind, language, settings, day),
        ):
            assert "5" in said
            assert "12:00" not in said
            assert FACTS.appearance_place in said

    @pytest.mark.parametrize("language", LANGUAGES)
    def test_tells_a_court_date_with_its_place(self, language: str, settings: Settings) -> None:
        said = email(Kind.INITIAL_APPEARANCE, language, settings).text
        wanted = (FACTS.appearance_place, "8:30", FACTS.custody_phone, settings.agency.phone)
        assert [w for w in wanted if w not in said] == []


class TestCaseMessages:
    @pytest.mark.parametrize("language", LANGUAGES)
    def test_name_the_detective_in_the_letter_only(self, language: str, settings: Settings) -> None:
        assert FACTS.assigned in letter(Kind.DETECTIVE_ASSIGNED, language, settings)
        assert FACTS.assigned not in email(Kind.DETECTIVE_ASSIGNED, language, settings).text

    @pytest.mark.parametrize("language", LANGUAGES)
    def test_show_no_warrant_on_a_locked_screen(self, language: str, settings: Settings) -> None:
        mail = email(Kind.WARRANT, language, settings)
        preview = mail.text.split("\n")[0]
        told = {"en": "warrant", "es": "orden de arresto"}[language]
        for seen in (sms(Kind.WARRANT, language, settings).body, mail.subject, preview):
            assert told not in seen
            assert {"en": "arrest", "es": "arresto"}[language] not in seen
        assert told in mail.text

    @pytest.mark.parametrize("language", LANGUAGES)
    def test_leave_answers_to_the_prosecutors_office(
        self, language: str, settings: Settings
    ) -> None:
        assert settings.prosecutor_phone in email(Kind.SENT_TO_PROSECUTOR, language, settings).text

    @pytest.mark.parametrize("kind", [Kind.STATUS_CHANGED, Kind.CASE_CLOSED, Kind.CASE_REOPENED])
    @pytest.mark.parametrize("language", LANGUAGES)
    def test_tell_a_status_in_the_agencys_plain_words(
        self, kind: Kind, language: str, settings: Settings
    ) -> None:
        code = next(c for c, status in settings.statuses.items() if status.tells is kind)
        said = email(kind, language, settings, replace(FACTS, status=code)).text
        assert settings.statuses[code].meaning[language] in said
        assert settings.statuses[code].next_step[language] in said

    @pytest.mark.parametrize("language", LANGUAGES)
    def test_claim_no_work_on_a_reopened_case(self, language: str, settings: Settings) -> None:
        said = email(Kind.CASE_REOPENED, language, settings, replace(FACTS, status="NO_STAFF")).text
        assert "We are working" not in said.replace("Estamos trabajando", "We are working")

    @pytest.mark.parametrize("language", LANGUAGES)
    def test_say_the_status_of_a_case_without_news(self, language, settings) -> None:
        code = next(c for c, status in settings.statuses.items() if status.suspended)
        said = email(Kind.STILL_OPEN, language, settings, replace(FACTS, status=code)).text
        assert settings.statuses[code].meaning[language] in said

    @pytest.mark.parametrize("language", LANGUAGES)
    def test_say_that_a_call_reached_nobody(self, language, settings) -> None:
        said = email(Kind.CALL_BACK, language, settings, replace(FACTS, status="CLOSED")).text
        assert settings.statuses["CLOSED"].meaning[language] in said

    def test_leave_out_an_unknown_status(self, settings: Settings) -> None:
        said = email(Kind.STATUS_CHANGED, "en", settings, replace(FACTS, status="QQ")).text
        assert "QQ" not in said

    @pytest.mark.parametrize("language", LANGUAGES)
    def test_confirm_a_received_report(self, language: str, settings: Settings) -> None:
        told = {"en": "We have your report", "es": "Ya tenemos su reporte"}[language]
        assert told in email(Kind.REPORT_RECEIVED, language, settings).text
        assert FACTS.report_number in letter(Kind.REPORT_RECEIVED, language, settings)

    @pytest.mark.parametrize("language", LANGUAGES)
    def test_say_what_was_wrong_in_a_correction(self, language: str, settings: Settings) -> None:
        arrest = replace(FACTS, corrects=Kind.ARREST)
        court = replace(FACTS, corrects=Kind.INITIAL_APPEARANCE)
        word = {"en": "arrest", "es": "arresto"}[language]
        assert word in sms(Kind.CORRECTION, language, settings, arrest).body
        assert word in email(Kind.CORRECTION, language, settings, arrest).text
        assert word not in sms(Kind.CORRECTION, language, settings, court).body
        assert word not in email(Kind.CORRECTION, language, settings, court).text

    @pytest.mark.parametrize("language", LANGUAGES)
    def test_link_a_survey_to_its_own_page(self, language: str, settings: Settings) -> None:
        facts = replace(FACTS, survey_url=f"{PORTAL}/survey?t=v1")
        assert facts.survey_url in sms(Kind.SURVEY, language, settings, facts).body
        assert facts.survey_url in email(Kind.SURVEY, language, settings, facts).html


class TestContactMessages:
    @pytest.mark.parametrize("language", LANGUAGES)
    def test_tell_a_new_contact_how_to_say_not_me(self, language: str, settings: Settings) -> None:
        assert FACTS.not_me_url in sms(Kind.ENROLLMENT_CONFIRMED, language, settings).body
        assert FACTS.not_me_url in email(Kind.ENROLLMENT_CONFIRMED, language, settings).html

    @pytest.mark.parametrize("language", LANGUAGES)
    def test_tell_the_others_whom_to_call(self, language: str, settings: Settings) -> None:
        assert settings.agency.phone in sms(Kind.CONTACT_CHANGED, language, settings).body

    @pytest.mark.parametrize("language", LANGUAGES)
    def test_say_the_same_of_a_move_and_a_new_phone(
        self, language: str, settings: Settings
    ) -> None:
        facts = [replace(FACTS, change=word) for word in ("contact", "removed", "home", "unsafe")]
        kind = Kind.CONTACT_CHANGED
        assert len({sms(kind, language, settings, told).body for told in facts}) == 1
        assert len({email(kind, language, settings, told).text for told in facts}) == 1
        assert len({email(kind, language, settings, told).subject for told in facts}) == 1
        assert len({letter(kind, language, settings, told) for told in facts}) == 1


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

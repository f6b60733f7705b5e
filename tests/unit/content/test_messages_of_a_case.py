"""What a victim is told at each step of a case, and what no message of it says."""

from datetime import UTC, datetime

import pytest
from msgspec.structs import replace

from aviso.domain.fact_keys import CHANGES
from aviso.domain.model import Kind
from aviso.domain.settings import Settings
from tests.support.rendered_messages import FACTS, LANGUAGES, PORTAL, email, letter, sms

# The changes of a contact, of which a message does not say which it was.
CONTACTS = ("contact", "removed", "home", "unsafe", "hidden")


class TestFirstContact:
    @pytest.mark.parametrize("language", LANGUAGES)
    def test_tells_rights_help_and_whom_to_call(self, language: str, settings: Settings) -> None:
        wanted = {
            "en": ["waiver", "lawful representative", "fairness", "thirty days", "under 18"],
            "es": ["renuncia", "representante legal", "trato justo", "treinta días", "menos de 18"],
        }[language]
        wanted += {
            "en": ["exam to secure evidence", "something of yours", "one free copy"],
            "es": ["reunir evidencia", "algo suyo", "una copia gratis"],
        }[language]
        wanted += [settings.agency.phone, settings.custody_phone, settings.juvenile_phone]
        wanted += [resource.phone for resource in settings.resources]
        kind = Kind.FIRST_CONTACT
        for said in (email(kind, language, settings).text, letter(kind, language, settings)):
            assert [w for w in wanted if w not in said] == []
        assert FACTS.report_number in letter(kind, language, settings)

    @pytest.mark.parametrize("language", LANGUAGES)
    def test_promises_to_tell_of_an_arrest(self, language: str, settings: Settings) -> None:
        wanted = {
            "en": ["tell you of an arrest as soon as we can", "an adult or under 18"],
            "es": ["un arresto tan pronto como podamos", "adulta o tiene menos de 18"],
        }[language]
        kind = Kind.FIRST_CONTACT
        for said in (email(kind, language, settings).text, letter(kind, language, settings)):
            assert [w for w in wanted if w not in " ".join(said.split())] == []

    @pytest.mark.parametrize("language", LANGUAGES)
    def test_sends_no_exam_to_victim_compensation(self, language: str, settings: Settings) -> None:
        exam, fund = {
            "en": ("exam to secure evidence", "victim compensation"),
            "es": ("reunir evidencia", "compensación para víctimas"),
        }[language]
        said = email(Kind.FIRST_CONTACT, language, settings).text
        about = [part for part in said.split("\n\n") if exam in part]
        assert about
        assert [part for part in about if fund in part] == []


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

    @pytest.mark.parametrize(
        ("language", "written", "read"),
        [
            ("en", "SONORA CO JAIL", "Sonora County Jail"),
            ("es", "SONORA CO JAIL", "Cárcel del Condado de Sonora"),
            ("es", "Jail of another county", "Jail of another county"),
        ],
    )
    def test_names_the_jail_as_the_settings_do(
        self, language: str, written: str, read: str, settings: Settings
    ) -> None:
        held = replace(FACTS, custody_agency=written)
        assert f"{read}: " in email(Kind.ARREST, language, settings, held).text

    @pytest.mark.parametrize("language", LANGUAGES)
    def test_of_a_juvenile_names_the_detention_center(
        self, language: str, settings: Settings
    ) -> None:
        young = replace(FACTS, juvenile=True, custody_agency="", custody_phone="")
        said = email(Kind.ARREST, language, settings, young).text
        assert {"en": "The person is under 18.", "es": "menos de 18 años"}[language] in said
        at_once = {"en": "detention center right away", "es": "de inmediato al centro de detención"}
        assert at_once[language] in said
        assert settings.juvenile_phone in said
        assert settings.custody_phone not in said

    @pytest.mark.parametrize("language", LANGUAGES)
    @pytest.mark.parametrize("kind", [Kind.ARREST, Kind.INITIAL_APPEARANCE])
    @pytest.mark.parametrize("juvenile", [False, True])
    def test_offers_to_ask_the_jail_only_to_the_victim(
        self, juvenile: bool, kind: Kind, language: str, settings: Settings
    ) -> None:
        offer = {"en": "Or we can ask for you", "es": "O podemos pedirlo por usted"}[language]
        facts = replace(FACTS, juvenile=juvenile)
        offered = replace(facts, we_ask=True)
        of_others = replace(offered, represents=True)
        for told, asks in ((offered, True), (facts, False), (of_others, False)):
            for said in (
                email(kind, language, settings, told).text,
                letter(kind, language, settings, told),
            ):
                assert (offer in said) is asks
                assert FACTS.custody_phone in said

    @pytest.mark.parametrize(
        ("language", "danger"),
        [("en", "In danger? Call 911."), ("es", "¿Está en peligro? Llame al 911.")],
    )
    def test_of_an_arrest_says_who_helps(
        self, language: str, danger: str, settings: Settings
    ) -> None:
        said = " ".join(email(Kind.ARREST, language, settings).text.split())
        (helps,) = (place for place in settings.resources if place.after_arrest)
        assert f"{helps.phone}, {helps.after_arrest[language]}. {danger}" in said
        nobody = replace(settings, resources=())
        said = " ".join(email(Kind.ARREST, language, nobody).text.split())
        assert f"{settings.agency.phone}, {settings.staff_hours[language]}. {danger}" in said

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
    def test_ask_for_new_information(self, language, settings) -> None:
        new = {"en": "something new", "es": "algo nuevo"}[language]
        for kind, status in ((Kind.STILL_OPEN, ""), (Kind.CASE_CLOSED, "CLOSED")):
            said = email(kind, language, settings, replace(FACTS, status=status)).text
            assert new in said
            assert settings.agency.phone in said

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
        one = replace(FACTS, corrects="one_arrest")
        nobody = {"en": "no one was arrested", "es": "no hubiera ningún arresto"}[language]
        stands = {"en": "Another arrest still stands.", "es": "Otro arresto es correcto."}[language]
        assert stands in sms(Kind.CORRECTION, language, settings, one).body
        for write in (lambda *told: email(*told).text, letter):
            assert stands in write(Kind.CORRECTION, language, settings, one)
            assert nobody not in write(Kind.CORRECTION, language, settings, one)
            assert nobody in write(Kind.CORRECTION, language, settings, arrest)

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

    @pytest.mark.parametrize("word", sorted(CHANGES - {"incapacitated", "lock"}))
    @pytest.mark.parametrize("language", LANGUAGES)
    def test_promise_a_silenced_victim_no_code(
        self, language: str, word: str, settings: Settings
    ) -> None:
        promises = {
            "en": ("a code that we send you", "ask for news again", "only what the law"),
            "es": ("le mandaremos un código", "volver a pedir", "solo escribimos lo que la ley"),
        }[language]
        call = {"en": "If it is wrong, call us now", "es": "Si no es cierto, llámenos ahora"}
        facts, kind = replace(FACTS, change=word, silenced=True), Kind.CONTACT_CHANGED
        for said in (
            email(kind, language, settings, facts).text,
            letter(kind, language, settings, facts),
        ):
            words = " ".join(said.split())
            assert call[language] in words
            assert not [promise for promise in promises if promise in words]

    @pytest.mark.parametrize("language", LANGUAGES)
    def test_say_that_a_waiver_may_be_of_a_call(self, language: str, settings: Settings) -> None:
        said = email(Kind.CONTACT_CHANGED, language, settings, replace(FACTS, change="waived"))
        assert {"en": "told our staff", "es": "a nuestro personal"}[language] in said.text

    @pytest.mark.parametrize("language", LANGUAGES)
    def test_say_the_same_of_a_move_and_a_new_phone(
        self, language: str, settings: Settings
    ) -> None:
        facts = [replace(FACTS, change=word) for word in CONTACTS]
        kind = Kind.CONTACT_CHANGED
        assert len({sms(kind, language, settings, told).body for told in facts}) == 1
        assert len({email(kind, language, settings, told).text for told in facts}) == 1
        assert len({email(kind, language, settings, told).subject for told in facts}) == 1
        assert len({letter(kind, language, settings, told) for told in facts}) == 1

    @pytest.mark.parametrize("language", LANGUAGES)
    def test_say_that_what_agencies_get_changed(self, language: str, settings: Settings) -> None:
        """Else she sees on the portal that no contact changed, and nobody hears of a release."""
        agencies = {"en": "other agencies", "es": "otras agencias"}[language]
        contact = {"en": "a phone, an email", "es": "un teléfono, un correo"}[language]
        kind, facts = Kind.CONTACT_CHANGED, replace(FACTS, change="shared")
        written = email(kind, language, settings, facts)
        told = letter(kind, language, settings, facts)
        for said in (
            sms(kind, language, settings, facts).body,
            written.subject,
            written.text,
            told,
        ):
            assert agencies in " ".join(said.split())
            assert contact not in " ".join(said.split())

    @pytest.mark.parametrize("language", LANGUAGES)
    def test_say_that_an_address_may_be_confidential(
        self, language: str, settings: Settings
    ) -> None:
        said = email(Kind.CONTACT_CHANGED, language, settings, replace(FACTS, change="hidden"))
        assert {"en": "kept confidential", "es": "confidencialidad"}[language] in said.text

    @pytest.mark.parametrize("language", LANGUAGES)
    def test_name_nobody_who_speaks_if_there_is_nobody(
        self, language: str, settings: Settings
    ) -> None:
        speaks = {"en": "speak", "es": "habla"}[language]
        kind, told = Kind.CONTACT_CHANGED, replace(FACTS, change="incapacitated")
        nobody = replace(told, unspoken=True)
        assert speaks in email(kind, language, settings, told).text
        for said in (
            sms(kind, language, settings, nobody).body,
            email(kind, language, settings, nobody).text,
            email(kind, language, settings, nobody).subject,
            letter(kind, language, settings, nobody),
        ):
            assert speaks not in said

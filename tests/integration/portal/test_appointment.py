"""The calendar file of a hearing: it says a time, and nothing of a case."""

from datetime import timedelta

import pytest
import time_machine
from msgspec.structs import replace

from aviso.content import dates
from aviso.storage import cases
from infra.harness.builders import NOW, NUMBER, a_case
from infra.harness.portal_browser import Visitor, store

HEARING = NOW + timedelta(days=1)


@pytest.fixture
def visit(aws):
    """Return a function that opens a case with an arrest in a language."""

    def opened(language="en", **arrest):
        store(a_case().with_victim().with_suspect().with_arrest(**arrest).case)
        visitor = Visitor(language=language)
        assert visitor.verify(NUMBER, "munoz v1", "4/12/1985").status == 303
        return visitor

    with time_machine.travel(NOW, tick=False):
        yield opened


def names(visitor):
    """Return the names of arrests in the addresses of calendar files on the case's page."""
    found = visitor.get("/status").root.xpath('//a[starts-with(@href, "appointment")]/@href')
    return [link.removeprefix("appointment?arrest=") for link in found]


def calendar_file(visitor):
    """Return the calendar file of the page's one hearing."""
    (name,) = names(visitor)
    return visitor.get("/appointment", arrest=name)


class TestCalendarFile:
    @pytest.mark.parametrize(("language", "title"), [("en", "Appointment"), ("es", "Cita")])
    def test_says_a_title_and_a_time(self, visit, language, title):
        visitor = visit(language, appearance_at=HEARING, appearance_place="City Court, room 2")
        answer = calendar_file(visitor)
        assert answer.headers["Content-Type"] == "text/calendar; charset=utf-8"
        assert answer.body.split("\r\n") == [
            "BEGIN:VCALENDAR",
            "VERSION:2.0",
            f"PRODID:-//{title}//EN",
            "BEGIN:VEVENT",
            f"UID:appointment-{HEARING:%Y%m%dT%H%M%SZ}",
            f"DTSTAMP:{NOW:%Y%m%dT%H%M%SZ}",
            f"DTSTART:{HEARING:%Y%m%dT%H%M%SZ}",
            f"DTEND:{HEARING + timedelta(hours=1):%Y%m%dT%H%M%SZ}",
            f"SUMMARY:{title}",
            "CLASS:PRIVATE",
            "END:VEVENT",
            "END:VCALENDAR",
            "",
        ]

    def test_of_a_day_without_a_time_is_a_whole_day(self, visit):
        at = HEARING.replace(hour=7)  # midnight in the agency's time zone
        visitor = visit(appearance_at=at, appearance_time_known=False)
        lines = calendar_file(visitor).body.split("\r\n")
        assert f"DTSTART;VALUE=DATE:{at:%Y%m%d}" in lines
        assert f"DTEND;VALUE=DATE:{at + timedelta(days=1):%Y%m%d}" in lines

    @pytest.mark.parametrize("name", ["0", "-1", "", "x", "²"])
    def test_of_another_name_does_not_exist(self, visit, name):
        visitor = visit(appearance_at=HEARING)
        assert visitor.get("/appointment", arrest=name).status == 404

    def test_is_of_the_arrest_on_the_page_when_others_came(self, visit):
        visitor = visit(appearance_at=HEARING)
        (first,) = cases.read_case(NUMBER).arrests
        later = replace(first, id="a2", origin="a2", arrested_at=NOW)
        (name,) = names(visitor)
        cases.write_row(NUMBER, later, None)
        assert len(names(visitor)) == 2
        assert names(visitor)[1] == name
        cases.write_row(NUMBER, replace(first, withdrawn_at=NOW, digest="2"), first)
        assert visitor.get("/appointment", arrest=name).status == 404

    def test_needs_a_visit(self, visit):
        visit(appearance_at=HEARING)
        assert Visitor().get("/appointment", arrest="0").status == 403


class TestArrestCard:
    def test_says_whom_to_ask_and_not_who_holds(self, visit):
        page = visit(appearance_at=HEARING).get("/status")
        assert "Ask about release" in page.text
        assert "The person may already be out." in page.text
        assert "Add to calendar" in page.text

    @pytest.mark.parametrize("path", ["/status", "/print"])
    @pytest.mark.parametrize("hearing", [HEARING, None])
    @pytest.mark.parametrize(
        ("language", "call", "court"),
        [
            (
                "en",
                "Worried? Call Sonora Wells Victim Assistance at 520-555-0140, any time. "
                "In danger? Call 911.",
                "You do not have to go. Someone can go with you.",
            ),
            (
                "es",
                "¿Tiene miedo? Llame a Asistencia a Víctimas de Sonora Wells al 520-555-0140, "
                "a cualquier hora. ¿Está en peligro? Llame al 911.",
                "No tiene que ir. Alguien puede acompañarle.",
            ),
        ],
    )
    def test_says_who_helps(self, visit, language, call, court, path, hearing):
        page = visit(language, appearance_at=hearing).get(path)
        card = " ".join(page.root.xpath("string(//section)").split())
        assert call in card
        assert court in card
        assert page.root.xpath('//section//a[@href="tel:+15205550140"]')
        assert page.root.xpath('//section//a[@href="tel:911"]')

    @pytest.mark.parametrize("path", ["/status", "/print"])
    @pytest.mark.parametrize(
        ("language", "past"),
        [("en", "The first court date was"), ("es", "ya pasó. Para preguntar por la próxima")],
    )
    def test_of_a_hearing_that_is_over_says_so(self, visit, language, past, path):
        page = visit(language, appearance_at=NOW - timedelta(days=1)).get(path)
        assert past in page.text
        assert page.root.xpath('//section//a[@href="tel:+15205550160"]')  # who knows the next one
        assert "appointment?arrest" not in page.body

    @pytest.mark.parametrize(
        ("days", "language", "said"),
        [
            (0, "en", "(today)"),
            (1, "en", "(tomorrow)"),
            (1, "es", "(mañana)"),
            (2, "en", ""),
        ],
    )
    def test_says_the_weekday_and_how_near(self, visit, days, language, said):
        at = NOW + timedelta(days=days, minutes=10)
        visitor = visit(language, appearance_at=at)
        when = f"{dates.written(at, 'day', language)}, {dates.written(at, 'time', language)}"
        page = visitor.get("/status").text
        assert f"{when} {said}".strip() in page
        assert ("(" in page.split(when)[1][:3]) == bool(said)
        printed = visitor.get("/print").text  # paper is read on another day
        assert when in printed
        assert not said or said not in printed

    def test_of_a_day_without_a_time_waits_for_its_end(self, visit):
        at = NOW.replace(hour=7)  # midnight in the agency's time zone
        page = visit(appearance_at=at, appearance_time_known=False).get("/status")
        assert "appointment?arrest" in page.body


class TestPrintablePage:
    def test_shows_the_news_and_no_form(self, visit):
        page = visit(appearance_at=HEARING).get("/print")
        assert "An adult was arrested in this case" in page.text
        assert "What these words mean" in page.text
        assert page.root.forms == []

    def test_needs_a_visit(self, aws):
        assert Visitor().get("/print").status == 403

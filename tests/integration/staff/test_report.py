"""The report: what it says of the newest period that has settled, on its page and as a PDF."""

import re
from datetime import UTC, date, datetime

import pytest
from msgspec.structs import replace

from aviso.domain.settings import ReportSettings, Settings
from aviso.domain.staff import STAFF, Role
from tests.integration.staff.figures import cut, text, words_of

QUARTER = date(2026, 8, 26)  # a day of the newest quarter that has settled
DAY_BEFORE = datetime(2026, 10, 28, 16, tzinfo=UTC)  # the day before it settles
SETTLED = datetime(2026, 10, 29, 16, tzinfo=UTC)
TILES = {
    "en": [
        "Arrest notices within 2 hours 94.2% 131 of 139 Target 95%",
        "Median time from our records to the notice 30 to 45 min "
        "Target 1 hour or less Before that, from arrest to our records: 1 to 1½ hours",
        "Victims with at least one confirmed notice 97.1% 1,284 of 1,322 due a notice Target 98%",
        "Still had to call us 45.0% 18 of 40 who answered Target 30% or less",
    ],
    "es": [
        "Avisos de arresto en 2 horas o menos 94.2% 131 de 139 Meta 95%",
        "Mediana del tiempo de nuestros expedientes al aviso 30 a 45 min "
        "Meta 1 hora o menos Antes, del arresto a nuestros expedientes: 1 a 1½ horas",
        "Víctimas con al menos un aviso confirmado 97.1% "
        "1,284 de 1,322 a las que se debía avisar Meta 98%",
        "Tuvieron que llamar de todos modos 45.0% 18 de 40 que respondieron Meta 30% o menos",
    ],
}


WHY = {
    "en": "131 of 139 arrest notices were given within 2 hours of our records showing the arrest. "
    "Most of the other 8 were late because the case is restricted and waited for staff.",
    "es": "131 de 139 avisos de arresto se dieron en 2 horas o menos desde que el arresto apareció "
    "en nuestros expedientes. La mayoría de los otros 8 llegó tarde porque el caso está "
    "restringido y esperaba al personal.",
}


def tiles(page):
    return [
        " ".join(li.text_content().split()) for li in page.root.xpath('//ul[@class="headline"]/li')
    ]


def listed(page):
    """Return the rows below the headlines."""
    rows = page.root.xpath('//table[@aria-labelledby="listed"]//tr')
    return {row.xpath("string(th)"): row.xpath("string(td)") for row in rows}


class TestReport:
    @pytest.mark.parametrize("language", TILES)
    def test_has_four_headlines_with_counts_and_targets(self, chief, language):
        assert tiles(chief.get(f"report?lang={language}")) == TILES[language]
        words = words_of(chief.get(f"report-pdf?lang={language}"))
        for number in ("94.2%", "97.1%", "45.0%"):
            assert number in words

    @pytest.mark.parametrize("language", WHY)
    def test_says_in_one_sentence_why_others_were_late(self, chief, days, language):
        assert WHY[language] in text(chief.get(f"report?lang={language}"))
        assert WHY[language] in words_of(chief.get(f"report-pdf?lang={language}"))
        days[QUARTER] |= {"arrests_on_time": {"all": 135}}  # fewer than five were late
        assert "arrest notices were given" not in text(chief.get("report"))

    def test_lists_what_else_was_measured(self, chief, days):
        days[QUARTER] |= cut(
            {"visitors": 523, "visitors_enrolled": 248, "calls_reached": 60, "calls": 33,
             "hand_offs_sent": 81, "hand_offs_confirmed": 79}, "division:West")  # fmt: skip
        assert listed(chief.get("report")) == {
            "Notices given by text or email": "1,000",
            "Notices given by letter": "100",
            "Notices given by staff": "200",
            "Calls to victims that reached someone": "64.5%, 60 of 93",
            "Portal visitors who signed up for news": "47.4%, 248 of 523",
            "Requests that other agencies confirmed in time": "95% or more, of 81",
        }

    def test_says_few_as_fewer_than_five(self, chief, days):
        days[QUARTER] |= {"told_by_letter": {"all": 3}, "told_by_person": {"all": 0}}
        days[QUARTER] |= {"arrests_on_time": {"all": 137}, "victims_owed": {"all": 9}}
        for n, answers in enumerate((2, 1, 0)):
            days[QUARTER][f"answer.still_called.{n}"] = {"all": answers}
        page = chief.get("report")
        assert listed(page)["Notices given by letter"] == "fewer than 5"
        assert listed(page)["Notices given by staff"] == "fewer than 5"
        assert listed(page)["Calls to victims that reached someone"] == "Too few to show"
        on_time, _, told, called = tiles(page)
        assert on_time.startswith("Arrest notices within 2 hours 97% or more of 139 Target")
        assert told == "Victims with at least one confirmed notice Too few to show Target 98%"
        assert called == "Still had to call us Too few to show Target 30% or less"
        assert "137" not in page.text + words_of(chief.get("report-pdf"))

    def test_has_nothing_by_division_and_no_file(self, chief):
        body = chief.get("report").body
        assert "West" not in body
        assert "figures-csv" not in body
        assert "West" not in words_of(chief.get("report-pdf"))

    @pytest.mark.parametrize("role", sorted(STAFF))
    def test_is_the_same_for_everybody(self, desk, days, role):
        desk.sign_in(role)
        page = desk.get("report")
        assert tiles(page) == TILES["en"]
        trusted = role in (Role.SUPERVISOR, Role.ADVOCATE)
        assert ("figures" in page.links("figures")) is trusted
        assert ("#chart-late" in page.body) is trusted

    def test_target_that_is_not_set_is_not_shown(self, chief, monkeypatch):
        bare = replace(Settings.current(), report=ReportSettings())
        monkeypatch.setattr(Settings, "current", staticmethod(lambda: bare))
        assert "Target" not in text(chief.get("report"))


class TestPeriod:
    @pytest.mark.parametrize(
        ("now", "said", "coming"),
        [
            (
                DAY_BEFORE,
                "April 1 to June 30, 2026",
                "July 1 to September 30, 2026. It comes on Oct",
            ),
            (
                SETTLED,
                "July 1 to September 30, 2026",
                "October 1 to December 31, 2026. It comes on",
            ),
        ],
    )
    def test_is_the_newest_that_has_settled(self, chief, clock, now, said, coming):
        clock.move_to(now)
        chief.sign_in(Role.SUPERVISOR)
        page = chief.get("report")
        assert f"Were victims told on time? {said}" in text(page)
        assert f"Next report: {coming}" in text(page)
        assert said in words_of(chief.get("report-pdf"))

    @pytest.mark.parametrize(
        "query", ["", "day=2026-11-01", "day=2026-09-30", "day=2030-01-01", "day=x"]
    )
    def test_is_never_one_that_still_changes(self, chief, query):
        """Another copy could be subtracted from the one that is published."""
        assert tiles(chief.get(f"report?{query}")) == TILES["en"]
        (name,) = re.findall(
            'filename="(.+)"', chief.get(f"report-pdf?{query}").headers["Content-Disposition"]
        )
        assert name == "report-2026-07-01-2026-09-30.pdf"

    def test_of_any_day_is_the_whole_quarter(self, chief):
        """Own days beside a quarter would tell the days between."""
        page = chief.get("report?day=2026-02-14&first=2026-02-14&last=2026-02-15")
        assert "told on time? January 1 to March 31, 2026" in text(page)

    def test_leads_to_the_one_before_and_back(self, chief):
        (before,) = chief.get("report").root.xpath('//a[@rel="prev"]/@href')
        page = chief.get(before)
        assert "told on time? April 1 to June 30, 2026" in text(page)
        (after,) = page.root.xpath('//a[@rel="next"]/@href')
        newest = chief.get(after)
        assert "July 1 to September 30" in text(newest)
        assert not newest.root.xpath('//a[@rel="next"]')
        (pdf,) = page.root.xpath("//a[@download]/@href")
        assert "April 1 to June 30, 2026" in words_of(chief.get(pdf))


class TestPdf:
    @pytest.mark.parametrize(
        ("language", "said"),
        [("en", "Were victims told on time?"), ("es", "¿Se avisó a tiempo a las víctimas?")],
    )
    def test_is_two_pages_with_the_same_words(self, chief, language, said):
        page = chief.get(f"report-pdf?lang={language}")
        assert page.headers["Content-Type"] == "application/pdf"
        words = words_of(page)
        assert said in words
        for row, value in listed(chief.get(f"report?lang={language}")).items():
            assert f"{row} {value}" in words

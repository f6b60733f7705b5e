"""The report: its periods, what it hides from everybody, its links, and its PDF."""

import re
from datetime import date, timedelta
from io import BytesIO

import pytest
from msgspec.structs import replace
from pypdf import PdfReader

from aviso.domain.model import Kind
from aviso.domain.reasons import Restriction
from aviso.domain.report_settings import ReportSettings
from aviso.domain.settings import Settings
from aviso.domain.staff import STAFF, Role
from tests.integration.conftest import NOW
from tests.integration.staff.conftest import a_held_notice, a_stored_case
from tests.integration.staff.figures import TODAY, table

# 139 arrest notices owed, 131 on time: in the middle of the quarter.
ARRESTS = {
    "arrests_owed": 139,
    "arrests_on_time": 131,
    "arrest_minutes.15": 26,
    "arrest_minutes.45": 60,
    "arrest_minutes.360": 45,
    "victims_owed": 1322,
    "victims_told": 1284,
    "owed": 1400,
    "told_by_message": 1000,
    "told_by_letter": 100,
    "told_by_person": 200,
    "notices.held": 40,
    "surveys_sent": 186,
    "answer.still_called.0": 22,
    "answer.still_called.1": 10,
    "answer.still_called.2": 8,
}
FORMER = ARRESTS | {"arrests_on_time": 125, "answer.still_called.0": 32}


def cut(counts, label):
    return {metric: {"all": n, label: n} for metric, n in counts.items()}


@pytest.fixture
def days(desk, monkeypatch):
    """Give the counters behind the report, to be changed by a test: day -> metric -> cut."""
    from aviso.storage import counters

    found = {
        TODAY: cut(ARRESTS, "division:West"),
        TODAY - timedelta(days=92): cut(FORMER, "division:West"),
    }

    def read(first, last):
        return {day: counts for day, counts in found.items() if first <= day <= last}

    monkeypatch.setattr(counters, "read", read)
    return found


@pytest.fixture
def chief(desk, days):
    desk.sign_in(Role.SUPERVISOR)
    return desk


def text(page):
    return " ".join(page.text.split())


class TestHeadlines:
    def test_share_on_time_has_counts_target_and_change(self, chief):
        said = text(chief.get("report"))
        assert "Arrest notices within 2 hours 94.2% ▲ 4.3 points (better) 131 of 139" in said
        assert "Target 95%" in said

    def test_median_is_a_group_of_minutes(self, chief):
        said = text(chief.get("report"))
        assert "Median time, arrest to notice 30 to 45 min before: 30 to 45 min" in said
        assert "Slowest tenth: 4 to 6 hours or longer. 131 arrest notices" in said

    def test_victims_told_are_of_those_owed(self, chief):
        said = text(chief.get("report"))
        title = "Victims with at least one confirmed notice"
        assert f"{title} 97.1% No change 1,284 of 1,322 owed news" in said
        assert "A victim with one confirmed notice counts as told" in said

    def test_more_calls_are_worse(self, chief):
        said = text(chief.get("report"))
        assert "Still had to call us 45.0% ▲ 9.0 points (worse) 40 answers to 186 surveys" in said

    @pytest.mark.parametrize(
        ("language", "said"),
        [
            ("en", ["131 of 139 · Target 95%", "131 arrest notices · Target 1 hour or less",
                    "owed news · Target 98%", "40 answers to 186 surveys · Target 30% or less"]),
            ("es", ["131 de 139 · Meta 95%", "131 avisos de arresto · Meta 1 hora o menos",
                    "a las que se debía avisar · Meta 98%",
                    "40 respuestas a 186 encuestas · Meta 30% o menos"]),
        ],
    )  # fmt: skip
    def test_each_has_its_target(self, chief, language, said):
        notes = chief.get(f"report?lang={language}").root.xpath('//*[@class="note"]')
        for note, target in zip(notes, said, strict=True):
            assert note.text_content().endswith(target)
            assert target in words_of(chief.get(f"report-pdf?lang={language}"))

    def test_target_that_is_not_set_is_not_shown(self, chief, monkeypatch):
        bare = replace(Settings.current(), report=ReportSettings())
        monkeypatch.setattr(Settings, "current", staticmethod(lambda: bare))
        page = chief.get("report")
        assert page.status == 200
        assert "Target" not in text(page)

    def test_title_of_the_chart_says_what_it_shows(self, chief, days):
        assert "94.2% of arrest notices were on time: below the target of 95%" in text(
            chief.get("report")
        )
        days[TODAY]["arrests_on_time"] = {"all": 133}
        assert "were on time: the target of 95% is met" in text(chief.get("report"))
        assert "Most news goes by text or email; staff give about one notice in 7" in text(
            chief.get("report")
        )

    @pytest.mark.parametrize(
        ("on_time", "mark"), [(946, "94%"), (949, "94%"), (950, "95%"), (954, "95%")]
    )
    def test_month_below_the_target_does_not_read_as_on_it(self, chief, days, on_time, mark):
        days[TODAY] |= {"arrests_owed": {"all": 1000}, "arrests_on_time": {"all": on_time}}
        marks = chief.get("report").root.xpath('//*[@class="value"]/text()')
        assert marks[-1] == mark
        assert mark in words_of(chief.get("report-pdf"))

    def test_title_says_most_of_more_than_half_alone(self, chief, days):
        days[TODAY] |= {"told_by_message": {"all": 640}, "told_by_letter": {"all": 460}}
        assert "News goes most often by text or email; staff give about" in text(
            chief.get("report")
        )
        days[TODAY]["told_by_message"] = {"all": 710}
        days[TODAY]["told_by_letter"] = {"all": 390}
        assert "Most news goes by text or email; staff give about" in text(chief.get("report"))

    def test_money_saved_is_no_figure_of_the_report(self, chief):
        assert "$" not in chief.get("report").text


class TestSmallCounts:
    @pytest.mark.parametrize("role", sorted(STAFF))
    @pytest.mark.parametrize("asked", ["", "?small=shown"])
    def test_are_hidden_from_everybody(self, desk, days, role, asked):
        desk.sign_in(role)
        days[TODAY] |= cut({"arrests_owed": 12, "arrests_on_time": 9}, "division:Nowhere")
        body = desk.get(f"report{asked}").body
        row = re.search(r"<tr><th scope=\"row\">Nowhere</th>.*?</tr>", body, re.DOTALL)
        assert row is None or "75.0%" not in row[0]

    def test_few_late_ones_give_a_bound_and_no_count(self, chief, days):
        days[TODAY]["arrests_on_time"] = {"all": 137}
        page = chief.get("report")
        assert "Arrest notices within 2 hours 97% or more of 139" in text(page)
        assert "137" not in page.body
        assert "98.6" not in page.body

    def test_few_of_few_are_hidden_without_a_bound(self, chief, days):
        days[TODAY] |= {"arrests_owed": {"all": 20}, "arrests_on_time": {"all": 18}}
        assert "Arrest notices within 2 hours too few to show" in text(chief.get("report"))

    def test_few_are_a_star_in_a_table(self, chief, days):
        days[TODAY] |= cut({"victims_owed": 9, "victims_told": 3}, "division:East")
        (row,) = chief.get("report").root.xpath('//tr[th="East"]')
        assert [td.text_content() for td in row.xpath("td")][3] == "*too few to show"
        assert "East 0 No data No data *" in words_of(chief.get("report-pdf"))

    def test_few_answers_are_not_even_counted(self, chief, days):
        for n, count in enumerate((2, 1, 0)):
            days[TODAY][f"answer.still_called.{n}"] = {"all": count}
        said = text(chief.get("report"))
        assert "Still had to call us too few to show Too few answers to show" in said

    def test_few_told_arrests_show_no_median(self, chief, days):
        for group, count in (("15", 3), ("45", 0), ("360", 0)):
            days[TODAY][f"arrest_minutes.{group}"] = {"all": count}
        said = text(chief.get("report"))
        assert "arrest to notice too few to show No arrest notices, or too few to show" in said

    @pytest.mark.parametrize("untold", [1, 4])
    def test_number_told_tells_not_how_many_are_untold(self, chief, days, untold):
        days[TODAY]["arrest_minutes.45"] = {"all": 139 - untold - 71}
        said = text(chief.get("report"))
        assert "131 of 139" in said
        assert f"{139 - untold} arrest notices" not in said

    def test_few_arrests_are_not_counted(self, chief, days):
        days[TODAY] |= {"arrests_owed": {"all": 3}, "arrests_on_time": {"all": 2}}
        assert "of 3" not in text(chief.get("report"))

    def test_few_without_an_answer_are_not_told(self, chief, days):
        days[TODAY]["surveys_sent"] = {"all": 42}
        said = text(chief.get("report"))
        assert "40 answers" not in said
        assert "42 surveys sent" in said

    def test_pdf_and_files_hide_them_too(self, chief, days):
        days[TODAY]["arrests_on_time"] = {"all": 137}
        assert "98.6" not in words_of(chief.get("report-pdf"))
        cells = table(chief.get(f"figures-csv?table=all&first={TODAY}&last={TODAY}"))
        assert cells["arrest_on_time_share"]["value"] == "*"


class TestPeriods:
    @pytest.mark.parametrize(
        ("query", "said"),
        [
            ("", "October 1 to November 26, 2026, compared with July 1"),
            ("period=2026-11", "November 1 to 26, 2026, compared with October 1"),
            (
                "period=2026-Q3",
                "July 1 to September 30, 2026, compared with April 1",
            ),
            ("period=2025", "January 1 to December 31, 2025"),
            ("first=2026-11-20&last=2026-11-21", "compared with November 18 to 19, 2026"),
        ],
    )
    def test_report_names_its_days_and_those_compared(self, chief, query, said):
        assert said in text(chief.get(f"report?{query}"))

    @pytest.mark.parametrize(
        ("query", "said"),
        [
            ("first=2026-03-02&last=2026-03-01", "The first day is after the last day."),
            ("first=2026-03-02", "Choose a first day and a last day."),
            ("first=2020-01-01&last=2026-01-01", "The report covers a year at most."),
            ("period=2026-13", "Choose a first day and a last day."),
            ("period=2030", "This period has not begun yet."),
        ],
    )
    def test_wrong_days_are_an_error_that_says_so(self, chief, query, said):
        page = chief.get(f"report?{query}")
        assert page.status == 400
        assert said in page.text
        assert 'class="headline"' not in page.body
        assert chief.get(f"report-pdf?{query}").status == 400

    def test_error_is_said_in_spanish(self, chief):
        page = chief.get("report?first=2026-03-02&last=2026-03-01&lang=es")
        assert "El primer día es después del último día." in page.text
        assert 'value="2026-03-02"' in page.body  # kept, to be corrected

    def test_period_can_be_empty(self, chief):
        page = chief.get("report?period=2019")
        assert page.status == 200
        assert "No data" in page.text


UNPUBLISHED = {
    "en": "Do not publish these numbers. This agency publishes only whole quarters that are over.",
    "es": "No publique estos números. Esta agencia solo publica trimestres completos que ya",
}


class TestPublication:
    @pytest.mark.parametrize("language", ["en", "es"])
    @pytest.mark.parametrize(
        "query",
        ["", "period=2026-10", "period=2025", "first=2026-07-01&last=2026-09-29"],
    )
    def test_other_days_say_that_they_are_not_for_the_public(self, chief, query, language):
        page = chief.get(f"report?{query}&lang={language}")
        assert UNPUBLISHED[language] in text(page)
        assert not page.root.xpath('//*[contains(@class, "screen")]//*[contains(@class, "warn")]')
        assert UNPUBLISHED[language] in words_of(chief.get(f"report-pdf?{query}&lang={language}"))
        (link,) = page.root.xpath('//a[contains(@href, "table=month")]/@href')
        for kind in ("all", "told"):
            file = chief.get(f"{link}&lang={language}".replace("table=month", f"table={kind}"))
            assert UNPUBLISHED[language] in file.body.splitlines()[-1]

    @pytest.mark.parametrize("language", ["en", "es"])
    def test_quarter_that_is_over_is_for_the_public(self, chief, language):
        for query in ("period=2026-Q3", "first=2026-07-01&last=2026-09-30"):
            page = chief.get(f"report?{query}&lang={language}")
            assert UNPUBLISHED[language] not in text(page)
            (link,) = page.root.xpath('//a[contains(@href, "table=all")]/@href')
            assert UNPUBLISHED[language] not in chief.get(f"{link}&lang={language}").body
            pdf = chief.get(f"report-pdf?{query}&lang={language}")
            assert UNPUBLISHED[language] not in words_of(pdf)

    def test_all_figures_say_so_too(self, chief):
        assert UNPUBLISHED["en"] in text(chief.get("figures"))
        whole = "first=2026-07-01&last=2026-09-30"
        assert UNPUBLISHED["en"] not in text(chief.get(f"figures?{whole}"))

    def test_pdf_compares_with_the_same_days_as_the_page(self, chief):
        page = chief.get("report")
        (link,) = page.root.xpath('//a[starts-with(@href, "report-pdf")]/@href')
        said = "October 1 to November 26, 2026, compared with July 1"
        assert said in text(page)
        assert said in words_of(chief.get(link))


class TestYear:
    def test_all_twelve_months_have_name_and_value(self, chief, days):
        for month in range(1, 13):
            share = {"arrests_owed": 100, "arrests_on_time": 60 + month}
            days[date(2025, month, 3)] = cut(share, "division:West")
        plot = chief.get("report?period=2025").root.xpath('//*[contains(@class, "plot")]')[0]
        words = {
            name: [e.text for e in plot.iter("text") if e.get("class").split()[0] == name]
            for name in ("value", "axis")
        }
        assert words["value"] == [f"{60 + month}%" for month in range(1, 13)]
        assert words["axis"][3:] == "Jan Feb Mar Apr May Jun Jul Aug Sep Oct Nov Dec".split()


class TestLinks:
    def test_clerk_goes_from_figures_to_tasks(self, chief):
        a_stored_case()
        a_held_notice(stamp="property|West", deadline=NOW - timedelta(hours=1))
        page = chief.get("report")
        assert '<a class="screen" href="tasks?due=late&amp;kind=arrest">' in page.body
        (row,) = page.root.xpath('//tr[th="West"]')
        said = {
            "tasks?kind=arrest&division=West": "139, West: tasks about arrests, of any period",
            "tasks?due=late&kind=arrest&division=West": "94.2%, West: arrests past deadline now, "
            "of any period",
            "tasks?division=West": "40, West: all tasks, of any period",
        }
        assert {a.get("href"): a.get("aria-label") for a in row.xpath(".//a")} == said
        for link in said:
            assert len(chief.get(link).root.xpath('//a[@class="open"]')) == 1

    def test_figure_without_tasks_is_no_link(self, chief):
        """A median is nobody's task, and who was told has none any more."""
        a_held_notice(kind=Kind.CASE_CLOSED, stamp="property|West")
        page = chief.get("report")
        (row,) = page.root.xpath('//tr[th="West"]')
        assert row.xpath(".//a/@href") == ["tasks?division=West"]
        assert "tasks?due=late" not in page.body

    def test_hidden_number_is_no_link(self, chief, days):
        a_held_notice(stamp="property|West")
        days[TODAY] |= cut({"notices.held": 3}, "division:West")
        (row,) = chief.get("report").root.xpath('//tr[th="West"]')
        assert row.xpath(".//a/@href") == ["tasks?kind=arrest&division=West"]

    def test_restricted_task_is_no_link_for_records(self, chief):
        a_held_notice(reason=Restriction.DESK.hold, stamp="property|West")
        assert "tasks?kind=arrest" in chief.get("report").body
        chief.sign_in(Role.RECORDS)
        assert "tasks?kind=arrest" not in chief.get("report").body

    @pytest.mark.parametrize(
        ("language", "differs"),
        [("en", "Links show the people whom staff must tell now, of any period."),
         ("es", "Los enlaces muestran a quienes el personal debe avisar ahora")],
    )  # fmt: skip
    def test_page_says_how_lists_differ_from_figures(self, chief, days, language, differs):
        a_held_notice(stamp="property|West")
        page = chief.get(f"report?lang={language}")
        (bar,) = page.root.xpath('//table[@class="bars"]//a')
        assert bar.get("href") == "tasks"
        assert text(page).count(differs) == 1
        assert f'"{bar.text_content()}" ' in text(page)

    def test_administrator_sees_no_tasks(self, desk, days):
        a_held_notice(stamp="property|West")
        desk.sign_in(Role.ADMINISTRATOR)
        assert "tasks" not in desk.get("report").body

    def test_every_file_of_the_page_is_there(self, chief):
        body = chief.get("report").body
        for name in ("all", "month", "division", "group", "told", "minutes"):
            link = re.search(rf'href="(figures-csv\?table={name}&amp;[^"]*)"', body)
            assert link
            assert chief.get(link[1].replace("&amp;", "&")).status == 200

    def test_engineers_figures_are_on_a_page_of_their_own(self, chief):
        words = "Required notices found missing"
        assert words not in chief.get("report").text
        assert words in chief.get("health").text


def words_of(page):
    reader = PdfReader(BytesIO(page.body.encode("ascii")))
    assert len(reader.pages) == 1
    return " ".join(reader.pages[0].extract_text().split())


class TestPdf:
    def test_bound_of_a_month_is_no_greater_than(self, chief, days):
        days[TODAY]["arrests_on_time"] = {"all": 137}
        words = words_of(chief.get("report-pdf"))
        assert ">" not in words
        assert "≥" in words

    @pytest.mark.parametrize(
        ("language", "said"),
        [("en", "Were victims told on time?"), ("es", "¿Se avisó a tiempo a las víctimas?")],
    )
    def test_one_page_says_the_same(self, chief, language, said):
        page = chief.get(f"report-pdf?lang={language}")
        assert page.headers["Content-Type"] == "application/pdf"
        words = words_of(page)
        assert said in words
        assert "94.2%" in words
        assert "131" in words

    def test_many_divisions_still_fit_one_page(self, chief, days):
        for n in range(40):
            counts = cut({"victims_owed": 10, "victims_told": 9}, f"division:Beat {n}")
            for metric, cuts in counts.items():
                days[TODAY][metric] = days[TODAY][metric] | cuts
        assert "33 more are on the report's page." in words_of(chief.get("report-pdf"))

"""Where the report leads: to tasks, to files; and which of its days are for the public."""

import re
from datetime import UTC, datetime, timedelta

import pytest

from aviso.domain.model import Kind
from aviso.domain.reasons import Restriction
from aviso.domain.staff import Role
from tests.integration.conftest import NOW
from tests.integration.staff.conftest import a_held_notice, a_stored_case
from tests.integration.staff.figures import TODAY, cut, text, words_of

UNPUBLISHED = {
    "en": "Do not publish these numbers. This agency publishes only whole quarters, 29 days or",
    "es": "No publique estos números. Esta agencia solo publica trimestres completos, cuando",
}
NOT_YET = {
    "en": "Do not publish these numbers before October 29, 2026. Late answers, receipts and",
    "es": "No publique estos números antes del 29 de octubre de 2026. Todavía pueden cambiar por",
}
ANY = {"en": "Do not publish", "es": "No publique"}
DAY_BEFORE = datetime(2026, 10, 28, 16, tzinfo=UTC)  # the day before the third quarter settles
SETTLED = datetime(2026, 10, 29, 16, tzinfo=UTC)
QUARTER = ("period=2026-Q3", "first=2026-07-01&last=2026-09-30")  # the same days


def page_and_file(chief, query, language):
    """Return the words of a report's page, and its file of all figures."""
    page = chief.get(f"report?{query}&lang={language}")
    (link,) = page.root.xpath('//a[contains(@href, "table=all")]/@href')
    return text(page), chief.get(f"{link}&lang={language}").body


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
    def test_quarter_that_can_still_change_says_until_when(self, chief, clock, language):
        clock.move_to(DAY_BEFORE)
        chief.sign_in(Role.SUPERVISOR)
        for query in QUARTER:
            page, file = page_and_file(chief, query, language)
            assert NOT_YET[language] in page
            assert UNPUBLISHED[language] not in page
            pdf = chief.get(f"report-pdf?{query}&lang={language}")
            assert NOT_YET[language] in words_of(pdf)
            assert NOT_YET[language] in file.splitlines()[-1]

    @pytest.mark.parametrize("language", ["en", "es"])
    def test_settled_quarter_is_for_the_public(self, chief, clock, language):
        clock.move_to(SETTLED)
        chief.sign_in(Role.SUPERVISOR)
        for query in QUARTER:
            page, file = page_and_file(chief, query, language)
            assert ANY[language] not in page + file
            pdf = chief.get(f"report-pdf?{query}&lang={language}")
            assert ANY[language] not in words_of(pdf)

    def test_all_figures_say_so_too(self, chief):
        assert UNPUBLISHED["en"] in text(chief.get("figures"))
        whole = "first=2026-07-01&last=2026-09-30"
        assert ANY["en"] not in text(chief.get(f"figures?{whole}"))

    def test_pdf_compares_with_the_same_days_as_the_page(self, chief):
        page = chief.get("report")
        (link,) = page.root.xpath('//a[starts-with(@href, "report-pdf")]/@href')
        said = "October 1 to November 26, 2026, compared with July 1"
        assert said in text(page)
        assert said in words_of(chief.get(link))


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

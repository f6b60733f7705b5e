"""The first tables of all figures: by division and offense, and where their numbers lead."""

from datetime import timedelta

import pytest

from aviso.domain.model import Kind
from aviso.domain.reasons import HoldReason
from tests.integration.conftest import NOW
from tests.integration.staff.conftest import a_held_notice, a_stored_case
from tests.integration.staff.figures import TODAY, cut


def row(page, label="West"):
    """Return a row of the table by division."""
    (found,) = page.root.xpath(f'//section[h2[@id="by-division"]]//tr[th="{label}"]')
    return found


def cells(page, label):
    return [" ".join(td.text_content().split()) for td in row(page, label).xpath("td")]


class TestRows:
    def test_begin_with_the_agency(self, chief, days):
        counts = {"arrests_owed": 3, "arrests_on_time": 2, "victims_owed": 4, "victims_told": 1}
        for metric, cuts in cut(counts | {"arrest_minutes.15": 1}, "division:East").items():
            days[TODAY][metric] = days[TODAY][metric] | {"division:East": cuts["all"]}
        page = chief.get("figures")
        assert cells(page, "Whole agency") == ["139", "94.2%", "30 to 45 min", "1,284", "40"]
        assert cells(page, "West") == cells(page, "Whole agency")
        assert cells(page, "East") == ["3", "66.7%", "Not told yet", "1", "0"]

    @pytest.mark.parametrize(("on_time", "low"), [(131, True), (133, False)])
    def test_below_the_target_are_marked(self, chief, days, on_time, low):
        days[TODAY]["arrests_on_time"] = {"all": on_time, "division:West": on_time}
        assert bool(row(chief.get("figures")).xpath('.//*[contains(@class, "low")]')) is low

    def test_without_arrests_have_no_share(self, chief, days):
        days[TODAY] |= cut({"victims_owed": 9, "victims_told": 3}, "division:East")
        assert cells(chief.get("figures"), "East") == ["0", "No data", "No data", "3", "0"]


class TestLinks:
    def test_lead_from_figures_to_tasks(self, chief):
        a_stored_case()
        a_held_notice(stamp="property|West", deadline=NOW - timedelta(hours=1))
        page = chief.get("figures")
        said = {
            "tasks?kind=arrest&division=West": "139, West: tasks about arrests, all dates",
            "tasks?due=late&kind=arrest&division=West": "94.2%, West: arrest notices overdue today",
            "tasks?division=West": "40, West: all tasks, all dates",
        }
        assert {a.get("href"): a.get("aria-label") for a in row(page).xpath(".//a")} == said
        for link in said:
            assert len(chief.get(link).root.xpath('//a[@class="open"]')) == 1
        of_all = row(page, "Whole agency").xpath(".//a/@href")
        assert of_all == ["tasks?kind=arrest", "tasks?due=late&kind=arrest", "tasks"]

    def test_lead_from_reasons_to_late_tasks(self, chief):
        a_stored_case()
        a_held_notice(reason=HoldReason.NO_SAFE_CONTACT, deadline=NOW - timedelta(hours=1))
        (link,) = chief.get("figures").root.xpath(
            '//tr[td="2"]/th/a[.="No working phone or email"]'
        )
        assert len(chief.get(link.get("href")).root.xpath('//a[@class="open"]')) == 1

    def test_are_none_without_tasks(self, chief):
        """A median is nobody's task, and who was told has none any more."""
        a_held_notice(kind=Kind.CASE_CLOSED, stamp="property|West")
        page = chief.get("figures")
        assert row(page).xpath(".//a/@href") == ["tasks?division=West"]
        assert "tasks?due=late" not in page.body

    def test_engineers_figures_are_on_a_page_of_their_own(self, chief):
        words = "Required notices found missing"
        assert words not in chief.get("report").text
        assert words in chief.get("health").text

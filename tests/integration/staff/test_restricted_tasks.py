"""Tasks of restricted cases in the list, for whatever reason their notices are held."""

import pytest

from infra.harness.builders import STALKING
from tests.integration.staff.conftest import a_held_notice, a_stored_case, at_work


class TestRow:
    def test_of_a_restricted_case_says_so_for_any_reason(self, desk):
        a_stored_case(offense=STALKING)
        a_held_notice(reason="trial_mode")
        (row,) = at_work(desk).get("tasks").root.xpath("//tbody/tr")
        assert "Restricted" in [p.text for p in row.xpath('.//span[contains(@class, "pill")]')]


class TestRestrictedTab:
    @pytest.mark.parametrize(("group", "n"), [("stalking", 1), ("property", 0)])
    def test_has_what_is_held_for_another_reason(self, desk, group, n):
        a_stored_case(offense=STALKING)
        a_held_notice(reason="trial_mode", stamp=group)
        page = at_work(desk).get("tasks?cases=restricted")
        assert len(page.root.xpath('//a[@class="open"]')) == n

    def test_hides_no_task_from_the_ordinary_ones(self, desk):
        a_stored_case()
        a_held_notice(reason="trial_mode", stamp="stalking")
        assert at_work(desk).get("tasks?cases=ordinary").root.xpath('//a[@class="open"]')

"""Tasks of restricted cases in the list, for whatever reason their notices are held."""

import pytest

from aviso.domain.reasons import Restriction
from aviso.domain.staff import Role
from aviso.storage import notices
from infra.harness.builders import STALKING
from tests.integration.staff.conftest import a_held_notice, a_stored_case, at_work, notice


class TestRow:
    def test_of_a_restricted_case_says_so_for_any_reason(self, desk):
        a_stored_case(offense=STALKING)
        a_held_notice(reason="trial_mode")
        (row,) = at_work(desk).get("tasks").root.xpath("//tbody/tr")
        assert "Restricted" in [p.text for p in row.xpath('.//span[contains(@class, "pill")]')]


class TestUnsafeTab:
    @pytest.mark.parametrize(("unsafe", "n"), [(True, 1), (False, 0)])
    def test_has_who_is_unsafe_and_held_for_another_reason(self, desk, unsafe, n):
        a_stored_case(offense=STALKING)
        held = notice(a_held_notice(reason=Restriction.OFFENSE.hold, stamp="stalking"))
        notices.mark_held(held, restricted=True, unsafe=unsafe)
        page = at_work(desk).get("tasks?held_for=unsafe")
        assert len(page.root.xpath('//a[@class="open"]')) == n
        assert f"Not safe to contact {n}" in " ".join(page.of_class("tabs"))


class TestRestrictedTab:
    @pytest.mark.parametrize(("group", "n"), [("stalking", 1), ("property", 0)])
    def test_has_what_is_held_for_another_reason(self, desk, group, n):
        a_stored_case(offense=STALKING)
        a_held_notice(reason="trial_mode", stamp=group)
        page = at_work(desk).get("tasks?cases=restricted")
        assert len(page.root.xpath('//a[@class="open"]')) == n

    @pytest.mark.parametrize(("restricted", "n"), [(True, 1), (False, 0)])
    def test_goes_by_what_planning_saw(self, desk, restricted, n):
        """A relationship, a home or the desk restricts a case whose offense does not."""
        a_stored_case(offense=STALKING)
        held = notice(a_held_notice(reason="trial_mode", stamp="stalking"))
        notices.mark_held(held, restricted=restricted, unsafe=False)
        at_work(desk)
        shown = {
            cases: len(desk.get(f"tasks?cases={cases}").root.xpath('//a[@class="open"]'))
            for cases in ("restricted", "ordinary")
        }
        assert shown == {"restricted": n, "ordinary": 1 - n}

    def test_keeps_a_restricted_case_from_the_counts_of_records(self, desk):
        a_stored_case(offense=STALKING)
        held = notice(a_held_notice(reason="trial_mode"))
        notices.mark_held(held, restricted=True, unsafe=False)
        assert "All 0" in " ".join(at_work(desk, Role.RECORDS).get("tasks").of_class("tabs"))

    def test_hides_no_task_from_the_ordinary_ones(self, desk):
        a_stored_case()
        a_held_notice(reason="trial_mode", stamp="stalking")
        assert at_work(desk).get("tasks?cases=ordinary").root.xpath('//a[@class="open"]')

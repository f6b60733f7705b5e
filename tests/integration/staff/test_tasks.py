"""Tasks: the list of held notices, its filters, and who takes them."""

import re
from datetime import timedelta

import pytest

from aviso.domain.notice import State
from aviso.domain.staff import Role
from infra.harness.builders import STALKING
from infra.harness.staff_browser import audited
from tests.integration.staff.conftest import (
    NOW,
    ORDINARY,
    RESTRICTED,
    a_held_notice,
    a_stored_case,
    at_work,
    notice,
)
from tests.integration.staff.task_forms import WHY, owner, picked


def boxes(page):
    """Return the ids of the notices that a page shows, each with its box."""
    return set(re.findall(r'type="checkbox" form="picked" name="pick-([^"]*)"', page.body))


def ticked(page):
    return set(re.findall(r'form="picked" name="pick-([^"]*)" value="yes" checked', page.body))


ACTS = [("take", {"do": "take"}), ("take", {"do": "give_back"}), ("assign", {}), ("release", {}),
        ("telephoned", {}), ("seen", {"list": "inbox"})]  # fmt: skip


class TestList:
    def test_shows_case_reason_and_due_time(self, desk):
        a_stored_case()
        a_held_notice()
        page = at_work(desk).get("tasks")
        assert ORDINARY in page.text
        assert "No safe contact is known." in page.text
        assert "Arrest" in page.text
        assert ("staff:id-advocate", "tasks_viewed", "") in audited()

    def test_hides_restricted_cases_from_records(self, desk):
        a_stored_case(RESTRICTED, offense=STALKING)
        id = a_held_notice(RESTRICTED, "restricted_offense")
        at_work(desk, Role.RECORDS)
        page = desk.get("tasks")
        assert RESTRICTED not in page.body
        assert "1 more are on restricted cases" in page.text
        refused = desk.post("release", **WHY, **picked(id))
        assert refused.headers["Location"] == "tasks?not_yours=1"
        assert ("staff:id-records", "refused:several", RESTRICTED) in audited()
        assert notice(id).state is State.HELD
        assert RESTRICTED not in desk.post("release", **picked(id)).body
        assert RESTRICTED in at_work(desk, Role.ADVOCATE).get("tasks").text

    def test_hides_them_whatever_they_are_held_for(self, desk):
        a_stored_case(RESTRICTED, offense=STALKING)
        a_held_notice(RESTRICTED, "trial_mode")
        page = at_work(desk, Role.RECORDS).get("tasks")
        assert RESTRICTED not in page.body
        assert "1 more are on restricted cases" in page.text

    def test_has_pages_and_leaves_no_task_out(self, desk):
        from aviso.web.staff.tasks import LINES

        a_stored_case()
        wanted = {
            a_held_notice(fact=f"arrest:a{n}", deadline=NOW + timedelta(minutes=n // 4))
            for n in range(2 * LINES + 7)
        }
        at_work(desk)
        seen, address, pages = [], "tasks?whose=nobody", 0
        while address:
            page = desk.get(address)
            pages += 1
            seen += [
                part.split('"')[0]
                for part in page.body.split('type="checkbox" form="picked" name="pick-')[1:]
            ]
            address = next(
                (a for a in page.links("tasks?") if "after=" in a and "lang=" not in a), ""
            )
            assert ORDINARY not in address
        assert (pages, len(seen), set(seen)) == (3, len(wanted), wanted)
        assert f"({len(wanted)})" in page.text

    def test_narrows_by_owner_lateness_kind_and_reason(self, desk):
        a_stored_case()
        a_stored_case(RESTRICTED, offense=STALKING)
        later = NOW + timedelta(days=2)
        mine = a_held_notice(deadline=later)
        late = a_held_notice(fact="arrest:a2", deadline=NOW - timedelta(days=3))
        restricted = a_held_notice(RESTRICTED, "restricted_offense", deadline=later)
        at_work(desk).post("take", do="take", **picked(mine))

        def shown(**choice):
            address = "tasks?" + "&".join(f"{k}={v}" for k, v in choice.items())
            body = desk.get(address).body
            return {id for id in (mine, late, restricted) if f"pick-{id}" in body}

        assert shown() == {mine, late, restricted}
        assert shown(whose="mine") == {mine}
        assert shown(whose="nobody") == {late, restricted}
        assert shown(due="late") == {late}
        assert shown(due="today") == {late}
        assert shown(cases="restricted") == {restricted}
        assert shown(cases="ordinary", whose="nobody") == {late}
        assert shown(whose="made up") == {mine, late, restricted}
        tried = a_held_notice(reason="no_channel_left", fact="arrest:a3")
        page = desk.get("tasks?held_for=no_channel_left")
        assert (f"pick-{tried}" in page.body, f"pick-{late}" in page.body) == (True, False)

    def test_keeps_its_filter_on_picking_and_next_page(self, desk, monkeypatch):
        from aviso.web.staff import tasks

        monkeypatch.setattr(tasks, "LINES", 2)
        a_stored_case()
        a_stored_case(RESTRICTED, offense=STALKING)
        narrow = {"whose": "nobody", "due": "late", "cases": "ordinary", "held_for": "trial_mode"}
        late = NOW - timedelta(days=3)
        wanted = {
            a_held_notice(reason="trial_mode", fact=f"a:{n}", deadline=late + timedelta(minutes=n))
            for n in range(3)
        }
        mine = a_held_notice(reason="trial_mode", fact="arrest:mine", deadline=late)
        at_work(desk).post("take", do="take", **picked(mine))
        a_held_notice(reason="trial_mode", fact="arrest:soon")
        a_held_notice(RESTRICTED, "restricted_offense", deadline=late)
        a_held_notice(reason="not_safe_to_contact", fact="arrest:unsafe", deadline=late)
        first = desk.get("tasks?" + "&".join(f"{name}={value}" for name, value in narrow.items()))
        (every,) = [a for a in first.links("tasks?") if "all=yes" in a]
        assert len(ticked(desk.get(every))) == 2
        (following,) = [a for a in first.links("tasks?") if "after=" in a and "lang=" not in a]
        assert ticked(desk.get(every)) | boxes(desk.get(following)) == wanted
        (back,) = [a for a in desk.get(following).links("tasks?") if a.count("=") == len(narrow)]
        assert boxes(desk.get(back)) == ticked(desk.get(every))

    def test_offers_records_no_restricted_cases(self, desk):
        a_stored_case(RESTRICTED, offense=STALKING)
        a_held_notice(RESTRICTED, "restricted_offense")
        page = at_work(desk, Role.RECORDS).get("tasks?cases=restricted")
        assert RESTRICTED not in page.body
        assert 'name="cases" value="ordinary"' not in page.body

    @pytest.mark.parametrize("after", ["made-up", "gAAAAAB", "%7B%7D"])
    def test_starts_at_the_first_page_for_a_made_up_one(self, desk, after):
        a_stored_case()
        a_held_notice()
        assert ORDINARY in at_work(desk).get(f"tasks?after={after}").text

    @pytest.mark.parametrize(
        ("act", "form"), ACTS, ids=[f"{a} {' '.join(f.values())}" for a, f in ACTS]
    )
    def test_says_when_nothing_is_selected(self, desk, act, form):
        at_work(desk, Role.SUPERVISOR)
        went = desk.post(act, **form)
        page = desk.get(went.headers["Location"])
        assert page.of_class("alert wrong") == ["Nothing was selected. Select at least one first."]


GIVE_BACK = 'type="hidden" name="do" value="give_back"'  # the button of one task


class TestOwner:
    def test_takes_by_name_and_gives_back(self, desk):
        a_stored_case()
        id = a_held_notice()
        at_work(desk).post("take", do="take", **picked(id))
        assert GIVE_BACK in desk.get("tasks").body
        assert owner(id) == "advocate"
        desk.post("take", do="give_back", **picked(id))
        assert GIVE_BACK not in desk.get("tasks").body
        acts = [a for _, a, c in audited() if c == ORDINARY]
        assert acts == ["task_taken", "task_given_back"]

    def test_takes_from_a_colleague_only_on_purpose(self, desk):
        a_stored_case()
        ids = [a_held_notice(fact=f"arrest:a{n}") for n in range(3)]
        at_work(desk, Role.RECORDS).post("take", do="take", **picked(ids[0]))
        page = at_work(desk).post("take", do="take", whose="nobody", **picked(*ids))
        assert page.headers["Location"] == "tasks?whose=nobody&a_colleagues=1&taken=2"
        assert [owner(id) for id in ids] == ["records", "advocate", "advocate"]
        desk.post("take", do="take_over", **picked(ids[0]))
        assert owner(ids[0]) == "advocate"

    def test_is_not_changed_by_a_colleague_giving_back(self, desk):
        a_stored_case()
        id = a_held_notice()
        at_work(desk).post("take", do="take", **picked(id))
        at_work(desk, Role.RECORDS).post("take", do="give_back", **picked(id))
        assert owner(id) == "advocate"

    def test_is_one_of_two_who_take_at_once(self, desk, settings):
        from aviso.domain.errors import Conflict
        from aviso.staff.actor import Actor
        from aviso.storage import tasks

        a_stored_case()
        held = notice(a_held_notice())
        actor = Actor.member(desk.sign_in(Role.RECORDS), NOW)
        tasks.assign(held, "first", "", actor.record("task_taken", ORDINARY))
        with pytest.raises(Conflict):
            tasks.assign(held, "second", "", actor.record("task_taken", ORDINARY))

    def test_is_given_by_a_supervisor(self, desk, pool):
        a_stored_case()
        a_stored_case(RESTRICTED, offense=STALKING)
        ids = [a_held_notice(), a_held_notice(RESTRICTED, "restricted_offense")]
        at_work(desk, Role.SUPERVISOR)
        asked = desk.post("assign", **picked(*ids))
        assert "rosa" in asked.text
        assert "the-boss" not in asked.text  # an administrator sees no case
        done = desk.post("assign", to="rosa", **picked(*ids))
        assert done.headers["Location"] == "tasks?assigned=1&not_the_colleagues=1"
        assert [owner(id) for id in ids] == ["rosa", ""]
        desk.post("assign", to="ana", **picked(*ids))
        assert [owner(id) for id in ids] == ["ana", "ana"]
        assert ("staff:id-supervisor", "task_assigned", RESTRICTED) in audited()
        assert desk.post("assign", to="nobody-here", **picked(*ids)).status == 404

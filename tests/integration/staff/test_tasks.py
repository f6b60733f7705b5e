"""Tasks: the list of held notices, its filters, and who takes them."""

from datetime import timedelta

import pytest

from aviso.domain.errors import Conflict
from aviso.domain.notice import State
from aviso.domain.staff import Role
from aviso.staff.actor import Actor
from aviso.storage import tasks
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
from tests.integration.staff.task_forms import WHY, boxes, owner, picked, went


def ticked(page):
    values = page.root.xpath('//input[@type="checkbox"][@checked]/@value')
    return {id for value in values for id in value.split()}


ACTS = [("take", {"do": "take"}), ("take", {"do": "give_back"}), ("assign", {}), ("release", {}),
        ("telephoned", {}), ("seen", {"list": "inbox"})]  # fmt: skip


class TestList:
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
        for fact in ("arrest:a1", "arrest:a2"):  # two notices, one person
            a_held_notice(RESTRICTED, "trial_mode", fact=fact)
        page = at_work(desk, Role.RECORDS).get("tasks")
        assert RESTRICTED not in page.body
        assert "1 more are on restricted cases" in page.text

    def test_has_pages_and_leaves_nobody_out(self, desk, monkeypatch):
        from aviso.web.staff import tasks

        monkeypatch.setattr(tasks, "LINES", 3)
        numbers = [f"26112400{n}" for n in range(10, 17)]
        for number in numbers:
            a_stored_case(number)
        wanted = {
            a_held_notice(number, fact=f"arrest:a{n}", deadline=NOW + timedelta(minutes=n))
            for n, number in enumerate(numbers)
        }
        at_work(desk)
        seen: set[str] = set()
        address, ranges = "tasks?whose=nobody", []
        while address:
            page = desk.get(address)
            assert seen.isdisjoint(boxes(page))
            seen |= boxes(page)
            ranges += [span.text for span in page.root.xpath('//*[@class="row pager"]/span')]
            address = next(iter(page.root.xpath('//a[@rel="next"]/@href')), "")
            assert not any(number in address for number in numbers)
        assert seen == wanted
        assert ranges == ["1-3 of 7", "4-6 of 7", "7-7 of 7"]

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
            return boxes(desk.get(address))

        assert shown() == {mine, late, restricted}
        assert shown(whose="mine") == {mine}
        assert shown(whose="nobody") == {late, restricted}
        assert shown(due="late") == {late}
        assert shown(due="today") == {late}
        assert shown(cases="restricted") == {restricted}
        assert shown(cases="ordinary", whose="nobody") == {late}
        assert shown(whose="made up") == {mine, late, restricted}
        tried = a_held_notice(reason="no_channel_left", fact="arrest:a3")
        assert shown(held_for="no_channel_left") == {tried}
        assert shown(held_for="unreached") == {tried, mine, late}
        assert shown(held_for="unsafe") == set()

    def test_keeps_its_filter_on_picking_and_next_page(self, desk, monkeypatch):
        from aviso.web.staff import tasks

        monkeypatch.setattr(tasks, "LINES", 2)
        narrow = {"whose": "nobody", "due": "late", "cases": "ordinary", "held_for": "trial_mode"}
        late = NOW - timedelta(days=3)
        numbers = [f"26112400{n}" for n in range(10, 13)]
        for number in (*numbers, ORDINARY):
            a_stored_case(number)
        wanted = {a_held_notice(number, "trial_mode", deadline=late) for number in numbers}
        mine = a_held_notice(reason="trial_mode", fact="arrest:mine", deadline=late)
        at_work(desk).post("take", do="take", **picked(mine))
        a_held_notice(reason="trial_mode", fact="arrest:soon")
        a_held_notice(reason="not_safe_to_contact", fact="arrest:unsafe", deadline=late)
        first = desk.get("tasks?" + "&".join(f"{name}={value}" for name, value in narrow.items()))
        (every,) = [a for a in first.links("tasks?") if "all=yes" in a]
        assert len(ticked(desk.get(every))) == 2
        (following,) = first.root.xpath('//a[@rel="next"]/@href')
        assert ticked(desk.get(every)) | boxes(desk.get(following)) == wanted
        (back,) = desk.get(following).root.xpath('//a[@rel="prev"]/@href')
        assert boxes(desk.get(back)) == ticked(desk.get(every))

    def test_offers_records_no_restricted_cases(self, desk):
        a_stored_case(RESTRICTED, offense=STALKING)
        a_held_notice(RESTRICTED, "restricted_offense")
        page = at_work(desk, Role.RECORDS).get("tasks?cases=restricted")
        assert RESTRICTED not in page.body
        assert 'name="cases" value="ordinary"' not in page.body

    @pytest.mark.parametrize("number", ["made-up", "0", "-3", "999999", "%7B%7D"])
    def test_shows_the_nearest_page_for_a_made_up_one(self, desk, number):
        a_stored_case()
        a_held_notice()
        assert ORDINARY in at_work(desk).get(f"tasks?page={number}").text

    @pytest.mark.parametrize(
        ("act", "form"), ACTS, ids=[f"{a} {' '.join(f.values())}" for a, f in ACTS]
    )
    def test_says_when_nothing_is_selected(self, desk, act, form):
        at_work(desk, Role.SUPERVISOR)
        went = desk.post(act, **form)
        page = desk.get(went.headers["Location"])
        assert page.of_class("alert wrong") == ["Nothing was selected. Select at least one first."]


class TestOwner:
    def test_takes_by_name_and_gives_back(self, desk):
        a_stored_case()
        id = a_held_notice()
        at_work(desk).post("take", do="take", **picked(id))
        assert owner(id) == "advocate"
        assert boxes(desk.get("tasks?whose=mine")) == {id}
        desk.post("take", do="give_back", **picked(id))
        assert boxes(desk.get("tasks?whose=mine")) == set()
        acts = [a for _, a, c in audited() if c == ORDINARY]
        assert acts == ["task_taken", "tasks_viewed", "task_given_back"]

    def test_takes_from_a_colleague_only_on_purpose(self, desk):
        a_stored_case()
        ids = [a_held_notice(fact=f"arrest:a{n}") for n in range(3)]
        at_work(desk, Role.RECORDS).post("take", do="take", **picked(ids[0]))
        page = at_work(desk).post("take", do="take", whose="nobody", **picked(*ids))
        assert went(page) == "tasks?whose=nobody&a_colleagues=1&taken=2"
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
        assert went(done) == "tasks?assigned=1&not_the_colleagues=1"
        assert [owner(id) for id in ids] == ["rosa", ""]
        desk.post("assign", to="ana", **picked(*ids))
        assert [owner(id) for id in ids] == ["ana", "ana"]
        assert ("staff:id-supervisor", "task_assigned", RESTRICTED) in audited()
        assert desk.post("assign", to="nobody-here", **picked(*ids)).status == 404

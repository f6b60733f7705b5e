"""The desk's tasks: held notices by page and choice, many at once, taken, given, released."""

import re
from datetime import timedelta
from urllib.parse import unquote

import pytest

from aviso.domain.model import Kind
from aviso.domain.notice import State
from aviso.domain.notice_states import was_told
from aviso.domain.reasons import HoldReason
from aviso.domain.staff import Role
from aviso.notices import planning
from infra.harness.builders import STALKING
from infra.harness.staff_browser import audited, case_address
from tests.integration.staff.conftest import (
    NOW,
    ORDINARY,
    RESTRICTED,
    a_held_notice,
    a_stored_case,
    at_work,
    notice,
)


def picked(*ids):
    return {f"pick-{id}": "yes" for id in ids}


def owner(id):
    from aviso.storage import tasks

    return tasks.owner(id)


def as_shown(*ids):
    """Return the fields of a page that shows why each of these is held."""
    return {f"pick-{id}": notice(id).reason for id in ids}


def test_held_notices_stand_with_case_reason_and_due_time(desk):
    a_stored_case()
    a_held_notice()
    page = at_work(desk).get("tasks")
    assert ORDINARY in page.text
    assert "No safe contact is known." in page.text
    assert "Arrest" in page.text
    assert ("staff:id-advocate", "tasks_viewed", "") in audited()


WHY = {"confirmed": "yes", "why": "She gave us a safe number."}


def test_a_release_needs_a_reason_names_who_released_and_keeps_a_note(desk):
    a_stored_case()
    id = a_held_notice()
    at_work(desk)
    asked = desk.post("release", **picked(id))
    assert "cannot be taken back" in asked.text
    assert notice(id).state is State.HELD
    for unsaid in ({}, {"why": " "}):
        page = desk.post("release", confirmed="yes", **picked(id), **unsaid)
        assert "Write the reason first." in page.text
        assert notice(id).state is State.HELD
    done = desk.post("release", **WHY, **as_shown(id))
    assert done.headers["Location"] == "tasks?released=1"
    assert (notice(id).state, notice(id).released_by) == (State.PLANNED, "staff:id-advocate")
    assert ("staff:id-advocate", "notice_released", ORDINARY) in audited()
    assert "No safe contact is known." not in desk.get("tasks").text
    assert WHY["why"] in desk.get(case_address(ORDINARY)).text


def test_a_release_overrules_the_reason_that_was_shown_and_no_other(desk):
    from aviso.storage import notices

    a_stored_case()
    id = a_held_notice()
    seen = as_shown(id)
    notices.move(notice(id), State.PLANNED, due_at=None)
    notices.move(notice(id), State.HELD, due_at=None, reason=HoldReason.NOT_SAFE_TO_CONTACT)
    for act in ("release", "telephoned"):
        page = at_work(desk).post(act, **WHY, **seen)
        told = "told=1" if act == "telephoned" else "held_otherwise=1"
        assert page.headers["Location"] == f"tasks?{told}"
        if act == "release":
            assert (notice(id).state, notice(id).overruled) == (State.HELD, ())


def test_what_came_of_a_release_from_the_cases_page_is_said_there(desk):
    a_stored_case()
    id = a_held_notice()
    reference = case_address(ORDINARY).partition("c=")[2]
    page = at_work(desk).post("release", **WHY, c=unquote(reference), **{f"pick-{id}": "desk"})
    assert page.headers["Location"].endswith("held_otherwise=1")
    assert "for another reason" in desk.get(page.headers["Location"]).text


def test_of_several_released_on_one_case_one_note_is_kept(desk):
    a_stored_case()
    ids = [a_held_notice(fact=f"arrest:a{n}") for n in range(3)]
    at_work(desk).post("release", **WHY, **as_shown(*ids))
    assert desk.get(case_address(ORDINARY)).text.count(WHY["why"]) == 1


@pytest.mark.parametrize("act", ["release", "telephoned"])
def test_a_notice_moves_with_its_note_and_its_row_or_not_at_all(desk, monkeypatch, act):
    a_stored_case()
    id = a_held_notice()
    seen = as_shown(id)
    at_work(desk)
    for lost in ("aviso.storage.tasks.remark_item", "aviso.storage.audit.item_of"):
        with monkeypatch.context() as broken:
            broken.setattr(lost, failing)
            assert desk.post(act, **WHY, **seen).status == 500
        assert notice(id).state is State.HELD
        assert WHY["why"] not in desk.get(case_address(ORDINARY)).text
        assert {"notice_released", "notice_told"}.isdisjoint(a for _, a, _ in audited())


def failing(*of):
    raise RuntimeError("the database is away")


def test_many_are_released_at_once_and_what_moved_on_meanwhile_is_told(desk):
    from aviso.storage import notices

    a_stored_case()
    ids = [a_held_notice(fact=f"arrest:a{n}") for n in range(3)]
    seen = as_shown(*ids)
    notices.move(notice(ids[0]), State.SUPPRESSED, due_at=None)
    page = at_work(desk).post("release", **WHY, **seen)
    assert page.headers["Location"] == "tasks?held_no_more=1&released=2"


def test_who_was_told_by_telephone_is_told_nothing_more(desk, settings):
    a_stored_case()
    id = a_held_notice()
    at_work(desk)
    assert "Whom did you tell" in desk.post("telephoned", **picked(id)).text
    unsaid = desk.post("telephoned", confirmed="yes", why=" ", **picked(id))
    assert "Write whom you told and how." in unsaid.text
    assert notice(id).state is State.HELD
    for outcome in ("told=1", "held_no_more=1"):
        done = desk.post("telephoned", confirmed="yes", why="By phone, her mother.", **picked(id))
        assert done.headers["Location"] == f"tasks?{outcome}"
    ended = notice(id)
    assert (ended.state, ended.reason) == (State.SUPPRESSED, "told_by_person")
    assert was_told(ended)
    assert ("staff:id-advocate", "notice_told", ORDINARY) in audited()
    assert "By phone, her mother." in desk.get(case_address(ORDINARY)).text
    assert "No safe contact is known." not in desk.get("tasks").text
    assert "Recorded as told: 1" in desk.get("tasks?told=1").text
    planning.plan(ORDINARY, settings, NOW)
    assert notice(id).state is State.SUPPRESSED


@pytest.mark.parametrize("act", ["release", "telephoned"])
def test_a_change_that_no_earlier_contact_hears_of_is_ended_by_a_supervisor_alone(desk, act):
    a_stored_case()
    id = a_held_notice(reason="change_unheard", fact="home:@x", kind=Kind.CONTACT_CHANGED)
    seen = as_shown(id)
    for role in (Role.RECORDS, Role.ADVOCATE):
        assert "A supervisor checks that it was the person" in at_work(desk, role).get("tasks").text
        assert desk.post(act, **WHY, **seen).headers["Location"] == "tasks?not_yours=1"
        assert notice(id).state is State.HELD
    at_work(desk, Role.SUPERVISOR).post(act, **WHY, **seen)
    assert notice(id).state is not State.HELD


def test_records_sees_and_releases_no_task_of_a_restricted_case(desk):
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


def test_a_restricted_case_held_for_another_reason_is_hidden_from_records_too(desk):
    a_stored_case(RESTRICTED, offense=STALKING)
    a_held_notice(RESTRICTED, "trial_mode")
    page = at_work(desk, Role.RECORDS).get("tasks")
    assert RESTRICTED not in page.body
    assert "1 more are on restricted cases" in page.text


def test_a_long_list_comes_in_pages_and_no_task_is_left_out(desk):
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
        address = next((a for a in page.links("tasks?") if "after=" in a and "lang=" not in a), "")
        assert ORDINARY not in address
    assert (pages, len(seen), set(seen)) == (3, len(wanted), wanted)
    assert f"({len(wanted)})" in page.text


def test_the_list_narrows_to_mine_nobodys_late_one_kind_of_case_or_one_reason(desk):
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


def test_picking_all_and_the_next_page_keep_to_what_the_list_was_narrowed_to(desk, monkeypatch):
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


def boxes(page):
    """Return the ids of the notices that a page shows, each with its box."""
    return set(re.findall(r'type="checkbox" form="picked" name="pick-([^"]*)"', page.body))


def ticked(page):
    return set(re.findall(r'form="picked" name="pick-([^"]*)" value="yes" checked', page.body))


def test_records_cannot_choose_restricted_cases(desk):
    a_stored_case(RESTRICTED, offense=STALKING)
    a_held_notice(RESTRICTED, "restricted_offense")
    page = at_work(desk, Role.RECORDS).get("tasks?cases=restricted")
    assert RESTRICTED not in page.body
    assert 'name="cases" value="ordinary"' not in page.body


@pytest.mark.parametrize("after", ["made-up", "gAAAAAB", "%7B%7D"])
def test_a_page_that_somebody_made_up_is_the_first(desk, after):
    a_stored_case()
    a_held_notice()
    assert ORDINARY in at_work(desk).get(f"tasks?after={after}").text


GIVE_BACK = 'type="hidden" name="do" value="give_back"'  # the button of one task


def test_a_task_is_taken_by_name_and_given_back(desk):
    a_stored_case()
    id = a_held_notice()
    at_work(desk).post("take", do="take", **picked(id))
    assert GIVE_BACK in desk.get("tasks").body
    assert owner(id) == "advocate"
    desk.post("take", do="give_back", **picked(id))
    assert GIVE_BACK not in desk.get("tasks").body
    acts = [a for _, a, c in audited() if c == ORDINARY]
    assert acts == ["task_taken", "task_given_back"]


def test_many_are_taken_at_once_but_none_from_a_colleague_unless_it_is_said(desk):
    a_stored_case()
    ids = [a_held_notice(fact=f"arrest:a{n}") for n in range(3)]
    at_work(desk, Role.RECORDS).post("take", do="take", **picked(ids[0]))
    page = at_work(desk).post("take", do="take", whose="nobody", **picked(*ids))
    assert page.headers["Location"] == "tasks?whose=nobody&a_colleagues=1&taken=2"
    assert [owner(id) for id in ids] == ["records", "advocate", "advocate"]
    desk.post("take", do="take_over", **picked(ids[0]))
    assert owner(ids[0]) == "advocate"


def test_a_colleague_cannot_give_back_what_another_took(desk):
    a_stored_case()
    id = a_held_notice()
    at_work(desk).post("take", do="take", **picked(id))
    at_work(desk, Role.RECORDS).post("take", do="give_back", **picked(id))
    assert owner(id) == "advocate"


def test_of_two_who_take_a_task_at_once_one_is_told(desk, settings):
    from aviso.domain.errors import Conflict
    from aviso.staff.actor import Actor
    from aviso.storage import tasks

    a_stored_case()
    held = notice(a_held_notice())
    actor = Actor.member(desk.sign_in(Role.RECORDS), NOW)
    tasks.assign(held, "first", "", actor.record("task_taken", ORDINARY))
    with pytest.raises(Conflict):
        tasks.assign(held, "second", "", actor.record("task_taken", ORDINARY))


def test_a_supervisor_gives_tasks_to_a_colleague_who_may_see_their_cases(desk, pool):
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


def test_a_release_from_a_case_leads_back_to_it(desk):
    a_stored_case()
    id = a_held_notice()
    reference = case_address(ORDINARY).removeprefix("case?c=")
    page = at_work(desk).post("release", c=reference, **WHY, **picked(id))
    assert page.headers["Location"].startswith("case?c=")


ACTS = [("take", {"do": "take"}), ("take", {"do": "give_back"}), ("assign", {}), ("release", {}),
        ("telephoned", {}), ("seen", {"list": "inbox"})]  # fmt: skip


@pytest.mark.parametrize(
    ("act", "form"), ACTS, ids=[f"{a} {' '.join(f.values())}" for a, f in ACTS]
)
def test_an_act_with_nothing_selected_says_so(desk, act, form):
    at_work(desk, Role.SUPERVISOR)
    went = desk.post(act, **form)
    page = desk.get(went.headers["Location"])
    assert page.of_class("alert wrong") == ["Nothing was selected. Select at least one first."]

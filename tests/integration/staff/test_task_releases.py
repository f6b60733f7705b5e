"""A held notice is released, told by telephone or ended from the list of tasks."""

from urllib.parse import unquote

import pytest
from msgspec.structs import replace

from aviso.domain.model import Kind
from aviso.domain.notice import State
from aviso.domain.notice_states import was_told
from aviso.domain.reasons import SUPERVISORS, HoldReason
from aviso.domain.staff import Role
from aviso.notices import planning
from aviso.storage import cases, notices
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
from tests.integration.staff.task_forms import WHY, as_shown, picked, went


def failing(*of):
    raise RuntimeError("the database is away")


def on_two_cases(case=None, **held):
    """Return the held notices of two people; the second's case and notice have these fields."""
    report = dict(case or {})
    safe = report.pop("safe", True)
    a_stored_case()
    a_stored_case(RESTRICTED, **report)
    before = cases.read_case(RESTRICTED).victims[0]
    cases.write_row(RESTRICTED, replace(before, safe_to_contact=safe, digest="9"), before)
    return a_held_notice(), a_held_notice(RESTRICTED, **held)


class TestRelease:
    def test_needs_a_reason_and_keeps_a_note(self, desk):
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
        assert "No contact on file can be used" not in desk.get("tasks").text
        assert WHY["why"] in desk.get(case_address(ORDINARY)).text

    def test_overrules_the_reason_shown_only(self, desk):
        a_stored_case()
        id = a_held_notice()
        seen = as_shown(id)
        notices.move(notice(id), State.PLANNED, due_at=None)
        notices.move(notice(id), State.HELD, due_at=None, reason=HoldReason.NOT_SAFE_TO_CONTACT)
        for act in ("release", "telephoned"):
            page = at_work(desk).post(act, **WHY, **seen)
            told = "told=1" if act == "telephoned" else "held_otherwise=1"
            assert went(page) == f"tasks?{told}"
            if act == "release":
                assert (notice(id).state, notice(id).overruled) == (State.HELD, ())

    def test_says_on_the_case_what_came_of_it(self, desk):
        a_stored_case()
        id = a_held_notice()
        reference = case_address(ORDINARY).partition("c=")[2]
        page = at_work(desk).post("release", **WHY, c=unquote(reference), **{f"pick-{id}": "desk"})
        assert page.headers["Location"].endswith("held_otherwise=1")
        assert "for another reason" in desk.get(page.headers["Location"]).text

    def test_of_several_on_a_case_keeps_one_note(self, desk):
        a_stored_case()
        ids = [a_held_notice(fact=f"arrest:a{n}") for n in range(3)]
        at_work(desk).post("release", **WHY, **as_shown(*ids))
        assert desk.get(case_address(ORDINARY)).text.count(WHY["why"]) == 1

    @pytest.mark.parametrize("act", ["release", "telephoned"])
    def test_moves_notice_note_and_row_or_nothing(self, desk, monkeypatch, act):
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

    def test_of_many_tells_what_moved_on(self, desk):
        a_stored_case()
        ids = [a_held_notice(fact=f"arrest:a{n}") for n in range(3)]
        seen = as_shown(*ids)
        notices.move(notice(ids[0]), State.SUPPRESSED, due_at=None)
        page = at_work(desk).post("release", **WHY, **seen)
        assert page.headers["Location"] == "tasks?held_no_more=1&released=2"


class TestToldByTelephone:
    def test_sends_nothing_more(self, desk, settings):
        a_stored_case()
        id = a_held_notice()
        at_work(desk)
        assert "Who did you tell" in desk.post("telephoned", **picked(id)).text
        for said in (
            {"how": "phone", "why": " "},
            {"why": "Her mother."},
            {"how": "x", "why": "A"},
        ):
            unsaid = desk.post("telephoned", confirmed="yes", **said, **picked(id))
            assert "Choose how, and write whom you told." in unsaid.text
            assert notice(id).state is State.HELD
        for outcome in ("told=1", "held_no_more=1"):
            said = {"confirmed": "yes", "how": "phone", "why": "her mother."}
            done = desk.post("telephoned", **said, **picked(id))
            assert went(done) == f"tasks?{outcome}"
        ended = notice(id)
        assert (ended.state, ended.reason) == (State.SUPPRESSED, "told_by_person")
        assert was_told(ended)
        assert ("staff:id-advocate", "notice_told", ORDINARY) in audited()
        assert "By phone: her mother." in desk.get(case_address(ORDINARY)).text
        assert "No contact on file can be used" not in desk.get("tasks").text
        assert "Recorded as told: 1" in desk.get("tasks?told=1").text
        planning.plan(ORDINARY, settings, NOW)
        assert notice(id).state is State.SUPPRESSED

    @pytest.mark.parametrize(("how", "calls"), [("phone", True), ("person", False)])
    def test_counts_a_call_only_by_phone(self, desk, how, calls):
        a_stored_case()
        id = a_held_notice()
        at_work(desk).post("telephoned", confirmed="yes", how=how, why="Herself.", **picked(id))
        assert (notice(id).state, notice(id).called_at is not None) == (State.SUPPRESSED, calls)

    def test_of_several_warns_of_the_common_note(self, desk):
        ids = on_two_cases()
        asked = at_work(desk).post("telephoned", **picked(*ids)).text
        assert "on every case listed here" in asked
        assert "Who did you tell" not in asked
        desk.post("telephoned", **WHY, **picked(*ids))
        assert {notice(id).state for id in ids} == {State.SUPPRESSED}

    @pytest.mark.parametrize(
        ("case", "held"),
        [
            ({"offense": "13-2923"}, {}),
            ({}, {"reason": "contact_of_suspect"}),
            ({"safe": False}, {}),
        ],
        ids=["restricted", "suspect's contact", "unsafe"],
    )
    def test_of_a_guarded_person_goes_alone(self, desk, case, held):
        ids = on_two_cases(case, **held)
        for said in ({}, WHY):
            refused = at_work(desk).post("telephoned", **said, **picked(*ids))
            assert refused.status == 400
            assert "must be recorded alone" in " ".join(refused.text.split())
            assert {notice(id).state for id in ids} == {State.HELD}
        for id in ids:
            desk.post("telephoned", **WHY, **picked(id))
            assert notice(id).state is State.SUPPRESSED


class TestForSupervisors:
    @pytest.mark.parametrize("act", ["release", "telephoned"])
    @pytest.mark.parametrize("reason", sorted(SUPERVISORS))
    def test_is_ended_by_a_supervisor_only(self, desk, act, reason):
        a_stored_case()
        id = a_held_notice(reason=reason, fact="home:@x", kind=Kind.CONTACT_CHANGED)
        seen = as_shown(id)
        for role in (Role.RECORDS, Role.ADVOCATE):
            at_work(desk, role)
            assert desk.post(act, **WHY, **seen).headers["Location"] == "tasks?not_yours=1"
            assert notice(id).state is State.HELD
        at_work(desk, Role.SUPERVISOR).post(act, **WHY, **seen)
        assert notice(id).state is not State.HELD

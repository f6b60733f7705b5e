"""A letter to a home where somebody else may open it: every way to send it checks first."""

import pytest
from msgspec.structs import replace

from aviso.domain.model import Kind
from aviso.domain.notice import State
from aviso.domain.reasons import HoldReason, Restriction
from aviso.storage import cases, notices
from infra.harness.builders import a_case
from infra.harness.portal_browser import store
from infra.harness.staff_browser import audited, case_address, fields
from infra.ops import staff
from infra.ops.connection import operator
from tests.integration.staff.conftest import (
    EMAIL,
    NOW,
    ORDINARY,
    PHONE,
    a_held_notice,
    at_work,
    notice,
)
from tests.integration.staff.task_forms import picked

HOME = {"street": "77 W Fir Rd", "city": "Sonora Wells", "region": "AZ", "postal_code": "85701"}
SHARED = (HoldReason.CONTACT_SHARED_WITH_SUSPECT,)
NAMED = "77 W Fir Rd, Sonora Wells, AZ 85701"
UNCHECKED = "Make sure that a letter to this home is safe. Then check the box."


def a_child(**speaker):
    """Store the case of a child whom it is not safe to contact; a guardian hears for it."""
    builder = a_case().with_report(number=ORDINARY, origin=ORDINARY)
    builder = builder.with_victim(minor=True, safe_to_contact=False)
    builder = builder.with_speaker(**({"language": "en"} | speaker)).with_suspect()
    store(replace(builder.with_arrest(arrested_at=NOW).case, number=ORDINARY))


def an_adult(**victim):
    """Store the case of an adult."""
    builder = a_case().with_report(number=ORDINARY, origin=ORDINARY)
    builder = builder.with_victim(**({"phone": PHONE, "email": EMAIL, "language": "en"} | victim))
    store(replace(builder.with_suspect().with_arrest(arrested_at=NOW).case, number=ORDINARY))


def a_delivered_notice():
    id = a_held_notice(reason="", state=State.PLANNED)
    notices.move(notice(id), State.DELIVERED, due_at=None, told_at=NOW)
    return id


def again(id):
    return {"c": case_address(ORDINARY).removeprefix("case?c="), f"pick-{id}": "yes"}


class TestSendAgain:
    def test_shows_whom_it_reaches(self, desk):
        an_adult(**HOME)
        page = at_work(desk).post("resend", **again(a_delivered_notice()))
        text = " ".join(page.text.split())
        assert "Arrest: Ana Muñoz-v1" in text
        assert f"Email {EMAIL}" in text
        assert "If that does not arrive: Letter 77 W Fir Rd" in text
        assert 'name="home"' not in page.body

    def test_needs_a_tick_for_an_unsafe_home(self, desk):
        a_child(**HOME)
        id = a_delivered_notice()
        asked = at_work(desk).post("resend", **again(id))
        assert f"safe to send a letter to this home: {NAMED}" in asked.text
        page = desk.post("resend", **fields(asked))
        assert (page.status, UNCHECKED in page.text) == (400, True)
        assert notice(id).state is State.DELIVERED
        assert desk.post("resend", **fields(page), home=NAMED).status == 303
        assert notice(id).state is State.PLANNED
        assert [action for _, action, _ in audited()].count("notice_resent") == 1

    def test_needs_a_tick_for_the_home_of_now(self, desk):
        a_child(**HOME, digest="1", export_time=NOW)
        id = a_delivered_notice()
        asked = at_work(desk).post("resend", **again(id))
        before = cases.read_case(ORDINARY).speakers[0]
        cases.write_row(ORDINARY, replace(before, street="12 E Oak St"), before)
        page = desk.post("resend", **fields(asked), home=NAMED)
        assert (page.status, notice(id).state) == (400, State.DELIVERED)
        assert "12 E Oak St, Sonora Wells, AZ 85701" in page.text

    def test_needs_a_tick_while_more_important_news_is_on_its_way(self, desk):
        a_child(**HOME, phone=PHONE)
        id = a_held_notice(reason="", state=State.PLANNED, fact="report", kind=Kind.FIRST_CONTACT)
        notices.move(notice(id), State.DELIVERED, due_at=None, told_at=NOW)
        a_held_notice(reason="", state=State.PLANNED)
        asked = at_work(desk).post("resend", **again(id))
        assert 'name="home"' in asked.body
        assert "Nothing is sent." not in asked.text
        assert desk.post("resend", **fields(asked)).status == 400

    def test_needs_none_without_a_home(self, desk):
        a_child()
        id = a_delivered_notice()
        assert 'name="home"' not in at_work(desk).post("resend", **again(id)).body
        desk.confirm("resend", **again(id))
        assert notice(id).state is State.PLANNED

    def test_says_that_a_restricted_case_waits(self, desk):
        an_adult(**HOME)
        id = a_delivered_notice()
        cases.mark_restricted(ORDINARY, {Restriction.DESK})
        page = at_work(desk).post("resend", **again(id))
        text = " ".join(page.text.split())
        assert "Nothing is sent." in text
        assert "The case was restricted by someone at the desk." in text
        assert 'name="home"' not in page.body  # it is asked for when the task is sent anyway

    def test_needs_a_tick_though_it_is_held_otherwise_now(self, desk):
        an_adult(**HOME)
        id = a_held_notice(reason="contact_shared_with_suspect")
        notices.move(notice(id), State.PLANNED, due_at=None, reason="", overruled=SHARED)
        notices.move(notice(id), State.HELD, due_at=None, reason=HoldReason.DESK)
        assert 'name="home"' in at_work(desk).post("release", **picked(id)).body


class TestShell:
    @pytest.mark.parametrize("prepare", [a_child, an_adult])
    def test_releases_to_an_unsafe_home_once_checked(self, aws, prepare):
        prepare(**HOME | ({"safe_to_contact": False} if prepare is an_adult else {}))
        id = a_held_notice(reason="not_safe_to_contact")
        with pytest.raises(SystemExit, match="--home-is-safe"):
            staff.release(id, "not_safe_to_contact", operator("dana"))
        assert notice(id).state is State.HELD
        assert audited() == []
        staff.release(id, "not_safe_to_contact", operator("dana"), home_checked=True)
        assert notice(id).state is State.PLANNED

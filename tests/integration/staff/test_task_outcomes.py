"""What the desk says after an act on tasks, and whom it names."""

from datetime import timedelta

import pytest

from aviso.domain.notice import State
from aviso.domain.staff import Role
from aviso.storage import notices
from infra.harness.staff_browser import case_address
from tests.integration.staff.conftest import NOW, a_held_notice, a_stored_case, at_work, notice
from tests.integration.staff.task_forms import WHY, follow, form_of, owner, picked, to_first

TWO = ("2611240010", "2611240011")


@pytest.fixture
def two(desk):
    """Give the notices of two people on two cases."""
    for number in TWO:
        a_stored_case(number)
    at_work(desk, Role.RECORDS)
    return [
        a_held_notice(number, deadline=NOW + timedelta(hours=n)) for n, number in enumerate(TWO, 1)
    ]


class TestWhatWasDone:
    def test_is_counted_and_names_nobody(self, desk, two):
        notices.move(notice(two[0]), State.PLANNED, due_at=None)
        page = desk.post("telephoned", **WHY, **picked(*two))
        assert "Ana" not in page.headers["Location"]
        assert "Recorded as told: 1" in follow(desk, page).text
        assert "No longer waiting, not changed: 1" in follow(desk, page).text


class TestCasePage:
    def test_tags_a_told_notice_as_told(self, desk, two):
        desk.post("telephoned", **WHY, **picked(two[0]))
        told = desk.get(case_address(TWO[0]))
        tags = [
            tag.text_content() for tag in told.root.xpath('//li[@class="told"]//span[@class="tag"]')
        ]
        assert tags == ["Told"]


class TestHandOver:
    def test_leaves_a_note_and_unassigns(self, desk, two):
        desk.post("take", do="take", **picked(two[0]))
        page = to_first(desk, "?whose=mine")
        said = follow(desk, desk.post("hand-over", text="Mixtec.", **form_of(page, "hand-over")))
        assert "The note was saved." in said.text
        assert owner(two[0]) == ""
        assert "Mixtec." in to_first(desk).text

    def test_of_an_unassigned_task_goes_on(self, desk, two):
        page = to_first(desk, "?whose=nobody")
        said = follow(desk, desk.post("hand-over", text="Mixtec.", **form_of(page, "hand-over")))
        assert TWO[1] in said.root.xpath("//h1")[0].text_content()
        assert "The note was saved." in said.text
        assert "not changed" not in said.text
        assert owner(two[0]) == ""

    def test_of_a_colleagues_task_changes_nothing(self, desk, two):
        at_work(desk, Role.ADVOCATE).post("take", do="take", **picked(two[0]))
        page = to_first(at_work(desk, Role.RECORDS))
        page = desk.post("hand-over", text="Mixtec.", **form_of(page, "hand-over"))
        to = page.headers["Location"]
        assert "a_colleagues=1" in to
        assert "noted=1" in to
        assert "given_back" not in to
        assert TWO[1] in follow(desk, page).root.xpath("//h1")[0].text_content()
        assert owner(two[0]) == "advocate"

    def test_without_a_note_stays(self, desk, two):
        page = to_first(desk)
        page = desk.post("hand-over", text=" ", **form_of(page, "hand-over"))
        assert "nobodys=1" in page.headers["Location"]
        assert TWO[0] in follow(desk, page).root.xpath("//h1")[0].text_content()

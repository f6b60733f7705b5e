"""The list that a case's page was opened from: each act of the page comes back to it."""

from urllib.parse import parse_qs, urlsplit

import pytest

from aviso.domain.notice import State
from aviso.domain.staff import Role
from infra.harness.staff_browser import buttons, fields
from infra.harness.web_page import hidden
from tests.integration.staff.conftest import a_held_notice, a_posted_letter, a_stored_case, at_work
from tests.integration.staff.task_forms import follow, to_first

# Each act of the page outside a task's card, and what a member types or presses.
ACTS = {
    "note": {"text": "She asked for a call."},
    "correct": {"typed": "520-555-0199"},
    "unsafe": {},
    "safe": {},
    "answer": {},
    "representative": {"first_name": "Luz", "last_name": "Rey", "typed": "luz@example.org"},
    "capacity": {"incapacitated": "yes", "read": "-"},
    "suspect": {},
    "restrict": {},
    "lift": {},
    "hold": {},
    "resend": {},
    "returned": {},
    "untell": {},
}
CARD = {"telephoned", "call", "release", "take", "hand-over"}


@pytest.fixture
def opened(desk):
    """Return the page of a case, opened from the list of unassigned tasks."""
    a_stored_case()
    a_held_notice()
    a_posted_letter()
    a_held_notice(reason="", state=State.QUEUED, fact="arrest:queued")
    a_held_notice(reason="", state=State.FAILED, fact="arrest:failed")
    told = a_held_notice(fact="arrest:told")
    at_work(desk, Role.SUPERVISOR)
    how = {"how": "phone", "who": "Ana", "confirmed": "yes"}
    desk.post("telephoned", **{f"pick-{told}": "no_safe_contact"}, **how)
    return to_first(desk, "?whose=nobody")


def before(desk, page, action):
    """Do what must come before an act that takes another back; return the page after it."""
    first = {"safe": "unsafe", "lift": "restrict"}.get(action)
    if not first:
        return page
    desk.confirm(first, why="She said so.", **buttons(page, first)[0])
    return to_first(desk, "?whose=nobody")


def kept(address):
    query = parse_qs(urlsplit(address).query)
    return query.get("whose") == ["nobody"] and {"c", "v"} <= set(query)


class TestForm:
    def test_sends_the_list_and_the_task_along(self, opened):
        forms = opened.root.xpath('//main//form[@method="post"]')
        assert {form.get("action") for form in forms} >= {*ACTS, *CARD} - {"safe", "lift"}
        for form in forms:
            sent = hidden(form)
            assert sent.get("whose") == "nobody", form.get("action")
            assert {"csrf", "c", "v"} <= set(sent), form.get("action")


class TestAct:
    @pytest.mark.parametrize(("action", "typed"), ACTS.items(), ids=list(ACTS))
    def test_comes_back_to_the_task_in_its_list(self, desk, opened, action, typed):
        sent = buttons(before(desk, opened, action), action)[0] | typed
        page = desk.post(action, **sent)
        if page.status == 200:
            (no,) = [a for a in page.links("case?") if "lang=" not in a]
            (other,) = [a for a in page.links("case?") if "lang=" in a]
            assert kept(no)
            assert kept(other)
            page = desk.post(action, **sent | fields(page) | {"why": "She said so."})
        assert page.status == 303
        assert kept(page.headers["Location"])
        assert "Unassigned tasks · task 1 of 1" in follow(desk, page).text

    def test_by_records_on_a_restricted_case_comes_back_to_the_list(self, desk, opened):
        at_work(desk, Role.RECORDS)
        page = to_first(desk, "?whose=nobody")
        done = desk.confirm("restrict", **buttons(page, "restrict")[0])
        assert done.headers["Location"] == "tasks?whose=nobody"

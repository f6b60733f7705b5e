"""The form of a plan for safe messages, and what the case's page says of it."""

import pytest
from msgspec.structs import replace

from aviso.domain.staff import Role
from aviso.runtime import hashing
from aviso.storage import cases
from infra.harness.builders import STALKING
from infra.harness.staff_browser import StaffBrowser, audited, case_address
from tests.integration.staff.conftest import ORDINARY, PHONE, a_stored_case, at_work

FORM = {
    "do": "make",
    "answers": "She does",
    "day-0": "yes",
    "from": "9",
    "to": "17",
    "kind-arrest": "yes",
    "until": "2027-02-01",
    "language": "es",
}
WHY = "I called the shelter that we know."
# What is wrong with a form, and what the page says.
WRONG = {
    "Choose where it is safe": {"contact": "another"},
    "at least one kind of news": {"kind-arrest": ""},
    "at least one day": {"day-0": ""},
    "must end after they begin": {"from": "17"},
    "must end after they": {"from": "23", "to": "25"},
    "must end after": {"from": "24", "to": "no hour"},
    "who answers there": {"answers": " "},
    "Give a last day": {"until": "2027-11-26"},
}


def plan():
    return cases.read_case(ORDINARY).enrollment_of("v1").plan


def seen_by(browser):
    """Return what the case's page says that its reader saw."""
    (saw,) = browser.get(case_address(ORDINARY)).root.xpath('//input[@name="saw"]/@value')
    return saw


@pytest.fixture
def form(desk):
    """Give the form of a victim of a restricted case."""
    a_stored_case(offense=STALKING)
    at_work(desk)
    reference = case_address(ORDINARY).removeprefix("case?c=")
    return FORM | {"contact": hashing.address_key(PHONE), "c": reference, "victim": "v1"}


class TestForm:
    def test_is_read_back_word_for_word_and_stored_with_the_reason(self, desk, form):
        asked = desk.post("plan", **form)
        for words in ("520-555-0118", "Monday", "9:00", "5:00", "She does", "Hubo un arresto"):
            assert words in asked.text
        assert plan() is None
        desk.confirm("plan", **form, why=WHY)
        made = plan()
        assert (made.address, made.days, made.kinds) == (PHONE, (0,), ("arrest",))
        assert (made.from_hour, made.to_hour, made.language) == (9, 17, "es")
        assert "plan_made" in [action for _, action, _ in audited()]
        page = desk.get(case_address(ORDINARY)).text
        assert WHY in page
        assert "a second member must look" in page

    @pytest.mark.parametrize("words", WRONG)
    def test_says_what_is_wrong(self, desk, form, words):
        page = desk.post("plan", **form | WRONG[words])
        assert (page.status, words in page.text) == (400, True)
        assert plan() is None

    def test_is_looked_at_by_another_member_and_ended(self, desk, form):
        desk.confirm("plan", **form, why=WHY)
        of_plan = {name: form[name] for name in ("c", "victim")} | {"plan": plan().id}
        own = desk.post("plan", **of_plan, do="look")
        assert own.status == 400
        other = StaffBrowser()
        other.sign_in(Role.SUPERVISOR)
        other.confirm("plan", **of_plan, do="look", saw=seen_by(other))
        assert plan().seen_at is not None
        desk.confirm("plan", **of_plan, do="end", why="She asked.")
        assert plan().ended_at is not None
        assert other.post("plan", **of_plan, do="look").status == 404

    def test_is_not_looked_at_by_an_old_page(self, desk, form):
        desk.confirm("plan", **form, why=WHY)
        other = StaffBrowser()
        other.sign_in(Role.SUPERVISOR)
        looked = {name: form[name] for name in ("c", "victim")} | {"do": "look"}
        looked |= {"plan": plan().id, "saw": seen_by(other)}
        (victim,) = cases.read_case(ORDINARY).victims
        cases.write_row(ORDINARY, replace(victim, email="new@example.org", digest="l"), victim)
        assert other.confirm("plan", **looked).status == 409
        assert plan().seen_at is None

    def test_is_not_on_an_ordinary_case(self, desk):
        a_stored_case()
        at_work(desk)
        assert 'action="plan"' not in desk.get(case_address(ORDINARY)).body

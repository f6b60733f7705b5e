"""A confidential home is on no page of the desk, even as the home of others who live there."""

import re

import pytest

from aviso.domain import letter_address
from aviso.domain.notice import State
from aviso.domain.staff import STAFF, Role
from aviso.storage import cases, notices
from aviso.web.staff.case_people import line_key
from aviso.web.staff.permissions import ROUTES
from infra.harness.builders import a_case
from infra.harness.portal_browser import store
from infra.harness.staff_browser import audited, case_address, fields
from tests.integration.staff.audited_routes import TRAIL, YES, C
from tests.integration.staff.conftest import (
    NOW,
    ORDINARY,
    a_held_notice,
    a_printed_letter,
    at_work,
    notice,
)
from tests.integration.staff.task_forms import picked

HOME = {"street": "12 E Pima St", "city": "Sonora Wells", "region": "AZ", "postal_code": "85701"}
SPELLED = HOME | {"street": "12 East Pima Street Apt 4"}
OTHER = HOME | {"street": "9 N Oak Ave"}
HIDDEN = "Home address (confidential)"
IT = re.compile("12 E(ast)? Pima")
REVEAL = ("POST", "/reveal")


def the_house(mate, *, safe=False):
    """Store a case of v1, a housemate whom only a letter reaches, and v2, who asked for secrecy."""
    v1 = {"phone": "", "email": "", "safe_to_contact": safe} | mate
    house = a_case().with_victim(**v1).with_victim("v2", confidential_address=True, **HOME)
    store(house.with_suspect().with_arrest(arrested_at=NOW).case)


@pytest.fixture(params=["in the report", "spelled otherwise", "corrected at the desk"])
def held(request, desk, pool):
    """Give a task of the housemate, whose row has the home in three ways."""
    if request.param == "corrected at the desk":
        the_house(OTHER)
        form = of_case(victim="v1", line=line_of(OTHER), **HOME)
        at_work(desk, Role.RECORDS).post("correct", why="She said so.", **form | YES)
    else:
        the_house(HOME if request.param == "in the report" else SPELLED)
    return a_held_notice(reason="not_safe_to_contact")


def line_of(home):
    street, city, region, code = home.values()
    return line_key(ORDINARY, f"{street}\n{city}, {region} {code}")


def of_case(**form):
    return {"c": case_address(ORDINARY).removeprefix("case?c="), **form}


def home_of_mate():
    mate = cases.read_case(ORDINARY).victim("v1")
    return line_key(ORDINARY, letter_address.lines(letter_address.corrected(mate)))


def routes(held):
    """Yield each route of the desk with a form; that of an act without its yes, and then with it.

    A page that needs something else to wait says only that it is not there.
    """
    again = a_held_notice(state=State.PLANNED, fact="arrest:a3", reason="")
    notices.move(notice(again), State.DELIVERED, due_at=None, told_at=NOW)
    a_printed_letter(fact="arrest:a4")
    marks = {"HELD": held, "WHY_HELD": notice(held).reason, "DELIVERED": again}
    marks |= {C: of_case()["c"], "PHONE": home_of_mate()}
    every = [(method, path) for path, by_method in ROUTES.items() for method in by_method]
    for route in every:
        _, form = TRAIL.get(route, ("", {}))
        filled = {
            "-".join(marks.get(part, part) for part in name.split("-")): marks.get(value, value)
            for name, value in form.items()
        }
        yield route, {k: v for k, v in filled.items() if k not in ("confirmed", "why")}
        if "confirmed" in filled and route != REVEAL:
            yield route, filled


def opened(desk, route, form):
    """Return a page, or the page to which an act leads."""
    method, path = route
    if method == "POST":
        page = desk.post(path, **form)
    else:
        page = desk.get("?".join(filter(None, (path, "&".join(map("=".join, form.items()))))))
    return desk.get(page.headers["Location"]) if page.status == 303 else page


class TestHome:
    def test_is_on_no_page(self, desk, held):
        shown, hidden = [], set()
        for route, form in routes(held):
            desk.sign_in(*STAFF)
            page = opened(desk, route, form)
            shown += [route] if IT.search(page.body) else []
            hidden |= {route} if HIDDEN in page.text else set()
        assert shown == []
        assert hidden >= {("GET", "/case"), ("POST", "/release")}
        assert "home_revealed" not in [action for _, action, _ in audited()]

    @pytest.mark.parametrize("home", [HOME, SPELLED])
    def test_is_not_on_the_page_that_sends_again(self, desk, home):
        the_house(home, safe=True)
        id = a_held_notice(state=State.PLANNED, reason="")
        notices.move(notice(id), State.DELIVERED, due_at=None, told_at=NOW)
        page = at_work(desk).post("resend", **of_case(), **picked(id))
        assert f"Letter {HIDDEN}" in page.text
        assert not IT.search(page.body)

    def test_is_on_the_page_of_a_reason(self, desk, held):
        page = at_work(desk, Role.SUPERVISOR).confirm("reveal", **of_case(victim="v1", why="so"))
        assert IT.search(page.body)
        assert [action for _, action, _ in audited()].count("home_revealed") == 1


class TestCheckedHome:
    def test_is_one_home_though_no_page_names_it(self, desk, held):
        asked = at_work(desk, Role.RECORDS).post("release", **picked(held))
        assert f"safe to send a letter to this home: {HIDDEN}" in asked.text
        form = fields(asked) | {"why": "so"}
        for box in ({}, {"home": "another"}):
            assert "Then check the box." in desk.post("release", **form, **box).text
            assert notice(held).state is State.HELD
        assert desk.post("release", **form, home=asked.value("home")).status == 303
        assert notice(held).state is State.PLANNED


class TestFileOfContacts:
    def test_says_that_a_home_is_confidential(self, desk, pool):
        the_house(OTHER)
        form = of_case(victim="v1", line=line_of(OTHER), **HOME)
        at_work(desk, Role.RECORDS).post("correct", why="She said so.", **form | YES)
        (_, row) = desk.post("contacts-csv").body.splitlines()
        assert row.split(",")[1:4] == ["v1", "address", "confidential"]

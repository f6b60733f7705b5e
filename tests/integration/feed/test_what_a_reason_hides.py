"""What hides behind a restriction, and who is told when a person looked at one reason alone."""

from datetime import timedelta
from typing import Any

import pytest
from msgspec.structs import replace

from aviso.domain.model import Kind
from aviso.domain.notice import State
from aviso.domain.restriction import restriction_of
from aviso.domain.staff import Role
from aviso.notices import planning
from aviso.staff import case_decisions
from aviso.storage import cases
from aviso.web.staff.case_people import as_read
from infra.harness.builders import NUMBER, STALKING
from infra.harness.feed_drop import a_case_row, a_person_row, a_suspect_row, an_arrest_row, stored
from infra.harness.feed_files import local
from infra.harness.staff_browser import case_address, fields, say_of_case
from tests.integration.staff.conftest import at_work
from tests.support.incidents import Incidents, incidents

HERS, HIS = "ana@example.com", "his@example.org"
HOUR = timedelta(hours=1)
OTHER = "2611240777"
HOME = {"street": "100 Main St", "city": "Tucson", "region": "AZ", "postal_code": "85701"}

# What restricts a case first, and what does later: changes of the case's and the victim's row.
FIRST = {
    "unknown_offense": {"offense": "99-9999"},
    "feed": {"restricted": "Y"},
}
LATER = {
    "offense": ({"offense": STALKING}, {}),
    "relationship": ({}, {"relationship": "SPOUSE"}),
    "shared_home": ({}, HOME),
}


@pytest.fixture
def world(aws: None, settings: Any, monkeypatch: Any) -> Incidents:
    world = incidents(settings, monkeypatch)
    kinds = dict(world.feed.settings.kinds)
    kinds[Kind.CONTACT_CHANGED] = replace(kinds[Kind.CONTACT_CHANGED], on=True)
    world.feed.settings = replace(world.feed.settings, kinds=kinds)
    return world


def reference():
    return case_address(NUMBER).removeprefix("case?c=")


def lift(desk):
    at_work(desk, Role.SUPERVISOR)
    assert desk.confirm("lift", c=reference(), why="I looked it up.").status == 303


def judge(desk, **words):
    at_work(desk, Role.SUPERVISOR)
    v = next(v for v in stored().victims if v.origin == "P1")
    form = {"c": reference(), "victim": "P1", "read": as_read(v), **words}
    assert desk.confirm("capacity", why="I called her.", **form).status == 303


def says(world, *rows):
    world.now += HOUR
    world.drop("people", *(row | {"row_time": local(world.now)} for row in rows))
    world.go()


def renumbered(world):
    """A stalking case gets a new number, and a birth date is corrected: nothing proves it."""
    world.drop("cases", a_case_row(number=OTHER, offense=STALKING))
    world.drop("people", a_person_row(number=OTHER), a_suspect_row(number=OTHER))
    world.now += HOUR
    world.drop("cases", a_case_row(offense=STALKING, former_number=OTHER))
    world.drop("people", a_person_row(birth_date="04/13/1985"), a_suspect_row())
    world.drop("arrests", an_arrest_row())
    world.go()


class TestPerson:
    def test_put_in_her_place_waits_for_a_word_of_their_own(self, world, desk):
        world.incident(a_person_row(), a_suspect_row())
        eve = a_person_row(id="P7", first_name="Eve", last_name="Roe", phone="", email=HIS)
        says(world, a_person_row(removed="Y"), eve)
        judge(desk)  # it is wrong: she is still the victim
        world.drop("arrests", an_arrest_row())
        world.go(HOUR)
        assert HIS not in {m.address for m in world.sent}

    def test_in_a_second_incident_hear_of_that_one_too(self, world):
        world.incident(a_person_row(), a_suspect_row())
        world.now += timedelta(days=1)
        when = {"reported_at": local(world.now - HOUR), "row_time": local(world.now)}
        world.drop("cases", a_case_row(number=OTHER, former_number=NUMBER, **when))
        world.drop("people", a_person_row(number=OTHER), a_suspect_row(number=OTHER))
        assert stored(OTHER).number == OTHER

    def test_a_minor_without_a_guardian_hears_it(self, world, desk):
        world.incident(a_person_row(), a_suspect_row())
        says(world, a_person_row(minor="Y"))
        sent = len(world.sent)
        judge(desk, minor="yes")
        world.go(HOUR)
        assert HERS in {m.address for m in world.sent[sent:]}


class TestLift:
    def test_of_an_unknown_offense_lifts_no_number_in_doubt(self, world, desk):
        world.incident(a_person_row(), a_suspect_row(), case=a_case_row(offense="99-9999"))
        world.go(HOUR * 2)
        lift(desk)
        says(world, a_person_row(id="P7", former_id="P1", birth_date="04/13/1985"))
        assert restriction_of(stored(), world.feed.settings) == "new_number"

    def test_overwrites_no_restriction_of_this_moment(self, world, desk, monkeypatch):
        world.incident(a_person_row(), a_suspect_row(), case=a_case_row(offense=STALKING))
        real = case_decisions.noted

        def slow(text, actor):
            say_of_case(NUMBER, "restricted")  # a colleague restricts it meanwhile
            return real(text, actor)

        monkeypatch.setattr(case_decisions, "noted", slow)
        at_work(desk, Role.SUPERVISOR)
        desk.confirm("lift", c=reference(), why="The offense was a mistake.")
        assert stored().report.desk_restriction == "restricted"

    @pytest.mark.parametrize("first", ["feed", "desk"])
    @pytest.mark.parametrize("later", [{"relationship": "SPOUSE"}, HOME], ids=["spouse", "home"])
    def test_lifts_only_what_the_page_showed(self, world, desk, first, later):
        flag = {"restricted": "Y"} if first == "feed" else {}
        world.incident(a_person_row(), a_suspect_row(**HOME), case=a_case_row(**flag))
        at_work(desk, Role.SUPERVISOR)
        if first == "desk":
            assert desk.confirm("restrict", c=reference()).status == 303
        world.go()
        shown = fields(desk.post("lift", c=reference()))
        says(world, a_person_row(**later))
        form = {"c": reference(), "why": "The flag was a mistake.", "confirmed": "yes"}
        desk.post("lift", **form | shown)
        leads = "shared_home" if later is HOME else first
        assert restriction_of(stored(), world.feed.settings) == leads
        form["restriction"] = fields(desk.post("lift", c=reference()))["restriction"]
        assert {first, "shared_home" if later is HOME else "relationship"} == {
            *form["restriction"].split()
        }


class TestReason:
    def test_a_new_number_hides_no_danger(self, world):
        """Anyone who lifts or releases "new number" sends on a stalking case."""
        renumbered(world)
        assert restriction_of(stored(), world.feed.settings) == "offense"
        (held,) = world.ledger(Kind.ARREST)
        assert (held.state, held.reason) == (State.HELD, "restricted_offense")

    @pytest.mark.parametrize("first", FIRST)
    @pytest.mark.parametrize("later", LATER)
    def test_that_was_lifted_lifts_no_later_danger(self, world, desk, first, later):
        world.incident(a_person_row(), a_suspect_row(), case=a_case_row(**FIRST[first]))
        world.go(HOUR * 2)
        lift(desk)
        world.now += HOUR
        at = {"row_time": local(world.now)}
        case, person = LATER[later]
        world.drop("cases", a_case_row(**FIRST[first] | case | at))
        world.drop("people", a_person_row(**person | at), a_suspect_row(**HOME | at))
        world.drop("arrests", an_arrest_row())
        world.go(HOUR)
        assert restriction_of(stored(), world.feed.settings) == later
        assert not world.sent

    def test_that_two_record_at_once_fails_neither(self, world, monkeypatch):
        world.incident(a_person_row(relationship="SPOUSE"), a_suspect_row())
        case = stored()
        early = replace(case, report=replace(case.report, restriction=""))
        monkeypatch.setattr(cases, "rows_under", lambda _: [early.report])
        planning.remember_restriction(early, world.feed.settings)
        assert stored().report.restriction == "relationship"

    def test_that_came_later_stays_when_it_has_gone(self, world, desk):
        world.incident(a_person_row(), a_suspect_row(), case=a_case_row(restricted="Y"))
        world.go(HOUR * 2)
        lift(desk)
        says(world, a_person_row(relationship="SPOUSE"))
        says(world, a_person_row(relationship="STRANGER"))
        assert restriction_of(stored(), world.feed.settings) == "relationship"

    @pytest.mark.parametrize("why", ["desk", "shared_home"])
    def test_a_new_id_in_doubt_hides_no_danger(self, world, desk, why):
        home = HOME if why == "shared_home" else {}
        world.incident(a_person_row(**home), a_suspect_row(**home))
        if why == "desk":
            at_work(desk, Role.ADVOCATE)
            assert desk.confirm("restrict", c=reference()).status == 303
        world.go(HOUR)
        says(world, a_suspect_row(street="9 Elm St" if home else ""))
        says(world, a_person_row(id="P7", former_id="P1", birth_date="04/13/1985", **home))
        assert restriction_of(stored(), world.feed.settings) == why

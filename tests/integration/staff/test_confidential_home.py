"""A confidential home: asked for with a code or at the desk, in no letter and on no page."""

import re
from datetime import timedelta

import pytest
from msgspec.structs import replace

from aviso.domain import letter_address
from aviso.domain.model import Kind
from aviso.domain.notice import State
from aviso.domain.requests import Right, Rights
from aviso.domain.staff import Role
from aviso.notices import planning
from aviso.notices.sending import send
from aviso.storage import case_decisions, cases, enrollments, notices
from aviso.web.staff.case_people import line_key
from infra.harness.builders import NUMBER, a_case, an_answer, an_invocation
from infra.harness.portal_browser import store
from infra.harness.staff_browser import audited, case_address
from tests.integration.conftest import NOW
from tests.integration.staff.conftest import at_work

STREET = "12 E Pima St"
SUBSTITUTE = "PO BOX 7"
HOME = {"street": STREET, "city": "Sonora Wells", "region": "AZ", "postal_code": "85701"}
OTHER = "2611240002"
WHY = "She showed her card."


@pytest.fixture
def case(desk):
    store(a_case().with_victim("v1", **HOME).case)
    at_work(desk)


def form(**more):
    reference = case_address(NUMBER).removeprefix("case?c=")
    return {"c": reference, "victim": "v1", "why": WHY, **more}


def changes():
    return [n for n in notices.of_case(NUMBER) if n.kind is Kind.CONTACT_CHANGED]


def letters_go_to(settings):
    found = cases.read_case(NUMBER)
    (victim,) = found.victims
    return letter_address.usable(victim, victim, found.suspected, settings)


class TestAsking:
    def test_at_the_desk_sends_letters_to_nobody(self, desk, case, settings):
        assert STREET in letters_go_to(settings)
        for _ in range(2):
            assert desk.confirm("answer", **form(answer="hidden")).status == 303
        assert letters_go_to(settings) == ""
        assert len(cases.read_case(NUMBER).enrollment_of("v1").requests) == 1
        at_work(desk, Role.SUPERVISOR)
        assert desk.confirm("answer", **form(answer="not_hidden")).status == 303
        assert STREET in letters_go_to(settings)

    def test_does_not_end_the_records_systems_flag(self, desk, settings):
        store(a_case().with_victim("v1", confidential_address=True, **HOME).case)
        at_work(desk, Role.SUPERVISOR).confirm("answer", **form(answer="not_hidden"))
        assert letters_go_to(settings) == ""

    @pytest.mark.parametrize("role", [Role.RECORDS, Role.ADVOCATE, Role.SUPERVISOR])
    @pytest.mark.parametrize("language", ["en", "es"])
    def test_is_ended_by_those_who_may_see_the_home(self, desk, case, role, language):
        """The end shows the home, so it is for the supervisors who may see it with a reason."""
        from aviso.web.staff import pages

        desk.confirm("answer", **form(answer="hidden"))
        at_work(desk, role).language = language
        words, may_end = pages.strings(language), role is Role.SUPERVISOR
        page = desk.get(case_address(NUMBER))
        assert (words["desk_answer_not_hidden"] in page.text) is may_end
        assert (words["desk_not_hidden_supervisor"] in page.text) is not may_end
        page = desk.post("answer", **form(answer="not_hidden", confirmed="yes"))
        assert page.status == (303 if may_end else 400)
        assert (words["desk_not_hidden_supervisor"] in page.text) is not may_end
        assert (STREET in desk.get(case_address(NUMBER)).body) is may_end
        assert cases.read_case(NUMBER).victims[0].confidential_address is not may_end


class TestEnd:
    @pytest.mark.parametrize("before", [Rights.REQUESTED, None])
    def test_is_told_if_the_home_was_confidential(self, desk, settings, before):
        """Letters may go there again, and the caller may not be the victim."""
        asked = (
            [an_answer(before, right=Right.ADDRESS, at=NOW - timedelta(days=1))] if before else []
        )
        built = a_case().with_report().with_victim("v1", phone="+15205550118", email="")
        case = built.with_enrollment("v1", requests=tuple(asked)).case
        store(case)
        enrollments.write_enrollment(NUMBER, case.enrollments[0])
        planning.plan(NUMBER, settings, NOW)
        known = {n.id for n in changes()}
        at_work(desk, Role.SUPERVISOR)
        assert desk.confirm("answer", **form(answer="not_hidden")).status == 303
        planning.plan(NUMBER, settings, NOW)
        fresh = [n for n in changes() if n.id not in known]
        for one in fresh:
            send(one.id, an_invocation(settings, lambda: NOW))
        ends = {n.fact.kind: n.state for n in changes() if n.id not in known}
        assert ends == ({"hidden": State.SENT} if before else {})


class TestPages:
    @pytest.mark.parametrize("mate", [HOME, HOME | {"street": "12 East Pima Street Apt 4"}])
    def test_do_not_show_it_as_a_housemates(self, desk, mate):
        store(
            a_case().with_victim(confidential_address=True, **HOME).with_victim("v2", **mate).case
        )
        page = at_work(desk).get(case_address(NUMBER))
        assert page.text.count("Home address (confidential)") == 2
        assert "Pima" not in page.body

    def test_do_not_show_a_childs_as_the_mothers(self, desk):
        """The child's own row has no home: the mother, a victim too, is its guardian."""
        child = dict.fromkeys(HOME, "") | {"minor": True, "confidential_address": True}
        built = a_case().with_victim("v1", **HOME).with_victim("v2", **child)
        store(built.with_speaker(relation="guardian", victim="v2", **HOME).case)
        page = at_work(desk, Role.RECORDS).get(case_address(NUMBER))
        assert page.text.count("Home address (confidential)") == 2
        assert "Pima" not in page.body

    @pytest.mark.parametrize(
        ("street", "more", "shown"),
        [
            ("9 Oak Ave", {}, True),
            ("9 Oak Ave", {"desk_home": (SUBSTITUTE, "Phoenix", "AZ", "85001")}, False),
            ("9 Oak Ave", {"desk_unsafe": ("9 Oak Ave\nSonora Wells, AZ 85701",)}, False),
            *((none, {}, False) for none in ("", SUBSTITUTE, "CONFIDENTIAL", "UNKNOWN")),
            ("UNKNOWN", {"desk_home": ("9 Oak Ave", "Phoenix", "AZ", "85001")}, True),
        ],
    )
    @pytest.mark.parametrize("relation", ["representative", "next_of_kin"])
    def test_show_a_representatives_as_anothers(self, desk, street, more, shown, relation):
        """A representative lives elsewhere, unless no home of the victim's own is known."""
        built = a_case().with_victim(confidential_address=True, **HOME | {"street": street}, **more)
        built = built.with_speaker(relation=relation, **HOME).with_suspect(**HOME)
        store(built.with_victim("v2", phone="", email="", **HOME).case)
        page = at_work(desk).get(case_address(NUMBER))
        assert (page.status, "Pima" in page.body) == (200, shown)

    def test_do_not_show_a_guardians_as_anothers(self, desk):
        other = HOME | {"street": "9 Oak Ave"}
        built = a_case().with_victim(minor=True, confidential_address=True, **other)
        built = built.with_speaker(relation="guardian", **HOME)
        store(built.with_suspect(**HOME).case)
        page = at_work(desk).get(case_address(NUMBER))
        assert page.text.count("Home address (confidential)") == 3
        assert "Pima" not in page.body

    def test_do_not_show_it_as_a_suspects(self, desk):
        suspected = a_case().with_victim(confidential_address=True, **HOME)
        store(suspected.with_suspect(**HOME).with_suspect("s2", street="9 Oak Ave").case)
        page = at_work(desk).get(case_address(NUMBER))
        assert page.text.count("Home address (confidential)") == 2
        assert ("Pima" in page.body, "9 Oak Ave" in page.text) == (False, True)

    def test_show_another_home_beside_it(self, desk):
        mate = HOME | {"street": "9 Oak Ave"}
        store(
            a_case().with_victim(confidential_address=True, **HOME).with_victim("v2", **mate).case
        )
        at_work(desk)
        page = desk.get(case_address(NUMBER))
        assert "Letter: 9 Oak Ave Sonora Wells" in page.text
        assert 'value="9 Oak Ave"' in page.body

    def test_do_not_show_the_home(self, desk, case):
        assert STREET in desk.get(case_address(NUMBER)).body
        desk.confirm("answer", **form(answer="hidden"))
        page = desk.get(case_address(NUMBER))
        assert (STREET in page.body, "Home address (confidential)" in page.text) == (False, True)
        (victim,) = cases.read_case(NUMBER).victims
        line = line_key(NUMBER, letter_address.lines(victim))
        typed = {"street": "9 E Oak St", "city": "Sonora Wells", "region": "AZ"}
        for path, more in (("unsafe", {}), ("correct", typed | {"postal_code": "85701"})):
            shown = desk.post(path, **form(line=line, why="", **more))
            assert shown.status in (200, 400)
            assert STREET not in shown.body

    def test_do_not_confirm_a_guess_by_another_case(self, desk, case):
        """A clerk may type the guess as the home on a case of theirs."""
        other = a_case().with_report(number=OTHER, origin=OTHER)
        hidden = other.with_victim("v1", confidential_address=True, **HOME).case
        store(replace(hidden, number=OTHER))
        hers, theirs = (
            set(re.findall(r'name="line" value="(\w+)"', desk.get(case_address(number)).body))
            for number in (OTHER, NUMBER)
        )
        assert len(hers) == len(theirs) > 0
        assert hers.isdisjoint(theirs)

    def test_show_it_once_to_a_supervisor_with_a_reason(self, desk, case):
        desk.confirm("answer", **form(answer="hidden"))
        at_work(desk, Role.SUPERVISOR)
        assert STREET in desk.confirm("reveal", **form()).body
        assert STREET not in desk.get(case_address(NUMBER)).body
        assert [a for _, a, _ in audited()].count("home_revealed") == 1
        notes = [n.text for n in case_decisions.remarks(cases.read_case(NUMBER))]
        assert notes.count(WHY) == 2

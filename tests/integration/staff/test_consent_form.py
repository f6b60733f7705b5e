"""A caller's consent to hand-offs, recorded at the desk, and the hand-offs on the case's page."""

from datetime import date, timedelta

import pytest
from msgspec.structs import replace

from aviso.domain.contacts import KNOWLEDGE
from aviso.domain.hand_offs import HandOffState, expired, held, told
from aviso.domain.receiving_agencies import Purpose
from aviso.domain.requests import Right, Rights
from aviso.domain.settings import Settings
from aviso.domain.staff import Role
from aviso.notices import planning
from aviso.storage import case_decisions, cases, enrollments
from infra.harness.builders import NUMBER, a_consenting_case, an_answer
from infra.harness.portal_browser import store
from infra.harness.staff_browser import audited, case_address
from tests.integration.conftest import NOW
from tests.support.hand_offs import act, the_hand_off

S = HandOffState
WHY = "She called from the phone in the report."
AGREES = {"release": "yes", "contact": "c1", "language": "es"}


def enrollment():
    return cases.read_case(NUMBER).enrollment_of("v1")


def alter(**changes):
    enrollments.write_enrollment(NUMBER, replace(enrollment(), **changes), enrollment())


def plan():
    planning.plan(NUMBER, Settings.current(), NOW)


def page(desk):
    return desk.get(case_address(NUMBER)).text


@pytest.fixture
def caller(desk):
    """Return the form of a victim of an arrest who left a phone and has not agreed yet."""
    case = a_consenting_case().with_arrest().case
    store(case)
    enrollments.write_enrollment(NUMBER, replace(case.enrollments[0], hand_off=None))
    desk.sign_in(Role.RECORDS)
    reference = case_address(NUMBER).removeprefix("case?c=")
    return {"c": reference, "victim": "v1", "why": WHY}


class TestConsent:
    def test_is_recorded_with_proof_and_language(self, desk, caller):
        for _ in range(2):
            assert desk.confirm("consent", **caller, **AGREES).status == 303
        given = enrollment().hand_off
        assert (given.contact, given.purposes, given.language) == ("c1", (Purpose.RELEASE,), "es")
        (record,) = enrollment().requests
        assert (record.right, record.answer) == (Right.HAND_OFF, Rights.REQUESTED)
        assert (record.place, record.proof, record.language) == ("desk", "desk", "es")
        assert record.by == "records"
        assert [n.text for n in case_decisions.remarks(cases.read_case(NUMBER))] == [WHY]
        assert [a for _, a, _ in audited()].count("hand_off_agreed_recorded") == 1
        plan()
        assert the_hand_off().receiver == "county_jail"

    def test_writes_only_the_end_of_a_phone_to_ask_about(self, desk, caller):
        """Somebody else may hear whatever this victim is told."""
        assert "520-555-0121" in page(desk)
        (victim,) = cases.read_case(NUMBER).victims
        cases.write_row(NUMBER, replace(victim, safe_to_contact=False, digest="later"), victim)
        desk.confirm("consent", **caller, **AGREES)
        assert "520-555-0121" not in page(desk)
        assert page(desk).count("the number that ends in 21") == 2

    def test_is_read_back_before_it_counts(self, desk, caller):
        asked = desk.post("consent", **caller, **AGREES, until="2099-06-30")
        phone = "the number that ends in 21"  # perhaps one that nobody calls before they asked
        for said in (phone, "Sonora County Jail", "June 30, 2099", "your birth date"):
            assert said in asked.text
        assert "555-0121" not in asked.text
        assert enrollment().hand_off is None
        assert desk.confirm("consent", **caller, **AGREES, until="2099-06-30").status == 303
        assert enrollment().hand_off.until == date(2099, 6, 30)

    @pytest.mark.parametrize(
        ("form", "said"),
        [
            ({"contact": "c1"}, "Check at least one agency"),
            ({"release": "yes"}, "Choose the contact"),
            (AGREES | {"contact": "another"}, "Choose the contact"),
            (AGREES | {"until": "soon"}, "as a date"),
            (AGREES | {"until": "2020-11-23"}, "already over"),
        ],
    )
    def test_needs_an_agency_a_contact_and_a_day(self, desk, caller, form, said):
        asked = desk.post("consent", **caller, **form)
        assert (asked.status, said in asked.text) == (400, True)
        assert enrollment().hand_off is None

    def test_never_hands_on_what_knowledge_left(self, desk, caller):
        (contact,) = enrollment().contacts
        alter(contacts=(replace(contact, level=KNOWLEDGE),))
        assert "first add the phone or email" in page(desk)
        assert desk.post("consent", **caller, **AGREES, confirmed="yes").status == 400
        assert enrollment().hand_off is None

    def test_that_lapsed_is_not_shown_and_is_renewed(self, desk, caller):
        desk.confirm("consent", **caller, **AGREES)
        lapsed = replace(enrollment().hand_off, at=NOW - timedelta(days=800))
        alter(hand_off=lapsed)
        assert "Said yes on" not in page(desk)
        desk.confirm("consent", **caller, **AGREES)
        assert enrollment().hand_off.at >= NOW

    def test_that_lapsed_for_one_agency_says_so(self, desk, caller):
        desk.confirm("consent", **caller, **AGREES, court="yes")
        assert "The yes for" not in page(desk)
        alter(hand_off=replace(enrollment().hand_off, at=NOW - timedelta(days=365)))
        day = NOW.strftime("%B %-d, %Y")
        assert f"The yes for Sonora County Jail ended on {day}" in page(desk)
        assert "The yes for Sonora County Attorney" not in page(desk)

    def test_is_not_there_without_an_agency(self, desk, caller, monkeypatch):
        nobody = replace(Settings.current(), receivers=())
        monkeypatch.setattr(Settings, "current", staticmethod(lambda: nobody))
        assert desk.post("consent", **caller, **AGREES).status == 404
        assert 'action="consent"' not in page(desk)


class TestWaiver:
    def test_is_said_beside_the_consent(self, desk, caller):
        desk.confirm("consent", **caller, **AGREES)
        assert "no agency gets the request now" not in page(desk)
        waived = an_answer(Rights.WAIVED, at=NOW)
        alter(requests=(*enrollment().requests, waived))
        assert "no agency gets the request now" in page(desk)


class TestCasePage:
    @pytest.fixture
    def given(self, desk, caller):
        desk.confirm("consent", **caller, **AGREES)
        plan()
        act(told, at=NOW)

    def test_says_to_whom_and_when(self, desk, given):
        shown = page(desk)
        for said in ("Sonora County Jail", the_hand_off().reference, "told, not confirmed yet"):
            assert said in shown
        assert "told Nov 26" in shown


class TestRail:
    def count(self, desk):
        (link,) = desk.get("tasks").root.xpath('//nav//a[@href="agencies"]')
        (shown,) = link.xpath('.//span[contains(concat(" ", @class, " "), " n ")]')
        return shown.text_content(), "late" in shown.get("class")

    def test_counts_what_waits_and_says_if_it_is_late(self, desk, caller):
        assert self.count(desk) == ("0", False)
        desk.confirm("consent", **caller, **AGREES)
        plan()
        act(expired, at=NOW, deadline=NOW + timedelta(days=9999))
        assert self.count(desk) == ("1", False)
        act(expired, at=NOW, deadline=NOW - timedelta(days=1))
        assert self.count(desk) == ("1", True)

    def test_does_not_count_a_restricted_one_for_others(self, desk, caller):
        desk.confirm("consent", **caller, **AGREES)
        plan()
        act(held, "restricted_offense", at=NOW)
        assert self.count(desk)[0] == "0"
        desk.sign_in(Role.ADVOCATE)
        assert self.count(desk)[0] == "1"

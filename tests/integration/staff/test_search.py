"""Finding a case at the desk, and opening it."""

import pytest

from aviso.domain.model import Channel
from aviso.domain.staff import Role
from aviso.runtime import hashing
from aviso.storage.case_items import CaseItem
from aviso.storage.enrollments import contact_item
from infra.harness.builders import STALKING, a_contact
from infra.harness.staff_browser import audited, case_address, subjects
from tests.integration.staff.conftest import ORDINARY, PHONE, RESTRICTED, a_stored_case, at_work


class TestSearch:
    @pytest.mark.parametrize(
        "typed", [ORDINARY, "2611 24-0001", "(520) 555-0118", "V1@example.com"]
    )
    def test_finds_by_number_phone_or_email(self, desk, typed):
        a_stored_case()
        page = at_work(desk).post("find", what=typed)
        location = page.headers["Location"]
        assert location.startswith("case?c=")
        assert ORDINARY not in location
        assert ORDINARY in desk.get(location).text

    def test_finds_by_a_contact_left_on_the_portal(self, desk):
        a_stored_case()
        contact_item(ORDINARY, "v1", a_contact("new@example.org", Channel.EMAIL)).save()
        assert CaseItem.count(f"CASE#{ORDINARY}")
        page = at_work(desk).post("find", what="new@example.org")
        assert page.status == 303

    def test_lists_and_records_several_cases_of_a_phone(self, desk):
        a_stored_case()
        a_stored_case("2611240003")
        page = at_work(desk).post("find", what=PHONE)
        assert len(page.links("case?c=")) == 2
        listed = {case for _, action, case in audited() if action == "case_listed"}
        assert listed == {ORDINARY, "2611240003"}

    def test_tells_records_a_restricted_number_exists(self, desk):
        a_stored_case(RESTRICTED, offense=STALKING)
        page = at_work(desk, Role.RECORDS).post("find", what=RESTRICTED)
        assert "This case is restricted." in page.text
        assert "Sonora Wells Victim Assistance: 520-555-0140" in page.text
        assert "Muñoz" not in page.body
        assert page.links("case?c=") == []
        assert ("staff:id-records", "case_found_restricted", RESTRICTED) in audited()

    def test_tells_records_nothing_of_a_restricted_phone(
        self,
        desk,
    ):
        clerk = at_work(desk, Role.RECORDS)
        on_none = clerk.post("find", what=PHONE)
        a_stored_case(RESTRICTED, offense=STALKING)
        on_one = clerk.post("find", what=PHONE)
        assert (on_one.status, on_one.body) == (on_none.status, on_none.body)
        assert "ask an advocate or a supervisor to search" in on_one.text
        assert ("staff:id-records", "case_found_restricted", RESTRICTED) in audited()
        a_stored_case()  # of hers too, and ordinary: it opens as if it were the only one
        assert clerk.post("find", what=PHONE).status == 303

    def test_is_recorded_when_it_finds_nothing(self, desk):
        at_work(desk, Role.RECORDS).post("find", what=PHONE)
        assert (
            "staff:id-records",
            "search_found_nothing",
            hashing.address_key(PHONE),
        ) in subjects()

    @pytest.mark.parametrize("typed", ["555-0118", "Muñoz 7", "?"])
    def test_says_what_cannot_be_searched(self, desk, typed):
        a_stored_case(RESTRICTED, offense=STALKING)
        page = at_work(desk, Role.RECORDS).post("find", what=typed)
        assert "That cannot be searched, and nothing was searched." in page.text
        assert "restricted" not in page.text


class TestLook:
    def test_is_recorded(self, desk):
        a_stored_case()
        page = at_work(desk, Role.RECORDS).get(case_address(ORDINARY))
        assert page.status == 200
        assert ("staff:id-records", "case_viewed", ORDINARY) in audited()

    def test_at_a_restricted_case_is_refused_on_record(self, desk):
        a_stored_case(RESTRICTED, offense=STALKING)
        page = at_work(desk, Role.RECORDS).get(case_address(RESTRICTED))
        assert page.status == 403
        assert "Ana" not in page.body
        assert ("staff:id-records", "refused:/case", RESTRICTED) in audited()
        assert at_work(desk, Role.SUPERVISOR).get(case_address(RESTRICTED)).status == 200

    def test_with_a_changed_reference_opens_nothing(self, desk):
        a_stored_case()
        assert at_work(desk).get(case_address(ORDINARY)[:-6] + "AAAAAA").status == 404
        assert desk.get("case").status == 404

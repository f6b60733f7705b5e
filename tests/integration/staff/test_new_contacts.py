"""The desk's file of contacts that the records system does not have yet."""

import re

from aviso.domain.model import Channel, Enrollment
from aviso.domain.staff import Role
from aviso.storage import enrollments
from infra.harness.builders import STALKING, a_contact
from infra.harness.staff_browser import audited
from tests.integration.staff.conftest import ORDINARY, RESTRICTED, a_stored_case, at_work


def enrolled(number, contact):
    enrollments.write_enrollment(number, Enrollment(victim="v1", contacts=(contact,)))
    enrollments.contact_item(number, "v1", contact).save()


class TestNewContacts:
    def test_are_exported_once_on_record(self, desk):
        a_stored_case()
        enrolled(ORDINARY, a_contact("=evil@example.org", Channel.EMAIL))
        at_work(desk, Role.RECORDS)
        assert "Contacts to enter: 1." in desk.get("contacts").text
        page = desk.post("contacts-csv")
        assert page.headers["Content-Type"].startswith("text/csv")
        assert f"{ORDINARY},v1,email,'=evil@example.org,es," in page.body
        assert page.body.splitlines()[1].endswith(",knowledge")
        assert ("staff:id-records", "contact_exported", ORDINARY) in audited()
        named = desk.post("contacts-done").text
        assert re.search(r"Contacts in your file of \w+ \d+, .*M: 1 ", named), named
        desk.confirm("contacts-done")
        assert "There is no contact to enter." in desk.get("contacts").text
        assert desk.post("contacts-done", confirmed="yes").status == 400  # nothing downloaded since

    def test_leave_the_list_by_ones_own_file_only(self, desk):
        a_stored_case()
        a_stored_case("2611240003")
        enrolled(ORDINARY, a_contact("one@example.org", Channel.EMAIL))
        supervisor = at_work(desk, Role.SUPERVISOR)
        assert "Download the file first" in supervisor.post("contacts-done", confirmed="yes").text
        supervisor.post("contacts-csv")
        enrolled(
            "2611240003", a_contact("two@example.org", Channel.EMAIL)
        )  # between file and click
        supervisor.confirm("contacts-done")
        left = supervisor.post("contacts-csv").body
        assert "one@example.org" not in left
        assert "two@example.org" in left

    def test_show_behind_those_one_may_not_export(self, desk, monkeypatch):
        from aviso.web.staff import contact_export

        monkeypatch.setattr(contact_export, "MOST", 1)
        a_stored_case(RESTRICTED, offense=STALKING)
        a_stored_case()
        enrolled(RESTRICTED, a_contact("first@example.org", Channel.EMAIL))
        enrolled(ORDINARY, a_contact("second@example.org", Channel.EMAIL))
        assert "second@example.org" in at_work(desk, Role.RECORDS).post("contacts-csv").body

    def test_say_whether_a_code_was_used(self, desk):
        a_stored_case()
        enrolled(ORDINARY, a_contact("new@example.org", Channel.EMAIL, level="code_restricted"))
        header, row = at_work(desk, Role.RECORDS).post("contacts-csv").body.splitlines()
        assert header.endswith(",given_at,proof")
        assert row.endswith(",code")

    def test_of_restricted_cases_are_closed_to_records(self, desk):
        a_stored_case(RESTRICTED, offense=STALKING)
        enrolled(RESTRICTED, a_contact("new@example.org", Channel.EMAIL))
        assert "new@example.org" not in at_work(desk, Role.RECORDS).post("contacts-csv").body
        assert "new@example.org" in at_work(desk, Role.SUPERVISOR).post("contacts-csv").body

"""Sign-ups before the report, tied to a victim or turned down by a person."""

from aviso.domain.staff import Role
from aviso.storage import inbox, markers
from infra.harness.builders import STALKING
from infra.harness.staff_browser import audited, case_address
from tests.integration.staff.conftest import ORDINARY, RESTRICTED, a_stored_case, at_work
from tests.integration.staff.inbox import LEFT, WHY, an_early_sign_up, enrolled, tie


class TestEarlySignUp:
    def test_is_tied_to_a_victim_by_a_person(self, desk, settings):
        a_stored_case()
        id = an_early_sign_up(settings)
        page = at_work(desk, Role.RECORDS).get("inbox")
        assert "No victim of the case has this last name" in page.text
        assert LEFT in page.text
        assert ("staff:id-records", "inbox_viewed", ORDINARY) in audited()
        asked = desk.post("early", **tie(id))
        for said in (f"Case {ORDINARY}", "Muñoz-v1, April 13, 1985", LEFT, "Ana Muñoz-v1"):
            assert said in asked.text
        assert desk.post("early", **tie(id), confirmed="yes").status == 400
        assert enrolled(ORDINARY) == []
        desk.confirm("early", **tie(id), why=WHY)
        assert enrolled(ORDINARY) == [LEFT]
        assert WHY in desk.get(case_address(ORDINARY)).text
        assert list(inbox.early()) == []
        assert ("staff:id-records", "early_sign_up_tied", ORDINARY) in audited()
        again = desk.post("early", **tie(id), confirmed="yes", why=WHY)
        assert again.status == 404

    def test_is_found_and_exported_once_tied(self, desk, settings):
        a_stored_case()
        id = an_early_sign_up(settings)
        at_work(desk, Role.RECORDS).confirm("early", **tie(id), why=WHY)
        assert desk.post("find", what=LEFT).status == 303
        assert LEFT in desk.post("contacts-csv").body

    def test_is_tied_to_a_named_victim_only(self, desk, settings):
        a_stored_case()
        id = an_early_sign_up(settings)
        page = at_work(desk).post("early", **tie(id, ""), confirmed="yes", why=WHY)
        assert page.status == 400
        assert "which victim" in page.text
        assert enrolled(ORDINARY) == []

    def test_is_turned_down_and_forgotten(self, desk, settings):
        a_stored_case()
        id = an_early_sign_up(settings)
        at_work(desk).confirm("early", sign_up=id, do="early_drop")
        assert list(inbox.early()) == []
        assert markers.marker(id) is None
        assert enrolled(ORDINARY) == []
        assert ("staff:id-advocate", "early_sign_up_dropped", ORDINARY) in audited()

    def test_for_a_restricted_case_is_closed_to_records(self, desk, settings):
        a_stored_case(RESTRICTED, offense=STALKING)
        id = an_early_sign_up(settings, RESTRICTED, "Muñoz-v1")
        page = at_work(desk, Role.RECORDS).get("inbox")
        assert LEFT not in page.body
        assert ("staff:id-records", "inbox_viewed", RESTRICTED) not in audited()
        assert "1 more are on restricted cases" in page.text
        assert desk.post("early", sign_up=id, do="early_drop", confirmed="yes").status == 403
        assert LEFT in at_work(desk, Role.ADVOCATE).get("inbox").text

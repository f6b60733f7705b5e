"""What happened on a case, as its page lists it: what was changed at the desk, and by whom."""

import pytest

from aviso.domain.model import AuditEntry
from aviso.domain.staff import Account, Role
from aviso.storage import audit, staff_accounts
from infra.harness.staff_browser import case_address
from tests.integration.staff.conftest import NOW, ORDINARY, a_held_notice, a_stored_case, at_work
from tests.integration.staff.task_forms import picked


def happened(desk):
    """Return the words of each event, and the line under it."""
    page = desk.get(case_address(ORDINARY))
    events = page.root.xpath('//section[@aria-labelledby="happened"]/ol/li')
    return [tuple(" ".join(p.text_content().split()) for p in li.xpath("p")) for li in events]


def did(action, actor="staff:id-rosa", **more):
    audit.append(AuditEntry(at=NOW, actor=actor, action=action, case=ORDINARY, **more), 1)


class TestDeskChange:
    @pytest.mark.parametrize(
        ("action", "words"),
        [
            ("reply_stopped", "Stopped messages to a number or an email"),
            ("early_sign_up_dropped", "Declined a sign-up"),
            ("contact_handed_over", "Recorded that the records system has a contact"),
        ],
    )
    def test_is_shown_without_what_it_was_about(self, desk, action, words):
        a_stored_case()
        did(action, subject="key-of-a-phone")
        at_work(desk)
        assert words in [event[0] for event in happened(desk)]
        assert "key-of-a-phone" not in desk.get(case_address(ORDINARY)).body

    def test_names_the_colleague(self, desk):
        a_stored_case()
        id = a_held_notice()
        staff_accounts.save_account(Account(id="id-rosa", name="rosa"), NOW)
        desk.sign_in(Role.ADVOCATE, id="id-rosa", name="rosa")
        desk.post("telephoned", confirmed="yes", how="phone", who="Ana", **picked(id))
        told = [event for event in happened(at_work(desk)) if "told in person" in event[0]]
        assert told[0][1].endswith("· desk (rosa)")

    def test_of_an_operator_or_on_the_portal_names_nobody(self, desk):
        a_stored_case()
        did("case_restricted", actor="operator:arn:aws:sts::1:assumed-role/x/y")
        did("enrolled", actor="visit:abc")
        desk.sign_in(Role.SUPERVISOR)
        ends = [under.rpartition("· ")[2] for _, under in happened(desk)]
        assert {"desk", "portal"} <= set(ends)
        assert "operator:" not in desk.get(case_address(ORDINARY)).body

"""What the victim knows: one line a deed, what was changed at the desk, and by whom."""

import pytest

from aviso.domain.model import AuditEntry
from aviso.domain.staff import Account, Role
from aviso.storage import audit, staff_accounts
from infra.harness.staff_browser import case_address
from tests.integration.staff.conftest import NOW, ORDINARY, a_held_notice, a_stored_case, at_work
from tests.integration.staff.task_forms import picked


def happened(desk, more=""):
    """Return the words of each deed, the latest first, by victim and then of the case."""
    page = desk.get(f"{case_address(ORDINARY)}{more}")
    deeds = page.root.xpath('//section[@aria-labelledby="knows"]//li/div')
    return [" ".join(deed.text_content().split()) for deed in deeds]


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
        assert any(deed.startswith(words) for deed in happened(desk))
        assert "key-of-a-phone" not in desk.get(case_address(ORDINARY)).body

    def test_names_the_colleague(self, desk):
        a_stored_case()
        id = a_held_notice()
        staff_accounts.save_account(Account(id="id-rosa", name="rosa"), NOW)
        desk.sign_in(Role.ADVOCATE, id="id-rosa", name="rosa")
        desk.post("telephoned", confirmed="yes", how="phone", who="Ana", **picked(id))
        told, *others = happened(at_work(desk))
        assert told == "Arrest Told Told by phone: Ana. (rosa) Send again"
        assert not any("rosa" in deed for deed in others)
        assert happened(desk, "&told=yes") == [told]

    def test_of_an_operator_or_on_the_portal_names_nobody(self, desk):
        a_stored_case()
        did("case_restricted", actor="operator:arn:aws:sts::1:assumed-role/x/y")
        did("enrolled", actor="visit:abc")
        desk.sign_in(Role.SUPERVISOR)
        done = happened(desk)
        assert not any(deed.endswith(")") for deed in done)
        assert len(done) > 1
        assert "operator:" not in desk.get(case_address(ORDINARY)).body

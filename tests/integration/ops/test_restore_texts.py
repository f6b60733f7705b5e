"""`make restore`: the texts of victims who were erased since are deleted again, and no others."""

from datetime import UTC, datetime, timedelta

import pytest

from aviso.compliance import retention
from aviso.domain.model import AuditEntry
from aviso.reporting import erased_rows
from aviso.runtime import hashing
from aviso.storage import cases, inbox, inbox_tasks, sending_controls
from aviso.storage.audited_change import AuditRow
from infra.harness.builders import NOW, NUMBER, an_arrest_case
from infra.harness.portal_browser import store
from infra.ops import restore

MOMENT = restore.Moment(datetime(2026, 11, 24, 8, 30, tzinfo=UTC))
OUTPUTS = {f"{name}Table": name for name in restore.ALL} | {"ReconcileFunction": "reconcile"}
PHONE, OTHER = "+15205550167", "+15205550177"
LATER = NOW + timedelta(hours=1)

pytestmark = pytest.mark.in_memory_tables


def text(id: str, phone: str, *, maybe_stop: bool = False) -> None:
    """Have a text in the inbox."""
    data = {"at": NOW.isoformat(), "text": "my new address", "address": phone}
    data |= {"address_key": hashing.address_key(phone)}
    inbox_tasks.put_reply(id, {**data, "maybe_stop": maybe_stop, "cases": [NUMBER]}, NOW)


def handle(id: str) -> None:
    """Mark a text as handled, as a member does."""
    entry = AuditEntry(at=NOW, actor="staff:1", action="reply_read", case=NUMBER, subject=id)
    inbox.see_to(inbox.one(f"REPLY#{id}"), "rosa", NOW, AuditRow(entry=entry, keep_days=9))


def texts() -> set[str]:
    return {text.id for text in inbox.texts()}


class TestErasedText:
    @pytest.fixture
    def erase(self, settings):
        """Erase the victim whose phone is PHONE."""

        def go() -> int:
            return retention.erase(NUMBER, "v1", "Records", settings, LATER)

        return go

    @pytest.fixture
    def two(self, aws):
        """Store a case with two victims."""
        store(an_arrest_case().with_victim("v2", phone=OTHER).case)
        assert {v.phone for v in cases.read_case(NUMBER).victims} == {PHONE, OTHER}
        sending_controls.turn(trial=False)

    def test_goes_again_from_a_case_with_another_victim(self, two, keep, erase, bring_back, capsys):
        text("hers", PHONE)
        text("anothers", OTHER)
        keep()
        erase()
        assert texts() == {"anothers"}
        bring_back("Guards")
        assert texts() == {"anothers"}
        assert "1 texts of victims who were erased since" in capsys.readouterr().out

    def test_goes_again_where_it_was_unread_at_the_moment(self, two, keep, erase, bring_back):
        text("hers", PHONE, maybe_stop=True)
        keep()
        handle("hers")
        erase()
        assert texts() == set()
        bring_back("Guards")
        assert texts() == set()

    def test_that_the_erasure_spared_stays(self, two, keep, erase, bring_back):
        text("hers", PHONE, maybe_stop=True)  # nobody has handled it: a STOP may be in it
        keep()
        erase()
        bring_back("Guards")
        assert texts() == {"hers"}

    def test_takes_no_text_of_another_whose_case_is_lost(self, two, keep, lose, erase, bring_back):
        text("hers", PHONE)
        text("anothers", OTHER)
        keep()
        erase()
        lose("Cases", "Guards")
        sending_controls.turn(trial=False)
        bring_back("Guards")
        assert texts() == {"anothers"}

    def test_goes_again_after_an_erasure_that_stopped_halfway(
        self, two, keep, erase, bring_back, monkeypatch
    ):
        text("hers", PHONE)
        keep()
        with monkeypatch.context() as crash:
            crash.setattr(erased_rows, "erase", lambda *_: 1 / 0)
            with pytest.raises(ZeroDivisionError):
                erase()
        assert texts() == set()
        erase()
        bring_back("Guards")
        assert texts() == set()

    def test_of_a_case_under_a_legal_hold_stays(self, two, keep, erase, bring_back, settings):
        text("hers", PHONE)
        keep()
        erase()
        retention.hold(NUMBER, "Records", settings, LATER)
        bring_back("Guards")
        assert texts() == {"hers"}

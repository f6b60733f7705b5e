"""The latest audit rows of a case: what was done stays in sight behind many looks and attempts."""

from datetime import timedelta

import pytest

from aviso.domain.model import AuditEntry
from aviso.storage import audit
from infra.harness.builders import NOW, NUMBER

MANY = 2 * audit.LATEST


def entered(actor, action, n):
    at = NOW + timedelta(minutes=n)
    audit.append(AuditEntry(at=at, actor=actor, action=action, case=NUMBER), 400)


@pytest.mark.usefixtures("aws")
class TestLatest:
    @pytest.mark.parametrize(
        ("actor", "action"), [("visitor", "attempt_failed"), ("staff|mo", "tasks_viewed")]
    )
    def test_keep_what_was_done_before_many(self, actor, action):
        entered("visit:abc", "locked", 0)
        for n in range(1, MANY):
            entered(actor, action, n)
        found = audit.of_case(NUMBER)
        assert found[-1].action == "locked"
        assert len(found) == audit.LATEST + 1

    def test_end_after_so_many_acts(self):
        for n in range(MANY):
            entered("staff|mo", "contact_added", n)
        assert len(audit.of_case(NUMBER)) == audit.LATEST

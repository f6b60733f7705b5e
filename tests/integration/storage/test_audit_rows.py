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
        ("actor", "action"),
        [
            ("visitor", "attempt_failed"),
            ("staff|mo", "tasks_viewed"),
            ("visit:{n}", "verified"),
            ("visit:{n}", "viewed"),
            ("visit:{n}", "code_failed"),
            ("visit:his", "enrolled"),
        ],
    )
    def test_keep_what_was_done_before_many(self, actor, action):
        entered("visit:abc", "locked", 0)
        for n in range(1, MANY):
            entered(actor.format(n=n), action, n)
        found = audit.of_case(NUMBER)
        assert found[-1].action == "locked"
        assert len(found) == audit.LATEST + 1

    def test_keep_who_looked_at_the_desk_before_many_visits(self):
        entered("staff|rosa", "viewed", 0)
        for n in range(1, MANY):
            entered(f"visit:{n}", "verified", n)
        assert audit.of_case(NUMBER)[-1].actor == "staff|rosa"

    def test_have_one_line_for_the_looks_of_a_visit(self):
        for n, action in enumerate(("verified", "viewed", "code_sent", "viewed", "viewed")):
            entered("visit:abc", action, n)
        found = audit.of_case(NUMBER)
        assert [row.action for row in found] == ["viewed", "code_sent", "verified"]

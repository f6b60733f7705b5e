"""Who looked at a case, as the victim's own page says it."""

from datetime import UTC, datetime, timedelta
from types import SimpleNamespace
from typing import Any
from zoneinfo import ZoneInfo

import pytest

from aviso.domain.model import AuditEntry
from aviso.web.portal import history

VISIT, FORMER, OTHER = "visit:0123456789ab", "visit:former", "visit:ba9876543210"
VISITOR: Any = SimpleNamespace(
    session=SimpleNamespace(key="0123456789abcdef", former=FORMER),
    settings=SimpleNamespace(agency=SimpleNamespace(zone=ZoneInfo("America/Phoenix"))),
)
START = datetime(2026, 11, 26, tzinfo=UTC)


class TestHistory:
    @pytest.mark.parametrize(
        ("actor", "who"),
        [
            (VISIT, "seen_by_this_visit"),
            (OTHER, "seen_by_visitor"),
            ("visitor", "seen_by_visitor"),
            ("contact:c1", "seen_by_visitor"),
            ("staff:id-rosa", "seen_by_agency"),
            ("operator:dana", "seen_by_agency"),
            ("retention", "seen_by_agency"),
        ],
    )
    def test_never_shows_the_agency_as_a_visitor(self, actor, who):
        entry = AuditEntry(at=START, actor=actor, action="case_viewed", case="1")
        assert history._seen(entry, VISITOR)[1] == who

    @pytest.mark.parametrize(
        ("rows", "lines"),  # rows: the earliest first; lines: the latest first
        [
            ([(OTHER, "enrolled"), (OTHER, "enrolled")], ["visitor enrolled"]),
            (
                [(OTHER, "enrolled"), (VISIT, "code_sent"), (OTHER, "locked")],
                ["this_visit code_sent", "visitor enrolled locked"],
            ),
            ([(FORMER, "code_sent"), (VISIT, "locked")], ["this_visit code_sent locked"]),
            (2 * [("visitor", "code_failed")], 2 * ["visitor code_failed"]),
            (2 * [("staff:id-rosa", "case_viewed")], ["agency agency"]),
        ],
    )
    def test_has_one_line_for_each_visit(self, rows, lines):
        entries = [AuditEntry(at=START, actor=who, action=did, case="1") for who, did in rows]
        found = history._by_visit(entries[::-1], VISITOR)
        keys = [" ".join((who, *did)) for _, who, did in found]
        assert [key.replace("seen_by_", "").replace("seen_", "") for key in keys] == lines

    def test_has_one_line_for_each_day_of_our_staff_with_its_times(self):
        at = [START + timedelta(minutes=m) for m in (0, 0.5, 5, 7 * 60)]  # the last: another day
        rows = [AuditEntry(at=t, actor="staff:rosa", action="case_viewed", case="1") for t in at]
        found = history._by_visit(rows[::-1], VISITOR)
        assert [times for times, _, _ in found] == [[at[3]], [at[0], at[2]]]

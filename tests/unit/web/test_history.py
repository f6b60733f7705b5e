"""Who looked at a case, as the victim's own page says it."""

from datetime import UTC, datetime
from types import SimpleNamespace
from typing import Any

import pytest

from aviso.domain.model import AuditEntry
from aviso.web.portal import history

VISIT: Any = SimpleNamespace(session=SimpleNamespace(key="0123456789abcdef"))


class TestHistory:
    @pytest.mark.parametrize(
        ("actor", "who"),
        [
            ("visit:0123456789ab", "seen_by_this_visit"),
            ("visit:ba9876543210", "seen_by_visitor"),
            ("visitor", "seen_by_visitor"),
            ("contact:c1", "seen_by_visitor"),
            ("staff:id-rosa", "seen_by_agency"),
            ("operator:dana", "seen_by_agency"),
            ("retention", "seen_by_agency"),
        ],
    )
    def test_never_shows_the_agency_as_a_visitor(self, actor, who):
        entry = AuditEntry(
            at=datetime(2026, 11, 26, tzinfo=UTC), actor=actor, action="case_viewed", case="1"
        )
        assert history._seen(entry, VISIT)[1] == who

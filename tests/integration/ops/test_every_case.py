"""`make restore` has every case planned at once where the stack can do that."""

from datetime import UTC, datetime

import pytest

from infra.ops import every_case, restore
from tests.integration.ops.conftest import NIGHTLY
from tests.support import restored

MOMENT = restore.Moment(datetime(2026, 11, 26, 12, 0, tzinfo=UTC))
OUTPUTS = restored.OUTPUTS | {"NightlyMachine": NIGHTLY}
PLAN = every_case.plan  # other tests of restores have no machine

pytestmark = [pytest.mark.in_memory_tables, pytest.mark.usefixtures("outside")]


class TestRestore:
    def test_starts_the_night(self, nights, keep, bring_back, monkeypatch):
        monkeypatch.setattr(every_case, "plan", PLAN)
        keep()
        before = datetime.now(UTC)
        bring_back()
        (given,) = nights()
        assert given.keys() == {"time"}
        assert before <= datetime.fromisoformat(given["time"]) <= datetime.now(UTC)

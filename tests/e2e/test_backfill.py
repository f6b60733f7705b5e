"""The state machine of the first load, as deployed, under the roles of its functions."""

from pathlib import Path

from infra.local.stack import PATIENCE, LocalAws, wait_for
from tests.support import backfill_run

RUN = "system-1"


def planned(aws: LocalAws) -> int:
    """Return how often the state machine of the night has gone through every case."""
    found = aws.client("stepfunctions").list_executions(
        stateMachineArn=aws.outputs["NightlyMachine"], statusFilter="SUCCEEDED"
    )
    return len(found["executions"])


class TestBackfill:
    def test_of_old_cases_owes_nothing(self, deployed: LocalAws, tmp_path: Path) -> None:
        rows = backfill_run.make(tmp_path, 60)
        backfill_run.put(deployed, tmp_path)
        deployed.wait_until_quiet()
        denied, notices = deployed.access_denied(), backfill_run.count(deployed, "NoticesTable")
        deployed.clear_sent()
        nights = planned(deployed)
        backfill_run.finish(deployed, backfill_run.start(deployed, RUN), 120)
        wait_for(lambda: planned(deployed) > nights, PATIENCE, "every case to be planned")
        deployed.wait_until_quiet()
        summary = backfill_run.summary(deployed, RUN)
        assert (summary["read"], summary["pieces"]) == (rows, 4)
        assert summary["new"] > 50
        assert backfill_run.count(deployed, "NoticesTable") == notices
        assert not deployed.sent_texts()
        assert not deployed.sent_emails()
        assert deployed.access_denied() == denied

"""The state machine of the first load, as deployed, under the roles of its functions."""

from pathlib import Path

from infra.backfill import rehearsal
from infra.local.stack import LocalAws

RUN = "system-1"


def test_old_cases_come_through_the_state_machine_and_owe_nothing(
    deployed: LocalAws, tmp_path: Path
) -> None:
    rows = rehearsal.make(tmp_path, 60)
    rehearsal.put(deployed, tmp_path)
    deployed.wait_until_quiet()
    denied, notices = deployed.access_denied(), rehearsal.count(deployed, "NoticesTable")
    deployed.clear_sent()
    rehearsal.finish(deployed, rehearsal.start(deployed, RUN), 120)
    deployed.wait_until_quiet()
    summary = rehearsal.summary(deployed, RUN)
    assert (summary["read"], summary["pieces"]) == (rows, 4)
    assert summary["new"] > 50
    assert rehearsal.count(deployed, "NoticesTable") == notices
    assert not deployed.sent_texts()
    assert not deployed.sent_emails()
    assert deployed.access_denied() == denied

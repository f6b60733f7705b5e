"""What is open, late or silent is counted, and the figures reach CloudWatch (docs/rules.md#7)."""

import json
from datetime import timedelta

import pytest

from aviso.domain.fact_keys import FactKey
from aviso.domain.model import Kind
from aviso.domain.notice import Duty, Notice, State
from aviso.notices import monitoring
from aviso.notices.sending import CLAIMED_ELSEWHERE
from aviso.runtime import metrics
from aviso.storage import guard_items, inbox_tasks, markers, notices, print_runs, sending_controls
from aviso.storage.notice_items import NewNotice
from infra.harness.builders import NOW

LATER = NOW + timedelta(hours=3)


def enter(id: str, state: State = State.PLANNED) -> None:
    duty = Duty(
        id=id,
        case="2611240001",
        victim="v1",
        kind=Kind.ARREST,
        fact=FactKey("arrest:a1"),
        fact_at=NOW,
        first_seen=NOW,
        deadline=NOW + timedelta(hours=2),
    )
    notices.insert(NewNotice(duty=duty, state=state, due_at=NOW, created_at=NOW))


def printed(id: str) -> Notice:
    found = notices.read(id)
    assert found is not None
    return found


class TestOpenNotices:
    @pytest.mark.usefixtures("aws")
    def test_past_the_deadline_are_overdue_and_stuck(self, settings) -> None:
        enter("n1")
        assert monitoring.watch(settings, NOW)["Overdue"] == 0
        gauges = monitoring.watch(settings, LATER)
        assert (gauges["Overdue"], gauges["Stuck"]) == (1, 1)

    @pytest.mark.usefixtures("aws")
    def test_for_a_person_have_a_clock_of_their_own(self, settings) -> None:
        enter("n1", State.HELD)
        enter("n2", State.QUEUED)
        gauges = monitoring.watch(settings, LATER)
        assert (gauges["Overdue"], gauges["TasksOverdue"]) == (0, 0)
        last = markers.marker(markers.GAUGES)
        assert last is not None
        assert last[1]["Held"] == 1  # shown at the desk
        gauges = monitoring.watch(settings, LATER + timedelta(days=4))
        assert (gauges["TasksOverdue"], gauges["LettersOverdue"]) == (1, 1)

    @pytest.mark.usefixtures("aws")
    def test_in_the_inbox_are_late_after_a_day(self, settings) -> None:
        inbox_tasks.put_reply("r1", {}, NOW)
        inbox_tasks.put_rejected("people_1", "incoming/people_1.csv", 3, NOW)
        markers.put_marker("EARLY#e1", {}, NOW - timedelta(days=5), timedelta(days=10), "EARLY")
        assert monitoring.watch(settings, NOW + timedelta(hours=23))["TasksOverdue"] == 0
        assert monitoring.watch(settings, NOW + timedelta(hours=25))["TasksOverdue"] == 2
        became, kept = NOW + timedelta(hours=25), timedelta(days=30)
        inbox_tasks.make_task("EARLY#e1", guard_items.EARLY_TASK, "no_match", became, kept)
        assert monitoring.watch(settings, NOW + timedelta(hours=26))["TasksOverdue"] == 2
        assert monitoring.watch(settings, NOW + timedelta(hours=50))["TasksOverdue"] == 3

    @pytest.mark.usefixtures("aws")
    def test_in_unposted_runs_are_counted_by_run(self, settings) -> None:
        for n, run in enumerate(("run-1", "run-1", "run-2")):
            enter(f"n{n}", State.QUEUED)
            notices.move(printed(f"n{n}"), State.PRINTED, due_at=NOW, run=run)
        enter("n9", State.QUEUED)
        monitoring.watch(settings, NOW)
        assert print_runs.unposted() == (NOW, {"run-1": 2, "run-2": 1})
        notices.move(printed("n2"), State.MAILED, due_at=None)
        monitoring.watch(settings, LATER)
        assert print_runs.unposted() == (LATER, {"run-1": 2})


class TestFeed:
    @pytest.mark.usefixtures("aws")
    def test_that_stopped_or_never_came_is_silent(self, settings) -> None:
        assert monitoring.silent_feeds(settings, NOW) == ["cases", "people", "arrests"]
        for kind in ("cases", "people", "arrests"):
            markers.put_marker(f"FEED#{kind}", {}, NOW, timedelta(days=400))
        assert monitoring.watch(settings, NOW)["FeedsSilent"] == 0
        later = NOW + settings.feed_silence + timedelta(minutes=1)
        assert monitoring.watch(settings, later)["FeedsSilent"] == 3

    @pytest.mark.usefixtures("aws")
    def test_that_changes_no_more_is_still(self, settings) -> None:
        age = {
            "cases": timedelta(days=4),
            "people": timedelta(days=4),
            "arrests": timedelta(days=10),
        }
        for kind, still_after in age.items():
            changed = {"changed": (NOW - still_after).isoformat()}
            markers.put_marker(f"FEED#{kind}", changed, NOW, timedelta(days=400))
        assert monitoring.watch(settings, NOW)["FeedsSilent"] == 0
        assert monitoring.watch(settings, NOW + timedelta(minutes=1))["FeedsSilent"] == 3
        markers.put_marker("FEED#arrests", {}, NOW, timedelta(days=400))  # of an earlier release
        assert monitoring.still_feeds(settings, NOW + timedelta(days=1)) == ["cases", "people"]


class TestSwitches:
    @pytest.mark.usefixtures("never_switched")
    def test_that_nobody_set_are_in_trial_mode(self) -> None:
        sending_controls.set_usual(5, 1, 0)  # `chase` does so each hour
        assert sending_controls.switches().trial
        assert sending_controls.never_set()

    @pytest.mark.usefixtures("aws")
    def test_brake_and_kill_show(self, settings) -> None:
        sending_controls.apply_brake("notices")
        sending_controls.turn(kill=True)
        gauges = monitoring.watch(settings, NOW)
        assert (gauges["BrakeOn"], gauges["KillSwitchOn"]) == (True, True)


class TestFigures:
    def test_leave_as_one_line_for_cloudwatch(self, monkeypatch, capsys) -> None:
        monkeypatch.setenv("POWERTOOLS_SERVICE_NAME", "aviso-west")
        metrics.emit({"Overdue": 0, "BrakeOn": True})
        line = json.loads(capsys.readouterr().out)
        (described,) = line["_aws"]["CloudWatchMetrics"]
        assert described["Namespace"] == "Aviso"
        assert described["Dimensions"] == [["service"]]
        assert {m["Name"] for m in described["Metrics"]} == {"Overdue", "BrakeOn"}
        assert (line["service"], line["Overdue"], line["BrakeOn"]) == ("aviso-west", [0], [1])

    @pytest.mark.parametrize(
        ("outcome", "figure"),
        [
            ("sent", {"MessagesSent": 1}),
            ("held:restricted_offense", {}),
            ("queued", {}),
            ("unknown", {"SendsUnknown": 1}),
            ("waiting:account_quota", {"SendsBlocked": 1}),
            ("waiting:not_authorized", {"SendsBlocked": 1}),
            ("waiting:quiet_hours", {}),
            (CLAIMED_ELSEWHERE, {}),
        ],
    )
    def test_count_notices_by_their_outcome(self, outcome, figure) -> None:
        assert metrics.dispatched(outcome) == figure

    def test_count_refused_files_and_rejected_rows(self) -> None:
        assert metrics.imported({"result": "refused"}) == {"FilesRefused": 1}
        assert metrics.imported({"result": "continues", "read": 5, "rejected": 2}) == {}
        done = metrics.imported({"result": "imported", "read": 5, "rejected": 2, "warnings": {}})
        assert done == {"RowsRejected": 2}

    def test_are_exactly_those_in_the_table(self) -> None:
        counted = {*metrics.RECEIVED.values(), *metrics.DISPATCHED.values()}
        gauges = {*monitoring.GAUGES, "BrakeOn", "KillSwitchOn", "FeedsSilent"}
        imported = {*metrics.IMPORTED.values(), "FilesRefused"}
        blocked = {*metrics.dispatched("waiting:account_quota")}
        runs = {"ChaseRuns", "ReconcileRuns", "ReconcileFailures", "OwedMinusLedger", "TrailsAgree"}
        runs |= {"SignInsRefused"}
        assert counted | gauges | imported | blocked | runs == metrics.METRICS.keys()

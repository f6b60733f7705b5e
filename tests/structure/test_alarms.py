"""Whoever an alarm wakes finds in the runbook what it means and what to do."""

import re
from pathlib import Path
from typing import Any

import pytest

from aviso.metrics import METRICS
from tests.structure.test_template import FUNCTIONS, ROOT, resources

TEMPLATES = [ROOT / "template.yaml", *sorted((ROOT / "infra").glob("*.yaml"))]
ALARMS = {n: a for path in TEMPLATES for n, a in resources("AWS::CloudWatch::Alarm", path).items()}
RUNBOOK = (ROOT / "docs/runbook.md").read_text()
ENTRIES = dict(re.findall(r"^### (\w+)\n(.*?)(?=^#|\Z)", RUNBOOK, re.MULTILINE | re.DOTALL))
OWN = "Aviso"  # the namespace of the figures that functions write


def own_figures(alarm: dict[str, Any]) -> set[str]:
    """Return the figures of the functions that an alarm looks at."""
    stats = [m["MetricStat"]["Metric"] for m in alarm.get("Metrics", ()) if "MetricStat" in m]
    return {m["MetricName"] for m in [*stats, alarm] if m.get("Namespace") == OWN}


@pytest.mark.parametrize("name", ALARMS)
def test_every_alarm_has_an_entry_that_says_what_to_do(name: str) -> None:
    entry = ENTRIES[name]
    for part in ("**Means**", "**Look at**", "**Do**"):
        assert len(entry.partition(part)[2].partition("**")[0].split()) >= 5, part


def test_every_entry_has_its_alarm() -> None:
    assert ENTRIES.keys() == ALARMS.keys()


@pytest.mark.parametrize("name", ALARMS)
def test_every_alarm_reaches_a_person_when_it_begins_and_when_it_ends(name: str) -> None:
    alarm = ALARMS[name]
    assert alarm["AlarmActions"] == alarm["OKActions"] != []
    assert len(alarm["AlarmDescription"].split()) >= 4
    assert alarm["TreatMissingData"] in ("breaching", "notBreaching")


@pytest.mark.parametrize("name", ALARMS)
def test_an_alarm_looks_only_at_figures_that_some_function_writes(name: str) -> None:
    assert own_figures(ALARMS[name]) <= METRICS.keys()


def test_every_figure_that_a_function_writes_is_looked_at_by_an_alarm_or_the_dashboard() -> None:
    (dashboard,) = resources("AWS::CloudWatch::Dashboard", ROOT / "infra/monitoring.yaml").values()
    shown = {name for name in METRICS if f'"{name}"' in str(dashboard["DashboardBody"])}
    alarmed = {name for alarm in ALARMS.values() for name in own_figures(alarm)}
    assert shown | alarmed == METRICS.keys()


def test_what_a_heartbeat_stops_is_an_alarm_though_no_figure_comes() -> None:
    for name in ("ChaseSilent", "ReconcileSilent"):
        assert ALARMS[name]["TreatMissingData"] == "breaching"


def test_errors_and_throttles_of_every_function_are_watched() -> None:
    def watched(*names: str) -> set[str]:
        metrics = [m for name in names for m in ALARMS[name]["Metrics"] if "MetricStat" in m]
        stats = [m["MetricStat"]["Metric"]["Dimensions"] for m in metrics]
        return {d["Value"]["Ref"] for dimensions in stats for d in dimensions}

    assert watched("FlowErrors", "PageErrors") == FUNCTIONS.keys()
    # Senders are bounded on purpose; that they fall behind is told by their stream.
    assert watched("Throttles", "PageThrottles") == FUNCTIONS.keys() - {"SendNotice"}
    assert "SendNotice" in watched("StreamsBehind")
    assert watched("StreamsBehind") == {
        name
        for name, function in FUNCTIONS.items()
        if any(event["Type"] == "DynamoDB" for event in function.get("Events", {}).values())
    }


def test_every_figure_is_explained_in_the_runbook() -> None:
    rows = set(re.findall(r"^\| `(\w+)` \|", RUNBOOK, re.MULTILINE))
    assert rows == METRICS.keys()


def test_the_runbook_is_linked_where_it_says() -> None:
    for target in re.findall(r"\]\(([^)#]+)\)", RUNBOOK):
        assert (Path(ROOT / "docs") / target).exists(), target

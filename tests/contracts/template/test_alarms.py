"""The runbook says what each alarm means and what to do."""

import json
import re
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

from aviso.runtime.metrics import METRICS
from infra.ops import redrive
from infra.repository import ROOT
from tests.contracts.template.template_file import FUNCTIONS, resources

TEMPLATES = [ROOT / "template.yaml", *sorted((ROOT / "infra/stacks").glob("*.yaml"))]
ALARMS = {n: a for path in TEMPLATES for n, a in resources("AWS::CloudWatch::Alarm", path).items()}
RUNBOOK = (ROOT / "docs/runbook.md").read_text()
ENTRIES = dict(re.findall(r"^### (\w+)\n(.*?)(?=^#|\Z)", RUNBOOK, re.MULTILINE | re.DOTALL))
OWN = "Aviso"  # the namespace of the figures that functions write


def own_figures(alarm: dict[str, Any]) -> set[str]:
    """Return the figures of the functions that an alarm looks at."""
    stats = [m["MetricStat"]["Metric"] for m in alarm.get("Metrics", ()) if "MetricStat" in m]
    return {m["MetricName"] for m in [*stats, alarm] if m.get("Namespace") == OWN}


def looked_at(alarm: dict[str, Any]) -> Iterator[tuple[str, ...]]:
    """Yield what an alarm looks at as a dashboard names it: namespace, figure, dimensions."""
    stats = [m["MetricStat"]["Metric"] for m in alarm.get("Metrics", ()) if "MetricStat" in m]
    for metric in stats or [alarm]:
        sides = [side for d in metric.get("Dimensions", ()) for side in (d["Name"], d["Value"])]
        yield tuple(map(written, (metric["Namespace"], metric["MetricName"], *sides)))


def written(value: Any) -> str:
    """Return a value of a template as a text would contain it."""
    if isinstance(value, dict):
        ((how, what),) = value.items()
        return f"${{{what}}}" if how == "Ref" else str(what)
    return str(value)


def shown() -> Iterator[tuple[str, ...]]:
    """Yield what the dashboard shows, its short forms written out."""
    (dashboard,) = resources(
        "AWS::CloudWatch::Dashboard", ROOT / "infra/stacks/monitoring.yaml"
    ).values()
    for widget in json.loads(dashboard["DashboardBody"]["Sub"])["widgets"]:
        before: list[str] = []
        for row in widget["properties"]["metrics"]:
            names = [part for part in row if not isinstance(part, dict)]
            if names[:1] == ["..."]:
                names = before[: len(before) - len(names) + 1] + names[1:]
            if names:  # else computed from the others
                before = [before[i] if n == "." else n for i, n in enumerate(names)]
                yield tuple(before)


class TestDashboard:
    @pytest.mark.parametrize("name", ALARMS)
    def test_shows_what_an_alarm_looks_at(self, name: str) -> None:
        assert set(looked_at(ALARMS[name])) <= set(shown())

    def test_shows_what_each_rule_of_the_firewall_blocks(self) -> None:
        (firewall,) = resources("AWS::WAFv2::WebACL", ROOT / "infra/stacks/edge.yaml").values()
        rules = {rule["VisibilityConfig"]["MetricName"] for rule in firewall["Rules"]}
        assert {names[-1] for names in shown() if names[0] == "AWS/WAFV2"} == {*rules, "ALL"}

    def test_has_widgets_beside_each_other(self) -> None:
        (dashboard,) = resources(
            "AWS::CloudWatch::Dashboard", ROOT / "infra/stacks/monitoring.yaml"
        ).values()
        widgets = json.loads(dashboard["DashboardBody"]["Sub"])["widgets"]
        squares = [
            (x, y)
            for w in widgets
            for x in range(w["x"], w["x"] + w["width"])
            for y in range(w["y"], w["y"] + w["height"])
        ]
        assert len(squares) == len(set(squares))
        assert max(x for x, _ in squares) < 24  # columns that a dashboard has


class TestAlarm:
    @pytest.mark.parametrize("name", ALARMS)
    def test_has_an_entry_that_says_what_to_do(self, name: str) -> None:
        entry = ENTRIES[name]
        for part in ("**Means**", "**Look at**", "**Do**"):
            assert len(entry.partition(part)[2].partition("**")[0].split()) >= 5, part

    def test_exists_for_every_entry(self) -> None:
        assert ENTRIES.keys() == ALARMS.keys()

    @pytest.mark.parametrize("name", ALARMS)
    def test_reaches_a_person_at_its_begin_and_end(self, name: str) -> None:
        alarm = ALARMS[name]
        assert alarm["AlarmActions"] == alarm["OKActions"] != []
        assert len(alarm["AlarmDescription"].split()) >= 4
        assert alarm["TreatMissingData"] in ("breaching", "notBreaching")

    @pytest.mark.parametrize("name", ALARMS)
    def test_looks_at_figures_that_some_function_writes(self, name: str) -> None:
        assert own_figures(ALARMS[name]) <= METRICS.keys()

    def test_rings_when_a_heartbeat_stops(self) -> None:
        for name in ("ChaseSilent", "ReconcileSilent", "TrailUnproved"):
            assert ALARMS[name]["TreatMissingData"] == "breaching"

    def test_watches_errors_and_throttles_of_functions(self) -> None:
        def watched(*names: str) -> set[str]:
            metrics = [m for name in names for m in ALARMS[name]["Metrics"] if "MetricStat" in m]
            stats = [m["MetricStat"]["Metric"]["Dimensions"] for m in metrics]
            return {d["Value"]["Ref"] for dimensions in stats for d in dimensions} - {"Name"}

        # Anybody can have a locked account refused, and PageErrors stops releases.
        assert watched("FlowErrors", "PageErrors") == FUNCTIONS.keys() - {"SignInGuard"}
        assert watched("SignInFails") == {"SignInGuard"}
        assert ALARMS["SignInFails"]["Metrics"][0]["Expression"] == "signInGuard - FILL(refused, 0)"
        # Senders are bounded on purpose; that they fall behind is told by their stream.
        assert watched("Throttles", "PageThrottles") == FUNCTIONS.keys() - {"SendNotice"}
        assert "SendNotice" in watched("StreamsBehind")
        assert watched("StreamsBehind") == {
            name
            for name, function in FUNCTIONS.items()
            if any(event["Type"] == "DynamoDB" for event in function.get("Events", {}).values())
        }


class TestFigure:
    def test_is_looked_at_by_an_alarm_or_the_dashboard(self) -> None:
        (dashboard,) = resources(
            "AWS::CloudWatch::Dashboard", ROOT / "infra/stacks/monitoring.yaml"
        ).values()
        shown = {name for name in METRICS if f'"{name}"' in str(dashboard["DashboardBody"])}
        alarmed = {name for alarm in ALARMS.values() for name in own_figures(alarm)}
        assert shown | alarmed == METRICS.keys()


class TestRunbook:
    def test_has_a_way_out_for_what_a_function_gives_up(self) -> None:
        gives_up = {name for name, function in FUNCTIONS.items() if "OnFailure" in str(function)}
        ways = redrive.AGAIN, redrive.PLANNED, redrive.CHASED, redrive.COUNTED, redrive.COPIED
        assert sorted(name for way in ways for name in way) == sorted(gives_up)
        told = re.findall(r"^\| ([A-Z]\w+(?:, \w+)*) \|", ENTRIES["DeadLetters"], re.MULTILINE)
        assert {name for names in told for name in names.split(", ")} == gives_up

    def test_is_linked_where_it_says(self) -> None:
        for target in re.findall(r"\]\(([^)#]+)\)", RUNBOOK):
            assert (Path(ROOT / "docs") / target).exists(), target

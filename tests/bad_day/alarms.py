"""What the template's alarms would say: its own thresholds, on figures that a run wrote.

Local AWS keeps alarms but judges none, so this does: CloudWatch's periods begin at whole multiples
of their length, and a period without a figure counts as the alarm says. Alarms that compute, whose
figures only AWS has, or whose figures a scheduled call logs, are named as not judged.
"""

import json
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from aviso.runtime.metrics import METRICS
from infra.harness import cloudformation
from infra.local.sam_build import ROOT

MONITORING = ROOT / "infra/stacks/monitoring.yaml"
OWN = "Aviso"
PAGES, DESK, LEFT = "PortalApi", "StaffApi", "DeadLetterQueue"  # parameters that name what is seen
SCHEDULED = frozenset({"chase", "reconcile", "tally"})  # local AWS logs no scheduled call
STATISTICS: Mapping[str, Callable[[Sequence[float]], float]] = {"Sum": sum, "Maximum": max}
Figures = Mapping[str, Sequence[tuple[float, float]]]  # by key: moments in epoch seconds, values


@dataclass(frozen=True, slots=True)
class Rang:
    """An alarm that went off, and when it was over; None when it never was."""

    name: str
    says: str
    at: float
    until: float | None


def alarms() -> dict[str, dict[str, Any]]:
    """Return the properties of every alarm of the template, by name."""
    found = cloudformation.read(MONITORING)["Resources"]
    return {n: r["Properties"] for n, r in found.items() if r["Type"] == "AWS::CloudWatch::Alarm"}


def key(alarm: Mapping[str, Any]) -> str:
    """Return the key of the figures that an alarm looks at, empty when it cannot be judged here."""
    if alarm.get("Namespace") == OWN:
        name = str(alarm["MetricName"])
        return "" if METRICS[name].by in SCHEDULED else name
    for dimension in alarm.get("Dimensions", ()):
        named = dimension["Value"]
        if isinstance(named, dict) and named.get("Ref") in (PAGES, DESK, LEFT):
            return f"{alarm['MetricName']} {named['Ref']}"
    return ""


def own_figures(lines: Iterable[str]) -> dict[str, list[tuple[float, float]]]:
    """Return the figures that functions wrote in their logs (the embedded metric format)."""
    found: dict[str, list[tuple[float, float]]] = {}
    for line in lines:
        if '"_aws"' not in line:
            continue
        entry = json.loads(line[line.index("{") :])
        at = entry["_aws"]["Timestamp"] / 1000
        for group in entry["_aws"]["CloudWatchMetrics"]:
            for metric in group["Metrics"]:
                values = entry[metric["Name"]]
                for value in values if isinstance(values, list) else [values]:
                    found.setdefault(metric["Name"], []).append((at, float(value)))
    return found


def judge(figures: Figures, began: float, ended: float) -> tuple[list[Rang], list[str]]:
    """Return the alarms that went off, the first first, and the names of those not judged.

    Args:
        figures: every figure of the run; a key that is missing had none.
        began, ended: the run, in epoch seconds. Periods that lie only partly in it are judged by
            that part. An alarm that waits for silence longer than the run is not judged.
    """
    rang: list[Rang] = []
    unjudged: list[str] = []
    for name, alarm in alarms().items():
        needs = alarm.get("Period", 0) * alarm.get("EvaluationPeriods", 0)
        waits_for_silence = alarm.get("TreatMissingData") == "breaching"
        if not key(alarm) or (waits_for_silence and needs > ended - began):
            unjudged.append(name)
            continue
        rang += _episodes(name, alarm, figures.get(key(alarm), ()), began, ended)
    return sorted(rang, key=lambda one: one.at), unjudged


def _episodes(
    name: str,
    alarm: Mapping[str, Any],
    values: Sequence[tuple[float, float]],
    began: float,
    ended: float,
) -> Iterator[Rang]:
    """Yield each time an alarm was on: from the end of the period that turned it on."""
    in_a_row, on_since = 0, None
    for start, breaches in _periods(alarm, values, began, ended):
        end = start + alarm["Period"]
        in_a_row = in_a_row + 1 if breaches else 0
        if in_a_row >= alarm["EvaluationPeriods"] and on_since is None:
            on_since = end
        elif not breaches and on_since is not None:
            yield Rang(name, alarm["AlarmDescription"], on_since, end)
            on_since = None
    if on_since is not None:
        yield Rang(name, alarm["AlarmDescription"], on_since, None)


def _periods(
    alarm: Mapping[str, Any], values: Sequence[tuple[float, float]], began: float, ended: float
) -> Iterator[tuple[float, bool]]:
    """Yield each period's start, and whether its figure breaches the threshold."""
    length, threshold = alarm["Period"], alarm["Threshold"]
    over = alarm["ComparisonOperator"] == "GreaterThanThreshold"
    silent = alarm["TreatMissingData"] == "breaching"
    start = began // length * length
    if silent and start < began:
        start += length  # the part before the run says nothing about silence
    while start < ended and not (silent and start + length > ended):
        found = [value for at, value in values if start <= at < start + length]
        figure = STATISTICS[alarm["Statistic"]](found) if found else None
        breaches = silent if figure is None else (figure > threshold) == over
        yield start, breaches
        start += length

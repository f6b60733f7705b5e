"""What the template's alarms would say: its own thresholds, on figures that a run wrote.

CloudWatch's periods begin at whole multiples of their length, and a period without a figure counts
as the alarm says. An alarm that computes is judged if it adds up several functions or takes the
highest of them. Alarms whose figures a run cannot see are named as not judged.
"""

import json
import re
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from infra.harness import cloudformation
from infra.repository import ROOT

MONITORING = ROOT / "infra/stacks/monitoring.yaml"
OWN = "Aviso"
PAGES, DESK, LEFT = "PortalApi", "StaffApi", "DeadLetterQueue"  # parameters that name what is seen
ERRORS, AGE, VISIBLE = "Errors", "IteratorAge", "ApproximateNumberOfMessagesVisible"
OF_AWS = frozenset({"5XXError", VISIBLE, ERRORS, AGE})  # figures of AWS that a day counts itself
OF_SEVERAL = re.compile(r"(?:SUM|MAX)\(\[([\w, ]+)\]\)")
STATISTICS: Mapping[str, Callable[[Sequence[float]], float]] = {"Sum": sum, "Maximum": max}
Figures = Mapping[str, Sequence[tuple[float, float]]]  # by key: moments in epoch seconds, values


@dataclass(frozen=True, slots=True)
class Rang:
    """An alarm that went off, and when it was over; None when it never was."""

    name: str
    says: str
    at: float
    until: float | None

    def since(self, start: float) -> list[Any]:
        """Return it with its times in seconds after a start."""
        return [
            self.name,
            self.says,
            round(self.at - start),
            self.until and round(self.until - start),
        ]


def alarms() -> dict[str, dict[str, Any]]:
    """Return the properties of every alarm of the template, by name."""
    found = cloudformation.read(MONITORING)["Resources"]
    return {n: r["Properties"] for n, r in found.items() if r["Type"] == "AWS::CloudWatch::Alarm"}


@dataclass(frozen=True, slots=True)
class Watch:
    """What an alarm looks at: the keys of its figures, and what it makes of a period's."""

    keys: tuple[str, ...]
    statistic: str
    period: int


def watch(alarm: Mapping[str, Any]) -> Watch | None:
    """Return what an alarm looks at, None when a day cannot judge it."""
    if "Metrics" in alarm:
        return _of_several(alarm["Metrics"])
    key = _key(alarm)
    return Watch((key,), alarm["Statistic"], alarm["Period"]) if key else None


def _key(metric: Mapping[str, Any]) -> str:
    """Return the key of a metric's figures, empty when they are not seen."""
    name = str(metric["MetricName"])
    if metric.get("Namespace") == OWN:
        return name
    if name not in OF_AWS:
        return ""
    for dimension in metric.get("Dimensions", ()):
        named = dimension["Value"]
        of = named.get("Ref", "") if isinstance(named, dict) else ""
        if dimension["Name"] == "FunctionName" or of in (PAGES, DESK, LEFT):
            return f"{name} {of}"
    return "" if metric.get("Dimensions") else name


def _of_several(metrics: Sequence[Mapping[str, Any]]) -> Watch | None:
    """Return what an alarm looks at that adds figures up or takes the highest of them.

    A sum of sums is the sum of all, and the highest of maxima the maximum of all.
    """
    computed = next(one for one in metrics if "Expression" in one)
    several = OF_SEVERAL.fullmatch(computed["Expression"])
    if not several:
        return None
    wanted = several[1].split(", ")
    stats = [one["MetricStat"] for one in metrics if one["Id"] in wanted]
    keys = tuple(_key(stat["Metric"]) for stat in stats)
    return Watch(keys, stats[0]["Stat"], stats[0]["Period"]) if all(keys) else None


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
        seen = watch(alarm)
        waits_for_silence = alarm.get("TreatMissingData") == "breaching"
        if not seen or (
            waits_for_silence and seen.period * alarm["EvaluationPeriods"] > ended - began
        ):
            unjudged.append(name)
            continue
        values = [value for key in seen.keys for value in figures.get(key, ())]
        rang += _episodes(name, alarm, _periods(alarm, seen, values, began, ended), seen.period)
    return sorted(rang, key=lambda one: one.at), unjudged


def _episodes(
    name: str, alarm: Mapping[str, Any], periods: Iterable[tuple[float, bool]], length: int
) -> Iterator[Rang]:
    """Yield each time an alarm was on: from the end of the period that turned it on."""
    in_a_row, on_since = 0, None
    for start, breaches in periods:
        end = start + length
        in_a_row = in_a_row + 1 if breaches else 0
        if in_a_row >= alarm["EvaluationPeriods"] and on_since is None:
            on_since = end
        elif not breaches and on_since is not None:
            yield Rang(name, alarm["AlarmDescription"], on_since, end)
            on_since = None
    if on_since is not None:
        yield Rang(name, alarm["AlarmDescription"], on_since, None)


def _periods(
    alarm: Mapping[str, Any],
    seen: Watch,
    values: Sequence[tuple[float, float]],
    began: float,
    ended: float,
) -> Iterator[tuple[float, bool]]:
    """Yield each period's start, and whether its figure breaches the threshold."""
    length, threshold = seen.period, alarm["Threshold"]
    over = alarm["ComparisonOperator"] == "GreaterThanThreshold"
    silent = alarm["TreatMissingData"] == "breaching"
    in_period: dict[float, list[float]] = {}
    for at, value in values:
        in_period.setdefault(at // length * length, []).append(value)
    start = began // length * length
    if silent and start < began:
        start += length  # the part before the run says nothing about silence
    while start < ended and not (silent and start + length > ended):
        found = in_period.get(start)
        figure = STATISTICS[seen.statistic](found) if found else None
        breaches = silent if figure is None else (figure > threshold) == over
        yield start, breaches
        start += length

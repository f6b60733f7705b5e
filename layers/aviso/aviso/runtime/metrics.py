"""CloudWatch metrics of the notice flow, written as log lines (the embedded metric format).

One table lists every metric with its unit and meaning. Each has an alarm or a place on the
dashboard in `infra/stacks/monitoring.yaml`. The only dimension is the stack, so a figure costs one
metric and names nobody. Figures that only the desk shows are counted in Tallies.
"""

from collections import Counter
from collections.abc import Mapping
from typing import NamedTuple

from aws_lambda_powertools.metrics import EphemeralMetrics, MetricUnit

from aviso.runtime import environment

NAMESPACE = "Aviso"


class Metric(NamedTuple):
    """A metric's writer and meaning."""

    by: str
    meaning: str
    unit: MetricUnit = MetricUnit.Count


METRICS: Mapping[str, Metric] = {
    # Gauges: written on every run, even as zero, so that silence differs from calm.
    "Overdue": Metric("chase", "open notices past their deadline: the silence clock"),
    "TasksOverdue": Metric("chase", "tasks a day late: held notices, and what waits in the inbox"),
    "LettersOverdue": Metric("chase", "letters not mailed three days past their deadline"),
    "Stuck": Metric("chase", "notices whose next step is long past"),
    "BrakeOn": Metric("chase", "1 while the brake pauses all claims"),
    "KillSwitchOn": Metric("chase", "1 while the kill switch stops everything"),
    "FeedsSilent": Metric("chase", "kinds of feed file without a file or a change for too long"),
    "ChaseRuns": Metric("chase", "runs that finished: a heartbeat"),
    "OwedMinusLedger": Metric("reconcile", "notices that were owed and missing, now inserted"),
    "ReconcileRuns": Metric("reconcile", "runs that finished: a heartbeat"),
    "TrailsAgree": Metric("tally", "nights that found the audit trail as its copy: a heartbeat"),
    # Counters: written when there is something to count.
    "ReconcileFailures": Metric("reconcile", "cases that could not be planned"),
    "RowsRejected": Metric("import_feed", "rows sent back with a reason"),
    "StatusesUnknown": Metric("import_feed", "rows whose status the settings do not know"),
    "FilesRefused": Metric("import_feed", "files that could not be read at all"),
    "MessagesSent": Metric("send_notice", "notices handed over to a provider"),
    "SendsUnknown": Metric("send_notice", "hand-overs whose answer never came"),
    "SendsBlocked": Metric(
        "send_notice", "messages the account may not send: limit, sandbox, permission"
    ),
    "Delivered": Metric("record_receipt", "messages that arrived"),
    "NotDelivered": Metric("record_receipt", "messages that came back: bounces and dead numbers"),
    "ReceiptsUnreadable": Metric("record_receipt", "receipts that made no sense"),
    "SignInsRefused": Metric("sign_in_guard", "sign-ins of locked accounts: errors for Lambda"),
}

RECEIVED = {
    "delivered": "Delivered",
    "failed": "NotDelivered",
    "unreadable": "ReceiptsUnreadable",
}
DISPATCHED = {
    "sent": "MessagesSent",
    "unknown": "SendsUnknown",
}
IMPORTED = {"rejected": "RowsRejected", "unknown": "StatusesUnknown"}
# The sandbox, the spend limit, a paused account, a missing permission.
BLOCKED = ("waiting:account_", "waiting:not_authorized")


def emit(values: Mapping[str, float]) -> None:
    """Write figures as one log line.

    Raises:
        KeyError: when a name is not in the table.
    """
    if not values:
        return
    metrics = EphemeralMetrics(
        namespace=NAMESPACE, service=environment.name("POWERTOOLS_SERVICE_NAME", "aviso")
    )
    for name, value in values.items():
        metrics.add_metric(name=name, unit=METRICS[name].unit, value=value)
    metrics.flush_metrics()


def counted(names: Mapping[str, str], found: Mapping[str, int]) -> dict[str, float]:
    """Return the metrics of a run's counts, under the metrics' names."""
    values: Counter[str] = Counter()
    for word, count in found.items():
        if count and word in names:
            values[names[word]] += count
    return dict(values)


def dispatched(outcome: str) -> dict[str, float]:
    """Return the metrics of one notice's outcome in `notices.sending.send`."""
    if outcome.startswith(BLOCKED):
        return {"SendsBlocked": 1}
    return counted(DISPATCHED, {outcome.partition(":")[0]: 1})


def imported(summary: Mapping[str, object]) -> dict[str, float]:
    """Return the metrics of a feed file's summary; a file that goes on later counts at its end."""
    if summary["result"] == "refused":
        return {"FilesRefused": 1}
    if summary["result"] != "imported":
        return {}
    warnings = summary["warnings"]
    assert isinstance(warnings, Mapping), "a summary counts its warnings by their names"
    unknown = sum(n for w, n in warnings.items() if w.startswith("unknown_status:"))
    rows = {"rejected": int(str(summary["rejected"]))}
    return counted(IMPORTED, rows | {"unknown": unknown})

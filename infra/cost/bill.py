"""From counted units to a month's dollars: pure arithmetic, each line shown."""

from collections import defaultdict
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from infra.cost.journey import Counted
from infra.harness import cloudformation

HOURS, MINUTES, DAYS = 730, 43_800, 30.4
A_NIGHT = 99  # state transitions: three for each of 32 parts, and three around them
PLANNED_AGAIN = ("reconcile_case", "night_case")
TOUCHED_HOURS = 26  # in which each hourly run looks at a changed case
INDEX_SHARDS = 8  # of the index by time; an empty one costs a read too
AUDIT_WINDOW = 2  # minutes that keep_audit gathers rows for, see template.yaml
GB = 1e9


@dataclass(frozen=True, slots=True)
class BillLine:
    """So many units at this price."""

    what: str
    units: float
    price: float

    @property
    def dollars(self) -> float:
        """The cost of the line."""
        return self.units * self.price


def repeats(victims: int, assumed: Mapping[str, Any]) -> dict[str, float]:
    """Return how often a month each counted step happens.

    The unit of a step is a victim, a visit, a case planned again, or one run.
    """
    return {
        "import_feed": victims,
        "import_again": victims * assumed["exports_a_row"],
        "plan_notices": victims,
        "send_notice": victims,
        "record_receipt": victims,
        "portal_visit": victims * assumed["visits_a_victim"],
        "chase": MINUTES,
        "watch": MINUTES / 5,
        "reconcile_case": victims * assumed["touches_a_case"] * TOUCHED_HOURS,
        "night_case": victims * assumed["case_months"] * DAYS,
    }


def usage_units(
    counted: Counted,
    victims: int,
    assumed: Mapping[str, Any],
    memory: Mapping[str, int] | None = None,
) -> tuple[dict[str, float], dict[str, float]]:
    """Return a month's units of AWS's services, and of messages apart.

    Args:
        memory: MB of each function; None for the template's.
    """
    memory = memory or cloudformation.memory_of_functions()
    units: dict[str, float] = defaultdict(float)
    for step, times in repeats(victims, assumed).items():
        share = 1 if step in ("chase", "watch", "portal_visit") else counted.victims
        for unit, count in counted.units[step].items():
            units[unit] += count / share * times
    messages = {name: units.pop(name, 0.0) for name in ("text_parts", "emails")}
    units["dynamodb_write_units"] += victims * assumed["events_tallied"] * 2 * 2
    _add_functions(units, counted, victims, assumed, memory)
    _add_storage(units, victims, assumed)
    _add_scans(units, victims, assumed, memory)
    units["kms_requests"] += units["dynamodb_calls"] * assumed["data_key_calls_share"]
    units["egress_gb"] = units["egress_bytes"] / GB
    return units, messages


def _add_functions(
    units: dict[str, float],
    counted: Counted,
    victims: int,
    assumed: Mapping[str, Any],
    memory: Mapping[str, int],
) -> None:
    visits = victims * assumed["visits_a_victim"]
    per_victim = {
        step: counted.calls[step] / counted.victims
        for step in ("plan_notices", "send_notice", "record_receipt")
    }
    pages = visits * (counted.calls["portal_visit"] + assumed["strangers_a_visit"])
    calls = {
        "portal": pages,
        "import_feed": 3 * assumed["exports_a_day"] * DAYS,
        **{step: victims * calls for step, calls in per_victim.items()},
        "chase": MINUTES,
        "tally": victims * assumed["events_tallied"],
        **{case: repeats(victims, assumed)[case] for case in PLANNED_AGAIN},
        "keep_audit": _audit_batches(victims, assumed),
    }
    for function, count in calls.items():
        gigabytes = memory["reconcile" if function in PLANNED_AGAIN else function] / 1024
        units["lambda_gb_seconds"] += count * assumed["ms"][function] / 1000 * gigabytes
    for case in PLANNED_AGAIN:  # one call plans many
        del calls[case]
    started = sum(calls.values()) + HOURS
    units["lambda_requests"] += started
    units["logs_gb"] += started * assumed["log_bytes_a_call"] / GB
    units["traces"] += started / assumed["calls_a_trace"]
    units["api_requests"] += pages
    units["waf_requests"] += pages
    units["schedules"] += MINUTES + HOURS
    units["state_transitions"] += A_NIGHT * DAYS
    # Each row read again in time costs the function that reads it: 0.2 ms a row.
    rows = victims * 4 * (1 + assumed["exports_a_row"])
    units["lambda_gb_seconds"] += rows * 0.0002 * memory["import_feed"] / 1024


def _add_scans(
    units: dict[str, float], victims: int, assumed: Mapping[str, Any], memory: Mapping[str, int]
) -> None:
    """A night reads all of Cases twice, which is counted with its cases; an hour what changed."""
    stored = victims * assumed["case_months"] * assumed["rows_a_case"] * assumed["item_bytes"]
    scans = 2 * DAYS
    changed = victims * assumed["rows_a_case"] * TOUCHED_HOURS / HOURS * assumed["index_bytes"]
    units["dynamodb_read_units"] += HOURS * (INDEX_SHARDS + changed / 4096) / 2
    pages = scans * stored / 1e6
    seconds = pages * assumed["ms"]["scanned_page"] / 1000
    units["lambda_gb_seconds"] += seconds * memory["reconcile"] / 1024


def _add_storage(units: dict[str, float], victims: int, assumed: Mapping[str, Any]) -> None:
    rows = victims * assumed["case_months"] * assumed["rows_a_case"]
    notices = victims * assumed["notice_months"] * 5 * 3  # with attempts, and in their indexes
    stored = (rows + notices) * assumed["item_bytes"] / GB
    units["dynamodb_gb_months"] += stored
    units["dynamodb_backup_gb_months"] += stored
    units["s3_gb_months"] += victims * 4 * 300 * (1 + assumed["exports_a_row"]) / GB
    audited = victims * assumed["audited_a_victim"] * assumed["audit_months"]
    units["s3_gb_months"] += audited * assumed["audit_row_bytes"] / GB
    units["s3_puts"] += _audit_batches(victims, assumed)
    # Each night the day's trail is read from both.
    units["s3_gets"] += _audit_batches(victims, assumed)
    month = victims * assumed["audited_a_victim"] * assumed["audit_row_bytes"]
    units["dynamodb_read_units"] += month / 4096


def _audit_batches(victims: int, assumed: Mapping[str, Any]) -> float:
    """Return the objects a month of the trail's copy: one a shard and window, if a row comes."""
    windows = MINUTES / AUDIT_WINDOW * assumed["audit_shards"]
    return float(min(victims * assumed["audited_a_victim"], windows))


def lines(units: Mapping[str, float], prices: Mapping[str, float]) -> list[BillLine]:
    """Return the priced lines, dearest first; what has no price is free or counted elsewhere."""
    priced = [BillLine(name, units.get(name, 0), price) for name, price in prices.items()]
    return sorted((line for line in priced if line.units), key=lambda line: -line.dollars)

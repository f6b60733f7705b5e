"""Feed, rules and notices: calls counted on an imitation of AWS, speed on instant answers.

Run in a process of its own, which prints JSON: the imitation changes the process it runs in.
"""

import json
import os
import sys
from collections import Counter
from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager
from datetime import timedelta
from typing import Any
from unittest.mock import patch

from botocore.client import BaseClient

from benchmarks import growth, instructions
from benchmarks.recording import Recorder
from infra.cost.journey import NOW, imitation
from infra.cost.metering import counted
from infra.harness.client_calls import Ask, every_call

WRITES = {"PutItem", "UpdateItem", "DeleteItem"}


def written(operation: str, params: Mapping[str, Any], table: str = "") -> int:
    """Return how many items a call writes, to one table if named."""
    items: list[Mapping[str, Any]] = []
    if operation == "TransactWriteItems":
        asked = [one for item in params["TransactItems"] for one in item.items()]
        items = [item for kind, item in asked if kind != "ConditionCheck"]
    elif operation in WRITES:
        items = [params]
    return sum(not table or item["TableName"] == table for item in items)


@contextmanager
def calls(table: str = "") -> Iterator[Counter[str]]:
    """Count calls to AWS meanwhile, and the items they write, to one table if named."""
    made: Counter[str] = Counter()

    def call(_: BaseClient, operation: str, params: dict[str, Any], ask: Ask) -> Any:
        made["calls"] += 1
        made["writes"] += written(operation, params, table)
        return ask(operation, params)

    with every_call(call):
        yield made


def feed_counts(recorder: Recorder) -> dict[str, Any]:
    """Import a hundred rows of each kind, new, then unchanged, then changed; count what each takes.

    Returns:
        `rows`: calls, items written to Cases and units a row by kind of row and what became of it;
        and `writes_new`, `writes_unchanged`, `writes_changed`, the most that any kind takes.
    """
    from aviso.domain.settings import Settings
    from infra.harness.feed_drop import Feed, a_case_row, a_person_row, an_arrest_row

    feed, numbers = Feed(Settings.current()), [f"26112401{n:02}" for n in range(100)]
    later = {"row_time": "11/24/2026 11:45"}
    kinds: dict[str, tuple[Callable[..., Mapping[str, str]], dict[str, str]]] = {
        "cases": (a_case_row, {"status": "ASSN"}),
        "people": (a_person_row, {"last_name": "Luna"}),
        "arrests": (an_arrest_row, {"arrested_at": "11/24/2026 10:30"}),
    }
    found: dict[str, Any] = {"rows": {}}
    for kind, (a_row, changed) in kinds.items():
        steps: dict[str, dict[str, str]]
        steps = {"new": {}, "unchanged": {}, "changed": changed | later}
        for hour, (name, change) in enumerate(steps.items()):
            rows = [a_row(number=number, **change) for number in numbers]
            with counted(recorder.tables) as units, calls("Cases") as made:
                done = feed.drop(kind, *rows, at=NOW + timedelta(hours=hour))
            if done[name] != len(rows):
                raise RuntimeError(f"the {name} rows of {kind} were imported otherwise: {done}")
            taken = {
                "calls": made["calls"] / len(rows),
                "writes": made["writes"] / len(rows),
                "rcu": units["dynamodb_read_units"] / len(rows),
                "wcu": units["dynamodb_write_units"] / len(rows),
            }
            found["rows"].setdefault(kind, {})[name] = taken
            found[f"writes_{name}"] = max(found.get(f"writes_{name}", 0), taken["writes"])
    return found


def notice_counts(recorder: Recorder) -> dict[str, Any]:
    """Plan, send and confirm one notice of an arrest; count each step.

    Returns:
        `steps`: calls, items written and units of each; `writes`: items written to the ledger from
        the duty to the notice that was handed over.
    """
    from aviso.domain.model import Case, Kind
    from aviso.domain.settings import Settings
    from aviso.notices import planning, receipts, sending
    from aviso.providers.receipts import Outcome, Receipt
    from aviso.storage import cases, notices
    from infra.harness.builders import CaseBuilder, an_invocation
    from infra.harness.portal_browser import store

    number, phone = "2611240007", "+15205550144"
    steps: dict[str, Any] = {}
    built = CaseBuilder(Case(number=number)).with_report().with_victim("v1", phone=phone, email="")
    store(built.with_suspect().case)
    planning.plan(number, Settings.current(), NOW)  # what the report alone owes
    cases.write_row(number, built.with_suspect().with_arrest().case.arrests[0], None)

    def step(name: str, do: Callable[[], Any]) -> Any:
        with counted(recorder.tables) as units, calls() as made, calls("Notices") as kept:
            answer = do()
        steps[name] = {
            "calls": made["calls"],
            "writes": made["writes"],
            "writes_to_ledger": kept["writes"],
            "rcu": units["dynamodb_read_units"],
            "wcu": units["dynamodb_write_units"],
        }
        return answer

    step("planned", lambda: planning.plan(number, Settings.current(), NOW))
    notice = next(n for n in notices.of_case(number) if n.kind is Kind.ARREST)
    invocation = an_invocation(Settings.current())
    outcome = step("sent", lambda: sending.send(notice.id, invocation))
    if outcome != "sent":
        raise RuntimeError(f"the counted notice became {outcome}")
    sent = notices.read(notice.id)
    assert sent is not None
    receipt = Receipt(
        channel=sent.attempts[0].channel,
        outcome=Outcome.DELIVERED,
        provider_id=sent.attempts[0].provider_id,
        at=NOW,
        notice_id="",
        attempt=0,
        address=phone,
    )
    step("delivered", lambda: receipts.record(receipt, NOW))
    to_ledger = sum(steps[name]["writes_to_ledger"] for name in ("planned", "sent"))
    return {"writes": to_ledger, "steps": steps}


def page_bytes() -> dict[str, Any]:
    """Return the bytes on the wire of each page, as `make pages` holds them against budgets."""
    from aviso.web import constant_time
    from tests.performance import page_budgets

    constant_time.STEP = 0
    found = {row.name: row.size for row in page_budgets.rows()}
    return {"first_bytes": found["find, first visit"], "repeat_bytes": found["find"], "all": found}


def main(settings_folder: str) -> None:
    """Print what was counted and measured."""
    import time_machine

    os.environ["POWERTOOLS_LOG_LEVEL"] = "CRITICAL"
    with imitation(settings_folder), time_machine.travel(NOW, tick=False):
        recorder = Recorder()
        result: dict[str, Any] = {"notice": notice_counts(recorder)}
    with imitation(settings_folder), time_machine.travel(NOW, tick=False):
        result["page"] = page_bytes()
    with imitation(settings_folder), time_machine.travel(NOW, tick=False):
        result["instructions"] = instructions.hot()
    with imitation_without_bucket(settings_folder):
        result["feed"] = feed_counts(Recorder())
    result["growth"] = growth.measured()
    largest = result["growth"][str(growth.SIZES[-1])]
    result["feed"]["rows_per_s"] = round(1e6 / largest["feed_unchanged_us"])
    result["feed"]["new_rows_per_s"] = round(1e6 / largest["feed_new_us"])
    result["owed_per_s"] = round(1e6 / largest["owed_us"])
    print(json.dumps(result))


@contextmanager
def imitation_without_bucket(settings_folder: str) -> Iterator[None]:
    """Give fresh tables, and leave the bucket to the feed's own helper."""
    from infra.cost import journey

    with patch.object(journey, "BUCKET", "another"), imitation(settings_folder):
        yield


if __name__ == "__main__":
    main(*sys.argv[1:])

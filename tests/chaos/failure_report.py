"""The trail of each notice that ended wrong: its moves, its calls, what left, what came back.

Written to `build/chaos/trails-<seed>.txt` for the person who must find out whether product or model
errs.
"""

from collections.abc import Iterator
from datetime import UTC, datetime
from typing import Any

from tests.chaos import stream_faults
from tests.chaos.environment import FOLDER
from tests.chaos.run import Run
from tests.rig.verdict import Verdict

SHOWN = ("state", "reason", "n", "channel", "tries", "crashes", "due_at", "lease_until", "told_at",
         "waits_for", "provider_id", "address_key", "source")  # fmt: skip


def write(run: Run, verdict: Verdict) -> None:
    """Write what is wrong, and the trail of every notice of the same case and fact."""
    ledger = [row for row in run.world.ledger() if (row["case"], row["fact"]) in verdict.about]
    lines: dict[str, list[tuple[float, str]]] = {row["pk"]: [] for row in ledger}
    for at, notice, text in _events(run):
        if notice in lines:
            lines[notice].append((at, text))
    cases = {case.number: case for case in run.scenario.cases}
    with (FOLDER / f"trails-{run.scenario.seed}.txt").open("w", encoding="utf-8") as file:
        file.writelines(f"=== {said}\n" for _, said in verdict.problems)
        for number, fact in sorted(verdict.about):
            case = cases[number]
            file.write(f"=== {case}\n")
            for row in ledger:
                if (row["case"], row["fact"]) == (number, fact):
                    file.write(f"--- {row['pk']} {row['victim']} {row['kind']}\n")
                    for at, text in sorted(lines[row["pk"]]):
                        file.write(f"{datetime.fromtimestamp(at, UTC):%H:%M:%S.%f} {text}\n")


def _events(run: Run) -> Iterator[tuple[float, str, str]]:
    """Yield what happened to notices: when, to which, what."""
    for image in stream_faults.history(run.world, "NoticesTable"):
        shown = {name: image[name] for name in SHOWN if name in image}
        yield float(image["~at"]), str(image.get("pk", "")), f"{image.get('sk')} {shown}"
    journal = run.world.journal()
    for call in journal["calls"]:
        yield call["at"], call["notice"], f"  call {_but(call, 'at', 'notice')}"
    for send in journal["sends"]:
        outcome = run.carriers.outcomes.get(send["id"], "")
        late = " late" * (send["id"] in run.carriers.late)
        yield send["at"], send["notice"], f"  LEFT {_but(send, 'at', 'notice')} -> {outcome}{late}"


def _but(row: dict[str, Any], *names: str) -> dict[str, Any]:
    return {name: value for name, value in row.items() if name not in names and value}

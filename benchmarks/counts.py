"""Calls to AWS and capacity units, counted from the recorded journey."""

import json
from collections.abc import Sequence
from pathlib import Path
from typing import Any

JOURNEY = ("find", "who", "verify", "status", "enroll", "done")
SURVEY = ("ask", "wake", "send_survey", "survey", "answer")
A_NIGHT = (
    "ask_nobody"  # what a night takes of the case even if it asks nobody; the rest is a survey's
)
TIMED = (*JOURNEY, "survey", "answer", "figures", "send_notice")


def _scenarios(recorded: Path) -> dict[str, dict[str, Any]]:
    return {
        file.stem: json.loads(file.read_text())
        for file in sorted(recorded.glob("*.json"))
        if not file.stem.endswith(".calls")
    }


def pages(recorded: Path) -> dict[str, str]:
    """Return the scenarios that are timed warm, and the function that answers each."""
    scenarios = _scenarios(recorded)
    return {name: scenarios[name]["function"] for name in TIMED}


def of_journey(recorded: Path) -> dict[str, Any]:
    """Return calls, read and write units of each step, of a visitor's journey and of a survey.

    Calls are those of a process's first request, which reads its secrets.
    """
    steps = {
        name: {
            "function": s["function"],
            "calls": len(s["calls"]),
            "rcu": s["units"].get("dynamodb_read_units", 0),
            "wcu": s["units"].get("dynamodb_write_units", 0),
            "warm_calls": sum(c["service"] != "secretsmanager" for c in s["calls"]),
        }
        for name, s in _scenarios(recorded).items()
    }

    def whole(names: Sequence[str]) -> dict[str, float]:
        return {what: sum(steps[name][what] for name in names) for what in ("calls", "rcu", "wcu")}

    survey = {what: count - steps[A_NIGHT][what] for what, count in whole(SURVEY).items()}
    return {"journey": {**whole(JOURNEY), "steps": steps}, "survey": survey}

"""Calls to AWS and capacity units, counted from the recorded journey."""

import json
from pathlib import Path
from typing import Any

JOURNEY = ("find", "who", "verify", "status", "enroll", "done")


def _scenarios(recorded: Path) -> dict[str, dict[str, Any]]:
    return {
        file.stem: json.loads(file.read_text())
        for file in sorted(recorded.glob("*.json"))
        if not file.stem.endswith(".calls")
    }


def pages(recorded: Path) -> dict[str, str]:
    """Return every scenario, and the function that answers it."""
    return {name: s["function"] for name, s in _scenarios(recorded).items()}


def of_journey(recorded: Path) -> dict[str, Any]:
    """Return calls, read and write units of each step, and of a visitor's journey in all."""
    steps = {
        name: {
            "function": s["function"],
            "calls": len(s["calls"]),
            "rcu": s["units"].get("dynamodb_read_units", 0),
            "wcu": s["units"].get("dynamodb_write_units", 0),
            "operations": [f"{c['service']}:{c['operation']}" for c in s["calls"]],
        }
        for name, s in _scenarios(recorded).items()
    }
    whole = {what: sum(steps[name][what] for name in JOURNEY) for what in ("calls", "rcu", "wcu")}
    return {"journey": {**whole, "steps": steps}}

"""Inbound texts and other events as AWS delivers them."""

import json
from datetime import datetime, timedelta
from pathlib import Path

PHONE = "+15205550101"  # from which the inbound text is
EVENTS = Path(__file__).resolve().parents[1] / "events"


def load(name):
    """Return a recorded event."""
    return json.loads((EVENTS / f"{name}.json").read_text())


def text(body, *, number=1, later=timedelta()):
    """Return the event of a text to us."""
    event = load("sms_inbound")
    record = event["Records"][0]["Sns"]
    message = json.loads(record["Message"])
    message |= {"messageBody": body, "inboundMessageId": f"inbound-{number}"}
    record["Message"] = json.dumps(message)
    at = datetime.fromisoformat(record["Timestamp"]) + later
    record["Timestamp"] = at.isoformat().replace("+00:00", "Z")
    return event

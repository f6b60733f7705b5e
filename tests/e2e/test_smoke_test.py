"""The smoke test that ends a deployment, on the stack as deployed to local AWS."""

import json
import os
import subprocess
import sys
import time
from datetime import UTC, datetime
from typing import Any

import pytest

from infra.local.ops_command import go_live
from infra.local.stack import PATIENCE, LocalAws, wait_for
from tests.e2e.arrested_case import items

Item = dict[str, Any]
WALK = """
import json, sys
from datetime import UTC, datetime
import boto3
from aviso.domain.settings import Settings
from infra.deploy import smoke_test, smoke_test_reply
from infra.deploy.smoke_test_rows import Operator
operator = Operator(
    phone="+15205550123", email="operator@example.org", texts_from="+18445550123"
)
smoke_test.only_the_operator(operator)
outputs = json.loads(sys.argv[1]) | {"Name": "aviso"}
now = datetime.now(UTC)
wait = {"wait_seconds": 240, "receipt_seconds": 240}
for line in smoke_test.walk(boto3.client, outputs, Settings.current(), operator, now, **wait):
    print(line, flush=True)
for line in smoke_test_reply.walk(operator, now, 240):
    print(line, flush=True)
"""


def handed_over(aws: LocalAws, since: str) -> tuple[Item, Item] | None:
    """Return the arrest's attempts by text and email since a moment, None while one is missing."""
    rows = items(aws, "NoticesTable")
    arrests = {row["pk"] for row in rows if row["sk"] == "NOTICE" and row["kind"] == "arrest"}
    attempts = [r for r in rows if r["sk"].startswith("ATTEMPT") and r["pk"] in arrests]
    mine = [row for row in attempts if row["state"] == "sent" and row["at"] >= since]
    sent = {row["channel"]: row for row in mine}
    return (sent["sms"], sent["email"]) if sent.keys() == {"sms", "email"} else None


def arrives(aws: LocalAws, attempt: Item) -> None:
    """Say that a message arrived, as its provider does."""
    by_text = attempt["channel"] == "sms"
    if not by_text:
        message = {
            "eventType": "Delivery",
            "mail": {
                "timestamp": attempt["at"],
                "messageId": attempt["provider_id"],
                "destination": ["operator@example.org"],
                "tags": {"notice": [attempt["pk"]], "attempt": [str(attempt["n"])]},
            },
            "delivery": {
                "timestamp": f"{datetime.now(UTC):%Y-%m-%dT%H:%M:%S.000Z}",
                "recipients": ["operator@example.org"],
                "smtpResponse": "250 ok",
            },
        }
        topic = aws.outputs["EmailEventsTopic"]
        aws.client("sns").publish(TopicArn=topic, Message=json.dumps(message))
        return
    line = {
        "notification": {
            "messageId": attempt["provider_id"],
            "timestamp": f"{datetime.now(UTC):%Y-%m-%d %H:%M:%S.000}",
        },
        "delivery": {
            "destination": "+15205550123",
            "providerResponse": "Message has been accepted by phone carrier",
        },
        "status": "SUCCESS",
    }
    group, stream = aws.outputs["TextsDeliveredLog"], f"smoke-{time.time()}"
    logs, now = aws.client("logs"), int(time.time() * 1000)
    logs.create_log_stream(logGroupName=group, logStreamName=stream)
    event = {"timestamp": now, "message": json.dumps(line)}
    logs.put_log_events(logGroupName=group, logStreamName=stream, logEvents=[event])


def reply(aws: LocalAws) -> None:
    """Text the agency's number from the operator's phone."""
    text = {
        "originationNumber": "+15205550123",
        "destinationNumber": "+18445550123",
        "messageKeyword": "",
        "messageBody": "HELLO",
        "inboundMessageId": f"smoke-{time.time()}",
        "previousPublishedMessageId": "",
    }
    topic = aws.outputs["InboundTextsTopic"]
    aws.client("sns").publish(TopicArn=topic, Message=json.dumps(text))


class TestDeployment:
    def test_ends_with_a_message_to_the_operator_only(self, deployed: LocalAws, compiled) -> None:
        tables = {
            name.removesuffix("Table").upper() + "_TABLE": value
            for name, value in deployed.outputs.items()
            if name.endswith("Table")
        }
        tables["LETTERS_BUCKET"] = deployed.outputs["LettersBucket"]
        deployed.clear_sent()
        since = f"{datetime.now(UTC):%Y-%m-%dT%H:%M:%S}"
        walk = subprocess.Popen(
            [sys.executable, "-c", WALK, json.dumps(deployed.outputs)],
            env={
                **os.environ,
                **deployed.credentials,
                **tables,
                "PYTHONPATH": str(compiled.parent),
            },
            stdout=subprocess.PIPE,
            stderr=subprocess.PIPE,
            text=True,
        )

        def handed() -> tuple[Item, Item] | None:
            assert walk.poll() is None, walk.communicate()[1][-2000:]
            return handed_over(deployed, since)

        try:
            text, email = wait_for(handed, PATIENCE, "both messages to be handed over")
            arrives(deployed, text)  # the email's receipt is still to come, and is waited for
            with pytest.raises(subprocess.TimeoutExpired):
                walk.wait(3)
            arrives(deployed, email)
            reply(deployed)
            said, errors = walk.communicate(timeout=2 * PATIENCE)
            assert walk.returncode == 0, errors[-2000:]
            assert "text: arrived, by its receipt" in said
            assert "email: arrived, by its receipt" in said
            assert "letter: its link opens" in said
            assert "reply: your text is in the inbox" in said
            deployed.wait_until_quiet()
            assert {text.phone for text in deployed.sent_texts()} == {"+15205550123"}
            assert {to for email in deployed.sent_emails() for to in email.to} <= {
                "operator@example.org"
            }
        finally:
            walk.kill()
            go_live(deployed)

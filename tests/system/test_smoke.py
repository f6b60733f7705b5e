"""The smoke test that ends a deployment, on the stack as deployed to local AWS."""

import json
import os
import subprocess
import sys

from infra.local.stack import LocalAws

WALK = """
import json, sys
from datetime import UTC, datetime
sys.path[:0] = ["layers/aviso", sys.argv[1]]
import boto3
from aviso import settings
from infra.deploy import smoke
operator = smoke.Operator(phone="+15205550123", email="operator@example.org")
smoke.only_the_operator(operator)
outputs = json.loads(sys.argv[2]) | {"Name": "aviso"}
now = datetime.now(UTC)
for line in smoke.walk(boto3.client, outputs, settings.current(), operator, now, 90):
    print(line)
"""


def test_a_deployment_ends_with_a_message_to_the_operator_and_nobody_else(
    deployed: LocalAws, compiled
) -> None:
    tables = {
        name.removesuffix("Table").upper() + "_TABLE": value
        for name, value in deployed.outputs.items()
        if name.endswith("Table")
    }
    deployed.clear_sent()
    try:
        done = subprocess.run(
            [sys.executable, "-c", WALK, str(compiled.parent), json.dumps(deployed.outputs)],
            env={**os.environ, **deployed.credentials, **tables},
            capture_output=True,
            text=True,
            timeout=180,
        )
        assert done.returncode == 0, done.stderr[-2000:]
        assert "look at your phone" in done.stdout
        deployed.wait_until_quiet()
        assert {text.phone for text in deployed.sent_texts()} == {"+15205550123"}
        assert {to for email in deployed.sent_emails() for to in email.to} <= {
            "operator@example.org"
        }
    finally:
        key = {"pk": {"S": "SWITCHES"}}
        deployed.client("dynamodb").delete_item(TableName=deployed.outputs["GuardsTable"], Key=key)

"""What seldom happens, on the stack as deployed: keys rotate, people answer, mail comes back.

Each runs under its function's own role, so that no permission is granted without use.
"""

import json
from datetime import UTC, datetime, timedelta
from functools import partial
from pathlib import Path

from infra.local.ops_command import run
from infra.local.sent_messages import Text
from infra.local.stack import PATIENCE, REGION, LocalAws, wait_for

EVENTS = Path(__file__).resolve().parents[1] / "events"
PHONE = "+15205550188"
ANOTHER = "+15205550189"  # who said neither STOP nor START just before
TOKEN = "0c2b4a1e-2f0f-4b9f-9d0e-1f2a3b4c5d6e"


class TestSigningKeys:
    def test_rotate_under_the_functions_own_role(self, deployed: LocalAws) -> None:
        vault = deployed.client("secretsmanager")
        (secret,) = [
            s for s in vault.list_secrets()["SecretList"] if "SessionKeys" in s["ARN"]
        ]  # the other one never rotates
        before = json.loads(vault.get_secret_value(SecretId=secret["ARN"])["SecretString"])
        for step in ("createSecret", "setSecret", "testSecret", "finishSecret"):
            event = {"SecretId": secret["ARN"], "ClientRequestToken": TOKEN, "Step": step}
            deployed.invoke("rotate_keys", event)
        after = json.loads(vault.get_secret_value(SecretId=secret["ARN"])["SecretString"])
        assert after["previous"] == before["current"] != after["current"]


def say(aws: LocalAws, word: str, id: str) -> None:
    """Send a text to our number."""
    topic = aws.outputs["InboundTextsTopic"]
    aws.client("sns").publish(TopicArn=topic, Message=inbound(word, id))


def inbound(word: str, id: str, phone: str = PHONE) -> str:
    """Return a text as the two-way number passes it on."""
    message = {
        "originationNumber": phone,
        "destinationNumber": "+15205550100",
        "messageKeyword": "",
        "messageBody": word,
        "inboundMessageId": id,
        "previousPublishedMessageId": "",
    }
    return json.dumps(message)


def answers(aws: LocalAws, phone: str) -> list[Text]:
    """Return the texts to a phone: a busy machine may still be sending of an earlier test."""
    return [text for text in aws.sent_texts() if text.phone == phone]


class TestInboundText:
    def test_that_stops_or_starts_is_heeded_and_answered(
        self,
        deployed: LocalAws,
    ) -> None:
        for word in ("STOP", "START"):
            deployed.clear_sent()
            say(deployed, word, f"inbound-rare-{word.lower()}")
            wait_for(partial(answers, deployed, PHONE), PATIENCE, f"the answer to {word}")
            assert len(answers(deployed, PHONE)) == 1

    def test_given_up_on_is_heeded_after_redrive(self, deployed: LocalAws) -> None:
        name, queue = deployed.outputs["RecordReceiptFunction"], deployed.outputs["DeadLettersUrl"]
        said_at = datetime.now(UTC).isoformat()
        sns = {"TopicArn": deployed.outputs["InboundTextsTopic"], "Timestamp": said_at}
        sns["Message"] = inbound("STOP", "inbound-rare-dead", ANOTHER)
        record = {
            "requestContext": {"functionArn": f"arn:aws:lambda:{REGION}:0:function:{name}:live"},
            "timestamp": said_at,
            "requestPayload": {"Records": [{"Sns": sns}]},
        }
        deployed.clear_sent()
        deployed.client("sqs").send_message(QueueUrl=queue, MessageBody=json.dumps(record))
        done = run(deployed, "data", "redrive")
        assert "RecordReceipt       1  called again" in done.stdout, done.stdout + done.stderr
        wait_for(partial(answers, deployed, ANOTHER), PATIENCE, "the answer to STOP")
        assert len(answers(deployed, ANOTHER)) == 1

    def test_for_a_person_is_kept_under_its_own_role(
        self,
        deployed: LocalAws,
    ) -> None:
        denied = deployed.access_denied()
        say(deployed, "When is the next hearing?", "inbound-rare-question")
        key = {"pk": {"S": "REPLY#inbound-rare-question"}}
        kept = {"TableName": deployed.outputs["GuardsTable"], "Key": key}
        database = deployed.client("dynamodb")
        found = wait_for(
            lambda: database.get_item(**kept).get("Item"), PATIENCE, "the text to be kept"
        )
        assert json.loads(found["data"]["S"])["cases"] == []
        database.delete_item(**kept)
        assert deployed.access_denied() == denied


def instant(at: datetime) -> dict[str, str]:
    return {"S": at.isoformat(timespec="microseconds").replace("+00:00", "Z")}


def told_together(aws: LocalAws, case: str, first: str, second: str) -> None:
    """Put two victims with one mailbox: an email to the first arrived, and counts for both."""
    dynamodb, ledger = aws.client("dynamodb"), aws.outputs["NoticesTable"]
    for victim in ("v1", "v2"):
        row = {"pk": f"CASE#{case}", "sk": f"VICTIM#{victim}", "type": "victim", "id": victim}
        item = {
            name: {"S": value} for name, value in (row | {"origin": victim, "digest": "d"}).items()
        }
        dynamodb.put_item(TableName=aws.outputs["CasesTable"], Item=item)
    now = instant(datetime.now(UTC))
    times = dict.fromkeys(("fact_at", "first_seen", "deadline", "created_at"), now)
    states = {"v1": ("delivered", ""), "v2": ("suppressed", "told_together")}
    for (victim, (state, reason)), id in zip(states.items(), (first, second), strict=True):
        row = {"pk": id, "sk": "NOTICE", "type": "notice", "case": case, "victim": victim}
        row |= {"kind": "arrest", "fact": "arrest:a1", "state": state, "reason": reason or "none"}
        item = times | {name: {"S": value} for name, value in row.items()}
        dynamodb.put_item(TableName=ledger, Item=item)
    row = {"pk": first, "sk": "ATTEMPT#002", "type": "attempt", "channel": "email"}
    row |= {"address_key": "k", "state": "delivered"}
    item = {"n": {"N": "2"}, "at": now} | {k: {"S": v} for k, v in row.items()}
    dynamodb.put_item(TableName=ledger, Item=item)


class TestReceipt:
    def test_of_an_email_is_taken_under_its_own_role(self, deployed: LocalAws) -> None:
        denied = deployed.access_denied()
        event = json.loads((EVENTS / "ses_bounce_permanent.json").read_text())
        topic = deployed.outputs["EmailEventsTopic"]
        message = event["Records"][0]["Sns"]["Message"]
        deployed.client("sns").publish(TopicArn=topic, Message=message)
        table = deployed.outputs["GuardsTable"]

        def bounced() -> bool:
            items = deployed.client("dynamodb").scan(TableName=table)["Items"]
            return any(item["pk"]["S"].startswith("BOUNCE#") for item in items)

        wait_for(bounced, PATIENCE, "the bounce to be remembered")
        deployed.wait_until_quiet()
        assert deployed.access_denied() == denied

    def test_of_a_late_bounce_wakes_who_was_told_together(
        self,
        deployed: LocalAws,
    ) -> None:
        denied = deployed.access_denied()
        first, second = "abcdefghijklmnopqrstuvwx23", "abcdefghijklmnopqrstuvwx24"
        told_together(deployed, "rare-events", first, second)
        event = json.loads((EVENTS / "ses_bounce_permanent.json").read_text())
        message = event["Records"][0]["Sns"]["Message"]
        topic = deployed.outputs["EmailEventsTopic"]
        deployed.client("sns").publish(TopicArn=topic, Message=message)
        key = {"pk": {"S": second}, "sk": {"S": "NOTICE"}}

        def woken() -> bool:
            found = deployed.client("dynamodb").get_item(
                TableName=deployed.outputs["NoticesTable"], Key=key, ConsistentRead=True
            )
            return bool(found["Item"]["state"]["S"] != "suppressed")

        wait_for(woken, PATIENCE, "the second victim's notice to be decided again")
        assert deployed.access_denied() == denied


class TestEarlySignUp:
    def test_is_forgotten_after_its_days(
        self,
        deployed: LocalAws,
    ) -> None:
        """At the full hour chase also learns what is usual: both under its own role."""
        dynamodb, guards = deployed.client("dynamodb"), deployed.outputs["GuardsTable"]
        pk, long_ago = {"S": "EARLY#rare-events"}, datetime.now(UTC) - timedelta(days=400)
        at = long_ago.isoformat(timespec="microseconds").replace("+00:00", "Z")
        waiting = {"pk": pk, "at": {"S": at}, "task": {"S": "EARLY"}, "data": {"S": "{}"}}
        dynamodb.put_item(TableName=guards, Item=waiting)
        hour = datetime.now(UTC).replace(minute=0, second=0, microsecond=0)
        steps = deployed.invoke("chase", {"time": hour.isoformat()})
        assert steps["early_expired"] == 1
        assert "Item" not in dynamodb.get_item(
            TableName=guards, Key={"pk": pk}, ConsistentRead=True
        )
        switches = {"pk": {"S": "SWITCHES"}}
        kept = dynamodb.get_item(TableName=guards, Key=switches, ConsistentRead=True)["Item"]
        assert int(kept["usual_notices"]["N"]) >= 0

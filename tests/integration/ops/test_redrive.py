"""`aviso data redrive`: nothing given up is lost, nor replayed where it must not be."""

import json
from datetime import datetime, timedelta
from typing import Any

import boto3
import pytest
from botocore.exceptions import ClientError

from aviso.notices import inbound
from aviso.runtime import hashing
from aviso.storage import guards
from infra.harness.builders import NOW, an_invocation
from infra.ops import redrive
from tests.conftest import REGION
from tests.integration.ops.conftest import NIGHTLY
from tests.support.inbound_events import PHONE, text

NAMES = (
    *("ImportFeed", "RecordReceipt", "PlanNotices", "SendNotice", "Reconcile", "Tally"),
    *("Chase", "KeepAudit", "PrintLetters"),
)
FUNCTIONS = {f"{name}Function": f"aviso-{name}-1A2B" for name in NAMES}
FUNCTIONS["NightlyMachine"] = NIGHTLY


class Functions:
    """Lambda, as far as it is asked for here; what is called may answer."""

    def __init__(self, *refused: str, **answers: Any) -> None:
        self.called: list[tuple[str, Any]] = []
        self.refused, self.answers = refused, answers

    def invoke(self, **asked: Any) -> dict[str, Any]:
        assert (asked["Qualifier"], asked["InvocationType"]) == ("live", "Event")
        name, event = asked["FunctionName"].split("-")[1], json.loads(asked["Payload"])
        if name in self.refused:
            raise ClientError({"Error": {"Code": "TooManyRequestsException"}}, "Invoke")
        self.called.append((name, event))
        self.answers.get(name, lambda _: None)(event)
        return {"StatusCode": 202}


@pytest.fixture
def queue(aws):
    return boto3.client("sqs", region_name=REGION)


@pytest.fixture
def url(queue) -> str:
    return str(queue.create_queue(QueueName="dead")["QueueUrl"])


@pytest.fixture
def gave_up(queue, url):
    """Put what a function gave up on into the queue: an event of its own, or a stream's batch."""

    def put(name: str, event: Any = None, at: datetime = NOW) -> None:
        arn = f"arn:aws:lambda:{REGION}:123456789012:function:aviso-{name}-1A2B:live"
        context = {"functionArn": arn, "condition": "RetriesExhausted"}
        body: dict[str, Any] = {"requestContext": context, "timestamp": at.isoformat()}
        batch = {"startSequenceNumber": "1", "batchSize": 1}
        body |= {"DDBStreamBatchInfo": batch} if event is None else {"requestPayload": event}
        queue.send_message(QueueUrl=url, MessageBody=json.dumps(body))

    return put


@pytest.fixture
def missed(queue, url):
    """Put what a schedule could not call into the queue, as EventBridge Scheduler does."""

    def put(name: str, scheduled: datetime = NOW, arn: str = "") -> None:
        arn = arn or f"arn:aws:lambda:{REGION}:123456789012:function:aviso-{name}-1A2B:live"
        said = {"TARGET_ARN": arn, "SCHEDULED_TIME": scheduled.isoformat()}
        said |= {"ERROR_CODE": "AWS.Scheduler.InternalServerError", "RETRY_ATTEMPTS": "185"}
        attributes = {n: {"DataType": "String", "StringValue": v} for n, v in said.items()}
        queue.send_message(QueueUrl=url, MessageBody="{}", MessageAttributes=attributes)

    return put


@pytest.fixture
def run(queue, url):
    def go(functions: Functions, done: datetime | None = None) -> tuple[int, str]:
        outputs = FUNCTIONS | {"DeadLettersUrl": url}
        one = redrive.Redrive(queue, functions, outputs, NOW, done, " --agency police.yaml")
        said = "\n".join(one.run())
        return len(one.left), said

    return go


@pytest.fixture(autouse=True)
def nobody_waits(monkeypatch):
    monkeypatch.setattr(redrive, "WAIT_SECONDS", 0)


def waiting(queue, url) -> int:
    found = queue.get_queue_attributes(QueueUrl=url, AttributeNames=["ApproximateNumberOfMessages"])
    return int(found["Attributes"]["ApproximateNumberOfMessages"])


class TestDeadLetter:
    @pytest.mark.usefixtures("provider")
    def test_of_a_stop_is_heeded(self, gave_up, run, queue, url, settings, monkeypatch):
        event = text("STOP")
        monkeypatch.setenv("EMAIL_EVENTS_TOPIC", "arn:another")
        monkeypatch.setenv("INBOUND_TEXTS_TOPIC", event["Records"][0]["Sns"]["TopicArn"])
        invocation = an_invocation(settings)
        gave_up("RecordReceipt", event)
        left, said = run(Functions(RecordReceipt=lambda event: inbound.take(event, invocation)))
        assert PHONE in guards.read("", {PHONE: hashing.address_key(PHONE)}).opted_out
        assert (left, waiting(queue, url)) == (0, 0)
        assert "STOP" not in said
        assert PHONE not in said

    def test_of_a_file_is_taken_up(self, gave_up, run, queue, url):
        event = {"Records": [{"s3": {"object": {"key": "incoming/cases.csv"}}}]}
        gave_up("ImportFeed", event)
        functions = Functions()
        assert run(functions)[0] == 0
        assert functions.called == [("ImportFeed", event)]
        assert waiting(queue, url) == 0

    def test_that_cannot_be_called_again_stays(self, gave_up, run, queue, url):
        gave_up("RecordReceipt", text("STOP"))
        gave_up("PlanNotices")
        left, said = run(Functions("RecordReceipt"))  # and there is no machine of the night
        assert (left, waiting(queue, url)) == (2, 2)
        assert "TooManyRequestsException" in said
        assert "StateMachineDoesNotExist" in said

    def test_of_planning_starts_the_night_once(self, gave_up, run, nights, queue, url):
        for name in ("PlanNotices", "PlanNotices", "SendNotice", "Reconcile"):
            gave_up(name)
        functions = Functions()
        assert run(functions)[0] == 0
        assert (nights(), functions.called) == ([{"time": NOW.isoformat()}], [])
        assert waiting(queue, url) == 0

    def test_of_counters_and_trail_is_a_persons(self, gave_up, run, queue, url):
        for name in ("Tally", "KeepAudit"):
            gave_up(name, at=NOW - timedelta(minutes=5))
        functions = Functions()
        left, said = run(functions)
        assert (left, waiting(queue, url)) == (2, 2)
        assert "'./aviso data recount --agency police.yaml'" in said
        assert "'./aviso data audit 2026-11-23..2026-11-24 --agency police.yaml'" in said
        done = f"{NOW:%Y-%m-%dT%H:%M:%SZ}"
        assert said.count(f"'./aviso data redrive --done {done} --agency police.yaml'") == 2
        assert run(functions, done=datetime.fromisoformat(done))[0] == 0
        assert (waiting(queue, url), functions.called) == (0, [])

    @pytest.mark.parametrize("name", ["Tally", "KeepAudit"])
    def test_since_the_recount_began_stays(self, gave_up, run, queue, url, name):
        for minutes in (-1, 0, 1):
            gave_up(name, at=NOW + timedelta(minutes=minutes))
        left, said = run(Functions(), done=NOW)
        assert (left, waiting(queue, url)) == (2, 2)
        assert "1 removed, 2 left" in said

    def test_of_another_stack_is_left_alone(self, gave_up, run, queue, url):
        gave_up("Another", {"a": 1})
        for odd in ("not JSON", '["a"]', '{"requestContext": null}'):
            queue.send_message(QueueUrl=url, MessageBody=odd)
        functions = Functions()
        left, said = run(functions, done=NOW)
        assert (left, waiting(queue, url), functions.called) == (4, 4, [])
        assert "of no function of this stack" in said


class TestMissedCall:
    def test_is_made_as_of_its_own_time(self, missed, run, queue, url):
        earlier = NOW - timedelta(hours=30)
        for name in ("PrintLetters", "Tally"):
            missed(name, earlier)
        functions = Functions()
        left, said = run(functions)
        event = {"time": earlier.isoformat()}
        assert sorted(functions.called) == [(n, event) for n in ("PrintLetters", "Tally")]
        assert (left, waiting(queue, url)) == (0, 0)
        assert said.count("called as the schedule would have") == 2

    def test_is_left_to_the_schedules_next(self, missed, run, queue, url):
        for name in ("Chase", "Chase", "Reconcile"):
            missed(name)
        functions = Functions()
        assert run(functions)[0] == 0
        assert (waiting(queue, url), functions.called) == (0, [])

    def test_of_nights_starts_one_now(self, missed, run, queue, url, nights, monkeypatch):
        for days in (1, 2):
            missed("Nightly", NOW - timedelta(days=days), NIGHTLY)
        functions = Functions()
        left, said = run(functions)
        assert (nights(), functions.called) == ([{"time": NOW.isoformat()}], [])
        assert (left, waiting(queue, url)) == (0, 0)
        assert said.startswith("NightlyMachine      2  Reconcile goes through all cases")

    def test_of_a_night_that_cannot_start_stays(self, missed, run, queue, url, monkeypatch):
        missed("Nightly", arn=NIGHTLY)
        left, said = run(Functions())  # there is no such machine
        assert (left, waiting(queue, url)) == (1, 1)
        assert "StateMachineDoesNotExist" in said

    def test_of_another_stacks_night_is_left_alone(self, missed, run, queue, url, nights):
        missed("Nightly", arn=f"{NIGHTLY}-2")
        left, said = run(Functions())
        assert (left, waiting(queue, url), nights()) == (1, 1, [])
        assert "of no function of this stack" in said

    def test_that_fails_again_stays(self, missed, run, queue, url):
        missed("PrintLetters")
        missed("Another")
        left, said = run(Functions("PrintLetters"))
        assert (left, waiting(queue, url)) == (2, 2)
        assert "TooManyRequestsException" in said


class TestRun:
    def test_ends_well_after_records_expire(self, gave_up, run, queue, monkeypatch):
        tried: list[str] = []

        def expired(**asked: Any) -> None:
            tried.append(asked["ReceiptHandle"])
            code = "InvalidParameterValue"
            raise ClientError({"Error": {"Code": code}}, "ChangeMessageVisibility")

        monkeypatch.setattr(queue, "change_message_visibility", expired)
        gave_up("Tally")
        gave_up("KeepAudit")
        assert run(Functions())[0] == len(tried) == 2

    def test_takes_a_long_queue_whole(self, gave_up, run, queue, url):
        for n in range(25):
            gave_up("ImportFeed", {"n": n})
        functions = Functions()
        assert run(functions)[0] == 0
        assert sorted(event["n"] for _, event in functions.called) == list(range(25))

"""The import function: every file of an event, the rest of a long one, and a backfill's steps."""

import csv
import io
import json
import logging
from types import SimpleNamespace
from typing import Any

import boto3
import pytest

from aviso.domain.settings import Settings
from aviso.feed import row_reader
from aviso.runtime import clients
from functions.import_feed import handler
from infra.harness.builders import NUMBER
from infra.harness.feed_drop import BUCKET, Feed, a_case_row, a_person_row, stored

ARN = "arn:aws:lambda:us-west-2:123456789012:function:ImportFeed:live"


def record(name: str) -> dict[str, Any]:
    return {"s3": {"bucket": {"name": BUCKET}, "object": {"key": f"incoming/{name}"}}}


class Function:
    """The function as Lambda calls it, and the calls that it makes to itself."""

    def __init__(self) -> None:
        self.again: list[tuple[str, dict[str, Any]]] = []
        self.left = 900_000

    def __call__(self, event: dict[str, Any]) -> Any:
        context: Any = SimpleNamespace(
            get_remaining_time_in_millis=lambda: self.left, invoked_function_arn=ARN
        )
        return handler.handler(event, context)


@pytest.fixture
def function(feed: Feed, monkeypatch: pytest.MonkeyPatch) -> Function:
    made = Function()
    monkeypatch.setenv("FEED_BUCKET", BUCKET)
    monkeypatch.setattr(Settings, "current", lambda: feed.settings)
    monkeypatch.setattr(clients, "invoke_again", lambda arn, event: made.again.append((arn, event)))
    return made


class TestEvent:
    def test_of_two_files_imports_both(self, function: Function, feed: Feed) -> None:
        feed.put("cases.csv", feed.text("cases", [a_case_row()]).encode())
        feed.put("people.csv", feed.text("people", [a_person_row()]).encode())
        assert function({"Records": [record("cases.csv"), record("people.csv")]}) is None
        assert stored().report is not None
        assert [victim.id for victim in stored().victims] == ["P1"]
        assert function.again == []

    def test_goes_on_after_a_refused_file(self, function: Function, feed: Feed) -> None:
        feed.put("cases.csv", b"not, an, export\r\n")
        feed.put("people.csv", feed.text("people", [a_person_row()]).encode())
        function({"Records": [record("cases.csv"), record("people.csv")]})
        assert [victim.id for victim in stored().victims] == ["P1"]

    def test_passes_on_a_long_file_alone(
        self, function: Function, feed: Feed, monkeypatch: pytest.MonkeyPatch
    ) -> None:
        monkeypatch.setattr(row_reader, "BATCH", 1)
        numbers = [f"261124{n:04d}" for n in (1, 2, 3)]
        feed.put("cases.csv", feed.text("cases", [a_case_row(number=n) for n in numbers]).encode())
        feed.put("people.csv", feed.text("people", [a_person_row()]).encode())
        function.left = 20_000  # enough for one batch
        function({"Records": [record("people.csv"), record("cases.csv")]})
        for n in range(10):
            if n == len(function.again):
                break
            arn, event = function.again[n]
            assert arn == ARN  # the same release, with its dead-letter queue
            assert len(event["Records"]) == 1
            function(json.loads(json.dumps(event)))
        names = [event["Records"][0]["s3"]["object"]["key"] for _, event in function.again]
        assert names.count("incoming/cases.csv") > 1
        assert all(stored(n).report for n in numbers)


class TestBackfill:
    def test_is_asked_step_by_step_to_its_end(
        self, function: Function, feed: Feed, caplog: pytest.LogCaptureFixture
    ) -> None:
        text = feed.text("cases", [a_case_row()]).encode("cp1252")
        boto3.client("s3").put_object(Bucket=BUCKET, Key="backfill/cases.csv", Body=text)
        caplog.set_level(logging.INFO)
        asked: dict[str, Any] = {"run": "run-1"}
        for _ in range(20):
            step = function({"backfill": asked})
            if step["next"] == "end":
                break
            if step["next"] == "load":
                for piece in csv.DictReader(io.StringIO(feed.get(step["manifest"]))):
                    # a million answers would be too many for the state machine
                    assert function({"backfill": {"run": "run-1", "piece": piece}}) == {}
            asked = {"run": "run-1", "at": step["at"]}
        assert step["next"] == "end"
        assert stored().report is not None
        assert "backfill piece" in caplog.text
        assert NUMBER not in caplog.text

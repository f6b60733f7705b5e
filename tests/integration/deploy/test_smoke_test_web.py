"""What the deployment's test asks over HTTP: the first page, a letter's link, and pushes."""

import base64
import hashlib
import json

import boto3
import pytest

from aviso.feed.file_names import Upload
from aviso.feed.importer import import_object
from infra.deploy import smoke_test, smoke_test_push
from infra.deploy.smoke_test import SmokeError
from infra.deploy.smoke_test_rows import Operator
from infra.harness.builders import NOW
from tests.conftest import REGION
from tests.support.http_answers import answering

OPERATOR = Operator(phone="+15205550123", email="operator@example.org", texts_from="none")
ID = "7d3a0c5e"


@pytest.fixture
def s3(aws):
    client = boto3.client("s3", region_name=REGION)
    client.create_bucket(
        Bucket="feed", CreateBucketConfiguration={"LocationConstraint": "us-west-2"}
    )
    return client


@pytest.fixture
def push(s3, settings):
    """Push to a gateway that gives these answers without and with a signature."""

    def walk(*first: int, unsigned: int, signed: int) -> list[str]:
        not_ready = iter(first)

        def answer(asked):
            assert asked.headers["content-type"] == "application/x-ndjson"
            checksum = base64.b64encode(hashlib.sha256(asked.body).digest()).decode()
            assert asked.headers["x-amz-checksum-sha256"] == checksum
            status = next(not_ready, signed if "authorization" in asked.headers else unsigned)
            if status == 202:
                key = f"incoming/push/cases-{ID}.ndjson"
                s3.put_object(Bucket="feed", Key=key, Body=asked.body)
                upload = Upload(bucket="feed", key=key)
                import_object(upload, settings, NOW, lambda: 900_000, lambda: None)
            said = {"id": ID, "summary": f"summaries/push/cases-{ID}.json"}
            return status, {}, json.dumps(said).encode()

        with answering(answer) as url:
            outputs = {"FeedUrl": url, "FeedBucket": "feed"}
            clients = {"s3": s3}.__getitem__
            return list(
                smoke_test_push.walk(
                    clients, outputs, settings, OPERATOR, NOW, wait_seconds=0, gateway_seconds=9
                )
            )

    return walk


class TestPage:
    def test_is_asked_for_until_the_gateway_is_ready(self) -> None:
        answers = iter([403, 503, 200])
        with answering(
            lambda _: (next(answers), dict.fromkeys(smoke_test.HEADERS, "x"), b"")
        ) as url:
            assert smoke_test.page(url, 60) == f"page: answers at {url}"

    def test_that_never_comes_is_told(self) -> None:
        with (
            answering(lambda _: (503, {}, b"")) as url,
            pytest.raises(SmokeError, match=r"does not answer at .*503"),
        ):
            smoke_test.page(url, 0)


class TestLetter:
    def test_that_does_not_open_is_told_and_deleted(self, s3, monkeypatch) -> None:
        monkeypatch.setenv("LETTERS_BUCKET", "feed")
        with answering(lambda _: (403, {}, b"")) as url:
            monkeypatch.setattr(smoke_test, "link", lambda *_: url)
            with pytest.raises(SmokeError, match=r"does not open .answer 403"):
                smoke_test.letter()
        assert "Contents" not in s3.list_objects_v2(Bucket="feed")


class TestPush:
    def test_is_refused_unsigned_and_imported_signed(self, push) -> None:
        assert push(503, unsigned=403, signed=202) == [
            "push: refused without a signature",
            f"feed: push {ID} imported",
        ]

    @pytest.mark.parametrize(
        ("unsigned", "signed", "says"),
        [
            (202, 202, "AN UNSIGNED PUSH IS NOT REFUSED"),
            (404, 202, "an unsigned push to .*/cases is answered 404, not 403"),
            (403, 403, "a signed push to .*/cases is not taken .answer 403"),
        ],
    )
    def test_that_is_answered_otherwise_stops_the_test(self, push, unsigned, signed, says) -> None:
        with pytest.raises(SmokeError, match=says):
            push(unsigned=unsigned, signed=signed)

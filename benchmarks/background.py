"""Walks what no visitor sees once, for `benchmarks.walk`: each other function on one event.

One row is imported, its arrest planned, a receipt recorded, what happened counted and copied, the
minute's chase and the hour's reconcile run, a letter printed, a sign-in guarded, a key rotated.
"""

import base64
import gzip
import json
import os
from collections.abc import Callable, Mapping
from datetime import timedelta
from typing import Any

import boto3

from benchmarks.recording import Recorder
from infra.cost.journey import BUCKET, NOW, REGION

CASE, LETTER_CASE = "2611240002", "2611240004"
BUCKETS = {"LETTERS_BUCKET": "letters", "AUDIT_BUCKET": "trail"}
HOME = {"street": "12 E Pima St", "city": "Sonora Wells", "region": "AZ", "postal_code": "85701"}
ROTATION = {"SecretId": "keys", "ClientRequestToken": "0c2b4a1e-2f0f-4b9f-9d0e-1f2a3b4c5d6e"}


def walk(recorder: Recorder, stored: Callable[..., None]) -> None:
    """Record an event of each function that answers no page and sends no notice.

    Args:
        recorder: has recorded a visit, and the arrest's notice of `CASE` as it was sent.
        stored: stores a case, by its number and what its victim has.
    """
    os.environ.update(BUCKETS)
    for name in BUCKETS.values():
        boto3.client("s3", region_name=REGION).create_bucket(
            Bucket=name, CreateBucketConfiguration={"LocationConstraint": "us-west-2"}
        )
    at = {"time": (NOW + timedelta(minutes=1)).isoformat()}
    _take(recorder, "import_feed", "import_row", _file())
    _take(recorder, "plan_notices", "plan", _changed("Cases", f"CASE#{CASE}", "ARREST#"))
    notice, sent = _sent()
    _take(recorder, "record_receipt", "receipt", _receipt(sent))
    _take(recorder, "tally", "tally", _changed("Notices", notice, "NOTICE"))
    _take(recorder, "keep_audit", "keep_audit", _changed("Audit"))
    _take(recorder, "chase", "chase", at)
    _take(recorder, "reconcile", "reconcile", at)
    _take(recorder, "sign_in_guard", "sign_in", _sign_in())
    _take(recorder, "rotate_keys", "rotate", ROTATION | {"Step": "createSecret"})
    _queue_letter(stored)
    _take(recorder, "print_letters", "letters", at)


def _take(recorder: Recorder, function: str, name: str, event: Mapping[str, Any]) -> None:
    from importlib import import_module

    from benchmarks.child import Context

    module: Any = import_module(f"functions.{function}.handler")
    answer = recorder.take(function, name, lambda: module.handler(dict(event), Context()))
    if answer and answer.get("batchItemFailures"):
        raise RuntimeError(f"the recorded event {name} failed")


def _file() -> dict[str, Any]:
    """Put a file with one arrest into the feed; return S3's event about it."""
    from aviso.feed.upload_events import acceptance
    from infra.harness.feed_files import columns, export_text, local

    arrested = local(NOW - timedelta(minutes=20))
    row = {"INCIDENT_NUM": CASE, "ARREST_NUM": "A9", "NAME_ID": "s1"}
    row |= {"ARREST_DT": arrested, "LAST_UPD": arrested}
    key = "incoming/arrests_20261124_120000.csv"
    body = export_text(columns("arrests"), [row]).encode()
    boto3.client("s3", region_name=REGION).put_object(Bucket=BUCKET, Key=key, Body=body)
    return acceptance(BUCKET, key, "", NOW.isoformat())


def _changed(table: str, pk: str = "", sk: str = "") -> dict[str, Any]:
    """Return the stream's record of a table's row, by its key's beginning, as if it were new."""
    found = boto3.client("dynamodb", region_name=REGION).scan(TableName=table)["Items"]
    item = next(
        i
        for i in found
        if i["pk"]["S"].startswith(pk) and i.get("sk", {"S": sk})["S"].startswith(sk)
    )
    record = {
        "eventID": "1",
        "eventName": "INSERT",
        "eventSource": "aws:dynamodb",
        "eventSourceARN": f"arn:aws:dynamodb:{REGION}:123456789012:table/{table}/stream/1",
        "dynamodb": {
            "Keys": {name: item[name] for name in ("pk", "sk") if name in item},
            "SequenceNumber": "1",
            "NewImage": item,
        },
    }
    return {"Records": [record]}


def _sent() -> tuple[str, Any]:
    """Return the id of the arrest's notice that was sent, and its attempt."""
    from aviso.storage import notices

    read = (notices.read(n.id) for n in notices.of_case(CASE) if n.kind == "arrest")
    return next((n.id, n.attempts[0]) for n in read if n and n.attempts)


def _receipt(sent: Any) -> dict[str, Any]:
    """Return the log subscription's event about a text that was delivered."""
    line = {
        "notification": {"messageId": sent.provider_id, "timestamp": f"{NOW:%Y-%m-%d %H:%M:%S}"},
        "delivery": {
            "destination": "+15205550143",
            "providerResponse": "Message has been accepted by phone carrier",
        },
        "status": "SUCCESS",
    }
    batch = {"messageType": "DATA_MESSAGE", "logEvents": [{"message": json.dumps(line)}]}
    data = gzip.compress(json.dumps(batch).encode(), mtime=0)
    return {"awslogs": {"data": base64.b64encode(data).decode()}}


def _sign_in() -> dict[str, Any]:
    return {
        "triggerSource": "PreAuthentication_Authentication",
        "userName": "ana",
        "request": {"userAttributes": {"sub": "sub-ana"}},
    }


def _queue_letter(stored: Callable[..., None]) -> None:
    """Owe a victim without phone and email what goes by mail."""
    from aviso.domain.settings import Settings
    from aviso.notices import planning, sending
    from aviso.storage import notices
    from infra.harness.builders import an_invocation

    settings = Settings.current()
    stored(LETTER_CASE, phone="", email="", **HOME)
    planning.plan(LETTER_CASE, settings, NOW)
    for notice in notices.of_case(LETTER_CASE):
        sending.send(notice.id, an_invocation(settings, lambda: NOW, token=notice.id))

"""What `aviso data restore` reads beside the tables, in tests: buckets and the log group."""

import json
from datetime import datetime

import boto3

from infra.ops import restore
from tests.conftest import REGION

GROUP, BUCKET, LETTERS = "/aviso/aviso", "audit-copy", "letters"
OUTPUTS = {f"{name}Table": name for name in restore.ALL} | {
    "NightlyMachine": "",  # none, unless a test makes one
    "AuditBucket": BUCKET,
    "LettersBucket": LETTERS,
    "LogGroup": GROUP,
}


def make_outside() -> None:
    """Make what lies outside of the tables: the buckets and the log group."""
    s3 = boto3.client("s3", region_name=REGION)
    for name in (BUCKET, LETTERS):
        s3.create_bucket(Bucket=name, CreateBucketConfiguration={"LocationConstraint": "us-west-2"})
    s3.put_bucket_versioning(Bucket=BUCKET, VersioningConfiguration={"Status": "Enabled"})
    logs = boto3.client("logs", region_name=REGION)
    logs.create_log_group(logGroupName=GROUP)
    logs.create_log_stream(logGroupName=GROUP, logStreamName="all")


def log(at: datetime, message: str, **more: object) -> None:
    """Write a line of the log."""
    boto3.client("logs", region_name=REGION).put_log_events(
        logGroupName=GROUP,
        logStreamName="all",
        logEvents=[
            {
                "timestamp": int(at.timestamp() * 1000),
                "message": json.dumps({"message": message} | more),
            }
        ],
    )

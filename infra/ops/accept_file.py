"""`make accept-file`: import a feed file whose unusual number of rows is right.

    make accept-file FILE=incoming/arrests_20261126.csv AGENCY=police.yaml BY=<your name>

Aviso does not import a file with far fewer or far more rows than usual until a person has looked.
The command puts the same file again with the metadata `accepted=yes`, which the import obeys, and
writes to the audit trail who accepted it. The next files are compared with the accepted one.
"""

import argparse
from pathlib import Path
from typing import Any

import boto3
from botocore.exceptions import ClientError

from infra.ops.connection import SAMPLE, compiled, connect, operator

INCOMING = "incoming/"


def accept(s3: Any, bucket: str, key: str) -> None:
    """Put a file of the feed bucket again, as accepted; its upload starts the import.

    Raises:
        SystemExit: when there is no such file.
    """
    if not key.startswith(INCOMING):
        raise SystemExit(f"'{key}' is not under {INCOMING}: name the file as the inbox names it.")
    try:
        head = s3.head_object(Bucket=bucket, Key=key)
    except ClientError as error:
        if error.response["Error"]["Code"] not in ("404", "NoSuchKey", "NotFound"):
            raise
        raise SystemExit(f"'{key}' is not in the feed bucket. Have the file sent again.") from None
    s3.copy_object(
        Bucket=bucket,
        Key=key,
        CopySource={"Bucket": bucket, "Key": key},
        CopySourceIfMatch=head["ETag"],
        MetadataDirective="REPLACE",
        # The copy is younger than the file: its rows must not become newer than later files'.
        Metadata={"exported": head["LastModified"].isoformat()}
        | head["Metadata"]
        | {"accepted": "yes"},
        ChecksumAlgorithm="SHA256",  # a bucket that locks its files asks for one
    )


def main() -> None:
    """Run the command."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--agency", type=Path, default=SAMPLE)
    parser.add_argument("--by", required=True)
    parser.add_argument("file")
    asked = parser.parse_args()
    compiled(asked.agency)
    outputs = connect(asked.agency, own_settings=True)
    operator(asked.by).note("file_accepted", "", subject=asked.file)
    accept(boto3.client("s3"), outputs["FeedBucket"], asked.file)
    print(f"{asked.file} is being imported. Its summary will be under summaries/.")

"""One S3 put into the feed bucket: the only thing that the agent does in AWS."""

import base64
import hashlib
from typing import Any

import boto3
from botocore.config import Config

from aviso_agent.settings import Bucket

TYPES = {"csv": "text/csv; charset=utf-8", "ndjson": "application/x-ndjson"}


class Upload:
    """The feed bucket, and the credentials that AWS's own tools find on this server."""

    def __init__(self, bucket: Bucket) -> None:
        self._bucket = bucket
        config = Config(
            retries={"mode": "standard", "total_max_attempts": 5},
            connect_timeout=10,
            read_timeout=60,
        )
        session = boto3.Session(profile_name=bucket.profile, region_name=bucket.region)
        self._s3: Any = session.client("s3", config=config)

    def put(self, name: str, content: bytes) -> None:
        """Put a file; when this returns, AWS has it.

        The owner of the bucket is compared: another account's bucket of this name gets nothing.
        S3 compares the checksum, so a file that was damaged on the way is refused.
        """
        self._s3.put_object(
            Bucket=self._bucket.name,
            Key=f"{self._bucket.prefix}{name}",
            Body=content,
            ContentType=TYPES[name.rpartition(".")[2]],
            ChecksumSHA256=base64.b64encode(hashlib.sha256(content).digest()).decode(),
            ExpectedBucketOwner=self._bucket.account,
        )

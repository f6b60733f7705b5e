"""What functions call besides tables: files, secrets, and providers that take messages."""

import io
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from datetime import datetime
from hashlib import blake2b
from typing import Any, NamedTuple

from botocore.client import BaseClient
from botocore.response import StreamingBody

from infra.harness.client_calls import refusal
from infra.harness.staff_browser import DESK_ENVIRONMENT

FEED, LETTERS, TRAIL = "feed", DESK_ENVIRONMENT["LETTERS_BUCKET"], "trail"
SECRETS = {
    "keys": '{"current": "simulated-signing-key-0001"}',
    "optout": '{"key": "simulated-optout-key-0001"}',
}


class Message(NamedTuple):
    """What a provider is given; `unsubscribe` is where the button of a mail program posts."""

    channel: str
    address: str
    words: str
    tags: Mapping[str, str]
    unsubscribe: str = ""


@dataclass
class Services:
    """The services in memory.

    Args:
        take: takes a message as a provider does, and returns its number.
    """

    now: Callable[[], datetime]
    take: Callable[[Message], str]
    files: dict[str, dict[str, bytes]] = field(
        default_factory=lambda: {FEED: {}, LETTERS: {}, TRAIL: {}}
    )

    def answer(self, client: BaseClient, operation: str, params: Mapping[str, Any]) -> Any:
        """Answer a call, or raise the service's refusal."""
        service = client.meta.service_model.service_name
        if service == "s3":
            return self._s3(client, operation, params)
        if service == "secretsmanager" and operation == "GetSecretValue":
            return {"SecretString": SECRETS[params["SecretId"]]}
        if (service, operation) == ("sns", "Publish"):
            text = Message("sms", params["PhoneNumber"], params["Message"], {})
            return {"MessageId": self.take(text)}
        if (service, operation) == ("sesv2", "SendEmail"):
            return {"MessageId": self.take(_email(params))}
        if (service, operation) == ("sns", "OptInPhoneNumber"):
            return {}
        raise AssertionError(f"nobody answers {service} {operation} here")

    def _s3(self, client: BaseClient, operation: str, params: Mapping[str, Any]) -> Any:
        files, key = self.files[params["Bucket"]], params.get("Key", "")
        if operation == "PutObject":
            body = params["Body"]
            files[key] = body if isinstance(body, bytes) else body.read()
            return {}
        if operation == "DeleteObject":
            files.pop(key, None)
            return {}
        if operation in ("ListObjectsV2", "ListObjectVersions"):
            found = sorted(name for name in files if name.startswith(params.get("Prefix", "")))
            listed = "Contents" if operation == "ListObjectsV2" else "Versions"  # one of each
            return {listed: [{"Key": n, "VersionId": "1"} for n in found], "IsTruncated": False}
        if key not in files:
            raise refusal(client, operation, "NoSuchKey", 404)
        body = files[key]
        etag = f'"{blake2b(body, digest_size=6).hexdigest()}"'
        about = {"ETag": etag, "LastModified": self.now(), "Metadata": {}}
        if operation == "HeadObject":
            return about | {"ContentLength": len(body)}
        part = body[int(params.get("Range", "bytes=0-")[6:-1]) :]
        return about | {"Body": StreamingBody(io.BytesIO(part), len(part))}


def _email(params: Mapping[str, Any]) -> Message:
    simple = params["Content"]["Simple"]
    headers = {h["Name"]: h["Value"] for h in simple.get("Headers", ())}
    return Message(
        "email",
        params["Destination"]["ToAddresses"][0],
        f"{simple['Subject']['Data']}\n{simple['Body']['Text']['Data']}",
        {tag["Name"]: tag["Value"] for tag in params.get("EmailTags", ())},
        headers.get("List-Unsubscribe", "").strip("<>"),
    )

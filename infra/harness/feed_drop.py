"""A feed bucket for tests: writes export files and imports them as S3 events would."""

import csv
import io
import json
from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from typing import Any

from msgspec.structs import replace

from aviso.domain.model import Case
from aviso.domain.settings import FeedFile, Settings
from aviso.feed.importer import import_object
from aviso.feed.upload_events import acceptance, upload_of
from aviso.runtime.clients import client
from aviso.storage import cases
from infra.harness.builders import BURGLARY, NOW, NUMBER
from infra.harness.feed_files import PHOENIX, export_text, local

BUCKET = "feed"


def a_case_row(**changes: str) -> dict[str, str]:
    """Return a row of the ordinary case, in canonical columns."""
    return {
        "number": NUMBER,
        "offense": BURGLARY,
        "status": "OPEN",
        "reported_at": local(NOW - timedelta(days=2)),
        "row_time": local(NOW - timedelta(days=1)),
    } | changes


def a_person_row(**changes: str) -> dict[str, str]:
    """Return a row of the victim of the ordinary case."""
    return {
        "number": NUMBER,
        "id": "P1",
        "role": "VIC",
        "first_name": "Ana",
        "last_name": "Muñoz",
        "birth_date": "04/12/1985",
        "phone": "520-555-0101",
        "email": "ana@example.com",
        "language": "SPA",
        "row_time": local(NOW - timedelta(days=1)),
    } | changes


def a_suspect_row(**changes: str) -> dict[str, str]:
    """Return a row of the suspect of the ordinary case."""
    return a_person_row(
        **{"id": "S1", "role": "SUS", "first_name": "Sam", "last_name": "Poole"}
        | {"birth_date": "01/02/1979", "phone": "", "email": ""}
        | changes
    )


def an_arrest_row(**changes: str) -> dict[str, str]:
    """Return a row of the suspect's arrest."""
    return {
        "number": NUMBER,
        "id": "A1",
        "suspect": "S1",
        "arrested_at": local(NOW - timedelta(hours=1)),
        "row_time": local(NOW - timedelta(minutes=30)),
    } | changes


@dataclass
class Feed:
    """The bucket and the import, as of one moment."""

    settings: Settings = field(repr=False)
    now: datetime = NOW
    remaining: Callable[[], int] = lambda: 900_000
    again: int = 0
    _client: Any = field(init=False)

    def __post_init__(self) -> None:
        self._client = client("s3")  # this process's: making one takes as long as ten calls
        self._client.create_bucket(
            Bucket=BUCKET, CreateBucketConfiguration={"LocationConstraint": "us-west-2"}
        )
        # The sample agency's exports have no time in these tests' names, unless they say so.
        self.settings = replace(
            self.settings,
            feed=tuple(
                replace(f, name_pattern=rf"{f.kind}(_(?P<stamp>[0-9T]+))?\.csv")
                for f in self.settings.feed
            ),
        )

    def file(self, kind: str) -> FeedFile:
        """Return the settings of a kind of file."""
        return next(f for f in self.settings.feed if f.kind == kind)

    def full(self, kind: str) -> None:
        """Declare a kind's files full."""
        self.settings = replace(
            self.settings,
            feed=tuple(replace(f, full=f.full or f.kind == kind) for f in self.settings.feed),
        )

    def text(self, kind: str, rows: Iterable[Mapping[str, str]]) -> str:
        """Write rows of canonical columns in the agency's own."""
        columns = self.file(kind).columns
        named = ({columns[name]: value for name, value in r.items()} for r in rows)
        return export_text(columns.values(), named)

    def keep_versions(self) -> None:
        """Keep every version of each object, as the stack's bucket does."""
        self._client.put_bucket_versioning(
            Bucket=BUCKET, VersioningConfiguration={"Status": "Enabled"}
        )

    def put(self, name: str, body: bytes, part: bool = False) -> str:
        """Put a file into the bucket's folder for new exports; return its version's id, if any."""
        said = {"part": "yes"} if part else {}
        key = f"incoming/{name}"
        done = self._client.put_object(Bucket=BUCKET, Key=key, Body=body, Metadata=said)
        return str(done.get("VersionId", ""))

    def run(
        self, name: str, arrived: str = "", accepted: str = "", version: str = ""
    ) -> dict[str, Any]:
        """Import a file of the bucket, as one event about it would."""
        event = acceptance(BUCKET, f"incoming/{name}", accepted, arrived, version)

        def again() -> None:
            self.again += 1

        return dict(
            import_object(
                upload_of(event["Records"][0]), self.settings, self.now, self.remaining, again
            )
        )

    def drop(
        self, kind: str, *rows: Mapping[str, str], at: datetime = NOW, part: bool = False
    ) -> dict[str, Any]:
        """Write a file of rows exported at a time, and import it."""
        name = f"{kind}_{at + PHOENIX:%Y%m%dT%H%M%S}.csv"
        self.put(name, self.text(kind, rows).encode(), part)
        return self.run(name)

    def get(self, key: str) -> str:
        """Return the text of an object of the bucket."""
        body: bytes = self._client.get_object(Bucket=BUCKET, Key=key)["Body"].read()
        return body.decode()

    def summary(self, name: str) -> dict[str, Any]:
        """Return the import summary of a file."""
        content: dict[str, Any] = json.loads(self.get(f"summaries/{name}.json"))
        return content

    def rejects(self, name: str) -> list[dict[str, str]]:
        """Return a file's rejected rows, each with its reason."""
        return list(csv.DictReader(io.StringIO(self.get(f"rejects/{name}.csv"))))

    def keys(self, prefix: str) -> list[str]:
        """Return the keys of the bucket's objects under a prefix."""
        found = self._client.list_objects_v2(Bucket=BUCKET, Prefix=prefix)
        return [item["Key"] for item in found.get("Contents", ())]


def stored(number: str = NUMBER) -> Case:
    """Return the case as stored in the table."""
    return cases.read_case(number)


def instant(text: str) -> datetime:
    """Return an ISO time in UTC."""
    return datetime.fromisoformat(text).astimezone(UTC)

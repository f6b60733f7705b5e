"""The feed's paths: rows a second and peak memory, when AWS answers at once and keeps nothing.

Run in a process of its own for each path and size, which prints JSON: the peak is the process's.
Every row is a new one, since the tables forget it. A push begins behind the gateway.
"""

import io
import json
import os
import resource
import sys
import tempfile
from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass
from time import process_time
from typing import IO, Any

from botocore.client import BaseClient

from infra.cost.journey import NOW
from infra.harness.client_calls import Ask, every_call
from infra.harness.feed_drop import a_person_row
from infra.harness.feed_files import csv_text, ndjson_text

SIZES = (10_000, 100_000)  # rows
PATHS: Mapping[str, int] = {"csv": 0, "ndjson": 0, "push_100": 100, "push_1": 1}  # rows a push
AT_ONCE = 1_000  # rows that are made at a time


@dataclass
class Forgetful:
    """An AWS that answers at once and keeps nothing: one object to read, and empty tables."""

    body: IO[bytes]
    size: int = 0

    def answer(self, operation: str, params: Mapping[str, Any]) -> dict[str, Any]:
        """Answer one call."""
        about = {"ETag": '"1"', "ContentLength": self.size, "LastModified": NOW, "Metadata": {}}
        match operation:
            case "HeadObject":
                return about
            case "GetObject":
                self.body.seek(int(params["Range"][6:-1]))
                return about | {"Body": self._streamed()}
            case "BatchGetItem":
                return {"Responses": {t: [] for t in params["RequestItems"]}, "UnprocessedKeys": {}}
            case "Query":
                return {"Items": [], "Count": 0, "ScannedCount": 0}
            case "UpdateItem":
                return {"Attributes": {}}
        return {}

    def _streamed(self) -> Any:
        from botocore.response import StreamingBody

        return StreamingBody(_Unclosed(self.body), self.size - self.body.tell())


class _Unclosed(io.RawIOBase):
    """A file that its reader may close, and that stays open."""

    def __init__(self, file: IO[bytes]) -> None:
        self._file = file

    def read(self, size: int = -1) -> bytes:
        return self._file.read(size)


def rows(first: int, last: int) -> Iterator[dict[str, str]]:
    """Yield victims, each of a case of their own."""
    return (a_person_row(number=f"26{n:08d}", id=f"P{n}") for n in range(first, last))


def measured(path: str, count: int) -> dict[str, float]:
    """Import so many rows by a path; return seconds of processor time and the peak in MB."""
    from aviso.domain.settings import Settings
    from aviso.feed.importer import import_object

    settings = Settings.current()
    file = next(f for f in settings.feed if f.kind == "people")
    with tempfile.TemporaryFile() as body:
        aws, took, new = Forgetful(body), 0.0, 0

        def answer(_c: BaseClient, operation: str, params: dict[str, Any], _a: Ask) -> Any:
            return aws.answer(operation, params)

        def take(key: str, texts: Iterator[str]) -> None:
            nonlocal took, new
            body.seek(0)
            body.truncate()
            for text in texts:
                body.write(text.encode())
            aws.size = body.tell()
            with every_call(answer):
                started = process_time()
                done = import_object("feed", key, settings, NOW, lambda: 900_000, lambda: None)
                took += process_time() - started
            new += done["new"]

        if path == "csv":
            take("incoming/people_20261124_120000.csv", _csv(file.columns, count))
        elif path == "ndjson":
            made = (ndjson_text(file, rows(*at)) for at in _spans(count, AT_ONCE))
            take("incoming/people_20261124T120000.ndjson", made)
        else:
            for first, last in _spans(count, PATHS[path]):
                text = ndjson_text(file, rows(first, last))
                take(f"incoming/push/people-{first}.ndjson", iter([text]))
    if new != count:
        raise RuntimeError(f"{count} rows were sent by {path} and {new} imported")
    return {"seconds": took, "peak_mb": resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1024}


def _spans(count: int, size: int) -> Iterator[tuple[int, int]]:
    return ((at, min(at + size, count)) for at in range(0, count, size))


def _csv(columns: Mapping[str, str], count: int) -> Iterator[str]:
    for first, last in _spans(count, AT_ONCE):
        named = ({columns[n]: cell for n, cell in row.items()} for row in rows(first, last))
        text = csv_text(columns.values(), named)
        yield text if not first else text.partition("\r\n")[2]


def every(child: Callable[..., list[str]], settings_folder: str) -> dict[str, Any]:
    """Return rows a second, peaks and ratios by path.

    Args:
        child: runs this module in a process of its own and returns the lines that it printed.
    """
    found: dict[str, Any] = {}
    for path in PATHS:
        sizes = {}
        for size in SIZES:
            printed = child("benchmarks.feed_paths", settings_folder, path, str(size))
            sizes[str(size)] = json.loads(printed[-1])
        most = sizes[str(SIZES[-1])]
        found[path] = {"sizes": sizes, "rows_per_s": round(SIZES[-1] / most["seconds"])}
    for path in found.values():
        path["ratio"] = found["csv"]["rows_per_s"] / path["rows_per_s"]
    return found


def main(settings_folder: str, path: str, count: str) -> None:
    """Print what one path takes."""
    os.environ["POWERTOOLS_LOG_LEVEL"] = "CRITICAL"
    sys.path.insert(0, settings_folder)
    print(json.dumps(measured(path, int(count))))


if __name__ == "__main__":
    main(*sys.argv[1:])

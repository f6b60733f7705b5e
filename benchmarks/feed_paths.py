"""The feed's paths: rows a second and peak memory, when AWS answers at once and keeps nothing.

Run in a process of its own for each path and size, which prints JSON: the peak is the process's.
Every row is a new one, since the tables forget it. A push begins behind the gateway.
"""

import json
import os
import resource
import sys
import tempfile
from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass
from pathlib import Path
from time import process_time
from typing import Any

from botocore.client import BaseClient

from infra.compiler.search_path import importable
from infra.cost.journey import ENVIRONMENT, NOW
from infra.harness.client_calls import Ask, every_call
from infra.harness.feed_drop import a_person_row
from infra.harness.feed_files import export_text, ndjson_text

PATHS: Mapping[str, int] = {"csv": 0, "ndjson": 0, "push_100": 100, "push_1": 1}  # rows a push
SIZES = (10_000, 100_000)  # rows
SIZES_ONE_BY_ONE = (2_000, 20_000)  # each push takes as long as some rows of a file
AT_ONCE = 1_000  # rows that are made at a time
NAME_KEY = {"pk": {"S": "NAMEKEY"}}  # the row of aviso.storage.name_key


@dataclass
class Forgetful:
    """An AWS that answers at once and keeps nothing: one object to read, and empty tables.

    One row exists: the key of the hashes of names, which an import makes when it is missing.
    """

    body: Path

    def answer(self, operation: str, params: Mapping[str, Any]) -> dict[str, Any]:
        """Answer one call."""
        size = self.body.stat().st_size
        about = {"ETag": '"1"', "ContentLength": size, "LastModified": NOW, "Metadata": {}}
        match operation:
            case "HeadObject":
                return about
            case "GetObject":
                start = int(params["Range"][6:-1])
                return about | {"Body": self._streamed(start, size - start)}
            case "GetItem" if params["Key"] == NAME_KEY:
                return {"Item": NAME_KEY | {"data": {"S": json.dumps({"key": "5e" * 32})}}}
            case "BatchGetItem":
                return {"Responses": {t: [] for t in params["RequestItems"]}, "UnprocessedKeys": {}}
            case "Query":
                return {"Items": [], "Count": 0, "ScannedCount": 0}
            case "UpdateItem":
                return {"Attributes": {}}
        return {}

    def _streamed(self, start: int, left: int) -> Any:
        from botocore.response import StreamingBody

        stream = self.body.open("rb")
        stream.seek(start)
        return StreamingBody(stream, left)


def rows(first: int, last: int) -> Iterator[dict[str, str]]:
    """Yield victims, each of a case of their own."""
    return (a_person_row(number=f"26{n:08d}", id=f"P{n}") for n in range(first, last))


def measured(path: str, count: int) -> dict[str, float]:
    """Import so many rows by a path; return seconds of processor time and the peak in MB."""
    from aviso.domain.settings import Settings
    from aviso.feed.file_names import Upload
    from aviso.feed.importer import import_object

    settings = Settings.current()
    file = next(f for f in settings.feed if f.kind == "people")
    with tempfile.TemporaryDirectory() as folder:
        aws, took, new = Forgetful(Path(folder) / "body"), 0.0, 0

        def answer(_c: BaseClient, operation: str, params: dict[str, Any], _a: Ask) -> Any:
            return aws.answer(operation, params)

        def take(key: str, texts: Iterator[str]) -> None:
            nonlocal took, new
            with aws.body.open("w", encoding="utf-8", newline="") as body:
                body.writelines(texts)
            with every_call(answer):
                started = process_time()
                upload = Upload(bucket="feed", key=key)
                done = import_object(upload, settings, NOW, lambda: 900_000, lambda: None)
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
        text = export_text(columns.values(), named)
        yield text if not first else text.partition("\r\n")[2]


def every(child: Callable[..., list[str]], settings_folder: str) -> dict[str, Any]:
    """Return rows a second, peaks and ratios by path.

    Args:
        child: runs this module in a process of its own and returns the lines that it printed.
    """
    found: dict[str, Any] = {}
    for path in PATHS:
        sizes = {}
        small, large = SIZES_ONE_BY_ONE if PATHS[path] == 1 else SIZES
        for size in (small, large):
            printed = child("benchmarks.feed_paths", settings_folder, path, str(size))
            sizes[str(size)] = json.loads(printed[-1])
        speed = round(large / sizes[str(large)]["seconds"])
        found[path] = {"sizes": sizes, "rows_per_s": speed}
    for path in found.values():
        path["ratio"] = found["csv"]["rows_per_s"] / path["rows_per_s"]
    return found


def main(settings_folder: str, path: str, count: str) -> None:
    """Print what one path takes."""
    os.environ.update(ENVIRONMENT)
    importable(Path(settings_folder))
    print(json.dumps(measured(path, int(count))))


if __name__ == "__main__":
    main(*sys.argv[1:])

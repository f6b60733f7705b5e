"""What a unit of work takes, with few cases and with very many, when AWS answers at once."""

import io
import re
from collections.abc import Callable, Mapping
from time import process_time
from typing import Any

from botocore.client import BaseClient

from infra.cost.journey import NOW
from infra.harness.client_calls import Ask, every_call

SIZES = (1_000, 10_000, 100_000)  # cases
PAGE = 1_000  # rows that one answer to a scan holds: about what DynamoDB reads for one


class Instant:
    """An AWS that answers at once: one table and one bucket in memory, so that our own cost shows.

    It knows the calls that an import and a scan make and takes every condition as met.
    """

    def __init__(self) -> None:
        self.items: dict[tuple[str, str, str], dict[str, Any]] = {}
        self.objects: dict[str, bytes] = {}
        self.scanned: list[dict[str, Any]] = []
        self._calls: Mapping[str, Callable[[dict[str, Any]], dict[str, Any]]] = {
            "BatchGetItem": self._get_batch,
            "GetItem": self._get,
            "PutItem": self._put,
            "DeleteItem": self._delete,
            "Query": self._query,
            "Scan": self._scan,
            "UpdateItem": self._update,
            "HeadObject": self._head_object,
            "GetObject": self._get_object,
            "PutObject": self._put_object,
        }

    def answer(self, operation: str, params: dict[str, Any]) -> dict[str, Any]:
        """Answer one call."""
        return self._calls[operation](params)

    def _key(self, table: str, key: Mapping[str, Any]) -> tuple[str, str, str]:
        return table, key["pk"]["S"], key.get("sk", {}).get("S", "")

    def _get_batch(self, params: dict[str, Any]) -> dict[str, Any]:
        found: dict[str, Any] = {}
        for table, wanted in params["RequestItems"].items():
            keys = (self._key(table, key) for key in wanted["Keys"])
            found[table] = [self.items[key] for key in keys if key in self.items]
        return {"Responses": found, "UnprocessedKeys": {}}

    def _get(self, params: dict[str, Any]) -> dict[str, Any]:
        item = self.items.get(self._key(params["TableName"], params["Key"]))
        return {"Item": item} if item else {}

    def _put(self, params: dict[str, Any]) -> dict[str, Any]:
        self.items[self._key(params["TableName"], params["Item"])] = params["Item"]
        return {}

    def _delete(self, params: dict[str, Any]) -> dict[str, Any]:
        self.items.pop(self._key(params["TableName"], params["Key"]), None)
        return {}

    def _query(self, _params: dict[str, Any]) -> dict[str, Any]:
        return {"Items": [], "Count": 0, "ScannedCount": 0}

    def _scan(self, params: dict[str, Any]) -> dict[str, Any]:
        if "ExclusiveStartKey" not in params:
            table = params["TableName"]
            self.scanned = [item for key, item in reversed(self.items.items()) if key[0] == table]
        page = [self.scanned.pop() for _ in range(min(PAGE, len(self.scanned)))]
        last = {name: page[-1][name] for name in ("pk", "sk")} if self.scanned else None
        found = {"Items": page, "Count": len(page), "ScannedCount": len(page)}
        return found | ({"LastEvaluatedKey": last} if last else {})

    def _update(self, params: dict[str, Any]) -> dict[str, Any]:
        item = self.items.setdefault(
            self._key(params["TableName"], params["Key"]), dict(params["Key"])
        )
        names = params["ExpressionAttributeNames"]
        for name, value in re.findall(r"(#\w+) = (:\w+)", params["UpdateExpression"]):
            item[names[name]] = params["ExpressionAttributeValues"][value]
        return {"Attributes": item}

    def _head_object(self, params: dict[str, Any]) -> dict[str, Any]:
        body = self.objects[params["Key"]]
        return {"ETag": '"1"', "ContentLength": len(body), "LastModified": NOW, "Metadata": {}}

    def _get_object(self, params: dict[str, Any]) -> dict[str, Any]:
        from botocore.response import StreamingBody

        start = int(params["Range"].removeprefix("bytes=").removesuffix("-"))
        body = self.objects[params["Key"]][start:]
        return {"Body": StreamingBody(io.BytesIO(body), len(body))}

    def _put_object(self, params: dict[str, Any]) -> dict[str, Any]:
        body = params["Body"]
        self.objects[params["Key"]] = body if isinstance(body, bytes) else body.read()
        return {}


def measured() -> dict[str, dict[str, float]]:
    """Import 1,000 to 100,000 cases, again unchanged, list them all, and evaluate `owed`.

    Returns:
        By number of cases, the microseconds of a unit.
    """
    found: dict[str, dict[str, float]] = {}
    _imported(500)  # what only the first rows take
    for cases in SIZES:
        found[str(cases)] = _imported(cases) | _evaluated(cases)
    return found


def _imported(cases: int) -> dict[str, float]:
    from aviso.domain.settings import Settings
    from aviso.feed.file_names import Upload
    from aviso.feed.importer import import_object
    from aviso.storage.cases import numbers
    from infra.harness.feed_drop import Feed, a_case_row

    feed = Feed.__new__(Feed)
    feed.settings = Settings.current()
    rows = [a_case_row(number=f"26{n:08d}") for n in range(cases)]
    body = feed.text("cases", rows).encode()
    instant, took = Instant(), {}

    def answer(_client: BaseClient, operation: str, params: dict[str, Any], _ask: Ask) -> Any:
        return instant.answer(operation, params)

    for name, stamp in (("new", "20261124_120000"), ("unchanged", "20261124_130000")):
        key = f"incoming/cases_{stamp}.csv"
        instant.objects[key] = body
        with every_call(answer):
            started = process_time()
            upload = Upload(bucket="feed", key=key)
            done = import_object(upload, feed.settings, NOW, lambda: 900_000, lambda: None)
            took[f"feed_{name}_us"] = (process_time() - started) / cases * 1e6
        if done[name] != cases:
            raise RuntimeError(f"{cases} {name} rows were imported otherwise: {done}")
    with every_call(answer):  # as each night, to plan them again
        started = process_time()
        listed = sum(1 for _ in numbers())
        took["scan_us"] = (process_time() - started) / cases * 1e6
    if listed != cases:
        raise RuntimeError(f"{listed} cases were listed, not {cases}")
    return took


def _evaluated(cases: int) -> dict[str, float]:
    from aviso.domain.duties import owed
    from aviso.domain.settings import Settings
    from infra.harness.builders import a_case, case_at

    case, policy = a_case().with_victim().with_suspect().with_arrest().case, Settings.current()
    times = min(cases, 10_000)  # a pure function of one case: no case knows how many there are
    started = process_time()
    for _ in range(times):
        owed(case_at(case, policy))
    return {"owed_us": (process_time() - started) / times * 1e6}

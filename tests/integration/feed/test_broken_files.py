"""Broken files and pushes: each row is stored, rejected or said to be none; logs have no cell."""

import logging
import os
from collections.abc import Callable, Iterator, Mapping
from datetime import timedelta
from itertools import count
from typing import Any, NamedTuple

import hypothesis
import pytest
from hypothesis import HealthCheck, strategies
from hypothesis.strategies import (
    binary,
    booleans,
    integers,
    lists,
    none,
    sampled_from,
    text,
    tuples,
)

from aviso.feed import row_reader, row_writer
from aviso.notices import planning
from aviso.runtime.logs import logger
from aviso.storage import cases
from aviso.storage.case_items import CaseItem
from infra.harness.builders import NOW
from infra.harness.feed_drop import Feed, a_case_row, a_person_row, a_suspect_row, an_arrest_row
from infra.harness.feed_files import export_text, ndjson_text
from tests.support.feed_flow import empty_tables

EXAMPLES = int(os.environ.get("FEED_EXAMPLES", "60"))  # each imports a few files
SECRET, PHONE = "Qzxsecret", "5205550177"  # in rows about a person; no log may have them
PERSON = {"first_name": SECRET, "last_name": SECRET, "phone": PHONE, "street": f"17 {SECRET} St"}
PERSON |= {"email": f"{SECRET}@example.org"}
ROWS: Mapping[str, tuple[Callable[..., dict[str, str]], ...]] = {
    "cases": (a_case_row,),
    "people": (a_person_row, a_suspect_row),
    "arrests": (an_arrest_row,),
}
CELLS = ["", " ", "NULL", "0", "-1", "99/99/9999", "12/31/9999", "1/1/1753", "=1+1", '"', "'"]
CELLS += [
    "\n",
    "\r\n",
    "\t",
    "\0",
    "\x1b[31m",
    "\u202e",
    "\ufeff",
    "\ud800",
    "🙂" * 300,
    "x" * 5000,
]
CELLS += [
    "Y",
    "maybe",
    "VIC",
    "SUS",
    "P1",
    "S1",
    "A1",
    "2611240001",
    "26-11-240001",
    "nan",
    "1e309",
]
CELLS += ["[]", "{}", "null", "../../etc/passwd", "<script>", "%s%n", "2026-11-24T25:61:00Z"]
PIECES = [b"", b"\0", b"\xff", b"\xc3", b"\xed\xa0\x80", b"\n", b"\r", b'"', b",", b"{", b"}"]
PIECES += [b"[" * 3_000, b'{"number": 1, "number": 2}\n', b"\n\n", b"\\u0000", b"\xef\xbb\xbf"]
PIECES += [b": null", b": true", b": 1e400", b": NaN", b": [[]]", b': {"a": 1}', b"x" * 9_000]
ENCODINGS = ["utf-8", "utf-8", "utf-8", "utf-8-sig", "utf-16", "cp1252"]
NUMBERS = count()
OUTCOMES = ("new", "changed", "unchanged", "older", "rejected", "ignored", "skipped")


class File(NamedTuple):
    """A file, and how many rows it has if that is beyond doubt."""

    name: str
    body: bytes
    rows: int | None


@strategies.composite
def a_row(draw: strategies.DrawFn, kind: str) -> dict[str, str]:
    make = draw(sampled_from(ROWS[kind]))
    row: dict[str, str] = make(number=f"261124{draw(integers(1, 4)):04}")
    row |= PERSON if kind == "people" else {}
    row |= {"id": f"{kind[0]}{draw(integers(1, 4))}"} if kind != "cases" else {}
    former = "former_number" if kind == "cases" else "former_id"
    for name in draw(lists(sampled_from([*row, former]), max_size=3)):
        row[name] = draw(sampled_from(CELLS) | text(max_size=20))
    return row


@strategies.composite
def a_file(draw: strategies.DrawFn, feed: Feed) -> File:
    kind, push = draw(sampled_from(sorted(ROWS))), draw(none() | booleans())
    rows = draw(lists(a_row(kind), max_size=6))
    file, encoding = feed.file(kind), draw(sampled_from(ENCODINGS))
    stem = f"{kind}_{NOW + timedelta(seconds=next(NUMBERS)):%Y%m%dT%H%M%S}"
    if push is None:
        columns = file.columns
        named = [{columns[n]: cell for n, cell in row.items() if n in columns} for row in rows]
        name, written = f"{stem}.csv", export_text(columns.values(), named)
    else:
        flags = {n for n, codes in file.values.items() if {*codes.values()} <= {"yes", "no"}}
        plain = [{n: cell for n, cell in row.items() if n not in flags} for row in rows]
        name, written = f"{'push/' * push}{stem}.ndjson", ndjson_text(file, plain)
    whole = encoding != "cp1252" and encoding != "utf-16"
    body = written.encode(encoding, "surrogatepass" if whole else "replace")
    piece = sampled_from(PIECES) | binary(max_size=2)
    splices = draw(lists(tuples(integers(0, len(body)), integers(0, len(body)), piece), max_size=3))
    for start, end, put in splices:
        body = body[:start] + put + body[draw(sampled_from([start, start + 1, end])) :]
    sure = whole and not splices and "\ufeff" not in written
    return File(name, body, len(rows) if sure else None)


def mistakes(feed: Feed, file: File, caplog: pytest.LogCaptureFixture) -> Iterator[str]:
    """Import a file; yield what was wrong."""
    caplog.clear()
    before = {(item.pk, item.sk) for item in CaseItem.scan()}
    feed.put(file.name, file.body)
    try:
        summary = feed.run(file.name)
        for number in cases.numbers():
            planning.plan(number, feed.settings, feed.now)
    except Exception as error:
        yield f"{type(error).__name__} was raised"
        return
    stem = file.name.rpartition(".")[0]
    written = {
        k: feed.get(k) for k in feed.keys(f"rejects/{stem}") + feed.keys(f"summaries/{stem}")
    }
    said = "".join([*written.values(), *(str(vars(record)) for record in caplog.records)])
    if SECRET.casefold() in said.casefold() or PHONE in said:
        yield "personal data in a log, a summary or the rejects"
    if summary["result"] == "refused":
        if not summary["mistakes"]:
            yield "refused without a reason"
        return
    rejects = feed.rejects(stem) if any(key.startswith("rejects/") for key in written) else []
    added = {(item.pk, item.sk) for item in CaseItem.scan()} - before
    yield from _accounted(file, summary, rejects, len(added))


def _accounted(
    file: File, summary: Mapping[str, Any], rejects: list[dict[str, str]], added: int
) -> Iterator[str]:
    """Yield what does not add up."""
    if summary["read"] != sum(summary[name] for name in OUTCOMES):
        yield f"the outcomes are not the rows read: {summary}"
    if file.rows is not None and summary["read"] != file.rows:
        yield f"{file.rows} rows are in the file and {summary['read']} were read"
    if len(rejects) < summary["rejected"]:
        yield f"{summary['rejected']} rows were rejected and {len(rejects)} are listed"
    if not all(row["line"] and row["reason"] for row in rejects):
        yield "a rejected row has no line or no reason"
    moved = summary["renumbered"] or any("role_changed" in w for w in summary["warnings"])
    if added != summary["new"] and not moved:
        yield f"{summary['new']} rows are new and {added} were stored"


class TestBrokenFile:
    @hypothesis.given(strategies.data())
    @hypothesis.settings(
        max_examples=EXAMPLES,
        deadline=None,
        suppress_health_check=[HealthCheck.function_scoped_fixture],
    )
    def test_is_accounted_for_and_its_cells_kept_out_of_logs(
        self, feed: Feed, caplog: pytest.LogCaptureFixture, data: strategies.DataObject
    ) -> None:
        caplog.set_level(logging.DEBUG, "aviso")
        empty_tables()
        for _ in range(data.draw(integers(1, 3))):
            assert [*mistakes(feed, data.draw(a_file(feed)), caplog)] == []


def _crash(*_: Any) -> None:
    raise KeyError


def _hide_reject(reader: Any, *_: Any) -> None:
    reader.progress.counts["read"] -= 1


def _log_a_cell(values: Any, *_: Any) -> None:
    logger.info("row", extra={"cell": values.text("last_name")})


FAULTS: list[tuple[Any, str, Any, str]] = [
    (row_reader, "parse", _crash, "KeyError was raised"),
    (row_reader.RowReader, "_reject", _hide_reject, "2 rows are in the file and 1 were read"),
    (row_writer, "write_row", lambda *_, **__: None, "1 rows are new and 0 were stored"),
    (row_reader, "role", _log_a_cell, "personal data in a log, a summary or the rejects"),
]


class TestFault:
    @pytest.mark.parametrize(("place", "name", "fault", "said"), FAULTS)
    def test_is_noticed(
        self,
        feed: Feed,
        caplog: pytest.LogCaptureFixture,
        monkeypatch: pytest.MonkeyPatch,
        place: Any,
        name: str,
        fault: Any,
        said: str,
    ) -> None:
        caplog.set_level(logging.DEBUG, "aviso")
        monkeypatch.setattr(place, name, fault)
        rows = [a_person_row(**PERSON), a_person_row(**PERSON, number="")]
        file = File("people.csv", feed.text("people", rows).encode(), len(rows))
        assert said in [*mistakes(feed, file, caplog)]

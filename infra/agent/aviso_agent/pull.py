"""One run of one query: read, write, put, and only then note the place.

A crash between any two steps repeats the steps of one file. The feed finds its rows unchanged.
"""

import logging
from collections.abc import Callable, Iterator
from dataclasses import dataclass, replace
from datetime import datetime, timedelta

from aviso_agent.failures import AgentError
from aviso_agent.file_writer import Cells, cells, digest, file_name, written
from aviso_agent.place import Place, Places, Value, as_text
from aviso_agent.reader import Reader, Row, Table
from aviso_agent.settings import Query, Settings

log = logging.getLogger("aviso_agent")


@dataclass(frozen=True, kw_only=True)
class Run:
    """What one run of one query needs."""

    query: Query
    settings: Settings
    reader: Reader
    places: Places
    put: Callable[[str, bytes], None]  # returns when AWS has the file
    now: datetime  # with a time zone
    since: datetime | None = None  # read again from here on


@dataclass(frozen=True)
class Found:
    """One row of a page: where it is in the order, its digest and its cells."""

    place: Value
    digest: bytes
    cells: Cells


@dataclass(frozen=True)
class Batch:
    """The rows of one file, and the place of the last row that was read for it."""

    rows: list[Found]
    reached: Value


def pull(run: Run) -> int:
    """Send what is new or changed since the last run; return the number of rows sent.

    Raises:
        AgentError: if the query does not fit; other errors come from the database and from AWS.
    """
    kind = run.query.kind
    place = run.places.read(kind)
    table = run.reader.table()
    if is_due(run, place):
        run.reader.check_empty_cells(table)
        place = replace(place, sent=frozenset())  # everything of the overlap is sent again
    total = 0
    reached = place.value
    for batch in batches(run, table, place):
        reached = _highest(reached, _no_later_than_now(batch.reached, run))
        if batch.rows:
            name, content = as_file(run, table, batch)
            run.put(name, content)
            sent = ((row.place, row.digest) for row in batch.rows)
            run.places.advance(kind, reached, sent, run.now)
            log.info("query=%s rows=%d file=%s", kind, len(batch.rows), name)
            total += len(batch.rows)
    if reached is not None:
        run.places.complete(kind, reached, run.now, back(reached, run.query.overlap))
    return total


def plan(run: Run) -> Iterator[str]:
    """Yield what a run would do, as lines without values; nothing is sent and nothing is noted.

    Raises:
        AgentError: if the query does not fit.
    """
    kind = run.query.kind
    place = run.places.read(kind)
    table = run.reader.table()
    run.reader.check_empty_cells(table)
    yield f"{kind}: columns {', '.join(table.columns)}"
    start = start_of(run, place)
    yield f"{kind}: reads from {'the first row' if start is None else as_text(start)}"
    total = 0
    for batch in batches(run, table, place):
        if batch.rows:
            name, _ = as_file(run, table, batch)
            key = f"{run.settings.bucket.prefix}{name}"
            yield f"{kind}: would put {key} with {len(batch.rows)} rows"
            total += len(batch.rows)
    yield f"{kind}: {total} rows are new or changed"


def is_due(run: Run, place: Place) -> bool:
    """Whether nothing was put for so long that the portal could take the feed for dead."""
    return place.uploaded is None or run.now - place.uploaded >= run.settings.heartbeat


def start_of(run: Run, place: Place) -> Value | None:
    """Return where a run begins to read, None: at the first row."""
    if run.since:
        return run.since
    if place.value is None:
        return run.query.start
    overlap = run.query.overlap
    if place.completed:  # clocks went back since: an hour of row times comes a second time
        zone = run.settings.zone
        before = place.completed.astimezone(zone).utcoffset() or timedelta()
        after = run.now.astimezone(zone).utcoffset() or timedelta()
        overlap += max(before - after, timedelta())
    return back(_no_later_than_now(place.value, run), overlap)


def back(place: Value, overlap: timedelta) -> Value:
    """Return the place from which rows are read again; of a rowversion, the place itself."""
    return place if isinstance(place, bytes) else place - overlap


def batches(run: Run, table: Table, place: Place) -> Iterator[Batch]:
    """Yield the rows of each file, without those that were sent.

    Rows of one place stay together, up to twice the usual number: the feed joins the rows of a case
    that it reads in one file, and takes suspects first.
    """
    rows: list[Found] = []
    reached = None
    sent = frozenset() if run.since else place.sent
    for page in run.reader.pages(table, start_of(run, place)):
        found = [_found(row, table, run) for row in page]
        rows += [row for row in found if row.digest not in sent]
        reached = found[-1].place
        if len(rows) >= run.settings.rows_per_file:
            ended = [row for row in rows if row.place != reached]
            if not ended and len(rows) >= 2 * run.settings.rows_per_file:
                ended = rows
            if ended:
                yield Batch(ended, ended[-1].place)
                rows = rows[len(ended) :]
    if reached is not None:
        yield Batch(rows, reached)


def as_file(run: Run, table: Table, batch: Batch) -> tuple[str, bytes]:
    """Return the name and the content of a batch's file."""
    form = run.settings.form
    content = written(form, table.columns, (row.cells for row in batch.rows))
    return file_name(run.query.kind, form, content), content


def _found(row: Row, table: Table, run: Run) -> Found:
    place = row[table.place]
    if isinstance(place, bytearray | memoryview):
        place = bytes(place)
    wanted = bytes if run.query.is_rowversion else datetime
    if not isinstance(place, wanted):
        raise AgentError(
            f"The column {run.query.place} of the query `{run.query.kind}` has values of the type "
            f"{type(place).__name__}. `place` must be a time with hours; `rowversion` must be SQL "
            "Server's rowversion."
        )
    texts = cells(row, table.columns, run.settings.zone)
    return Found(place, digest(texts), texts)


def _no_later_than_now(place: Value, run: Run) -> Value:
    """Return a place that is not in the future, which would hide all rows until then."""
    if isinstance(place, bytes):
        return place
    now = run.now if place.tzinfo else run.now.astimezone(run.settings.zone).replace(tzinfo=None)
    return min(place, now)


def _highest(a: Value | None, b: Value) -> Value:
    return b if a is None or as_text(b) > as_text(a) else a

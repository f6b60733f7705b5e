"""The four paths into the feed bucket: CSV, NDJSON, pushes, and the pull agent.

Each path is given the changes since the last export, and puts objects into the bucket. A push is
put as the gateway puts it (docs/decisions/push.md): the path begins behind the gateway.
"""

import uuid
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from datetime import UTC, datetime
from pathlib import Path
from random import Random
from typing import Any, Protocol

import sqlalchemy

from aviso.domain.settings import FeedFile
from aviso_agent import dialects, place
from aviso_agent.pull import Run, pull
from aviso_agent.reader import Reader
from aviso_agent.settings import read_settings
from infra.harness.feed_files import PHOENIX, export_text, ndjson_text
from tests.nibrs.records import COLUMNS, DATE_FORMATS, KINDS, Row
from tests.support.postgres import Postgres

Rows = Mapping[str, Sequence[Row]]  # by kind
Put = Callable[[str, bytes], None]
Files = Mapping[str, FeedFile]


class FeedPath(Protocol):
    """One way into the bucket. `may_repeat`: whether older rows may come again by it."""

    may_repeat: bool

    def send(self, changes: Sequence[Rows], now: datetime, put: Put) -> None:
        """Bring the changes since the last time into the bucket."""


class WholeFiles:
    """Three files of all changes: CSV, or NDJSON."""

    may_repeat = True

    def __init__(self, files: Files, *, csv: bool) -> None:
        self.files, self.csv = files, csv

    def send(self, changes: Sequence[Rows], now: datetime, put: Put) -> None:
        """Write a file of each kind."""
        for kind, rows in _joined(changes):
            name = f"{kind}_{now + PHOENIX:%Y%m%dT%H%M%S}"
            if self.csv:
                columns = COLUMNS[kind]
                named = ({columns[name]: cell for name, cell in row.items()} for row in rows)
                text = export_text(columns.values(), named)
                put(f"{name}.csv", text.encode("utf-8-sig"))
            else:
                put(f"{name}.ndjson", ndjson_text(self.files[kind], rows).encode())


class Pushes:
    """A push of each kind for some changes at once, in any order of the changes."""

    may_repeat = True

    def __init__(self, files: Files, seed: int) -> None:
        self.files = files
        self.random = Random(f"pushes {seed}")

    def send(self, changes: Sequence[Rows], now: datetime, put: Put) -> None:
        """Push the changes."""
        left = self.random.sample(changes, len(changes))
        while left:
            some = self.random.choice([1, 1, 2, 10])
            for kind, rows in _joined(left[:some]):
                name = f"push/{kind}-{uuid.UUID(int=self.random.getrandbits(128))}.ndjson"
                put(name, ndjson_text(self.files[kind], rows).encode())
            del left[:some]


KEYS = {
    "people": ("number", "id", "relationship"),
    "cases": ("number", "offense"),
    "arrests": ("number", "id"),
}
AGENT = """
database: {{url: "{url}", page: 7, tls: none}}
bucket: {{name: feed, region: us-west-2, account: "123456789012"}}
state: {folder}/state.db
time_zone: America/Phoenix
rows_per_file: 20
queries:
"""


class PullAgent:
    """Tables in a PostgreSQL that the pull agent reads. The records system writes current rows."""

    may_repeat = False

    def __init__(self, server: Postgres, folder: Path) -> None:
        self.engine = server.engine
        self._create()
        text = AGENT.format(url=server.url(), folder=folder)
        for kind in KINDS:
            place, *key = (COLUMNS[kind][name] for name in ("row_time", *KEYS[kind]))
            query = f"sql: 'SELECT * FROM nibrs_{kind}', place: {place}, key: [{', '.join(key)}]"
            text += f"  {kind}: {{{query}}}\n"
        file = folder / "agent.yaml"
        file.write_text(text, "utf-8")
        self.settings = read_settings(file)

    def _create(self) -> None:
        with self.engine.begin() as connection:
            for kind in KINDS:
                columns = ", ".join(f'"{c}" {_type(n)}' for n, c in COLUMNS[kind].items())
                connection.execute(sqlalchemy.text(f"DROP TABLE IF EXISTS nibrs_{kind}"))
                connection.execute(sqlalchemy.text(f"CREATE TABLE nibrs_{kind} ({columns})"))

    def send(self, changes: Sequence[Rows], now: datetime, put: Put) -> None:
        """Write the changes, and let the agent run once."""
        for change in changes:
            for kind, rows in change.items():
                self._write(kind, rows)
        for query in self.settings.queries:
            reader = Reader(dialects.engine(self.settings.url, 5), query, 5, self.settings.page)
            with place.opened(self.settings.state) as places:
                pull(Run(query=query, settings=self.settings, reader=reader, places=places,
                         put=put, now=now.astimezone(UTC)))  # fmt: skip

    def _write(self, kind: str, rows: Sequence[Row]) -> None:
        columns = COLUMNS[kind]
        number = sqlalchemy.text(f'DELETE FROM nibrs_{kind} WHERE "{columns["number"]}" = :number')
        names = ", ".join(f'"{column}"' for column in columns.values())
        marks = ", ".join(f":{name}" for name in columns)
        insert = sqlalchemy.text(f"INSERT INTO nibrs_{kind} ({names}) VALUES ({marks})")
        with self.engine.begin() as connection:
            for one in {row["number"] for row in rows}:
                connection.execute(number, {"number": one})
            values = [{name: _value(name, row.get(name, "")) for name in columns} for row in rows]
            connection.execute(insert, values)


def _type(name: str) -> str:
    if name in ("birth_date", "age_at"):
        return "date"
    return "timestamp" if name.endswith(("_at", "_time")) else "text"


def _value(name: str, cell: str) -> Any:
    if _type(name) == "text":
        return cell
    form = DATE_FORMATS[1] if _type(name) == "date" else DATE_FORMATS[0]
    return datetime.strptime(cell, form) if cell else None  # noqa: DTZ007


def _joined(changes: Iterable[Rows]) -> Iterator[tuple[str, list[Row]]]:
    """Yield the rows of some changes by kind, people first."""
    for kind in KINDS:
        rows = [row for change in changes for row in change.get(kind, ())]
        if rows:
            yield kind, rows


@contextmanager
def opened(path: str, files: Files, seed: int, folder: Path) -> Iterator[FeedPath]:
    """Give a path by its name; `folder` is for the agent's files."""
    if path == "pull":
        with Postgres() as server:
            yield PullAgent(server, folder)
    else:
        yield Pushes(files, seed) if path == "push" else WholeFiles(files, csv=path == "csv")

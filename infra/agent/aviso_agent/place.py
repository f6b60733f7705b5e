"""How far the feed has got with each query: in a SQLite file, on the agent's server.

A place is written only after the upload is known. So a crash repeats an upload and loses nothing.
The file has no personal data: times, rowversions and digests of rows.

The overlap: rows that a slow transaction commits late have an older row time than rows that were
already read. So each run reads again from `overlap` before its place. The digests of those rows are
kept, so only rows that are new or changed are sent.
"""

import sqlite3
from collections.abc import Iterable, Iterator
from contextlib import closing, contextmanager
from dataclasses import dataclass, field
from datetime import UTC, datetime
from pathlib import Path

from aviso_agent.failures import AgentError

Value = datetime | bytes

TABLES = """
CREATE TABLE IF NOT EXISTS place (
    query TEXT PRIMARY KEY, place TEXT NOT NULL, completed TEXT, uploaded TEXT);
CREATE TABLE IF NOT EXISTS sent (
    query TEXT NOT NULL, place TEXT NOT NULL, digest BLOB NOT NULL,
    PRIMARY KEY (query, place, digest)) WITHOUT ROWID;
"""


@dataclass(frozen=True)
class Place:
    """How far one query has got."""

    value: Value | None = None  # the highest that is known to be in the bucket
    completed: datetime | None = None  # when the last run reached the end
    uploaded: datetime | None = None  # when the last file was put
    sent: frozenset[bytes] = field(default=frozenset())  # digests of the rows of the overlap


def as_text(value: Value) -> str:
    """Return a place as a text whose order is that of the places."""
    if isinstance(value, bytes):
        return value.hex()
    if value.tzinfo:
        value = value.astimezone(UTC)
    return value.isoformat(timespec="microseconds")


def from_text(text: str) -> Value:
    """Return the place of a text."""
    return datetime.fromisoformat(text) if "T" in text else bytes.fromhex(text)


@contextmanager
def opened(file: Path) -> Iterator["Places"]:
    """Open the file for one agent alone; another agent that asks for it is refused.

    Raises:
        AgentError: if another agent has it, or it cannot be read or written.
    """
    try:
        with closing(sqlite3.connect(file, timeout=1, isolation_level=None)) as database:
            database.execute("PRAGMA locking_mode = EXCLUSIVE")
            database.execute("PRAGMA synchronous = FULL")
            database.execute("BEGIN EXCLUSIVE")
            for statement in TABLES.split(";"):
                database.execute(statement)
            database.execute("COMMIT")
            file.chmod(0o600)
            yield Places(database)
    except sqlite3.OperationalError as error:
        raise AgentError(
            f"The state file {file} is in use or cannot be written ({error.sqlite_errorname}). "
            "Stop the other agent, or give the agent's user the right to write there."
        ) from None
    except sqlite3.DatabaseError:
        raise AgentError(
            f"The state file {file} is damaged. Delete it: the agent then reads every row again "
            "from `start`. The feed finds them unchanged, so nobody is told twice."
        ) from None


class Places:
    """The open file."""

    def __init__(self, database: sqlite3.Connection) -> None:
        self._database = database

    def read(self, query: str) -> Place:
        """Return how far a query has got; an empty place if it never ran."""
        row = self._database.execute(
            "SELECT place, completed, uploaded FROM place WHERE query = ?", (query,)
        ).fetchone()
        if row is None:
            return Place()
        sent = self._database.execute("SELECT digest FROM sent WHERE query = ?", (query,))
        completed, uploaded = (datetime.fromisoformat(at) if at else None for at in row[1:])
        digests = frozenset(digest for (digest,) in sent)
        return Place(from_text(row[0]), completed, uploaded, digests)

    def advance(
        self, query: str, place: Value, rows: Iterable[tuple[Value, bytes]], at: datetime
    ) -> None:
        """Note that rows are in the bucket, in one transaction.

        Args:
            place: the highest place that is known to be in the bucket.
            rows: the place and the digest of each uploaded row.
            at: when the upload was known.
        """
        sent = [(query, as_text(value), digest) for value, digest in rows]
        with self._transaction():
            self._database.execute(
                "INSERT INTO place (query, place, uploaded) VALUES (?, ?, ?) ON CONFLICT (query)"
                " DO UPDATE SET place = excluded.place, uploaded = excluded.uploaded",
                (query, as_text(place), at.isoformat()),
            )
            self._database.executemany("INSERT OR IGNORE INTO sent VALUES (?, ?, ?)", sent)

    def complete(self, query: str, place: Value, at: datetime, forget_before: Value) -> None:
        """Note that a run reached the end, and forget digests of rows that no run reads again."""
        with self._transaction():
            self._database.execute(
                "UPDATE place SET place = ?, completed = ? WHERE query = ?",
                (as_text(place), at.isoformat(), query),
            )
            self._database.execute(
                "DELETE FROM sent WHERE query = ? AND place < ?", (query, as_text(forget_before))
            )

    @contextmanager
    def _transaction(self) -> Iterator[None]:
        self._database.execute("BEGIN IMMEDIATE")
        try:
            yield
        except BaseException:
            self._database.execute("ROLLBACK")
            raise
        self._database.execute("COMMIT")

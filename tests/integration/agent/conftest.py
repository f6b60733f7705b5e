"""A records system in a real PostgreSQL, the agent's settings for it, and a bucket."""

import csv
import io
import os
import subprocess
import sys
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any
from zoneinfo import ZoneInfo

import pytest
import sqlalchemy

from aviso_agent import dialects, place
from aviso_agent.pull import Run, pull
from aviso_agent.reader import Reader
from aviso_agent.settings import Settings, read_settings, url_with_password
from infra.repository import ROOT
from tests.support.agent_process import AgentProcess
from tests.support.postgres import Postgres
from tests.support.put_receiver import Receiver

NOW = datetime(2026, 11, 24, 18, 0, tzinfo=UTC)  # 11:00 in Phoenix
LOCAL = datetime.fromisoformat("2026-11-24T11:00")

SETTINGS = """
database:
  url: {url}
  tls: none
  page: 3
bucket: {{name: feed-bucket, region: us-west-2, account: "123456789012"}}
state: {state}
every: 1 second
time_zone: America/Phoenix
rows_per_file: 6
queries:
  people:
    sql: SELECT num, id, name, upd FROM people WHERE name <> ':x%'
    place: UPD
    key: [num, id]
"""


class Records:
    """The records system: one table, changed as the test says."""

    def __init__(self, engine: sqlalchemy.Engine) -> None:
        self.engine = engine

    def execute(self, statement: str, **values: Any) -> list[Any]:
        """Execute a statement in a transaction of its own."""
        with self.engine.begin() as connection:
            result = connection.execute(sqlalchemy.text(statement), values)
            return list(result) if result.returns_rows else []

    def put(self, id: int, name: str, at: datetime) -> None:
        """Insert or change a person."""
        self.execute(
            "INSERT INTO people VALUES ('26-' || :id % 3, :id, :name, :at)"
            " ON CONFLICT (num, id) DO UPDATE SET name = :name, upd = :at",
            id=id, name=name, at=at,
        )  # fmt: skip

    def people(self) -> dict[tuple[str, str], str]:
        """Return each person's name."""
        rows = self.execute("SELECT num, id::text, name FROM people")
        return {(num, id): name for num, id, name in rows}


class Feed:
    """The bucket as the feed reads it: of each person, the row with the latest time counts."""

    def __init__(self) -> None:
        self.files: list[tuple[str, bytes]] = []

    def put(self, name: str, content: bytes) -> None:
        """Take a file."""
        self.files.append((name, content))

    def rows(self) -> list[dict[str, str]]:
        """Return the rows of all files, in the order of their arrival."""
        texts = (content.decode("utf-8") for _, content in self.files)
        return [row for text in texts for row in csv.DictReader(io.StringIO(text, newline=""))]

    def people(self) -> dict[tuple[str, str], str]:
        """Return each person's name, as the feed's rule of versions gives it."""
        latest: dict[tuple[str, str], tuple[str, str]] = {}
        for row in self.rows():
            key, version = (row["num"], row["id"]), (row["upd"], row["name"])
            if key not in latest or version[0] >= latest[key][0]:
                latest[key] = version
        return {key: name for key, (_, name) in latest.items()}


class Agent:
    """The agent in this process."""

    def __init__(self, settings: Settings, feed: Feed) -> None:
        self.settings = settings
        self.feed = feed

    def run(self, now: datetime = NOW, **changes: Any) -> int:
        """Run once, from the state file as it is."""
        with self.opened(now, **changes) as run:
            return pull(run)

    def opened(self, now: datetime = NOW, **changes: Any) -> Any:
        """Return a context that opens the state file and gives the run."""

        @contextmanager
        def context() -> Iterator[Run]:
            query = self.settings.queries[0]
            engine = dialects.engine(url_with_password(self.settings), 5)
            with place.opened(self.settings.state) as places:
                given = {"reader": Reader(engine, query, 5, self.settings.page), "query": query}
                given |= {"settings": self.settings, "places": places, "put": self.feed.put}
                yield Run(**{**given, "now": now, **changes})

        return context()


@pytest.fixture(scope="session")
def postgres() -> Iterator[Postgres]:
    with Postgres() as server:
        yield server


@pytest.fixture
def records(postgres: Postgres) -> Records:
    system = Records(postgres.engine)
    system.execute("DROP TABLE IF EXISTS people")
    system.execute(
        "CREATE TABLE people (num text, id int, name text, upd timestamp, PRIMARY KEY (num, id))"
    )
    return system


@pytest.fixture
def feed() -> Feed:
    return Feed()


@pytest.fixture
def settings_file(postgres: Postgres, tmp_path: Path) -> Callable[..., Path]:
    def write(old: str = "", new: str = "", user: str = "postgres") -> Path:
        text = SETTINGS.format(url=postgres.url(user), state=tmp_path / "state.db")
        assert old in text
        file = tmp_path / "agent.yaml"
        file.write_text(text.replace(old, new, 1) if old else text, "utf-8")
        return file

    return write


@pytest.fixture
def agent(records: Records, feed: Feed, settings_file: Callable[..., Path]) -> Callable[..., Agent]:
    def make(old: str = "", new: str = "", user: str = "postgres") -> Agent:
        return Agent(read_settings(settings_file(old, new, user)), feed)

    return make


@pytest.fixture
def minutes() -> Callable[[float], datetime]:
    """Return a local time so many minutes before now."""
    return lambda number: LOCAL - timedelta(minutes=number)


@pytest.fixture
def bucket() -> Iterator[Receiver]:
    with Receiver() as receiver:
        yield receiver


@pytest.fixture
def environment(bucket: Receiver) -> dict[str, str]:
    """Return an agent's environment: it finds the bucket, and no other module of ours."""
    path = {"PATH": os.environ["PATH"], "PYTHONPATH": str(ROOT / "infra/agent")}
    return path | bucket.environment


@pytest.fixture
def start(environment: dict[str, str]) -> Callable[..., subprocess.Popen[str]]:
    """Return a function that starts the agent as a server does."""

    def begin(*words: str) -> subprocess.Popen[str]:
        return subprocess.Popen(
            [sys.executable, "-m", "aviso_agent", *words],
            env=environment, cwd="/", text=True, stderr=subprocess.PIPE, stdout=subprocess.PIPE,
        )  # fmt: skip

    return begin


@pytest.fixture
def fork(environment: dict[str, str], tmp_path: Path) -> Callable[..., AgentProcess]:
    """Return a function that starts the agent without loading it again."""

    def begin(*words: str, killed_after: Sequence[str] = ()) -> AgentProcess:
        return AgentProcess(words, environment, tmp_path / "said", killed_after)

    return begin


def now() -> datetime:
    """Return the local time, as the records system writes it."""
    return datetime.now(ZoneInfo("America/Phoenix")).replace(tzinfo=None)


def as_the_feed_reads(bucket: Receiver, feed: Feed) -> dict[tuple[str, str], str]:
    """Return each person's name, as the files in the bucket give it."""
    feed.files = [(key.removeprefix("incoming/"), content) for key, content in bucket.files]
    return feed.people()

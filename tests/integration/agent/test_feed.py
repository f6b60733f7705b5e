"""From tables in PostgreSQL to cases of Aviso: the agent's files through the real import.

What the agent brings leads to the same as files and pushes of the same rows.
"""

from collections.abc import Mapping, Sequence
from datetime import UTC, datetime, timedelta
from itertools import count
from typing import Any

import pytest
import sqlalchemy
from msgspec.structs import replace

from aviso.feed import cells, rows
from aviso.notices import planning
from aviso.storage import notices
from aviso.storage.notice_items import NoticeItem
from aviso_agent import dialects, place
from aviso_agent.pull import Run, pull
from aviso_agent.reader import Reader
from aviso_agent.settings import read_settings
from infra.harness.builders import NOW
from infra.harness.feed_drop import (
    Feed,
    a_case_row,
    a_person_row,
    a_suspect_row,
    an_arrest_row,
    stored,
)
from infra.harness.feed_files import ndjson_text
from tests.support.feed_flow import NUMBERS, empty_tables, tables

HEAD = """
database: {{url: "{url}", tls: none}}
bucket: {{name: feed-bucket, region: us-west-2, account: "123456789012"}}
state: {state}
time_zone: America/Phoenix
queries:
"""
QUERY = """
  {kind}: {{sql: 'SELECT * FROM rms_{kind}', place: LAST_UPD, key: [{key}]}}
"""
KEYS = {
    "cases": "INCIDENT_NUM, OFFENSE_CD",
    "people": "INCIDENT_NUM, NAME_ID, INVL_TYPE, REL_TO_SUSP",
    "arrests": "INCIDENT_NUM, ARREST_NUM",
}
FORMS = ("%Y-%m-%dT%H:%M:%S.%f", "%Y-%m-%d")
TIMES = {"row_time": "timestamp", "arrested_at": "timestamp", "birth_date": "date"}


class City:
    """A records system with the sample agency's columns, and an agent that reads it."""

    def __init__(self, feed: Feed, engine: sqlalchemy.Engine, settings: Any) -> None:
        self.engine = engine
        self.settings = settings
        self.feed = feed
        files = (
            replace(f, name_pattern=rf"{f.kind}_[0-9a-f]{{32}}\.csv",
                    date_formats=(*f.date_formats, *FORMS))
            for f in feed.settings.feed
        )  # fmt: skip
        feed.settings = replace(feed.settings, feed=tuple(files))

    def put(self, kind: str, row: dict[str, str]) -> None:
        """Replace a row of the records system, given in canonical columns."""
        columns = self.feed.file(kind).columns
        types = ", ".join(f'"{c}" {TIMES.get(n, "text")}' for n, c in columns.items())
        keys = KEYS[kind].split(", ")
        given = row | {
            name: row.get(name, "") for name, column in columns.items() if column in keys
        }
        values = {
            name: _typed(name, given[name])
            for name in columns
            if given.get(name) or columns[name] in keys
        }
        names = ", ".join(f'"{columns[name]}"' for name in values)
        marks = ", ".join(f":{name}" for name in values)
        same = " AND ".join(f'"{c}" = :{n}' for n, c in columns.items() if c in keys)
        with self.engine.begin() as connection:
            connection.execute(sqlalchemy.text(f"CREATE TABLE IF NOT EXISTS rms_{kind} ({types})"))
            connection.execute(sqlalchemy.text(f"DELETE FROM rms_{kind} WHERE {same}"), values)
            connection.execute(
                sqlalchemy.text(f"INSERT INTO rms_{kind} ({names}) VALUES ({marks})"), values
            )

    def forget(self, kind: str) -> None:
        """Delete every row of a kind."""
        with self.engine.begin() as connection:
            connection.execute(sqlalchemy.text(f"DELETE FROM rms_{kind}"))

    def pull(self, times: int = 1) -> dict[str, list[dict[str, Any]]]:
        """Let the agent run; return each kind's summaries, of files that arrive so many times."""
        summaries: dict[str, list[dict[str, Any]]] = {kind: [] for kind in KEYS}

        def put(name: str, content: bytes) -> None:
            for _ in range(times):
                self.feed.put(name, content)
                summaries[name.partition("_")[0]].append(self.feed.run(name))

        for query in self.settings.queries:
            reader = Reader(dialects.engine(self.settings.url, 5), query, 5, 100)
            with place.opened(self.settings.state) as places:
                pull(Run(query=query, settings=self.settings, reader=reader, places=places,
                         put=put, now=NOW))  # fmt: skip
        return summaries


def _typed(name: str, value: str) -> Any:
    form = {"timestamp": "%m/%d/%Y %H:%M", "date": "%m/%d/%Y"}.get(TIMES.get(name, ""))
    return datetime.strptime(value, form) if form else value  # noqa: DTZ007


@pytest.fixture
def city(aws, settings, postgres, tmp_path):
    engine = postgres.engine
    with engine.begin() as connection:
        for kind in KEYS:
            connection.execute(sqlalchemy.text(f"DROP TABLE IF EXISTS rms_{kind}"))
    file = tmp_path / "agent.yaml"
    queries = "".join(QUERY.format(kind=kind, key=key) for kind, key in KEYS.items())
    head = HEAD.format(url=postgres.url(), state=tmp_path / "state.db")
    file.write_text(head + queries, "utf-8")
    system = City(Feed(settings), engine, read_settings(file))
    system.put("cases", a_case_row(restricted="Y"))
    system.put("people", a_person_row(rights="R"))
    system.put("people", a_suspect_row())
    system.put("arrests", an_arrest_row())
    return system


def said(summaries):
    """Return what the import counted, by kind: new, changed, rejected, per file."""
    counted = ("new", "changed", "rejected")
    return {
        kind: [tuple(summary.get(name, 0) for name in counted) for summary in files]
        for kind, files in summaries.items()
    }


class TestFeed:
    def test_rows_of_tables_become_a_case(self, city):
        assert said(city.pull()) == {
            "people": [(2, 0, 0)],
            "cases": [(1, 0, 0)],
            "arrests": [(1, 0, 0)],
        }
        case = stored()
        assert case.report.restricted is True
        assert case.victims[0].last_name == "Muñoz"
        assert case.victims[0].birth_date.isoformat() == "1985-04-12"
        assert case.arrests[0].arrested_at == NOW - timedelta(hours=1)

    def test_a_file_that_comes_twice_changes_nothing(self, city):
        assert said(city.pull(times=2))["people"] == [(2, 0, 0), (0, 0, 0)]

    def test_a_changed_row_alone_is_imported(self, city):
        city.pull()
        later = (NOW + timedelta(minutes=1)).astimezone(city.settings.zone)
        city.put("cases", a_case_row(status="CBA", row_time=f"{later:%m/%d/%Y %H:%M}"))
        assert said(city.pull()) == {"people": [], "cases": [(0, 1, 0)], "arrests": []}
        assert said(city.pull())["cases"] == []


OLD, NEW = (f"11/24/2026 {hour}:00" for hour in ("08", "11"))
Rows = Mapping[str, Sequence[dict[str, str]]]


def rows_of(number: str, *, later: bool) -> Rows:
    """Return a case as it is exported first, or later; it has two offenses and a son's friend."""
    at = {"number": number, "row_time": NEW if later else OLD}
    victim = a_person_row(phone="520-555-0102" if later else "520-555-0101", **at)
    return {
        "people": [
            *(victim | {"relationship": word} for word in ("PARENT", "FRIEND")),
            a_suspect_row(removed="Y" if later and number == NUMBERS[1] else "N", **at),
        ],
        "cases": [
            a_case_row(status="PROS" if later else "OPEN", **at),
            a_case_row(status="PROS" if later else "OPEN", offense="13-1203", **at),
        ],
        "arrests": [an_arrest_row(withdrawn="Y" if later and number == NUMBERS[0] else "N", **at)],
    }


def bring(city: City, path: str, changes: Rows) -> None:
    """Bring rows by one path of the feed; S3 reports each object twice."""
    if path == "pull":
        for kind, changed in changes.items():
            for row in changed:
                city.put(kind, row)
        city.pull(times=2)
        return
    for kind, changed in changes.items():
        name = f"{kind}_{next(NAMES):032x}.csv"
        text = city.feed.text(kind, changed)
        if path != "csv":
            name = f"{'push/' * (path == 'push')}{kind}-{next(NAMES)}.ndjson"
            text = ndjson_text(city.feed.file(kind), changed)
        city.feed.put(name, text.encode())
        for _ in range(2):
            city.feed.run(name)


NAMES = count()


def end_of(city: City, path: str) -> list[Any]:
    """Return the rows and notices after two exports, and old rows again where they may come."""
    empty_tables()
    for item in NoticeItem.scan():
        item.delete()
    for kind in KEYS:
        city.forget(kind)
    for later, late in ((False, False), (True, False), (False, True)):
        for number in NUMBERS:
            if path != "pull" or not late:  # a table has no old rows
                bring(city, path, rows_of(number, later=later))
            planning.plan(number, city.feed.settings, city.feed.now)
    owed = [
        (notice.kind.value, str(notice.fact), notice.victim, notice.state.value, notice.deadline)
        for number in NUMBERS
        for notice in notices.of_case(number)
    ]
    return [*tables(but=frozenset({"export_time"})), *sorted(owed, key=str)]


def _read_as_utc(text: str, form: str, honest: Any = cells.read_date) -> datetime | None:
    at: datetime | None = honest(text, form)
    return at and at.replace(tzinfo=UTC)


def _lose_a_flag(
    values: Any, name: str, honest: Any = cells.Values.flag, *, unreadable: bool = False
) -> bool:
    return name != "removed" and bool(honest(values, name, unreadable=unreadable))


def _lose_the_last_row(reader: Any, *given: Any, honest: Any = Reader.pages) -> Any:
    return (page[:-1] or page for page in honest(reader, *given))


class TestPaths:
    @pytest.mark.parametrize("path", ["ndjson", "push", "pull"])
    def test_lead_to_the_same(self, city, path):
        files = end_of(city, "csv")
        assert len(files) == 15
        assert end_of(city, path) == files

    @pytest.mark.parametrize(
        ("path", "place", "name", "fault"),
        [
            ("ndjson", cells, "read_date", _read_as_utc),
            ("push", cells.Values, "flag", _lose_a_flag),
            ("push", rows, "_row_time", lambda *_: None),
            ("pull", Reader, "pages", _lose_the_last_row),
        ],
    )
    def test_that_errs_ends_otherwise(self, city, monkeypatch, path, place, name, fault):
        files = end_of(city, "csv")
        monkeypatch.setattr(place, name, fault)
        assert end_of(city, path) != files

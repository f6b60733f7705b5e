"""A first load in pieces: every row once, by any number of workers, and history owes nothing."""

import csv
import io
from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from types import SimpleNamespace
from typing import Any

import boto3
import pytest
from msgspec.structs import replace

from aviso.domain.errors import FileRefused
from aviso.domain.model import Kind
from aviso.domain.settings import Settings
from aviso.feed import backfill, backfill_chunks
from aviso.notices import planning
from aviso.storage import cases, inbox, name_key, notices
from infra.harness.builders import NOW, NUMBER
from infra.harness.feed_drop import (
    BUCKET,
    Feed,
    a_case_row,
    a_person_row,
    a_suspect_row,
    an_arrest_row,
    stored,
)
from infra.harness.feed_files import local
from tests.support.stream_records import Streams

DAY = timedelta(days=1)
YEARS_AGO = NOW - 900 * DAY
Row = Mapping[str, str]


@dataclass
class Machine:
    """The state machine as `template.yaml` has it: asks what is next, and loads what it is told."""

    feed: Feed
    run: str = "run-1"
    loaded: list[str] = field(default_factory=list)
    lines: list[Mapping[str, str]] = field(default_factory=list)

    def put(self, name: str, body: bytes) -> None:
        boto3.client("s3").put_object(Bucket=BUCKET, Key=f"backfill/{name}", Body=body)

    def file(self, kind: str, *rows: Row, at: datetime = NOW, folder: str = "") -> None:
        """Put a file of rows, exported at a time, where a backfill looks."""
        name = f"{folder}{kind}_{local_stamp(at)}.csv"
        self.put(name, self.feed.text(kind, rows).encode("cp1252"))

    def go(self) -> None:
        """Run to the end."""
        at: dict[str, Any] = {}
        while True:
            answer = self.ask(at)
            if answer["next"] == "end":
                return
            if answer["next"] == "load":
                self.load(answer["manifest"])
            at = answer["at"]

    def ask(self, at: Mapping[str, Any]) -> dict[str, Any]:
        """Take one step."""
        return backfill.next_step(BUCKET, self.run, at, self.feed.settings, self.feed.now)

    def load(self, manifest: str) -> None:
        """Read a manifest's pieces, the last ones first: workers keep no order."""
        self.loaded.append(manifest.rpartition("/")[2])
        lines = list(csv.DictReader(io.StringIO(self.feed.get(manifest))))
        self.lines += lines
        for line in reversed(lines):
            backfill.load(BUCKET, self.run, line, self.feed.settings, self.feed.now)

    @property
    def summary(self) -> dict[str, Any]:
        return self.feed.summary(f"backfill/{self.run}")


def local_stamp(at: datetime) -> str:
    return (at - timedelta(hours=7)).strftime("%Y%m%dT%H%M%S")


@pytest.fixture
def machine(aws: None, settings: Settings) -> Machine:
    return Machine(Feed(settings))


def an_old_case(n: int = 0, **changes: str) -> dict[str, str]:
    at = local(YEARS_AGO)
    return a_case_row(number=number(n), reported_at=at, status_at=at, row_time=at, **changes)


def number(n: int) -> str:
    return f"{int(NUMBER) + n:010d}"


def changed_guards() -> list[Any]:
    """Return the key of each row of Guards that was changed, the oldest first."""
    changes = Streams().records()
    return [r["dynamodb"]["Keys"] for r in changes if "/Guards/" in r["eventSourceARN"]]


def planned(feed: Feed, n: int = 0) -> list[Kind]:
    """Plan a case as its stream and reconcile would, and return what it owes."""
    for _ in range(2):
        planning.plan(number(n), feed.settings, feed.now)
    return [notice.kind for notice in notices.of_case(number(n))]


class TestHistory:
    def test_comes_whole_and_owes_nothing(self, machine: Machine) -> None:
        at = local(YEARS_AGO)
        machine.file("cases", an_old_case(assigned="Det. R. Ibarra"))
        machine.file("people", a_person_row(row_time=at), a_suspect_row(row_time=at))
        machine.file("arrests", an_arrest_row(arrested_at=at, row_time=at))
        machine.go()
        case = stored()
        assert case.report is not None
        assert case.report.assigned == "Det. R. Ibarra"
        assert [v.last_name for v in case.victims] == ["Muñoz"]
        assert [a.id for a in case.arrests] == ["A1"]
        assert planned(machine.feed) == []
        assert machine.summary["new"] == 4

    def test_includes_what_nothing_dates(
        self,
        machine: Machine,
    ) -> None:
        undated = {"reported_at": "", "row_time": "", "assigned": "Det. R. Ibarra"}
        at = local(YEARS_AGO)
        machine.file("cases", a_case_row(number=number(0), **undated))
        machine.file("people", *(a_person_row(number=number(n), row_time=at) for n in (0, 1)))
        machine.go()
        assert planned(machine.feed, 0) == []
        machine.feed.drop("cases", a_case_row(number=number(1), **undated))
        assert planned(machine.feed, 1) != []

    def test_ends_at_the_go_live(self, machine: Machine) -> None:
        machine.file("cases", an_old_case())
        machine.file("people", a_person_row(), a_suspect_row())
        machine.file("arrests", an_arrest_row())
        machine.go()
        assert Kind.ARREST in planned(machine.feed)

    def test_tells_a_new_victim_of_a_later_arrest(
        self,
        machine: Machine,
    ) -> None:
        machine.feed.drop("arrests", an_arrest_row())
        machine.file("cases", an_old_case())
        machine.file("people", a_person_row(row_time=local(YEARS_AGO)), a_suspect_row())
        machine.go()
        assert Kind.ARREST in planned(machine.feed)

    def test_keeps_what_the_feed_has_seen(self, machine: Machine) -> None:
        machine.feed.drop("cases", a_case_row(assigned="Det. R. Ibarra"), at=NOW)
        machine.file("cases", an_old_case(assigned="Det. A. Vega"), at=YEARS_AGO)
        machine.go()
        report = stored().report
        assert report is not None
        assert report.assigned == "Det. R. Ibarra"
        assert report.first_seen["report"] == NOW

    def test_keeps_first_seen_for_a_newer_row(self, machine: Machine) -> None:
        earlier = local(NOW - 3 * DAY)
        machine.feed.drop("cases", a_case_row(row_time=earlier), at=NOW - 3 * DAY)
        machine.feed.now = NOW + DAY
        machine.file("cases", a_case_row(assigned="Det. R. Ibarra"), at=NOW)
        machine.go()
        report = stored().report
        assert report is not None
        assert report.first_seen["report"] == NOW
        assert report.first_seen["assigned:det-r-ibarra"] == NOW + DAY

    def test_that_is_news_is_found_by_the_next_hour(self, machine: Machine) -> None:
        machine.feed.now = NOW + 3 * DAY
        machine.file("cases", an_old_case(0), a_case_row(number=number(1)))
        machine.go()
        assert list(cases.touched(machine.feed.now - timedelta(hours=1))) == [number(1)]

    def test_passes_the_stream_by(self, machine: Machine, monkeypatch: pytest.MonkeyPatch) -> None:
        from functions.plan_notices import handler

        asked: list[str] = []

        def plan(number: str, *_: object) -> int:
            asked.append(number)
            return 0

        monkeypatch.setattr(planning, "plan", plan)
        context = SimpleNamespace(
            function_name="plan",
            memory_limit_in_mb=512,
            invoked_function_arn="arn",
            aws_request_id="id",
        )
        streams = Streams()

        def deliver() -> list[str]:
            asked.clear()
            records = [r for r in streams.records() if "/Cases/" in r["eventSourceARN"]]
            handler.handler({"Records": records}, context)
            return list(asked)

        machine.file("cases", an_old_case(0), a_case_row(number=number(1)))
        machine.go()
        assert deliver() == [number(1)]
        machine.feed.drop(
            "cases", an_old_case(0, assigned="Det. A. Vega") | {"row_time": local(NOW)}
        )
        assert deliver() == [number(0)]


class TestRows:
    def test_are_read_once_wherever_pieces_end(
        self, machine: Machine, monkeypatch: pytest.MonkeyPatch
    ) -> None:
        rows = [an_old_case(n, assigned=f"Det.\nNo. {n}" if n % 3 else "Vega") for n in range(11)]
        for size in (1, 2, 3, 5, 11, 12):
            monkeypatch.setattr(backfill_chunks, "ROWS", size)
            each = Machine(machine.feed, run=f"run-{size}")
            if size == 1:
                each.file("cases", *rows[:6], folder="2023/")
                each.file("cases", *rows[6:], folder="2024/")
            each.go()
            assert each.summary["read"] == 11
            assert len(each.lines) == -(-6 // size) + -(-5 // size)
        assert {n for n in range(11) if stored(number(n)).report} == set(range(11))

    def test_that_are_bad_are_listed_alone(
        self, machine: Machine, monkeypatch: pytest.MonkeyPatch
    ) -> None:
        monkeypatch.setattr(backfill_chunks, "ROWS", 2)
        machine.file(
            "cases", an_old_case(), an_old_case(1) | {"number": "nonsense"}, an_old_case(2)
        )
        machine.go()
        assert (machine.summary["new"], machine.summary["rejected"]) == (2, 1)
        (listed,) = machine.feed.keys("rejects/")
        assert "bad_number" in machine.feed.get(listed)

    def test_that_are_rejected_are_one_task(self, machine: Machine) -> None:
        machine.file("cases", a_case_row())
        machine.file("arrests", an_arrest_row(id=""), an_arrest_row(id="a2", suspect=""))
        for _ in range(2):
            machine.go()
        (task,) = inbox.rejected()
        assert (task.file, task.rows) == ("backfill/", machine.summary["rejected"])

    def test_that_are_all_good_make_no_task(self, machine: Machine) -> None:
        machine.file("cases", an_old_case())
        machine.go()
        assert list(inbox.rejected()) == []


class TestRun:
    def test_reads_suspects_before_victims(self, machine: Machine) -> None:
        machine.file("arrests", an_arrest_row())
        machine.file("cases", an_old_case())
        machine.file("people", a_person_row(), a_suspect_row())
        machine.go()
        assert machine.loaded == ["suspects.csv", "cases.csv", "victims.csv", "arrests.csv"]

    def test_may_repeat_steps_and_pieces(self, machine: Machine) -> None:
        machine.file("cases", an_old_case(), an_old_case(1))
        for _ in range(2):
            answer = machine.ask({})
        answer = machine.ask(answer["at"])
        for _ in range(2):
            machine.load(answer["manifest"])
        machine.ask(answer["at"])
        assert len(machine.lines) == 2  # one piece, read twice
        assert (machine.summary["pieces"], machine.summary["new"]) == (1, 2)

    def test_stops_at_a_file_that_is_no_export(self, machine: Machine) -> None:
        machine.file("cases", an_old_case())
        machine.put("notes.csv", b"A,B\n1,2\n")
        with pytest.raises(FileRefused, match=r"backfill/notes\.csv"):
            machine.go()
        assert stored().report is None

    def test_refuses_a_file_replaced_since_the_cut(self, machine: Machine) -> None:
        machine.file("cases", an_old_case())
        answer = machine.ask(machine.ask({})["at"])
        machine.file("cases", an_old_case(), an_old_case(1))
        with pytest.raises(FileRefused, match="replaced"):
            machine.load(answer["manifest"])

    def test_is_no_sign_of_life_and_holds_no_sends(self, machine: Machine) -> None:
        name_key.made()  # the only row of Guards that a backfill may write, once
        before = changed_guards()
        machine.file("people", a_person_row(), a_suspect_row())
        machine.go()
        assert changed_guards() == before


class TestLostRegion:
    """A new stack elsewhere: its `go_live` is the moment of the loss, and history is loaded."""

    @pytest.fixture
    def lost(self, machine: Machine) -> Machine:
        agency = replace(machine.feed.settings.agency, go_live=NOW - timedelta(hours=2))
        machine.feed.settings = replace(machine.feed.settings, agency=agency)
        at = local(NOW - DAY)
        machine.file("cases", a_case_row(assigned="Det. R. Ibarra", status_at=at))
        machine.file("people", a_person_row(), a_suspect_row())
        machine.file("arrests", an_arrest_row(arrested_at=local(NOW - 3 * timedelta(hours=1))))
        machine.go()
        return machine

    def test_tells_nobody_again(self, lost: Machine) -> None:
        assert stored().report is not None
        assert planned(lost.feed) == []

    def test_tells_nobody_again_by_a_full_export(self, lost: Machine) -> None:
        assert stored().report is not None
        at = local(NOW - DAY)
        lost.feed.drop("cases", a_case_row(assigned="Det. R. Ibarra", status_at=at))
        lost.feed.drop("people", a_person_row(), a_suspect_row())
        arrest = an_arrest_row(arrested_at=local(NOW - 3 * timedelta(hours=1)))
        lost.feed.drop("arrests", arrest)
        assert planned(lost.feed) == []

    def test_tells_what_happened_since_once(self, lost: Machine) -> None:
        for _ in range(2):
            lost.feed.drop("arrests", an_arrest_row(id="A2"))
        assert planned(lost.feed) == [Kind.ARREST]

"""How an import goes: in order, in pieces, and again after a stop."""

import json
import logging
from datetime import timedelta
from types import SimpleNamespace
from typing import Any

import pytest
from msgspec.structs import replace

from aviso.domain.model import Report
from aviso.domain.settings import Settings
from aviso.feed import checkpoint, importer, objects, row_reader, row_writer
from aviso.feed.file_names import Upload
from aviso.feed.ndjson_fields import FIELDS
from aviso.runtime.clients import client
from aviso.storage import cases, guards, inbox, markers
from aviso.storage.cases import Row
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

HOUR = timedelta(hours=1)


class TestOrder:
    def test_puts_suspects_before_any_victim(self, feed: Feed, written: list[str]) -> None:
        feed.drop(
            "people",
            a_person_row(),
            a_person_row(id="P2"),
            a_suspect_row(),
            a_person_row(id="G1", role="GRD", for_person="P1"),
        )
        assert written.index("SUSPECT#S1") < written.index("VICTIM#P1")
        assert written[2:] == ["VICTIM#P1", "VICTIM#P2"]

    def test_holds_sends_while_people_are_read(
        self, feed: Feed, monkeypatch: pytest.MonkeyPatch
    ) -> None:
        during: list[Any] = []
        write = cases.write_row

        def looking(number: str, row: Row, replaces: Row | None, **at: Any) -> None:
            during.append(guards.read(NUMBER, {}).importing_until)
            write(number, row, replaces, **at)

        monkeypatch.setattr(row_writer, "write_row", looking)
        feed.drop("people", a_person_row(), a_suspect_row())
        assert all(until and until > NOW for until in during)
        assert len(during) == 2
        assert guards.read(NUMBER, {}).importing_until is None
        feed.drop("cases", a_case_row())
        assert during[2] is None

    def test_decides_a_lost_write_again(self, feed: Feed, monkeypatch: pytest.MonkeyPatch) -> None:
        feed.drop("cases", a_case_row())
        read = cases.read_rows
        interferes = iter([True])

        def stale(keys: Any, *, consistent: bool = False) -> Any:
            found = read(keys, consistent=consistent)
            if next(interferes, False):
                (row,) = found.values()
                assert isinstance(row, Report)
                newer = replace(row, status="CLOSED", digest="other", row_time=NOW + HOUR)
                cases.write_row(NUMBER, newer, row)
            return found

        monkeypatch.setattr(row_writer, "read_rows", stale)
        result = feed.drop("cases", a_case_row(status="ACTIVE", row_time=local(NOW)), at=NOW + HOUR)
        assert result["older"] == 1
        report = stored().report
        assert report is not None
        assert report.status == "CLOSED"

    def test_holds_sends_until_the_last_part(
        self, feed: Feed, monkeypatch: pytest.MonkeyPatch
    ) -> None:
        monkeypatch.setattr(row_reader, "BATCH", 2)
        people = [a_person_row(id=f"P{n}") for n in range(4)]
        feed.put("people.csv", feed.text("people", [*people, a_suspect_row()]).encode())
        life = iter([900_000, 20_000, 900_000, 100_000, 900_000, 20_000, *[900_000] * 20])
        feed.remaining = lambda: next(life)
        assert feed.run("people.csv")["result"] == "continues"
        assert guards.read(NUMBER, {}).importing_until is not None
        assert stored().victims == ()
        assert feed.run("people.csv")["result"] == "continues"
        assert [s.id for s in stored().suspects] == ["S1"]
        assert guards.read(NUMBER, {}).importing_until is not None
        last = feed.run("people.csv")
        assert (last["result"], last["read"], last["new"]) == ("imported", 5, 5)
        assert guards.read(NUMBER, {}).importing_until is None


class TestRepetition:
    """An import is killed after its rows and before its tasks; AWS repeats it."""

    @pytest.fixture
    def repeated(self, feed: Feed, monkeypatch: pytest.MonkeyPatch) -> Any:
        feed.drop("cases", a_case_row(), at=NOW - HOUR)
        feed.drop("people", a_suspect_row(), a_suspect_row(id="S2"), at=NOW - HOUR)
        feed.drop("arrests", an_arrest_row(), at=NOW - HOUR)
        conclude = importer.Import.conclude
        killed = iter([True])

        def once(run: importer.Import) -> Any:
            if next(killed, False):
                raise ConnectionError("throttled")
            return conclude(run)

        def go(kind: str, row: dict[str, str]) -> dict[str, Any]:
            monkeypatch.setattr(importer.Import, "conclude", once)
            with pytest.raises(ConnectionError):
                feed.drop(kind, row)
            return feed.drop(kind, row)

        return go

    def test_makes_the_task_about_another_suspect(self, repeated: Any) -> None:
        summary = repeated("arrests", an_arrest_row(suspect="S2"))
        assert (summary["read"], summary["new"]) == (1, 1)
        assert [task.doubtful for task in inbox.rejected()] == [1]

    def test_notes_that_the_feed_changed(self, repeated: Any) -> None:
        before = checkpoint.last_file("arrests")["changed"]
        repeated("arrests", an_arrest_row(appearance_at="11/30/2026 09:00", row_time=local(NOW)))
        assert checkpoint.last_file("arrests")["changed"] > before


class TestCheckpoint:
    @pytest.mark.parametrize("batches", [1, 2])
    def test_carries_a_long_file_on(
        self, feed: Feed, monkeypatch: pytest.MonkeyPatch, batches: int
    ) -> None:
        monkeypatch.setattr(row_reader, "BATCH", 3)
        rows = [a_case_row(number=f"261124{n:04d}") for n in range(1, 15)]
        rows[1]["number"] = rows[12]["number"] = "bad"
        feed.put("cases.csv", feed.text("cases", rows).encode("cp1252"))
        invocations = 4 // batches
        life = iter(([900_000] * (batches - 1) + [20_000]) * invocations + [900_000] * 9)
        feed.remaining = lambda: next(life)
        results = [feed.run("cases.csv") for _ in range(invocations + 1)]
        assert [r["result"] for r in results] == ["continues"] * invocations + ["imported"]
        assert feed.again == invocations
        last = results[-1]
        assert (last["read"], last["new"], last["rejected"]) == (14, 12, 2)
        assert last["parts"] == invocations + 1
        listed = [line for key in feed.keys("rejects/") for line in feed.get(key).splitlines()[1:]]
        assert sorted(int(line.split(",")[0]) for line in listed) == [3, 14]
        assert all(stored(f"261124{n:04d}").report for n in (1, 3, 14))

    def test_survives_a_second_event_at_once(
        self, feed: Feed, monkeypatch: pytest.MonkeyPatch
    ) -> None:
        monkeypatch.setattr(row_reader, "BATCH", 1)
        rows = [a_case_row(number=f"261124{n:04d}") for n in range(1, 5)]
        feed.put("cases.csv", feed.text("cases", rows).encode())
        second: list[dict[str, Any]] = []

        def meanwhile() -> int:
            feed.remaining = lambda: 900_000
            if not second:
                second.append(feed.run("cases.csv"))
            return 900_000

        feed.remaining = meanwhile
        first = feed.run("cases.csv")
        assert second[0]["new"] + first["new"] == 4
        assert first["unchanged"] == 3
        assert all(stored(f"261124{n:04d}").report for n in range(1, 5))

    def test_is_left_when_the_file_is_replaced(self, feed: Feed) -> None:
        feed.put("cases.csv", feed.text("cases", [a_case_row()]).encode())
        source = objects.find(Upload(bucket=BUCKET, key="incoming/cases.csv"))
        feed.put("cases.csv", feed.text("cases", [a_case_row(status="ACTIVE")]).encode())
        with pytest.raises(Exception, match="replaced"), objects.opened(source) as chunks:
            list(chunks)

    def test_is_forgotten_at_the_end(self, feed: Feed) -> None:
        feed.put("cases.csv", feed.text("cases", [a_case_row()]).encode())
        feed.run("cases.csv")
        source = objects.find(Upload(bucket=BUCKET, key="incoming/cases.csv"))
        assert markers.marker(f"CHECKPOINT#{source.id}") is None
        assert checkpoint.already_imported(source)


class TestReading:
    @pytest.mark.parametrize("ndjson", [False, True])
    @pytest.mark.parametrize(("kind", "passes"), [("cases", 1), ("people", 2), ("arrests", 1)])
    def test_is_one_before_those_of_the_rows(
        self, feed: Feed, kind: str, passes: int, ndjson: bool
    ) -> None:
        row = {"cases": a_case_row, "people": a_person_row, "arrests": an_arrest_row}[kind]()
        name, body = f"{kind}.csv", feed.text(kind, [row])
        if ndjson:
            name, body = f"{kind}.ndjson", json.dumps(dict.fromkeys(FIELDS[kind]))
        feed.put(name, body.encode())
        opened: list[Any] = []
        events = client("s3").meta.events
        event = "before-parameter-build.s3.GetObject"
        events.register(event, lambda **call: opened.append(call), "opened")
        feed.run(name)
        events.unregister(event, unique_id="opened")
        assert len(opened) == 1 + passes


class TestHandler:
    def test_unquotes_the_key_and_logs_figures_only(
        self,
        feed: Feed,
        settings: Settings,
        monkeypatch: pytest.MonkeyPatch,
        capsys: pytest.CaptureFixture[str],
        caplog: pytest.LogCaptureFixture,
    ) -> None:
        from functions.import_feed import handler

        caplog.set_level(logging.INFO)
        name = "swpd_people_20261124T1200.csv"
        feed.put("to load/" + name, feed.text("people", [a_person_row()]).encode())
        event = {
            "Records": [
                {
                    "s3": {
                        "bucket": {"name": BUCKET},
                        "object": {"key": f"incoming/to+load%2F{name}"},
                    }
                }
            ]
        }
        context: Any = SimpleNamespace(
            get_remaining_time_in_millis=lambda: 900_000, function_name="import"
        )
        handler.handler(event, context)
        assert stored().victims[0].id == "P1"
        logged = capsys.readouterr().out + caplog.text
        for private in ("Muñoz", NUMBER, "ana@", "555-01", "520555"):
            assert private not in logged

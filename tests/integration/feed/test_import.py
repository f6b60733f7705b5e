"""Whole files through the import: what is written, refused, rejected, repeated and resumed."""

import json
import logging
from datetime import timedelta
from types import SimpleNamespace
from typing import Any

import pytest
from msgspec.structs import replace

from aviso.domain.model import Report, Rights
from aviso.domain.settings import Settings
from aviso.feed import checkpoint, objects, row_reader, row_writer
from aviso.storage import cases, guards, markers
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
from infra.harness.staff_browser import say_of_case

HOUR = timedelta(hours=1)


def test_an_export_becomes_a_case(feed: Feed) -> None:
    feed.drop("cases", a_case_row(assigned="Det. R. Ibarra", restricted="Y"))
    feed.drop(
        "people",
        a_person_row(rights="R", safe_to_contact="N"),
        a_suspect_row(),
        a_person_row(id="G1", role="GRD", for_person="P1"),
    )
    feed.drop("arrests", an_arrest_row(appearance_at="11/25/2026 09:00"))
    case = stored()
    assert case.report is not None
    assert (case.report.assigned, case.report.restricted) == ("Det. R. Ibarra", True)
    assert case.report.first_seen["report"] == NOW
    victim = case.victims[0]
    assert (victim.last_name, victim.phone, victim.language) == ("Muñoz", "+15205550101", "es")
    assert (victim.rights, victim.safe_to_contact) == (Rights.REQUESTED, False)
    assert [s.id for s in case.suspects] == ["S1"]
    assert (case.representatives[0].victim, case.representatives[0].relation) == ("P1", "guardian")
    arrest = case.arrests[0]
    assert arrest.arrested_at == NOW - HOUR
    assert arrest.first_seen["arrest:A1"] == NOW


def test_windows_1252_and_a_byte_order_mark_give_the_same_rows(feed: Feed) -> None:
    text = feed.text("people", [a_person_row()])
    feed.put("people.csv", text.encode("cp1252"))
    assert feed.run("people.csv")["new"] == 1
    feed.put("people_20261124.csv", text.encode("utf-8-sig"))
    assert feed.run("people_20261124.csv")["unchanged"] == 1
    assert stored().victims[0].last_name == "Muñoz"


def test_an_unchanged_row_costs_no_write_and_a_changed_one_costs_one(
    feed: Feed, written: list[str]
) -> None:
    feed.drop("people", a_person_row(), a_suspect_row())
    written.clear()
    again = feed.drop("people", a_person_row(), a_suspect_row(), at=NOW + HOUR)
    assert (again["unchanged"], written) == (2, [])
    changed = a_person_row(phone="520-555-0142", row_time=local(NOW))
    assert feed.drop("people", changed, a_suspect_row(), at=NOW + 2 * HOUR)["changed"] == 1
    assert written == ["VICTIM#P1"]


def test_an_older_row_never_overwrites_a_newer_one(feed: Feed) -> None:
    newer = a_case_row(status="ACTIVE", row_time=local(NOW))
    feed.drop("cases", newer, at=NOW)
    late = feed.drop("cases", a_case_row(status="OPEN"), at=NOW + HOUR)
    assert late["older"] == 1
    report = stored().report
    assert report is not None
    assert report.status == "ACTIVE"


def test_without_row_times_the_later_export_wins(feed: Feed) -> None:
    feed.drop("cases", a_case_row(status="ACTIVE", row_time=""), at=NOW)
    feed.drop("cases", a_case_row(status="OPEN", row_time=""), at=NOW - HOUR)
    report = stored().report
    assert report is not None
    assert report.status == "ACTIVE"


def test_a_full_file_vouches_for_the_rows_it_found_unchanged(feed: Feed) -> None:
    feed.full("cases")
    row = a_case_row(row_time="", status="OPEN")
    feed.drop("cases", row, at=NOW - 3 * HOUR)
    feed.drop("cases", row, at=NOW - HOUR)
    late = feed.drop("cases", row | {"status": "ACTIVE"}, at=NOW - 2 * HOUR)
    assert late["older"] == 1


def test_what_was_first_seen_stays_first_seen(feed: Feed) -> None:
    feed.drop("cases", a_case_row(assigned="Det. R. Ibarra"))
    feed.now = NOW + HOUR
    feed.drop(
        "cases", a_case_row(assigned="Det. L. Cruz", row_time=local(NOW + HOUR)), at=NOW + HOUR
    )
    report = stored().report
    assert report is not None
    seen = report.first_seen
    assert seen["report"] == seen["assigned:det-r-ibarra"] == NOW
    assert seen["assigned:det-l-cruz"] == NOW + HOUR


def test_what_a_person_at_the_desk_wrote_survives_the_feed(feed: Feed) -> None:
    feed.drop("cases", a_case_row())
    say_of_case(NUMBER, "restricted")
    feed.drop("cases", a_case_row(status="ACTIVE", row_time=local(NOW)), at=NOW + HOUR)
    report = stored().report
    assert report is not None
    assert (report.status, report.desk_restriction) == ("ACTIVE", "restricted")


def test_of_two_rows_about_one_thing_in_a_file_the_later_version_wins(feed: Feed) -> None:
    old, new = a_case_row(status="OPEN"), a_case_row(status="ACTIVE", row_time=local(NOW))
    result = feed.drop("cases", new, old)
    assert (result["new"], result["older"]) == (1, 1)
    report = stored().report
    assert report is not None
    assert report.status == "ACTIVE"


def test_a_bad_row_is_listed_with_line_column_and_reason_and_the_rest_is_imported(
    feed: Feed, caplog: pytest.LogCaptureFixture
) -> None:
    rows = [
        a_person_row(birth_date="13/13/1985", role=""),
        a_person_row(id=""),
        a_person_row(id="P3", role="WITNESS?"),
        a_person_row(id="P4", number="26-1124"),
        a_person_row(id="P5", number="26-1124-0001"),
    ]
    text = feed.text("people", rows) + "2611240001,P6\r\n"
    feed.put("people.csv", text.encode())
    result = feed.run("people.csv")
    assert (result["read"], result["new"], result["rejected"]) == (6, 1, 5)
    found = {(r["line"], r["column"], r["code"]) for r in feed.rejects("people")}
    assert found == {
        ("2", "INVL_TYPE", "missing"),
        ("3", "NAME_ID", "missing"),
        ("4", "INVL_TYPE", "unknown_role"),
        ("5", "INCIDENT_NUM", "bad_number"),
        ("7", "", "width"),
    }
    assert all(r["reason"].endswith(".") for r in feed.rejects("people"))
    listed = feed.get("rejects/people.csv") + json.dumps(result) + caplog.text
    for private in ("13/13/1985", "WITNESS", "Muñoz", "26-1124", "ana@"):
        assert private not in listed


def test_a_person_with_an_unusable_phone_is_imported_without_it(feed: Feed) -> None:
    result = feed.drop("people", a_person_row(phone="none", email="n/a"))
    assert result["warnings"] == {"bad_email:EMAIL": 1, "bad_phone:PHONE": 1}
    victim = stored().victims[0]
    assert (victim.phone, victim.email, victim.last_name) == ("", "", "Muñoz")


def test_a_suspect_with_a_bad_date_is_imported_so_that_no_message_reaches_them(feed: Feed) -> None:
    result = feed.drop("people", a_suspect_row(birth_date="?", phone="520-555-0101"))
    assert result["rejected"] == 0
    assert stored().suspects[0].phone == "+15205550101"


@pytest.mark.parametrize(
    ("name", "body", "reason"),
    [
        ("notes.csv", b"a,b\n1,2\n", "no file of this name"),
        ("cases.csv", b"", "empty"),
        ("cases.csv", b"\x00\x01,\x02", "binary"),
        ("cases.csv", b"just a line\nof text\n", "not a CSV"),
        ("cases.csv", b"INCIDENT_NUM,OFFENSE_CD\n2611240001,13-1507\n", "missing"),
        (
            "cases.csv",
            b"INCIDENT_NUM,OFFENSE_CD,CASE_STATUS,LAST_UPD,NCIC_NUM\n2611240001,13-1507,OPEN,"
            b"11/24/2026 08:00,1\n",
            "criminal-history",
        ),
    ],
)
def test_a_file_that_cannot_be_read_is_refused_whole_with_a_reason(
    feed: Feed, name: str, body: bytes, reason: str
) -> None:
    feed.put(name, body)
    result = feed.run(name)
    assert result["result"] == "refused"
    assert reason in result["reason"]
    assert feed.summary(name.removesuffix(".csv"))["reason"] == result["reason"]
    assert stored().report is None


def test_the_summary_says_what_came_of_the_file(feed: Feed) -> None:
    feed.drop("cases", a_case_row(), a_case_row(number="x"))
    summary = feed.summary("cases_20261124T120000")
    assert {k: summary[k] for k in ("result", "kind", "read", "new", "rejected", "exported")} == {
        "result": "imported",
        "kind": "cases",
        "read": 2,
        "new": 1,
        "rejected": 1,
        "exported": "2026-11-24T19:00:00+00:00",
    }


def test_every_file_winds_the_silence_clock_and_a_refused_one_does_not(feed: Feed) -> None:
    feed.put("cases.csv", b"no csv")
    feed.run("cases.csv")
    assert markers.marker("FEED#cases") is None
    feed.drop("cases", a_case_row(), at=NOW)
    feed.now = NOW + HOUR
    feed.drop("cases", a_case_row(), at=NOW - HOUR)
    marker = markers.marker("FEED#cases")
    assert marker is not None
    assert marker[0] == NOW + HOUR
    assert marker[1]["exported"] == NOW.isoformat()


def test_the_same_upload_told_of_twice_changes_nothing(feed: Feed, written: list[str]) -> None:
    feed.put("cases.csv", feed.text("cases", [a_case_row()]).encode())
    feed.run("cases.csv")
    before = feed.summary("cases")
    written.clear()
    assert feed.run("cases.csv")["result"] == "repeated"
    assert written == []
    assert feed.summary("cases") == before


def test_a_file_that_is_gone_is_no_failure(feed: Feed) -> None:
    assert feed.run("cases.csv")["result"] == "refused"


def test_suspects_are_in_the_table_before_any_victim_of_their_file(
    feed: Feed, written: list[str]
) -> None:
    feed.drop(
        "people",
        a_person_row(),
        a_person_row(id="P2"),
        a_suspect_row(),
        a_person_row(id="G1", role="GRD", for_person="P1"),
    )
    assert written.index("SUSPECT#S1") < written.index("VICTIM#P1")
    assert written[2:] == ["VICTIM#P1", "VICTIM#P2"]


def test_sends_wait_while_a_people_file_is_read(
    feed: Feed, monkeypatch: pytest.MonkeyPatch
) -> None:
    during: list[Any] = []
    write = cases.write_row

    def looking(number: str, row: Row, replaces: Row | None) -> None:
        during.append(guards.read(NUMBER, {}).importing_until)
        write(number, row, replaces)

    monkeypatch.setattr(row_writer, "write_row", looking)
    feed.drop("people", a_person_row(), a_suspect_row())
    assert all(until and until > NOW for until in during)
    assert len(during) == 2
    assert guards.read(NUMBER, {}).importing_until is None
    feed.drop("cases", a_case_row())
    assert during[2] is None


def test_a_write_lost_to_another_writer_is_decided_anew(
    feed: Feed, monkeypatch: pytest.MonkeyPatch
) -> None:
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


@pytest.mark.parametrize("batches", [1, 2])
def test_a_file_too_long_for_one_invocation_goes_on_from_its_checkpoint(
    feed: Feed, monkeypatch: pytest.MonkeyPatch, batches: int
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


def test_a_people_file_holds_sends_until_its_last_part(
    feed: Feed, monkeypatch: pytest.MonkeyPatch
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


def test_a_second_event_while_the_first_is_under_way_does_no_harm(
    feed: Feed, monkeypatch: pytest.MonkeyPatch
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


def test_a_file_replaced_while_it_is_read_is_left_to_its_own_event(feed: Feed) -> None:
    feed.put("cases.csv", feed.text("cases", [a_case_row()]).encode())
    source = objects.find(BUCKET, "incoming/cases.csv")
    feed.put("cases.csv", feed.text("cases", [a_case_row(status="ACTIVE")]).encode())
    with pytest.raises(Exception, match="replaced"), objects.opened(source) as chunks:
        list(chunks)


def test_the_checkpoint_is_forgotten_with_the_end(feed: Feed) -> None:
    feed.put("cases.csv", feed.text("cases", [a_case_row()]).encode())
    feed.run("cases.csv")
    source = objects.find(BUCKET, "incoming/cases.csv")
    assert markers.marker(f"CHECKPOINT#{source.id}") is None
    assert checkpoint.already_imported(source)


def test_the_handler_unquotes_the_key_and_logs_figures_only(
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
            {"s3": {"bucket": {"name": BUCKET}, "object": {"key": f"incoming/to+load%2F{name}"}}}
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
